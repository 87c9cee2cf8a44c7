/*
 * SARIF 2.1.0 (OASIS, sarif-v2.1.0). What must hold and is easily missed: braces in a message are
 * placeholders unless doubled (3.11.5), a file's name is a URI reference (3.4.3), and lines and
 * columns begin at 1 (3.30.5, 3.30.6).
 */
#include "cmd/sarif.h"

#include <ctype.h>
#include <string.h>

#include "format/json.h"

static const char *const level_names[] = {
	[SARIF_NOTE] = "note",
	[SARIF_WARNING] = "warning",
	[SARIF_ERROR] = "error",
};

static struct node *table_put(struct sarif *sarif, struct node *parent, const char *key)
{
	struct node *table = node_new(sarif->arena, NODE_TABLE);

	node_put(sarif->arena, parent, key, table);
	return table;
}

static struct node *array_put(struct sarif *sarif, struct node *parent, const char *key)
{
	struct node *array = node_new(sarif->arena, NODE_ARRAY);

	node_put(sarif->arena, parent, key, array);
	return array;
}

static struct node *table_add(struct sarif *sarif, struct node *array)
{
	struct node *table = node_new(sarif->arena, NODE_TABLE);

	node_append(array, table);
	return table;
}

void sarif_begin(struct sarif *sarif, struct arena *arena, const char *command)
{
	struct node *run, *driver;

	*sarif = (struct sarif){ .arena = arena, .document = node_new(arena, NODE_TABLE) };
	node_put_string(
		arena, sarif->document, "$schema", "https://json.schemastore.org/sarif-2.1.0.json");
	node_put_string(arena, sarif->document, "version", "2.1.0");
	run = table_add(sarif, array_put(sarif, sarif->document, "runs"));
	driver = table_put(sarif, table_put(sarif, run, "tool"), "driver");
	node_put_string(arena, driver, "name", command);
	node_put_string(arena, driver, "version", NUCLEUS_VERSION);
	sarif->rules = array_put(sarif, driver, "rules");
	sarif->results = array_put(sarif, run, "results");
}

/* The text as a message: its braces are no placeholders. */
static void message_put(struct sarif *sarif, struct node *parent, const char *text)
{
	char *message = arena_alloc(sarif->arena, 2 * strlen(text) + 1, 1), *to = message;

	for (; *text; text++) {
		if (*text == '{' || *text == '}')
			*to++ = *text;
		*to++ = *text;
	}
	node_put_string(sarif->arena, table_put(sarif, parent, "message"), "text", message);
}

void sarif_rule(struct sarif *sarif, const char *id, const char *name, const char *text,
	enum sarif_level level)
{
	struct node *rule = table_add(sarif, sarif->rules);

	node_put_string(sarif->arena, rule, "id", id);
	node_put_string(sarif->arena, rule, "name", name);
	node_put_string(sarif->arena, table_put(sarif, rule, "shortDescription"), "text", text);
	node_put_string(sarif->arena, table_put(sarif, rule, "defaultConfiguration"), "level",
		level_names[level]);
}

/* A path as a URI reference (RFC 3986): its colons must not look like a scheme's. */
static const char *uri(struct sarif *sarif, const char *path)
{
	static const char digits[] = "0123456789ABCDEF";
	const char *scheme = *path == '/' ? "file://" : "";
	char *text = arena_alloc(sarif->arena, 3 * strlen(path) + 1, 1), *to = text;

	for (; *path; path++) {
		unsigned char c = (unsigned char)*path;

		if (c < 0x80 && (isalnum(c) || strchr("-._~/", c))) {
			*to++ = (char)c;
			continue;
		}
		*to++ = '%';
		*to++ = digits[c >> 4];
		*to++ = digits[c & 15];
	}
	return arena_printf(sarif->arena, "%s%s", scheme, text);
}

static void location_add(struct sarif *sarif, struct node *to, const struct sarif_result *result)
{
	struct node *place = table_put(
		sarif, table_add(sarif, array_put(sarif, to, "locations")), "physicalLocation");
	struct node *region;

	node_put_string(sarif->arena, table_put(sarif, place, "artifactLocation"), "uri",
		uri(sarif, result->file));
	if (!result->line)
		return;
	region = table_put(sarif, place, "region");
	node_put_integer(sarif->arena, region, "startLine", result->line);
	if (result->column)
		node_put_integer(sarif->arena, region, "startColumn", result->column);
}

static int64_t rule_index(const struct sarif *sarif, const char *id)
{
	int64_t index = 0;

	for (const struct node *rule = sarif->rules->first; rule; rule = rule->next, index++)
		if (!strcmp(node_get(rule, "id")->text, id))
			return index;
	return -1;
}

void sarif_add(struct sarif *sarif, const struct sarif_result *result)
{
	struct node *node = table_add(sarif, sarif->results);

	node_put_string(sarif->arena, node, "ruleId", result->rule);
	node_put_integer(sarif->arena, node, "ruleIndex", rule_index(sarif, result->rule));
	node_put_string(sarif->arena, node, "level", level_names[result->level]);
	message_put(sarif, node, result->message);
	if (result->file)
		location_add(sarif, node, result);
	if (result->properties)
		node_put(sarif->arena, node, "properties", result->properties);
}

char *sarif_write(const struct sarif *sarif)
{
	return json_write(sarif->arena, sarif->document, true);
}
