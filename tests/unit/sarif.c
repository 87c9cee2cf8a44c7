/*
 * The SARIF writer, held against what the 2.1.0 schema requires of the parts we write: the required
 * members of sarifLog, run, tool, toolComponent, reportingDescriptor, result, message,
 * artifactLocation and region, the closed lists of words, and the least values of numbers.
 */
#include "cmd/sarif.h"
#include "base/arena.h"
#include "base/err.h"
#include "check.h"
#include "format/json.h"

static bool is_text(const struct node *table, const char *key)
{
	const struct node *node = table ? node_get(table, key) : NULL;

	return node && node->kind == NODE_STRING && node->length;
}

static const struct node *inside(const struct node *table, const char *key, enum node_kind kind)
{
	const struct node *node = table ? node_get(table, key) : NULL;

	return node && node->kind == kind ? node : NULL;
}

static bool is_level(const struct node *table, const char *key)
{
	const char *level = is_text(table, key) ? node_get(table, key)->text : "";

	return !strcmp(level, "none") || !strcmp(level, "note") || !strcmp(level, "warning") ||
		!strcmp(level, "error");
}

/* region: startLine and startColumn are at least 1. */
static bool is_region(const struct node *region)
{
	for (const struct node *number = region->first; number; number = number->next)
		if (number->kind != NODE_INTEGER || number->integer < 1)
			return false;
	return region->count > 0 && node_get(region, "startLine");
}

static void check_location(const struct node *location)
{
	const struct node *place = inside(location, "physicalLocation", NODE_TABLE);
	const struct node *region = inside(place, "region", NODE_TABLE);

	CHECK(is_text(inside(place, "artifactLocation", NODE_TABLE), "uri"));
	CHECK(!region || is_region(region));
}

static void check_result_node(const struct node *result, const struct node *rules)
{
	const struct node *locations = inside(result, "locations", NODE_ARRAY);
	const struct node *index = inside(result, "ruleIndex", NODE_INTEGER), *rule = rules->first;

	CHECK(is_text(inside(result, "message", NODE_TABLE), "text"));
	CHECK(is_level(result, "level"));
	CHECK(index && index->integer >= 0 && index->integer < (int64_t)rules->count);
	for (int64_t i = 0; index && i < index->integer; i++)
		rule = rule->next;
	CHECK(is_text(result, "ruleId") &&
		!strcmp(node_get(result, "ruleId")->text, node_get(rule, "id")->text));
	for (const struct node *one = locations ? locations->first : NULL; one; one = one->next)
		check_location(one);
}

static void check_log(const struct node *log, size_t results_count)
{
	const struct node *runs = inside(log, "runs", NODE_ARRAY);
	const struct node *run = runs ? runs->first : NULL;
	const struct node *driver = inside(inside(run, "tool", NODE_TABLE), "driver", NODE_TABLE);
	const struct node *rules = inside(driver, "rules", NODE_ARRAY);
	const struct node *results = inside(run, "results", NODE_ARRAY);

	CHECK_TEXT(node_get(log, "version")->text, "2.1.0");
	CHECK(runs && runs->count == 1);
	CHECK(is_text(driver, "name"));
	CHECK(results && results->count == results_count);
	for (const struct node *rule = rules->first; rule; rule = rule->next) {
		CHECK(is_text(rule, "id"));
		CHECK(is_text(inside(rule, "shortDescription", NODE_TABLE), "text"));
		CHECK(is_level(inside(rule, "defaultConfiguration", NODE_TABLE), "level"));
	}
	for (const struct node *one = results ? results->first : NULL; one; one = one->next)
		check_result_node(one, rules);
}

static const char *result_text(const struct node *log, size_t index, const char *what)
{
	const struct node *one = node_get(node_get(log, "runs")->first, "results")->first;

	while (index--)
		one = one->next;
	if (!strcmp(what, "message"))
		return node_get(node_get(one, "message"), "text")->text;
	one = node_get(node_get(one, "locations")->first, "physicalLocation");
	return node_get(node_get(one, "artifactLocation"), "uri")->text;
}

static struct node *log_of(struct sarif *sarif)
{
	const char *text = sarif_write(sarif);
	struct err err = { 0 };
	struct node *log = json_read(sarif->arena, text, strlen(text), &err);

	CHECK(log);
	return log;
}

static void test_empty(struct arena *arena)
{
	struct sarif sarif;

	sarif_begin(&sarif, arena, "nucleus check");
	check_log(log_of(&sarif), 0);
}

static void test_results(struct arena *arena)
{
	struct node *properties = node_new(arena, NODE_TABLE);
	struct sarif sarif;
	struct node *log;

	node_put_integer(arena, properties, "port", 80);
	sarif_begin(&sarif, arena, "nucleus check");
	sarif_rule(&sarif, "NP001", "WritableAndExecutable", "A place {here}.", SARIF_WARNING);
	sarif_rule(&sarif, "NP002", "Socket", "Another.", SARIF_ERROR);
	sarif_add(&sarif,
		&(struct sarif_result){
			"NP002", SARIF_ERROR, "a {0} b", "a b:c.toml", 3, 7, properties });
	sarif_add(&sarif, &(struct sarif_result){ "NP001", SARIF_NOTE, "x", "/etc/\xc3\xa9.toml" });
	sarif_add(&sarif, &(struct sarif_result){ "NP001", SARIF_WARNING, "nowhere" });
	log = log_of(&sarif);
	check_log(log, 3);
	CHECK_TEXT(result_text(log, 0, "message"), "a {{0}} b");
	CHECK_TEXT(result_text(log, 0, "uri"), "a%20b%3Ac.toml");
	CHECK_TEXT(result_text(log, 1, "uri"), "file:///etc/%C3%A9.toml");
}

int main(void)
{
	autoarena arena = { 0 };

	test_empty(&arena);
	test_results(&arena);
	return check_result("sarif");
}
