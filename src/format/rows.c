/*
 * Turning document tables into structs by a table of rows, and back. Every text an operator sees
 * about a value of the wrong kind, a wrong name or an unknown key is made here, once, for TOML and
 * JSON alike. Nothing here knows what a key means.
 */
#include "format/rows.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "format/nearest.h"

/* Where in the document the reader is: one frame a level, the innermost first. */
struct frame {
	const struct frame *up;
	const char *name; /* NULL: an item of the array above */
	size_t index;
};

struct reader {
	struct arena *arena;
	enum rows_unknown unknown;
	const char *file;
	struct err *err;
};

static size_t frame_print(const struct frame *frame, char *text, size_t size)
{
	size_t used;

	if (!frame || size < 2)
		return 0;
	used = frame_print(frame->up, text, size);
	if (frame->name)
		used += (size_t)snprintf(
			text + used, size - used, "%s%s", used ? "." : "", frame->name);
	else
		used += (size_t)snprintf(text + used, size - used, "[%zu]", frame->index);
	return used < size ? used : size - 1;
}

static int vfault(const struct reader *reader, const struct frame *frame, unsigned line,
	unsigned column, const char *format, va_list args)
{
	char position[32] = "", path[300] = "", what[600];

	if (line)
		snprintf(position, sizeof(position), ":%u:%u", line, column);
	frame_print(frame, path, sizeof(path));
	vsnprintf(what, sizeof(what), format, args);
	return err_set(reader->err, EINVAL, "%s%s: %s%s%s", reader->file, position, path,
		*path ? ": " : "", what);
}

__attribute__((format(printf, 4, 5))) static int value_fault(const struct reader *reader,
	const struct frame *frame, const struct node *node, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vfault(reader, frame, node->line, node->column, format, args);
	va_end(args);
	return -1;
}

__attribute__((format(printf, 4, 5))) static int key_fault(const struct reader *reader,
	const struct frame *frame, const struct node *node, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vfault(reader, frame, node->key_line, node->key_column, format, args);
	va_end(args);
	return -1;
}

/* Text of the user's for an error: bounded, control characters as '?'. */
static const char *shown(const char *text, size_t length, char buffer[static 84])
{
	size_t count = length < 80 ? length : 80;

	/* Not through the middle of a character. */
	while (count < length && count > 0 && ((unsigned char)text[count] & 0xC0) == 0x80)
		count--;
	for (size_t i = 0; i < count; i++)
		buffer[i] = (unsigned char)text[i] < ' ' || text[i] == 0x7F ? '?' : text[i];
	memcpy(buffer + count, count < length ? "..." : "", count < length ? 4 : 1);
	return buffer;
}

static int kind_check(const struct reader *reader, const struct frame *frame,
	const struct node *node, enum node_kind kind)
{
	if (node->kind == kind)
		return 0;
	return value_fault(reader, frame, node, "expected %s, found %s", node_kind_name(kind),
		node_kind_name(node->kind));
}

static int string_read(const struct reader *reader, const struct frame *frame,
	const struct node *node, const char **text)
{
	if (kind_check(reader, frame, node, NODE_STRING) < 0)
		return -1;
	if (strlen(node->text) != node->length)
		return value_fault(reader, frame, node, "the text holds a NUL character");
	*text = arena_copy(reader->arena, node->text, node->length);
	return 0;
}

static int bounds_check(const struct reader *reader, const struct frame *frame,
	const struct key *key, const struct node *node)
{
	if (key->least == key->most)
		return 0;
	if (!node->huge && node->integer >= key->least && node->integer <= key->most)
		return 0;
	return value_fault(
		reader, frame, node, "must be from %" PRId64 " to %" PRId64, key->least, key->most);
}

static int integer_read(const struct reader *reader, const struct frame *frame,
	const struct key *key, const struct node *node, int64_t *value)
{
	if (kind_check(reader, frame, node, NODE_INTEGER) < 0 ||
		bounds_check(reader, frame, key, node) < 0)
		return -1;
	if (node->huge)
		return value_fault(
			reader, frame, node, "%" PRIu64 " is too large", (uint64_t)node->integer);
	*value = node->integer;
	return 0;
}

static int unsigned_read(const struct reader *reader, const struct frame *frame,
	const struct key *key, const struct node *node, uint64_t *value)
{
	if (kind_check(reader, frame, node, NODE_INTEGER) < 0 ||
		bounds_check(reader, frame, key, node) < 0)
		return -1;
	if (!node->huge && node->integer < 0)
		return value_fault(reader, frame, node, "must not be negative");
	*value = (uint64_t)node->integer;
	return 0;
}

static int real_read(const struct reader *reader, const struct frame *frame,
	const struct node *node, double *value)
{
	if (node->kind == NODE_INTEGER)
		*value = node->huge ? (double)(uint64_t)node->integer : (double)node->integer;
	else if (node->kind == NODE_REAL)
		*value = node->real;
	else
		return value_fault(reader, frame, node, "expected a number, found %s",
			node_kind_name(node->kind));
	return isfinite(*value) ? 0 : value_fault(reader, frame, node, "must be finite");
}

/* "512M": digits and at most one of K, M, G, T, in bytes; false if it is anything else. */
static bool size_parse(const char *text, uint64_t *size)
{
	static const char suffixes[] = "KMGT";
	char *end;
	const char *suffix;
	unsigned shift;

	if (!isdigit((unsigned char)text[0]))
		return false;
	errno = 0;
	*size = strtoull(text, &end, 10);
	if (errno)
		return false;
	if (!*end)
		return true;
	suffix = strchr(suffixes, *end);
	if (!suffix || end[1])
		return false;
	shift = 10 * (unsigned)(suffix - suffixes + 1);
	if (*size > UINT64_MAX >> shift)
		return false;
	*size <<= shift;
	return true;
}

static int size_read(const struct reader *reader, const struct frame *frame, const struct key *key,
	const struct node *node, uint64_t *value)
{
	char buffer[84];

	if (node->kind == NODE_INTEGER)
		return unsigned_read(reader, frame, key, node, value);
	if (node->kind != NODE_STRING)
		return value_fault(reader, frame, node,
			"expected a size such as \"512M\", found %s", node_kind_name(node->kind));
	if (strlen(node->text) == node->length && size_parse(node->text, value))
		return 0;
	return value_fault(reader, frame, node,
		"\"%s\" is no size: bytes, or a number with K, M, G or T",
		shown(node->text, node->length, buffer));
}

static int strings_read(const struct reader *reader, const struct frame *frame,
	const struct node *node, struct strings *strings)
{
	struct frame item = { .up = frame };

	if (kind_check(reader, frame, node, NODE_ARRAY) < 0)
		return -1;
	strings->items = arena_alloc(reader->arena, node->count, sizeof(*strings->items));
	for (const struct node *child = node->first; child; child = child->next, item.index++)
		if (string_read(reader, &item, child, &strings->items[item.index]) < 0)
			return -1;
	strings->count = node->count;
	strings->set = true;
	return 0;
}

static int numbers_read(const struct reader *reader, const struct frame *frame,
	const struct key *key, const struct node *node, struct numbers *numbers)
{
	struct frame item = { .up = frame };

	if (kind_check(reader, frame, node, NODE_ARRAY) < 0)
		return -1;
	numbers->items = arena_alloc(reader->arena, node->count, sizeof(*numbers->items));
	for (const struct node *child = node->first; child; child = child->next, item.index++)
		if (integer_read(reader, &item, key, child, &numbers->items[item.index]) < 0)
			return -1;
	numbers->count = node->count;
	numbers->set = true;
	return 0;
}

static int pairs_read(const struct reader *reader, const struct frame *frame,
	const struct node *node, struct pairs *pairs)
{
	if (kind_check(reader, frame, node, NODE_TABLE) < 0)
		return -1;
	pairs->items = arena_alloc(reader->arena, node->count, sizeof(*pairs->items));
	for (const struct node *child = node->first; child; child = child->next) {
		struct pair *pair = &pairs->items[pairs->count++];
		char buffer[84];
		struct frame item = { .up = frame,
			.name = shown(child->key, child->key_length, buffer) };

		if (strlen(child->key) != child->key_length)
			return key_fault(reader, &item, child, "the key holds a NUL character");
		pair->key = arena_copy(reader->arena, child->key, child->key_length);
		if (string_read(reader, &item, child, &pair->value) < 0)
			return -1;
	}
	pairs->set = true;
	return 0;
}

static int choice_fault(const struct reader *reader, const struct frame *frame,
	const struct key *key, const struct node *node)
{
	char list[400] = "", buffer[84];
	const char *nearest = NULL;
	unsigned least = NEAREST_NONE;
	size_t used = 0;

	for (size_t i = 1; key->choices[i] && used < sizeof(list); i++) {
		used += (size_t)snprintf(list + used, sizeof(list) - used, "%s\"%s\"",
			i == 1                        ? ""
				: key->choices[i + 1] ? ", "
						      : " or ",
			key->choices[i]);
		nearest_offer(node->text, key->choices[i], &least, &nearest);
	}
	value_fault(reader, frame, node, "\"%s\" is not %s",
		shown(node->text, node->length, buffer), list);
	return nearest ? err_hint(reader->err, "did you mean \"%s\"?", nearest) : -1;
}

/* The index of the choice that node names, or 0. */
static int choice_find(const struct key *key, const struct node *node)
{
	for (int i = 1; key->choices && key->choices[i]; i++)
		if (strlen(key->choices[i]) == node->length && !strcmp(key->choices[i], node->text))
			return i;
	return 0;
}

static int choice_read(const struct reader *reader, const struct frame *frame,
	const struct key *key, const struct node *node, int *value)
{
	if (kind_check(reader, frame, node, NODE_STRING) < 0)
		return -1;
	*value = choice_find(key, node);
	return *value ? 0 : choice_fault(reader, frame, key, node);
}

static int refused_check(const struct reader *reader, const struct frame *frame,
	const struct key *key, const struct node *node)
{
	switch (node->kind) {
	case NODE_BOOL:
		if (!node->boolean)
			return 0;
		break;
	case NODE_STRING:
		if (!node->length || choice_find(key, node))
			return 0;
		break;
	case NODE_ARRAY:
	case NODE_TABLE:
		if (!node->count)
			return 0;
		break;
	default:
		break;
	}
	return key_fault(reader, frame, node, "%s", key->about);
}

static int table_read(const struct reader *reader, const struct frame *frame,
	const struct key *keys, const struct node *table, char *object);

static int list_read(const struct reader *reader, const struct frame *frame, const struct key *key,
	const struct node *node, char *object)
{
	struct frame item = { .up = frame };
	char *items;

	if (kind_check(reader, frame, node, NODE_ARRAY) < 0)
		return -1;
	items = arena_alloc(reader->arena, node->count ? node->count : 1, key->size);
	for (const struct node *child = node->first; child; child = child->next, item.index++)
		if (table_read(reader, &item, key->keys, child, items + item.index * key->size) < 0)
			return -1;
	*(void **)(void *)(object + key->offset) = items;
	*(size_t *)(void *)(object + key->count_offset) = node->count;
	return 0;
}

/* One of the maybe types: its `set` stands first, then the value. */
#define READ_MAYBE(shape, call)                           \
	({                                                \
		struct shape maybe_ = { .set = true };    \
		int result_ = (call);                     \
                                                          \
		if (result_ == 0)                         \
			*(struct shape *)member = maybe_; \
		result_;                                  \
	})

static int value_read(const struct reader *reader, const struct frame *frame, const struct key *key,
	const struct node *node, char *object)
{
	void *member = object + key->offset;
	void *made;

	switch (key->type) {
	case KEY_STRING:
		return string_read(reader, frame, node, member);
	case KEY_BOOL:
		if (kind_check(reader, frame, node, NODE_BOOL) < 0)
			return -1;
		*(bool *)member = node->boolean;
		return 0;
	case KEY_MAYBE_BOOL:
		if (kind_check(reader, frame, node, NODE_BOOL) < 0)
			return -1;
		*(struct maybe_bool *)member = (struct maybe_bool){ .set = true,
			.value = node->boolean };
		return 0;
	case KEY_MAYBE_INT:
		return READ_MAYBE(maybe_int, integer_read(reader, frame, key, node, &maybe_.value));
	case KEY_MAYBE_UINT:
		return READ_MAYBE(
			maybe_uint, unsigned_read(reader, frame, key, node, &maybe_.value));
	case KEY_MAYBE_REAL:
		return READ_MAYBE(maybe_real, real_read(reader, frame, node, &maybe_.value));
	case KEY_MAYBE_SIZE:
		return READ_MAYBE(maybe_size, size_read(reader, frame, key, node, &maybe_.value));
	case KEY_STRINGS:
		return strings_read(reader, frame, node, member);
	case KEY_NUMBERS:
		return numbers_read(reader, frame, key, node, member);
	case KEY_PAIRS:
		return pairs_read(reader, frame, node, member);
	case KEY_CHOICE:
		return choice_read(reader, frame, key, node, member);
	case KEY_TABLE:
		return table_read(reader, frame, key->keys, node, member);
	case KEY_POINTER:
		made = arena_alloc(reader->arena, 1, key->size);
		*(void **)member = made;
		return table_read(reader, frame, key->keys, node, made);
	case KEY_LIST:
		return list_read(reader, frame, key, node, object);
	case KEY_REFUSED:
		return refused_check(reader, frame, key, node);
	case KEY_IGNORED:
	case KEY_END:
		break;
	}
	return 0;
}

static int unknown_fault(const struct reader *reader, const struct frame *frame,
	const struct key *keys, const struct node *node)
{
	char buffer[84];
	const char *nearest = rows_nearest(keys, node->key);

	key_fault(reader, frame, node, "unknown key \"%s\"",
		shown(node->key, node->key_length, buffer));
	return nearest ? err_hint(reader->err, "did you mean \"%s\"?", nearest) : -1;
}

static const struct key *key_find(const struct key *keys, const struct node *node)
{
	for (const struct key *key = keys; key->name; key++)
		if (strlen(key->name) == node->key_length &&
			!memcmp(key->name, node->key, node->key_length))
			return key;
	return NULL;
}

static int table_read(const struct reader *reader, const struct frame *frame,
	const struct key *keys, const struct node *table, char *object)
{
	if (kind_check(reader, frame, table, NODE_TABLE) < 0)
		return -1;
	for (const struct node *child = table->first; child; child = child->next) {
		const struct key *key = key_find(keys, child);
		struct frame inner = { .up = frame, .name = key ? key->name : NULL };

		if (!key && reader->unknown == UNKNOWN_IGNORED)
			continue;
		if (!key)
			return unknown_fault(reader, frame, keys, child);
		if (child->kind == NODE_NULL)
			continue;
		if (value_read(reader, &inner, key, child, object) < 0)
			return -1;
	}
	return 0;
}

int rows_read(const struct key *keys, const struct node *table, void *object, struct arena *arena,
	enum rows_unknown unknown, const char *file, struct err *err)
{
	const struct reader reader = { arena, unknown, file, err };

	return table_read(&reader, NULL, keys, table, object);
}
