/*
 * A tree to JSON (RFC 8259). Reading back what was written gives an equal tree; the same tree is
 * always the same bytes, which a plan's digest rests on.
 */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "format/json.h"

/* Room for so many bytes more; the text that is outgrown stays in the arena. */
static char *room(struct json_writer *writer, size_t bytes)
{
	char *at;

	if (writer->size - writer->length < bytes) {
		char *wider;

		writer->size = (writer->length + bytes) * 2;
		wider = arena_alloc(writer->arena, writer->size, 1);
		if (writer->length)
			memcpy(wider, writer->text, writer->length);
		writer->text = wider;
	}
	at = writer->text + writer->length;
	writer->length += bytes;
	return at;
}

static void byte_write(struct json_writer *writer, char byte)
{
	*room(writer, 1) = byte;
}

static void bytes_write(struct json_writer *writer, const char *bytes, size_t count)
{
	memcpy(room(writer, count), bytes, count);
}

static void plain_write(struct json_writer *writer, const char *text)
{
	bytes_write(writer, text, strlen(text));
}

static void line_break(struct json_writer *writer, unsigned depth)
{
	if (!writer->pretty)
		return;
	byte_write(writer, '\n');
	while (depth--)
		plain_write(writer, "  ");
}

static void integer_write(struct json_writer *writer, const struct node *node)
{
	char digits[24];

	if (node->huge)
		snprintf(digits, sizeof(digits), "%" PRIu64, (uint64_t)node->integer);
	else
		snprintf(digits, sizeof(digits), "%" PRId64, node->integer);
	plain_write(writer, digits);
}

/* The shorter of the two forms that read back as the same number; null for what is none. */
static void real_write(struct json_writer *writer, double value)
{
	char digits[40] = "null";

	if (isfinite(value)) {
		snprintf(digits, sizeof(digits), "%.15g", value);
		if (strtod(digits, NULL) != value)
			snprintf(digits, sizeof(digits), "%.17g", value);
		if (!strpbrk(digits, ".e"))
			memcpy(digits + strlen(digits), ".0", sizeof(".0"));
	}
	plain_write(writer, digits);
}

static bool plain(char c)
{
	return (unsigned char)c >= ' ' && c != '"' && c != '\\';
}

static void escape_write(struct json_writer *writer, char c)
{
	static const char special[] = "\"\\\b\f\n\r\t", letters[] = "\"\\bfnrt";
	const char *found = c ? strchr(special, c) : NULL;
	char escape[8];

	if (found)
		snprintf(escape, sizeof(escape), "\\%c", letters[found - special]);
	else
		snprintf(escape, sizeof(escape), "\\u%04X", c);
	plain_write(writer, escape);
}

static void string_write(struct json_writer *writer, const char *text, size_t length)
{
	byte_write(writer, '"');
	for (size_t i = 0, from = 0; i <= length; i++) {
		if (i < length && plain(text[i]))
			continue;
		bytes_write(writer, text + from, i - from);
		if (i < length)
			escape_write(writer, text[i]);
		from = i + 1;
	}
	byte_write(writer, '"');
}

static void node_write(struct json_writer *writer, const struct node *node, unsigned depth);

static void members_write(struct json_writer *writer, const struct node *node, unsigned depth)
{
	bool table = node->kind == NODE_TABLE;

	byte_write(writer, table ? '{' : '[');
	for (const struct node *child = node->first; child; child = child->next) {
		line_break(writer, depth + 1);
		if (table) {
			string_write(writer, child->key, child->key_length);
			plain_write(writer, writer->pretty ? ": " : ":");
		}
		node_write(writer, child, depth + 1);
		if (child->next)
			byte_write(writer, ',');
	}
	if (node->count)
		line_break(writer, depth);
	byte_write(writer, table ? '}' : ']');
}

static void node_write(struct json_writer *writer, const struct node *node, unsigned depth)
{
	switch (node->kind) {
	case NODE_NULL:
		plain_write(writer, "null");
		break;
	case NODE_BOOL:
		plain_write(writer, node->boolean ? "true" : "false");
		break;
	case NODE_INTEGER:
		integer_write(writer, node);
		break;
	case NODE_REAL:
		real_write(writer, node->real);
		break;
	case NODE_STRING:
	case NODE_DATETIME:
		string_write(writer, node->text, node->length);
		break;
	case NODE_ARRAY:
	case NODE_TABLE:
		members_write(writer, node, depth);
		break;
	}
}

char *json_write(struct arena *arena, const struct node *node, bool pretty)
{
	struct json_writer writer = { .arena = arena, .pretty = pretty };

	node_write(&writer, node, 0);
	line_break(&writer, 0);
	byte_write(&writer, '\0');
	return writer.text;
}

/* What stands before a value: a comma after another one, its key in a table. */
static void item_begin(struct json_writer *writer, const char *key)
{
	if (writer->length && !strchr("{[", writer->text[writer->length - 1]))
		byte_write(writer, ',');
	if (!key)
		return;
	string_write(writer, key, strlen(key));
	byte_write(writer, ':');
}

void json_begin(struct json_writer *writer, const char *key, char bracket)
{
	item_begin(writer, key);
	byte_write(writer, bracket);
}

void json_end(struct json_writer *writer, char bracket)
{
	byte_write(writer, bracket);
	byte_write(writer, '\0');
	writer->length--;
}

void json_put_string(struct json_writer *writer, const char *key, const char *text, size_t length)
{
	item_begin(writer, key);
	string_write(writer, text, length);
}

void json_put_integer(struct json_writer *writer, const char *key, int64_t value)
{
	const struct node node = { .kind = NODE_INTEGER, .integer = value };

	item_begin(writer, key);
	integer_write(writer, &node);
}

void json_put_bool(struct json_writer *writer, const char *key, bool value)
{
	item_begin(writer, key);
	plain_write(writer, value ? "true" : "false");
}
