/*
 * Values, and the key-value pairs they stand in: arrays and inline tables recurse here, bounded by
 * TOML_DEPTH_MOST; everything else is handed to the file that knows the form. An inline table is
 * complete when its brace closes: it enters the slots as a value, and toml-table.c adds to no
 * value.
 */
#include <string.h>

#include "format/toml-reader.h"

static struct node *value_read(struct toml_reader *reader, unsigned depth);

size_t toml_token(const struct toml_reader *reader, size_t ahead)
{
	size_t length = 0;

	while (toml_peek(reader, ahead + length) != '\0' &&
		!strchr(" \t\r\n,[]{}#=\"'", toml_peek(reader, ahead + length)))
		length++;
	return length;
}

void toml_skip_spaces(struct toml_reader *reader)
{
	while (toml_peek(reader, 0) == ' ' || toml_peek(reader, 0) == '\t')
		reader->at++;
}

void toml_skip_blanks(struct toml_reader *reader)
{
	for (;; reader->at++) {
		char c = toml_peek(reader, 0);

		if (c == '#') {
			const char *end = memchr(
				reader->at, '\n', (size_t)(reader->end - reader->at));

			reader->at = end ? end : reader->end;
			c = toml_peek(reader, 0);
		}
		if (c == '\0' || !strchr(" \t\r\n", c))
			return;
	}
}

static struct node *array_read(struct toml_reader *reader, unsigned depth)
{
	const char *open = reader->at++;
	struct node *array = toml_node(reader, NODE_ARRAY, open), *child;
	bool separated = true;

	for (toml_skip_blanks(reader); toml_peek(reader, 0) != ']'; toml_skip_blanks(reader)) {
		if (reader->at == reader->end) {
			toml_fault(reader, open, "the array is not closed: ] is missing");
			return NULL;
		}
		if (!separated) {
			toml_fault(reader, reader->at,
				"between the values of an array a comma is missing");
			return NULL;
		}
		child = value_read(reader, depth + 1);
		if (!child)
			return NULL;
		node_append(array, child);
		toml_skip_blanks(reader);
		separated = toml_peek(reader, 0) == ',';
		reader->at += separated;
	}
	reader->at++;
	return array;
}

/* Says what an inline table lacks at the cursor; most often somebody broke the line. */
static int inline_fault(struct toml_reader *reader, const char *open, bool after_comma)
{
	char c = toml_peek(reader, 0);

	if (c == '\0')
		return toml_fault(reader, open, "the inline table is not closed: } is missing");
	if (c == '\r' || c == '\n' || c == '#')
		return toml_fault(reader, reader->at,
			"an inline table stays on one line: close it with } or use a [table]");
	if (after_comma)
		return toml_fault(
			reader, reader->at, "no comma may follow an inline table's last value");
	return toml_fault(reader, reader->at, "expected , or } in the inline table, not %s",
		toml_quote_here(reader));
}

static struct node *inline_table_read(struct toml_reader *reader, unsigned depth)
{
	const char *open = reader->at++;
	struct node *table = toml_node(reader, NODE_TABLE, open);
	bool after_comma = false;

	toml_skip_spaces(reader);
	while (after_comma || toml_peek(reader, 0) != '}') {
		if (toml_peek(reader, 0) == '\0' || strchr("\r\n#}", toml_peek(reader, 0))) {
			inline_fault(reader, open, after_comma);
			return NULL;
		}
		if (toml_key_value(reader, (struct toml_spot){ table, depth }))
			return NULL;
		toml_skip_spaces(reader);
		after_comma = toml_peek(reader, 0) == ',';
		if (!after_comma && toml_peek(reader, 0) != '}') {
			inline_fault(reader, open, false);
			return NULL;
		}
		reader->at += after_comma;
		if (after_comma)
			toml_skip_spaces(reader);
	}
	reader->at++;
	return table;
}

/* A value that is one unquoted word, or a date and a time with a space between. */
static struct node *word_read(struct toml_reader *reader)
{
	size_t length = toml_token(reader, 0);
	struct node *node;

	if (length == 0) {
		if (toml_peek(reader, 0) == '\0' || strchr("\r\n#", toml_peek(reader, 0)))
			toml_fault(reader, reader->at,
				"a value is missing before the end of the line");
		else
			toml_fault(reader, reader->at, "a value is missing before %s",
				toml_quote_here(reader));
		return NULL;
	}
	if (toml_date_wanted(reader->at, length))
		return toml_date(reader, length);
	node = toml_number(reader, reader->at, length);
	reader->at += length;
	return node;
}

static struct node *value_read(struct toml_reader *reader, unsigned depth)
{
	char c = toml_peek(reader, 0);

	if (toml_check_depth(reader, depth, reader->at))
		return NULL;
	if (c == '"' || c == '\'')
		return toml_string(reader);
	if (c == '[')
		return array_read(reader, depth);
	if (c == '{')
		return inline_table_read(reader, depth);
	return word_read(reader);
}

int toml_key_value(struct toml_reader *reader, struct toml_spot spot)
{
	struct toml_key key;
	struct node *value;

	for (;;) {
		if (toml_key(reader, &key))
			return -1;
		toml_skip_spaces(reader);
		if (toml_peek(reader, 0) != '.')
			break;
		reader->at++;
		toml_skip_spaces(reader);
		if (toml_pass_dotted(reader, &spot, &key))
			return -1;
	}
	if (toml_peek(reader, 0) != '=')
		return toml_fault(reader, reader->at, "after the key %s a = is missing",
			toml_quote(reader, key.text, key.length));
	reader->at++;
	if (toml_check_absent(reader, &spot, &key))
		return -1;
	toml_skip_spaces(reader);
	value = value_read(reader, spot.depth + 1);
	if (!value)
		return -1;
	toml_put(reader, &spot, &key, value);
	return 0;
}
