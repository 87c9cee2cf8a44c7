/*
 * Turning document tables into structs by a table of rows. Every text an operator sees about a
 * value of the wrong kind, a wrong name or an unknown key is made here, once, for TOML and JSON
 * alike. Nothing here knows what a key means.
 */
#include "format/rows.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/lists.h"
#include "base/names.h"

/* What rows_read was called with. */
struct call {
	struct arena *arena;
	enum rows_unknown unknown;
	const char *file;
	struct err *err;
};

/* A value on its way from the document into its member, and what it lies in. */
struct value {
	const struct call *call;
	const struct value *up; /* NULL: this is the document */
	const struct node *node;
	const struct key *key; /* an item has that of its array */
	const char *name;      /* NULL: an item of the array above */
	size_t index;
};

static size_t path_print(const struct value *value, char *text, size_t size)
{
	size_t used;

	if (!value->up || size < 2)
		return 0;
	used = path_print(value->up, text, size);
	used += (size_t)(value->name
			? snprintf(text + used, size - used, "%s%s", used ? "." : "", value->name)
			: snprintf(text + used, size - used, "[%zu]", value->index));
	return used < size ? used : size - 1;
}

__attribute__((format(printf, 4, 5))) static int fault_at(
	const struct value *value, unsigned line, unsigned column, const char *format, ...)
{
	char position[32] = "", path[300] = "", what[600];
	const char *file = value->node->file ? value->node->file : value->call->file;
	va_list args;

	if (line)
		snprintf(position, sizeof(position), ":%u:%u", line, column);
	path_print(value, path, sizeof(path));
	va_start(args, format);
	vsnprintf(what, sizeof(what), format, args);
	va_end(args);
	return err_set(value->call->err, EINVAL, "%s%s: %s%s%s", file, position, path,
		*path ? ": " : "", what);
}

/* A fault of the value itself, not of its key. */
#define fault(value, ...) fault_at(value, (value)->node->line, (value)->node->column, __VA_ARGS__)

/* Text of the user's for an error: bounded, control characters as '?'. */
static const char *shown(const struct value *value, const char *text, size_t length)
{
	size_t count = length < 80 ? length : 80;
	char *copy;

	/* Not through the middle of a character. */
	while (count < length && count > 0 && ((unsigned char)text[count] & 0xC0) == 0x80)
		count--;
	copy = arena_alloc(value->call->arena, count + sizeof("..."), 1);
	for (size_t i = 0; i < count; i++)
		copy[i] = (unsigned char)text[i] < ' ' || text[i] == 0x7F ? '?' : text[i];
	memcpy(copy + count, "...", count < length ? 3 : 0);
	return copy;
}

static int kind_check(const struct value *value, enum node_kind kind)
{
	if (value->node->kind == kind)
		return 0;
	return fault(value, "expected %s, found %s", node_kind_name(kind),
		node_kind_name(value->node->kind));
}

static int string_read(const struct value *value, void *member)
{
	const struct node *node = value->node;

	if (kind_check(value, NODE_STRING) < 0)
		return -1;
	if (strlen(node->text) != node->length)
		return fault(value, "the text holds a NUL character");
	*(const char **)member = arena_copy(value->call->arena, node->text, node->length);
	return 0;
}

static int bool_read(const struct value *value, void *member)
{
	if (kind_check(value, NODE_BOOL) < 0)
		return -1;
	*(bool *)member = value->node->boolean;
	return 0;
}

/* That the value is a whole number within the row's bounds. */
static int whole_check(const struct value *value)
{
	const struct node *node = value->node;
	int64_t least = value->key->least, most = value->key->most;

	if (kind_check(value, NODE_INTEGER) < 0)
		return -1;
	if (least == most || (!node->huge && node->integer >= least && node->integer <= most))
		return 0;
	return fault(value, "must be from %" PRId64 " to %" PRId64, least, most);
}

static int integer_read(const struct value *value, void *member)
{
	const struct node *node = value->node;

	if (whole_check(value) < 0)
		return -1;
	if (node->huge)
		return fault(value, "%" PRIu64 " is too large", (uint64_t)node->integer);
	*(int64_t *)member = node->integer;
	return 0;
}

static int unsigned_read(const struct value *value, void *member)
{
	if (whole_check(value) < 0)
		return -1;
	if (value->node->integer < 0 && !value->node->huge)
		return fault(value, "must not be negative");
	*(uint64_t *)member = (uint64_t)value->node->integer;
	return 0;
}

static int real_read(const struct value *value, void *member)
{
	const struct node *node = value->node;
	double real = node->kind == NODE_REAL ? node->real
		: node->huge                  ? (double)(uint64_t)node->integer
					      : (double)node->integer;

	if (node->kind != NODE_INTEGER && node->kind != NODE_REAL)
		return fault(value, "expected a number, found %s", node_kind_name(node->kind));
	*(double *)member = real;
	return isfinite(real) ? 0 : fault(value, "must be finite");
}

static int size_read(const struct value *value, void *member)
{
	const struct node *node = value->node;

	if (node->kind == NODE_INTEGER)
		return unsigned_read(value, member);
	if (node->kind != NODE_STRING)
		return fault(value, "expected a size such as \"512M\", found %s",
			node_kind_name(node->kind));
	if (strlen(node->text) == node->length && size_number(node->text, member))
		return 0;
	return fault(value, "\"%s\" is no size: bytes, or a number with K, M, G or T",
		shown(value, node->text, node->length));
}

/*
 * What `read` makes of each item of an array, or value of a table, size bytes each; NULL with err.
 */
static void *items_read(const struct value *value, enum node_kind kind, size_t size,
	int (*read)(const struct value *item, void *member), size_t *count)
{
	struct value item = { .call = value->call, .up = value, .key = value->key };
	const struct node *child;
	char *items;

	if (kind_check(value, kind) < 0)
		return NULL;
	*count = value->node->count;
	items = arena_alloc(value->call->arena, *count, size);
	for (child = value->node->first; child; child = child->next, item.index++) {
		item.node = child;
		if (kind == NODE_TABLE)
			item.name = shown(value, child->key, child->key_length);
		if (read(&item, items + item.index * size) < 0)
			return NULL;
	}
	return items;
}

static int word_read(const struct value *value, void *member)
{
	const struct node *node = value->node;

	if (node->kind != NODE_INTEGER)
		return string_read(value, member);
	*(const char **)member = arena_printf(
		value->call->arena, node->huge ? "%" PRIu64 : "%" PRId64, (uint64_t)node->integer);
	return 0;
}

static int strings_read(const struct value *value, void *member)
{
	struct strings *strings = member;
	const char *one = NULL;

	if (value->key->single && value->node->kind == NODE_STRING) {
		if (string_read(value, &one) < 0)
			return -1;
		strings_add(strings, value->call->arena, one);
		return 0;
	}
	strings->items = items_read(value, NODE_ARRAY, sizeof(*strings->items),
		value->key->numbers ? word_read : string_read, &strings->count);
	strings->set = strings->items != NULL;
	return strings->set ? 0 : -1;
}

static int numbers_read(const struct value *value, void *member)
{
	struct numbers *numbers = member;

	numbers->items = items_read(
		value, NODE_ARRAY, sizeof(*numbers->items), integer_read, &numbers->count);
	numbers->set = numbers->items != NULL;
	return numbers->set ? 0 : -1;
}

/* The name of an item of a table whose keys the writer chooses. */
static int name_read(const struct value *value, const char **name)
{
	const struct node *node = value->node;

	if (strlen(node->key) != node->key_length)
		return fault_at(
			value, node->key_line, node->key_column, "the key holds a NUL character");
	*name = arena_copy(value->call->arena, node->key, node->key_length);
	return 0;
}

static int pair_read(const struct value *value, void *member)
{
	struct pair *pair = member;

	return name_read(value, &pair->key) < 0 ? -1 : string_read(value, &pair->value);
}

static int pairs_read(const struct value *value, void *member)
{
	struct pairs *pairs = member;

	pairs->items = items_read(
		value, NODE_TABLE, sizeof(*pairs->items), pair_read, &pairs->count);
	pairs->set = pairs->items != NULL;
	return pairs->set ? 0 : -1;
}

static int nearest_hint(const struct value *value, const char *nearest)
{
	return nearest ? err_hint(value->call->err, "did you mean \"%s\"?", nearest) : -1;
}

static int choice_fault(const struct value *value)
{
	const char *const *choices = value->key->choices;
	const struct node *node = value->node;
	const char *list = "";

	for (size_t i = 1; choices[i]; i++)
		list = arena_printf(value->call->arena, "%s%s\"%s\"", list,
			i == 1                   ? ""
				: choices[i + 1] ? ", "
						 : " or ",
			choices[i]);
	fault(value, "\"%s\" is not %s", shown(value, node->text, node->length), list);
	return nearest_hint(value, name_nearest(node->text, choices + 1, sizeof(*choices)));
}

/* The index of the choice that node names, or 0. */
static int choice_find(const char *const *choices, const struct node *node)
{
	for (int i = 1; choices[i]; i++)
		if (strlen(choices[i]) == node->length && !strcmp(choices[i], node->text))
			return i;
	return 0;
}

static int choice_read(const struct value *value, void *member)
{
	if (kind_check(value, NODE_STRING) < 0)
		return -1;
	*(int *)member = choice_find(value->key->choices, value->node);
	return *(int *)member ? 0 : choice_fault(value);
}

static int refused_check(const struct value *value, void *member)
{
	const struct node *node = value->node;
	bool passed = node->kind >= NODE_ARRAY && !node->count;

	(void)member;
	if (node->kind == NODE_BOOL)
		passed = !node->boolean;
	else if (node->kind == NODE_STRING)
		passed = !node->length;
	if (passed)
		return 0;
	return fault_at(value, node->key_line, node->key_column, "%s", value->key->about);
}

static int table_read(const struct value *value, void *object);

static int pointer_read(const struct value *value, void *member)
{
	void *object = arena_alloc(value->call->arena, 1, value->key->size);

	*(void **)member = object;
	return table_read(value, object);
}

static int list_read(const struct value *value, void *member)
{
	const struct key *key = value->key;
	void *count = (char *)member - key->offset + key->count_offset;

	*(void **)member = items_read(value, NODE_ARRAY, key->size, table_read, count);
	return *(void **)member ? 0 : -1;
}

static int named_read(const struct value *value, void *object)
{
	return name_read(value, object) < 0 ? -1 : table_read(value, object);
}

static int map_read(const struct value *value, void *member)
{
	const struct key *key = value->key;
	void *count = (char *)member - key->offset + key->count_offset;

	*(void **)member = items_read(value, NODE_TABLE, key->size, named_read, count);
	return *(void **)member ? 0 : -1;
}

/* By type of the member; the maybe types begin with `set`, what is read stands behind it. */
static const struct {
	int (*read)(const struct value *value, void *member);
	size_t behind;
} types[] = {
	[KEY_STRING] = { string_read },
	[KEY_BOOL] = { bool_read },
	[KEY_MAYBE_BOOL] = { bool_read, offsetof(struct maybe_bool, value) },
	[KEY_MAYBE_INT] = { integer_read, offsetof(struct maybe_int, value) },
	[KEY_MAYBE_UINT] = { unsigned_read, offsetof(struct maybe_uint, value) },
	[KEY_MAYBE_REAL] = { real_read, offsetof(struct maybe_real, value) },
	[KEY_MAYBE_SIZE] = { size_read, offsetof(struct maybe_size, value) },
	[KEY_STRINGS] = { strings_read },
	[KEY_NUMBERS] = { numbers_read },
	[KEY_PAIRS] = { pairs_read },
	[KEY_CHOICE] = { choice_read },
	[KEY_TABLE] = { table_read },
	[KEY_POINTER] = { pointer_read },
	[KEY_LIST] = { list_read },
	[KEY_MAP] = { map_read },
	[KEY_REFUSED] = { refused_check },
};

static int value_read(const struct value *value, char *object)
{
	char *member = object + value->key->offset;
	enum key_type type = value->key->type;

	if (type == KEY_IGNORED)
		return 0;
	if (types[type].behind)
		*(bool *)member = true;
	return types[type].read(value, member + types[type].behind);
}

/* With nothing near, what there is. */
static int known_hint(const struct key *keys, struct err *err)
{
	char list[400] = "";
	size_t used = 0;

	for (; keys->name && used < sizeof(list); keys++)
		used += (size_t)snprintf(
			list + used, sizeof(list) - used, "%s%s", used ? ", " : "", keys->name);
	return err_hint(err, "known here: %s", list);
}

/* A key of the table that no row knows. */
static int unknown_fault(const struct value *table, const struct node *node)
{
	const struct key *keys = table->key->keys;

	const struct value place = { .call = table->call,
		.up = table->up,
		.node = node,
		.name = table->name,
		.index = table->index };

	fault_at(&place, node->key_line, node->key_column, "unknown key \"%s\"",
		shown(table, node->key, node->key_length));
	if (name_nearest(node->key, keys, sizeof(*keys)))
		return nearest_hint(table, name_nearest(node->key, keys, sizeof(*keys)));
	return known_hint(keys, table->call->err);
}

static const struct key *key_find(const struct key *keys, const struct node *node)
{
	for (const struct key *key = keys; key->name; key++)
		if (strlen(key->name) == node->key_length &&
			!memcmp(key->name, node->key, node->key_length))
			return key;
	return NULL;
}

/* Whether the table may hold keys that no row knows. */
static bool is_open(const struct value *table)
{
	if (table->call->unknown == UNKNOWN_REFUSED)
		return false;
	for (; table; table = table->up)
		if (table->key->closed)
			return false;
	return true;
}

/* The table's keys into the object, by the rows of the key it stands under. */
static int table_read(const struct value *table, void *object)
{
	if (kind_check(table, NODE_TABLE) < 0)
		return -1;
	for (const struct node *child = table->node->first; child; child = child->next) {
		const struct key *key = key_find(table->key->keys, child);
		const struct value value = { .call = table->call,
			.up = table,
			.node = child,
			.key = key,
			.name = key ? key->name : NULL };

		if (!key && is_open(table))
			continue;
		if (!key)
			return unknown_fault(table, child);
		if (child->kind != NODE_NULL && value_read(&value, object) < 0)
			return -1;
	}
	return 0;
}

int rows_read(const struct key *keys, const struct node *table, void *object, struct arena *arena,
	enum rows_unknown unknown, const char *file, struct err *err)
{
	const struct call call = { arena, unknown, file, err };
	const struct key top = { .keys = keys };
	const struct value document = { .call = &call, .node = table, .key = &top };

	return table_read(&document, object);
}
