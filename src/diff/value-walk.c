/*
 * Both configs written as trees and gone through value by value, each compared by its row of the
 * table. What has no row and differs is told as not understood and counts as wider: so a property
 * that is new and was forgotten here can never pass for equal.
 */
#include <string.h>

#include "diff/parts.h"
#include "diff/value-compare.h"
#include "oci/spec.h"

/* Where the walk is: the path as rows write it, and as people read it. */
struct at {
	struct diff *diff;
	const char *path, *name;
};

static void walk(const struct at *at, const struct node *a, const struct node *b);

/* What follows path in the first row below it: "[type].soft", "{}", ".limit"; NULL if none is. */
static const char *rows_below(const char *path)
{
	size_t length = strlen(path);

	for (const struct value *value = values; value->path; value++)
		if (!strncmp(value->path, path, length) && value->path[length] &&
			strchr("[{.", value->path[length]))
			return value->path + length;
	return NULL;
}

/* True if every value in node has a row. */
static bool all_known(struct arena *arena, const char *path, const struct node *node)
{
	if (value_find(path))
		return true;
	if (node->kind != NODE_ARRAY && node->kind != NODE_TABLE)
		return false;
	for (const struct node *one = node->first; one; one = one->next)
		if (!all_known(arena,
			    node->kind == NODE_ARRAY ? arena_printf(arena, "%s[]", path)
						     : arena_printf(arena, "%s.%s", path, one->key),
			    one))
			return false;
	return true;
}

/* What an item is known by: the values of its members named in keys, "major:minor]". */
static const char *item_name(struct arena *arena, const char *keys, const struct node *item)
{
	const char *name = "";

	while (*keys && *keys != ']') {
		size_t length = strcspn(keys, ":]");
		const struct node *member = item->kind == NODE_TABLE
			? node_get(item, arena_copy(arena, keys, length))
			: NULL;

		name = arena_printf(arena, "%s%s%s", name, *name ? ":" : "",
			member && member->kind == NODE_STRING ? member->text
							      : value_text(arena, member));
		keys += length + (keys[length] == ':');
	}
	return name;
}

/* The item of list `in` known by the same as item of list `from`; a second one pairs with a second.
 */
static const struct node *item_like(struct arena *arena, const char *keys, const struct node *from,
	const struct node *item, const struct node *in)
{
	const char *name = item_name(arena, keys, item);
	size_t nth = 0;

	for (const struct node *one = from->first; one != item; one = one->next)
		nth += !strcmp(item_name(arena, keys, one), name);
	for (const struct node *one = in ? in->first : NULL; one; one = one->next)
		if (!strcmp(item_name(arena, keys, one), name) && nth-- == 0)
			return one;
	return NULL;
}

static struct at at_item(const struct at *at, const char *keys, const struct node *item)
{
	struct arena *arena = at->diff->arena;

	return (struct at){ at->diff,
		arena_printf(arena, "%s[%.*s]", at->path, (int)strcspn(keys, "]"), keys),
		arena_printf(arena, "%s[%s]", at->name, item_name(arena, keys, item)) };
}

static void walk_items(
	const struct at *at, const char *keys, const struct node *a, const struct node *b)
{
	struct arena *arena = at->diff->arena;

	for (const struct node *one = a ? a->first : NULL; one; one = one->next) {
		struct at item = at_item(at, keys, one);

		walk(&item, one, item_like(arena, keys, a, one, b));
	}
	for (const struct node *one = b ? b->first : NULL; one; one = one->next) {
		struct at item = at_item(at, keys, one);

		if (!item_like(arena, keys, b, one, a))
			walk(&item, NULL, one);
	}
}

static struct at at_member(const struct at *at, const char *key)
{
	struct arena *arena = at->diff->arena;
	const char *below = *at->path ? rows_below(at->path) : NULL, *dot = *at->path ? "." : "";

	return (struct at){ at->diff,
		below && below[0] == '{' ? arena_printf(arena, "%s{}", at->path)
					 : arena_printf(arena, "%s%s%s", at->path, dot, key),
		arena_printf(arena, "%s%s%s", at->name, dot, key) };
}

static void walk_members(const struct at *at, const struct node *a, const struct node *b)
{
	for (const struct node *one = a ? a->first : NULL; one; one = one->next) {
		struct at member = at_member(at, one->key);

		walk(&member, one, b ? node_get(b, one->key) : NULL);
	}
	for (const struct node *one = b ? b->first : NULL; one; one = one->next) {
		struct at member = at_member(at, one->key);

		if (!a || !node_get(a, one->key))
			walk(&member, NULL, one);
	}
}

static bool is_kind(const struct node *node, enum node_kind kind)
{
	return !node || node->kind == kind;
}

static void walk(const struct at *at, const struct node *a, const struct node *b)
{
	struct arena *arena = at->diff->arena;
	const struct pair_of_values pair = { at->diff, value_find(at->path), at->name, a, b };
	const char *below = rows_below(at->path);

	if (!strcmp(value_text(arena, a), value_text(arena, b)))
		return;
	if (!*at->path ||
		(!pair.value && below && is_kind(a, NODE_TABLE) && is_kind(b, NODE_TABLE)))
		walk_members(at, a, b);
	else if (!pair.value && below && is_kind(a, NODE_ARRAY) && is_kind(b, NODE_ARRAY) &&
		below[0] == '[' && below[1] != ']')
		walk_items(at, below + 1, a, b);
	else if (pair.value || !below || (a && !all_known(arena, at->path, a)) ||
		(b && !all_known(arena, at->path, b)))
		value_compare(&pair);
}

void values_compare(struct diff *diff)
{
	struct at at = { diff, "", "" };

	walk(&at, spec_tree(diff->a, diff->arena), spec_tree(diff->b, diff->arena));
}
