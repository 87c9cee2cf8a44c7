/*
 * The TOML reader: headers, key-value lines, arrays and inline tables. Strings and keys are in
 * toml-text.c, numbers in toml-number.c, dates in toml-date.c, the rules of redefinition in
 * toml-table.c.
 *
 * Reading must never take more than linear time, recurse deeper than TOML_DEPTH_MOST or accept what
 * TOML 1.0.0 refuses: a policy means the same to every reader. Source: https://toml.io/en/v1.0.0
 */
#include "format/toml.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "format/toml-reader.h"

enum { QUOTE_MOST = 60 };

static struct node *value_read(struct reader *reader, unsigned depth);

/* Both control ranges are spelled out: a key may hold any character and ends on a terminal. */
const char *toml_quote(struct reader *reader, const char *text, size_t length)
{
	char *quoted = arena_alloc(&reader->scratch, QUOTE_MOST + 16, 1);
	size_t from = 0, to = 0;

	quoted[to++] = '"';
	while (from < length && to < QUOTE_MOST) {
		unsigned char c = (unsigned char)text[from];
		unsigned char next = from + 1 < length ? (unsigned char)text[from + 1] : 0;

		if (c < 0x20 || c == 0x7F) {
			to += (size_t)sprintf(quoted + to, "\\u%04X", c);
		} else if (c == 0xC2 && next < 0xA0) {
			to += (size_t)sprintf(quoted + to, "\\u%04X", next);
			from++;
		} else {
			quoted[to++] = text[from];
			while (from + 1 < length && ((unsigned char)text[from + 1] & 0xC0) == 0x80)
				quoted[to++] = text[++from];
		}
		from++;
	}
	memcpy(quoted + to, from < length ? "\"..." : "\"", from < length ? 5 : 2);
	return quoted;
}

const char *toml_quote_here(struct reader *reader)
{
	size_t length = toml_word(reader, 0);

	return toml_quote(reader, reader->at, length ? length : 1);
}

size_t toml_word(const struct reader *reader, size_t ahead)
{
	size_t length = 0;

	while (toml_peek(reader, ahead + length) != '\0' &&
		!toml_sees(reader, ahead + length, " \t\r\n,[]{}#=\"'"))
		length++;
	return length;
}

/* True if nothing but a comment may stand at the cursor up to the end of the line. */
static bool at_line_end(const struct reader *reader)
{
	return reader->at == reader->end || toml_sees(reader, 0, "\r\n#");
}

static void spaces_skip(struct reader *reader)
{
	while (toml_sees(reader, 0, " \t"))
		reader->at++;
}

/* Spaces, line ends and comments. */
static void blanks_skip(struct reader *reader)
{
	while (toml_sees(reader, 0, " \t\r\n#")) {
		size_t left = (size_t)(reader->end - reader->at);
		const char *end = *reader->at == '#' ? memchr(reader->at, '\n', left) : reader->at;

		reader->at = end ? end + 1 : reader->end;
	}
}

static struct node *array_read(struct reader *reader, unsigned depth)
{
	const char *open = reader->at++;
	struct node *array = reader_node(reader, NODE_ARRAY, open), *child;
	bool separated = true;

	for (blanks_skip(reader); toml_peek(reader, 0) != ']'; blanks_skip(reader)) {
		if (reader->at == reader->end)
			return toml_fault(reader, open, "the array is not closed: ] is missing");
		if (!separated)
			return toml_fault(reader, reader->at,
				"between the values of an array a comma is missing");
		child = value_read(reader, depth + 1);
		if (!child)
			return NULL;
		node_append(array, child);
		blanks_skip(reader);
		separated = toml_peek(reader, 0) == ',';
		reader->at += separated;
	}
	reader->at++;
	return array;
}

/* Reads keys up to the last of a dotted one, and moves the spot through those before it. */
static int path_read(
	struct reader *reader, struct toml_spot *spot, struct reader_key *key, enum toml_way way)
{
	for (;;) {
		spaces_skip(reader);
		if (toml_key(reader, key))
			return -1;
		spaces_skip(reader);
		if (toml_peek(reader, 0) != '.')
			return 0;
		reader->at++;
		if (toml_enter(reader, spot, key, way))
			return -1;
	}
}

/* One "key = value", the key perhaps dotted, put into the spot's table; 0 or -1. */
static int pair_read(struct reader *reader, struct toml_spot spot)
{
	struct reader_key key;
	struct node *value;

	if (path_read(reader, &spot, &key, TOML_DOTTED))
		return -1;
	if (toml_peek(reader, 0) != '=')
		return reader_fault(reader, reader->at, "after the key %s a = is missing",
			toml_quote(reader, key.text, key.length));
	reader->at++;
	if (toml_check_absent(reader, &spot, &key))
		return -1;
	spaces_skip(reader);
	value = value_read(reader, spot.depth + 1);
	if (!value)
		return -1;
	toml_put(reader, &spot, &key, value);
	return 0;
}

/* Says what an inline table lacks at the cursor; most often somebody broke the line. */
static struct node *inline_fault(struct reader *reader, const char *open, bool after_comma)
{
	if (reader->at == reader->end)
		return toml_fault(reader, open, "the inline table is not closed: } is missing");
	if (at_line_end(reader))
		return toml_fault(reader, reader->at,
			"an inline table stays on one line: close it with } or use a [table]");
	if (after_comma)
		return toml_fault(
			reader, reader->at, "no comma may follow an inline table's last value");
	return toml_fault(reader, reader->at, "expected , or } in the inline table, not %s",
		toml_quote_here(reader));
}

/* It is complete when its brace closes: its key holds a value then, and nothing adds to values. */
static struct node *inline_table_read(struct reader *reader, unsigned depth)
{
	const char *open = reader->at++;
	struct node *table = reader_node(reader, NODE_TABLE, open);
	bool after_comma = false;

	for (;; reader->at += after_comma) {
		spaces_skip(reader);
		if (toml_peek(reader, 0) == '}' && !after_comma)
			break;
		if (toml_peek(reader, 0) == '}' || at_line_end(reader))
			return inline_fault(reader, open, after_comma);
		if (pair_read(reader, (struct toml_spot){ table, depth }))
			return NULL;
		spaces_skip(reader);
		after_comma = toml_peek(reader, 0) == ',';
		if (!after_comma && toml_peek(reader, 0) != '}')
			return inline_fault(reader, open, false);
	}
	reader->at++;
	return table;
}

static struct node *value_read(struct reader *reader, unsigned depth)
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
	if (at_line_end(reader))
		return toml_fault(
			reader, reader->at, "a value is missing before the end of the line");
	if (!toml_word(reader, 0))
		return toml_fault(reader, reader->at, "a value is missing before %s",
			toml_quote_here(reader));
	return toml_date_wanted(reader) ? toml_date(reader) : toml_number(reader);
}

/* [table] or [[array of tables]]; its brackets stand close together, spaces are allowed within. */
static int header_read(struct reader *reader, struct toml_spot *spot)
{
	bool list = toml_peek(reader, 1) == '[';
	struct reader_key key;

	reader->at += list ? 2 : 1;
	if (path_read(reader, spot, &key, TOML_PASSING) ||
		toml_enter(reader, spot, &key, list ? TOML_LIST : TOML_HEADER))
		return -1;
	if (toml_peek(reader, 0) != ']' || (list && toml_peek(reader, 1) != ']'))
		return reader_fault(reader, reader->at,
			"the header is not closed: \"%s\" is missing", list ? "]]" : "]");
	reader->at += list ? 2 : 1;
	return 0;
}

static int document_read(struct reader *reader, struct node *root)
{
	struct toml_spot top = { .table = root }, section = top;

	for (blanks_skip(reader); reader->at < reader->end; blanks_skip(reader)) {
		if (toml_peek(reader, 0) == '[') {
			section = top;
			if (header_read(reader, &section))
				return -1;
		} else if (pair_read(reader, section)) {
			return -1;
		}
		spaces_skip(reader);
		if (!at_line_end(reader))
			return reader_fault(reader, reader->at,
				"the line should end here, but %s follows",
				toml_quote_here(reader));
	}
	return 0;
}

struct node *toml_read(struct arena *arena, const char *text, size_t length, struct err *err)
{
	bool marked = length >= 3 && !memcmp(text, "\xEF\xBB\xBF", 3);
	size_t skipped = marked ? 3 : 0;
	struct reader reader;
	struct node *root = NULL;

	if (length > TOML_SIZE_MOST) {
		err_set(err, EINVAL, "1:1: the document is larger than %d bytes", TOML_SIZE_MOST);
		return NULL;
	}
	reader = reader_init(length ? text + skipped : "", length - skipped, arena, err);
	if (!toml_check_text(&reader)) {
		root = reader_node(&reader, NODE_TABLE, reader.start);
		if (document_read(&reader, root))
			root = NULL;
	}
	arena_release(&reader.scratch);
	return root;
}
