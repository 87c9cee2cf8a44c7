/*
 * Keys that stood elsewhere in earlier policies: the document's nodes are put where they stand now
 * before any row is read, so that nothing else knows the older spelling. They keep their lines.
 */
#include <string.h>

#include "policy/sections.h"

/* section is NULL for the top of the document. */
static const struct moved {
	const char *section, *key;
	const char *new_section, *new_key;
} moved[] = {
	{ "filesystem", "volume", NULL, "volume" },
	{ "process", "env", "env", "set" },
};

/* The table that section names; one that is not there is made, where the moved value stands. */
static struct node *section_find(
	struct node *document, const char *section, const struct node *value, struct arena *arena)
{
	struct node *table = section ? node_get(document, section) : document;

	if (table)
		return table;
	table = node_new(arena, NODE_TABLE);
	table->line = value->line;
	table->column = value->column;
	node_put(arena, document, section, table);
	table->key_line = value->key_line;
	table->key_column = value->key_column;
	return table;
}

static int move(struct policy *policy, struct node *from, const struct moved *key,
	struct arena *arena, struct err *err)
{
	struct node *document = policy->document, *to, *value = node_get(from, key->key);

	if (!value)
		return 0;
	to = section_find(document, key->new_section, value, arena);
	/* Whatever else it is, its own row says. */
	if (to->kind != NODE_TABLE)
		return 0;
	if (node_get(to, key->new_key))
		return policy_error(policy, err,
			arena_printf(arena, "%s.%s", key->section, key->key),
			"this is called %s%s%s now, which stands in this policy too; keep that one alone",
			key->new_section ? key->new_section : "", key->new_section ? "." : "",
			key->new_key);
	node_take(from, value);
	node_put(arena, to, key->new_key, value);
	return 0;
}

int policy_move(struct policy *policy, struct arena *arena, struct err *err)
{
	for (size_t i = 0; i < sizeof(moved) / sizeof(*moved); i++) {
		struct node *from = node_get(policy->document, moved[i].section);

		if (from && from->kind == NODE_TABLE &&
			move(policy, from, &moved[i], arena, err) < 0)
			return -1;
	}
	return 0;
}
