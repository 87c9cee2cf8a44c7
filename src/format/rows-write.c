/*
 * The other direction of rows: a struct back into a document table, and the printed reference of
 * the keys. What is absent in the struct is left out, so that reading the result gives an equal
 * struct.
 */

#include "format/rows.h"

static struct node *unsigned_write(struct arena *arena, uint64_t value)
{
	struct node *node = node_integer(arena, (int64_t)value);

	node->huge = value > INT64_MAX;
	return node;
}

static struct node *real_write(struct arena *arena, double value)
{
	struct node *node = node_new(arena, NODE_REAL);

	node->real = value;
	return node;
}

static struct node *numbers_write(struct arena *arena, const struct numbers *numbers)
{
	struct node *array = node_new(arena, NODE_ARRAY);

	for (size_t i = 0; i < numbers->count; i++)
		node_append(array, node_integer(arena, numbers->items[i]));
	return array;
}

static struct node *pairs_write(struct arena *arena, const struct pairs *pairs)
{
	struct node *table = node_new(arena, NODE_TABLE);

	for (size_t i = 0; i < pairs->count; i++)
		node_put(arena, table, pairs->items[i].key,
			node_string(arena, pairs->items[i].value));
	return table;
}

static struct node *list_write(struct arena *arena, const struct key *key, const char *object)
{
	const char *items = *(const char *const *)(const void *)(object + key->offset);
	size_t count = *(const size_t *)(const void *)(object + key->count_offset);
	struct node *list;

	if (!items)
		return NULL;
	list = node_new(arena, key->type == KEY_MAP ? NODE_TABLE : NODE_ARRAY);
	for (size_t i = 0; i < count; i++) {
		const char *item = items + i * key->size;
		struct node *table = rows_write(key->keys, item, arena);

		if (key->type == KEY_MAP)
			node_put(arena, list, *(const char *const *)(const void *)item, table);
		else
			node_append(list, table);
	}
	return list;
}

/* A table whose every key is absent is absent itself. */
static struct node *table_write(struct arena *arena, const struct key *key, const void *member)
{
	struct node *table = rows_write(key->keys, member, arena);

	return table->count ? table : NULL;
}

static const void *pointed(const void *member)
{
	return *(const void *const *)member;
}

/* Its value if it is set, else nothing. */
#define IF_SET(shape, make)                                                    \
	(((const struct shape *)member)->set                                   \
			? (make)(arena, ((const struct shape *)member)->value) \
			: NULL)
#define LIST_IF_SET(shape, make) \
	(((const struct shape *)member)->set ? (make)(arena, member) : NULL)

/* NULL for what is absent. */
static struct node *value_write(const struct key *key, const char *object, struct arena *arena)
{
	const void *member = object + key->offset;
	int choice;

	switch (key->type) {
	case KEY_STRING:
		return pointed(member) ? node_string(arena, pointed(member)) : NULL;
	case KEY_BOOL:
		return *(const bool *)member || key->always
			? node_bool(arena, *(const bool *)member)
			: NULL;
	case KEY_MAYBE_BOOL:
		return IF_SET(maybe_bool, node_bool);
	case KEY_MAYBE_INT:
		return IF_SET(maybe_int, node_integer);
	case KEY_MAYBE_UINT:
		return IF_SET(maybe_uint, unsigned_write);
	case KEY_MAYBE_REAL:
		return IF_SET(maybe_real, real_write);
	case KEY_MAYBE_SIZE:
		return IF_SET(maybe_size, unsigned_write);
	case KEY_STRINGS:
		if (key->single && ((const struct strings *)member)->count == 1)
			return node_string(arena, ((const struct strings *)member)->items[0]);
		return LIST_IF_SET(strings, node_strings);
	case KEY_NUMBERS:
		return LIST_IF_SET(numbers, numbers_write);
	case KEY_PAIRS:
		return LIST_IF_SET(pairs, pairs_write);
	case KEY_CHOICE:
		choice = *(const int *)member;
		return choice ? node_string(arena, key->choices[choice]) : NULL;
	case KEY_TABLE:
		return table_write(arena, key, member);
	case KEY_POINTER:
		return pointed(member) ? rows_write(key->keys, pointed(member), arena) : NULL;
	case KEY_LIST:
	case KEY_MAP:
		return list_write(arena, key, object);
	case KEY_REFUSED:
	case KEY_IGNORED:
	case KEY_END:
		break;
	}
	return NULL;
}

struct node *rows_write(const struct key *keys, const void *object, struct arena *arena)
{
	struct node *table = node_new(arena, NODE_TABLE);

	for (const struct key *key = keys; key->name; key++) {
		struct node *value = value_write(key, object, arena);

		if (value)
			node_put(arena, table, key->name, value);
	}
	return table;
}

static void type_print(const struct key *key, FILE *out)
{
	static const char *const names[] = {
		[KEY_STRING] = "string",
		[KEY_BOOL] = "boolean",
		[KEY_MAYBE_BOOL] = "boolean",
		[KEY_MAYBE_INT] = "integer",
		[KEY_MAYBE_UINT] = "integer",
		[KEY_MAYBE_REAL] = "number",
		[KEY_MAYBE_SIZE] = "size",
		[KEY_STRINGS] = "array of strings",
		[KEY_NUMBERS] = "array of integers",
		[KEY_PAIRS] = "table of strings",
		[KEY_LIST] = "tables",
		[KEY_MAP] = "tables",
		[KEY_REFUSED] = "refused",
		[KEY_IGNORED] = "ignored",
	};

	if (key->type != KEY_CHOICE)
		fprintf(out, "%s%s", key->single ? "string or " : "", names[key->type]);
	for (size_t i = 1; key->type == KEY_CHOICE && key->choices[i]; i++)
		fprintf(out, "%s\"%s\"", i > 1 ? "|" : "", key->choices[i]);
}

/* Of a truth, a word or a number. */
static const char *scale_later(const struct key *key)
{
	bool less = key->order == ORDER_LESS;

	if (key->type == KEY_BOOL || key->type == KEY_MAYBE_BOOL)
		return less ? "not true again" : "not false again";
	if (key->type == KEY_CHOICE)
		return less ? "an earlier word" : "a later word";
	return less ? "no more" : "no less";
}

const char *rows_later(const struct key *key)
{
	static const char *const later[] = {
		[ORDER_FIXED] = "the same",
		[ORDER_ONCE] = "the same, or anything if absent",
		[ORDER_FREE] = "anything",
		[ORDER_SUBSET] = "fewer of them",
		[ORDER_SUPERSET] = "adds up",
		[ORDER_BELOW] = "a place in it",
		[ORDER_MASK] = "more bits",
		[ORDER_PLACES] = "fewer of them, uncovering nothing",
	};

	if (key->order == ORDER_LESS || key->order == ORDER_MORE)
		return scale_later(key);
	return later[key->order];
}

void rows_print(const struct key *keys, const char *section, bool layered, FILE *out)
{
	for (const struct key *key = keys; key->name; key++) {
		char path[256];

		snprintf(path, sizeof(path), "%s%s%s%s", section, *section ? "." : "", key->name,
			key->type == KEY_LIST          ? "[]"
				: key->type == KEY_MAP ? ".*"
						       : "");
		if (!key->keys || key->type == KEY_LIST || key->type == KEY_MAP) {
			fprintf(out, "%s = ", path);
			type_print(key, out);
			fprintf(out, "   %s", key->about);
			if (layered)
				fprintf(out, "   [later: %s]", rows_later(key));
			fputc('\n', out);
		}
		if (key->keys)
			rows_print(key->keys, path, layered, out);
	}
}
