/* Building and looking through document trees; see node.h. */
#include "format/node.h"

#include <string.h>

#include "nucleus/types.h"

struct node *node_new(struct arena *arena, enum node_kind kind)
{
	struct node *node = arena_alloc(arena, 1, sizeof(*node));

	node->kind = kind;
	return node;
}

struct node *node_string(struct arena *arena, const char *text)
{
	struct node *node = node_new(arena, NODE_STRING);

	node->length = strlen(text);
	node->text = arena_copy(arena, text, node->length);
	return node;
}

struct node *node_integer(struct arena *arena, int64_t value)
{
	struct node *node = node_new(arena, NODE_INTEGER);

	node->integer = value;
	return node;
}

struct node *node_bool(struct arena *arena, bool value)
{
	struct node *node = node_new(arena, NODE_BOOL);

	node->boolean = value;
	return node;
}

struct node *node_strings(struct arena *arena, const struct strings *strings)
{
	struct node *array = node_new(arena, NODE_ARRAY);

	for (size_t i = 0; i < strings->count; i++)
		node_append(array, node_string(arena, strings->items[i]));
	return array;
}

struct node *node_printf(struct arena *arena, const char *format, ...)
{
	struct node *node = node_new(arena, NODE_STRING);
	va_list args;

	va_start(args, format);
	node->text = arena_vprintf(arena, format, args);
	va_end(args);
	node->length = strlen(node->text);
	return node;
}

void node_append(struct node *parent, struct node *child)
{
	if (parent->last)
		parent->last->next = child;
	else
		parent->first = child;
	parent->last = child;
	parent->count++;
}

void node_take(struct node *parent, struct node *child)
{
	struct node **link = &parent->first, *last = NULL;

	while (*link != child) {
		last = *link;
		link = &last->next;
	}
	*link = child->next;
	if (parent->last == child)
		parent->last = last;
	parent->count--;
	child->next = NULL;
}

void node_put(struct arena *arena, struct node *table, const char *key, struct node *child)
{
	child->key_length = strlen(key);
	child->key = arena_copy(arena, key, child->key_length);
	node_append(table, child);
}

void node_put_string(struct arena *arena, struct node *table, const char *key, const char *text)
{
	if (text)
		node_put(arena, table, key, node_string(arena, text));
}

void node_put_integer(struct arena *arena, struct node *table, const char *key, int64_t value)
{
	node_put(arena, table, key, node_integer(arena, value));
}

void node_put_strings(
	struct arena *arena, struct node *table, const char *key, const struct strings *strings)
{
	node_put(arena, table, key, node_strings(arena, strings));
}

void node_name_file(struct node *node, const char *file)
{
	node->file = file;
	if (node->kind >= NODE_ARRAY)
		for (struct node *child = node->first; child; child = child->next)
			node_name_file(child, file);
}

struct node *node_get(const struct node *table, const char *key)
{
	size_t length = strlen(key);

	for (struct node *child = table->first; child; child = child->next)
		if (child->key_length == length && !memcmp(child->key, key, length))
			return child;
	return NULL;
}

const char *node_kind_name(enum node_kind kind)
{
	static const char *const names[] = {
		[NODE_NULL] = "null",
		[NODE_BOOL] = "a boolean",
		[NODE_INTEGER] = "an integer",
		[NODE_REAL] = "a decimal number",
		[NODE_STRING] = "a string",
		[NODE_DATETIME] = "a date or time",
		[NODE_ARRAY] = "an array",
		[NODE_TABLE] = "a table",
	};

	return names[kind];
}
