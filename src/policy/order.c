/*
 * What is narrower, by the orders of format/rows.h: may a value stand in a later layer over another
 * that stands below it? Where it cannot be told it is not narrower. Every document here was read by
 * the rows before, so that values have their types.
 */
#include <stdlib.h>
#include <string.h>

#include "base/names.h"
#include "format/toml.h"
#include "policy/layers.h"

const struct key *order_row(const struct key *keys, const struct node *node)
{
	for (; keys->name; keys++)
		if (strlen(keys->name) == node->key_length && !strcmp(keys->name, node->key))
			return keys;
	return NULL;
}

/* No line, so that it is no place in any file. */
static const struct node *value_parse(const char *text, struct arena *arena)
{
	const char *line = arena_printf(arena, "v = %s", text);
	struct err err;
	const struct node *table = toml_read(arena, line, strlen(line), &err);
	struct node *value = table ? table->first : NULL;

	if (value)
		value->line = 0;
	return value;
}

const struct node *order_absent(
	const struct key *key, const char *path, int mode, struct arena *arena)
{
	const char *absent = path ? mode_absent(mode, path, arena) : NULL;

	if (!absent)
		absent = key->absent;
	return absent && strcmp(absent, ABSENT_ALL) ? value_parse(absent, arena) : NULL;
}

static bool text_equal(const struct node *one, const struct node *other)
{
	return one->length == other->length && !memcmp(one->text, other->text, one->length);
}

static bool node_equal(const struct node *one, const struct node *other);

static bool table_equal(const struct node *one, const struct node *other)
{
	for (const struct node *child = one->first; child; child = child->next) {
		const struct node *twin = node_get(other, child->key);

		if (!twin || !node_equal(child, twin))
			return false;
	}
	return one->count == other->count;
}

static bool array_equal(const struct node *one, const struct node *other)
{
	const struct node *twin = other->first;

	for (const struct node *child = one->first; child && twin; child = child->next) {
		if (!node_equal(child, twin))
			return false;
		twin = twin->next;
	}
	return one->count == other->count;
}

static bool node_equal(const struct node *one, const struct node *other)
{
	if (one->kind != other->kind)
		return false;
	switch (one->kind) {
	case NODE_BOOL:
		return one->boolean == other->boolean;
	case NODE_INTEGER:
		return one->integer == other->integer && one->huge == other->huge;
	case NODE_STRING:
		return text_equal(one, other);
	case NODE_TABLE:
		return table_equal(one, other);
	case NODE_ARRAY:
		return array_equal(one, other);
	default:
		return false;
	}
}

/* A long double holds every integer of 64 bits. */
static long double number_of(const struct key *key, const struct node *node)
{
	uint64_t size;

	if (node->kind == NODE_BOOL)
		return node->boolean;
	if (node->kind == NODE_INTEGER)
		return node->huge ? (long double)(uint64_t)node->integer : node->integer;
	if (node->kind == NODE_REAL)
		return node->real;
	if (key->type == KEY_MAYBE_SIZE && size_number(node->text, &size))
		return size;
	for (int i = 1; key->type == KEY_CHOICE && key->choices[i]; i++)
		if (!strcmp(key->choices[i], node->text))
			return i;
	return 0;
}

/* Numbers without a bound are ends of the scale; of words and truths the strictest is meant. */
static long double number_absent(const struct key *key, bool less)
{
	size_t last = 1;

	if (key->type == KEY_BOOL || key->type == KEY_MAYBE_BOOL)
		return less ? 0 : 1;
	if (key->type != KEY_CHOICE)
		return less ? __builtin_infl() : -__builtin_infl();
	while (key->choices[last + 1])
		last++;
	return less ? 1 : last;
}

static bool number_allows(
	const struct key *key, const struct node *below, const struct node *above, bool less)
{
	long double from = below ? number_of(key, below) : number_absent(key, less);
	long double to = above ? number_of(key, above) : number_absent(key, less);

	return less ? to <= from : to >= from;
}

static bool word_covers(const struct key *key, const struct node *below, const struct node *above)
{
	if (below->kind != NODE_STRING || above->kind != NODE_STRING)
		return node_equal(below, above);
	return text_equal(below, above) || (key->covers && key->covers(below->text, above->text));
}

/* A table within an item, or an item; what is absent in either has its row's meaning. */
static bool table_allows(const struct key *key, const struct node *below, const struct node *above,
	struct arena *arena)
{
	for (const struct key *row = key->keys; row->name; row++) {
		const struct node *from = below ? node_get(below, row->name) : NULL;
		const struct node *to = above ? node_get(above, row->name) : NULL;

		if (!from)
			from = order_absent(row, NULL, MODE_UNSET, arena);
		if (!to)
			to = order_absent(row, NULL, MODE_UNSET, arena);
		if (!order_allows(row, from, to, arena))
			return false;
	}
	return true;
}

bool order_item_allows(const struct key *key, const struct node *below, const struct node *above,
	struct arena *arena)
{
	return key->keys ? table_allows(key, below, above, arena) : word_covers(key, below, above);
}

const struct node *order_find(const struct key *key, const struct node *list,
	const struct node *item, struct arena *arena)
{
	const struct node *found = list ? list->first : NULL;

	while (found && !order_item_allows(key, found, item, arena))
		found = found->next;
	return found;
}

/* Every item above is covered by one below. */
static bool list_allows(const struct key *key, const struct node *below, const struct node *above,
	struct arena *arena)
{
	for (const struct node *item = above ? above->first : NULL; item; item = item->next)
		if (!order_find(key, below, item, arena))
			return false;
	return true;
}

/* The same, and in the same order: a later mount covers an earlier one. */
static bool places_allow(const struct key *key, const struct node *below, const struct node *above,
	struct arena *arena)
{
	const struct node *at = below ? below->first : NULL;

	for (const struct node *item = above ? above->first : NULL; item; item = item->next) {
		while (at && !order_item_allows(key, at, item, arena))
			at = at->next;
		if (!at)
			return false;
		at = at->next;
	}
	return true;
}

/* Every item below is still there above, as it was or narrower. */
static bool superset_allows(const struct key *key, const struct node *below,
	const struct node *above, struct arena *arena)
{
	for (const struct node *item = below ? below->first : NULL; item; item = item->next) {
		const struct node *twin = above ? above->first : NULL;

		while (twin && !order_item_allows(key, item, twin, arena))
			twin = twin->next;
		if (!twin)
			return false;
	}
	return true;
}

static bool path_allows(const struct node *below, const struct node *above)
{
	return below && above && path_below(above->text, below->text);
}

static bool mask_allows(const struct node *below, const struct node *above)
{
	unsigned long from = below ? strtoul(below->text, NULL, 8) : 0;
	unsigned long to = above ? strtoul(above->text, NULL, 8) : 0;

	return (from & ~to) == 0;
}

bool order_names_file(const struct key *key, const struct node *node)
{
	size_t length;

	if (!key->is_file || node->kind != NODE_STRING)
		return false;
	/* Of such a key a default is no file, but a word. */
	length = strlen(node->text);
	return !(key->absent && strlen(key->absent) == length + 2 &&
		!strncmp(key->absent + 1, node->text, length));
}

/* The same words name another file where they stand in another directory. */
static bool file_differs(const struct key *key, const struct node *below, const struct node *above)
{
	const char *from = below->file ? strrchr(below->file, '/') : NULL;
	const char *to = above->file ? strrchr(above->file, '/') : NULL;
	size_t length = from ? (size_t)(from - below->file) : 0;

	if (!order_names_file(key, above) || *above->text == '/')
		return false;
	return !from != !to ||
		(to &&
			(length != (size_t)(to - above->file) ||
				strncmp(below->file, above->file, length) != 0));
}

bool order_allows(const struct key *key, const struct node *below, const struct node *above,
	struct arena *arena)
{
	if (key->order == ORDER_FREE || below == above ||
		(below && above && node_equal(below, above) && !file_differs(key, below, above)))
		return true;
	if (!below && key->absent && !strcmp(key->absent, ABSENT_ALL))
		return true;
	if (key->type == KEY_TABLE || key->type == KEY_POINTER)
		return table_allows(key, below, above, arena);
	switch (key->order) {
	case ORDER_ONCE:
		return !below;
	case ORDER_LESS:
	case ORDER_MORE:
		return number_allows(key, below, above, key->order == ORDER_LESS);
	case ORDER_SUBSET:
		/* Tables whose keys the writer chooses are equal or not. */
		if (key->type == KEY_PAIRS || key->type == KEY_MAP)
			return !above;
		return list_allows(key, below, above, arena);
	case ORDER_PLACES:
		return places_allow(key, below, above, arena);
	case ORDER_SUPERSET:
		return superset_allows(key, below, above, arena);
	case ORDER_BELOW:
		return path_allows(below, above);
	case ORDER_MASK:
		return mask_allows(below, above);
	case ORDER_FIXED:
	case ORDER_FREE:
		break;
	}
	return false;
}
