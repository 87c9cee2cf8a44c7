/*
 * The effective policy as a document: what all layers amount to and, where nobody says anything,
 * what that means in its mode, as far as the policy's language has words for it. Each value knows
 * the file and the line it is from; one without a line is built in.
 */
#include <string.h>

#include "nucleus/config.h"
#include "policy/layers.h"

struct effective {
	const struct policy *policy;
	int mode;
	struct arena *arena;
};

/* Defaults that cannot be said in so many words: it depends on who calls which ids and which user
 * they are, a weight would need a cgroup, what is asked for must be possible, and some go with
 * other keys alone. */
static bool absent_hidden(const struct policy *policy, const char *path)
{
	static const char *const hidden[] = { "namespaces.ids", "namespaces.ids_size",
		"process.user", "process.policy_file", "resources.cpu_weight" };

	for (size_t i = 0; i < sizeof(hidden) / sizeof(*hidden); i++)
		if (!strcmp(path, hidden[i]))
			return true;
	if (!strncmp(path, "workspace.", strlen("workspace.")))
		return true;
	if (!strncmp(path, "context.", strlen("context.")))
		return !policy->context.source;
	if (!strcmp(path, "process.hostname"))
		return policy->namespaces.uts.set && !policy->namespaces.uts.value;
	return !strcmp(path, "capabilities.keep") && policy->capabilities.file;
}

static void keys_fill(const struct effective *effective, const struct key *keys, const char *path,
	const struct node *from, struct node *to);

static struct node *node_begin(const struct node *from, enum node_kind kind, struct arena *arena)
{
	struct node *node = node_new(arena, kind);

	if (!from)
		return node;
	node->file = from->file;
	node->line = from->line;
	node->column = from->column;
	return node;
}

/* A list of tables, each with what it leaves out. */
static struct node *list_fill(
	const struct effective *effective, const struct key *key, const struct node *from)
{
	struct node *list = node_begin(from, NODE_ARRAY, effective->arena);

	for (const struct node *item = from->first; item; item = item->next) {
		struct node *table = node_begin(item, NODE_TABLE, effective->arena);

		keys_fill(effective, key->keys, NULL, item, table);
		node_append(list, table);
	}
	return list;
}

/* NULL if it is absent and that has no value. path is NULL within a list. */
static struct node *value_fill(const struct effective *effective, const struct key *key,
	const char *path, const struct node *from)
{
	struct arena *arena = effective->arena;
	struct node *node;

	if (key->type == KEY_TABLE || key->type == KEY_POINTER) {
		node = node_begin(from, NODE_TABLE, arena);
		keys_fill(effective, key->keys, path, from, node);
		return node->count ? node : NULL;
	}
	if (!from)
		from = path && absent_hidden(effective->policy, path)
			? NULL
			: order_absent(key, path, effective->mode, arena);
	if (!from)
		return NULL;
	if (key->type == KEY_LIST)
		return list_fill(effective, key, from);
	node = node_new(arena, from->kind);
	*node = *from;
	node->next = NULL;
	return node;
}

static void keys_fill(const struct effective *effective, const struct key *keys, const char *path,
	const struct node *from, struct node *to)
{
	for (const struct key *key = keys; key->name; key++) {
		const char *inner = path ? arena_printf(effective->arena, "%s%s%s", path,
						   *path ? "." : "", key->name)
					 : NULL;
		struct node *value;

		if (inner && layers_own(inner))
			continue;
		value = value_fill(effective, key, inner, from ? node_get(from, key->name) : NULL);
		if (value)
			node_put(effective->arena, to, key->name, value);
	}
}

struct node *policy_effective(const struct policy *policy, int mode, struct arena *arena)
{
	const struct effective effective = {
		.policy = policy,
		.mode = mode ? mode : policy->mode,
		.arena = arena,
	};
	struct node *document = node_begin(policy->document, NODE_TABLE, arena), *own;

	keys_fill(&effective, policy_keys, "", policy->document, document);
	own = node_get(document, "mode");
	if (mode && strcmp(own->text, mode_names[mode]) != 0) {
		own->text = mode_names[mode];
		own->length = strlen(own->text);
		own->file = "--mode";
		own->line = 0;
	}
	return document;
}

const char *policy_origin(const struct node *value, struct arena *arena)
{
	if (value->line)
		return arena_printf(arena, "%s:%u", value->file, value->line);
	return value->file ? value->file : "built-in default";
}
