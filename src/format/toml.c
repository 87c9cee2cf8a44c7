/*
 * The TOML reader's outermost part: the document as a sequence of headers and key-value lines, and
 * the positions and texts of its faults. Strings are in toml-text.c, numbers in toml-number.c,
 * dates in toml-date.c, arrays and inline tables in toml-value.c, the rules of redefinition in
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

/* Going back costs a new count, and happens for a fault only. */
void toml_place(struct toml_reader *reader, const char *at, unsigned *line, unsigned *column)
{
	const char *newline;

	if (at < reader->mark) {
		reader->mark = reader->line_start = reader->start;
		reader->line = 1;
	}
	while ((newline = memchr(reader->mark, '\n', (size_t)(at - reader->mark)))) {
		reader->line++;
		reader->mark = reader->line_start = newline + 1;
	}
	reader->mark = at;
	*line = reader->line;
	*column = (unsigned)(at - reader->line_start) + 1;
}

int toml_fault(struct toml_reader *reader, const char *at, const char *format, ...)
{
	char text[sizeof(reader->err->text)];
	unsigned line, column;
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	toml_place(reader, at, &line, &column);
	return err_set(reader->err, EINVAL, "%u:%u: %s", line, column, text);
}

/* Both control ranges are spelled out: a key may hold any character and ends on a terminal. */
const char *toml_quote(struct toml_reader *reader, const char *text, size_t length)
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

const char *toml_quote_here(struct toml_reader *reader)
{
	size_t length = toml_token(reader, 0);

	return toml_quote(reader, reader->at, length ? length : 1);
}

struct node *toml_node(struct toml_reader *reader, enum node_kind kind, const char *at)
{
	struct node *node = node_new(reader->arena, kind);

	toml_place(reader, at, &node->line, &node->column);
	return node;
}

/* The rest of a header after its opening brackets: the spot becomes the table it names. */
static int header_path(struct toml_reader *reader, struct toml_spot *spot, bool list)
{
	struct toml_key key;

	for (;;) {
		toml_skip_spaces(reader);
		if (toml_key(reader, &key))
			return -1;
		toml_skip_spaces(reader);
		if (toml_peek(reader, 0) != '.')
			break;
		reader->at++;
		if (toml_pass_header(reader, spot, &key))
			return -1;
	}
	return list ? toml_define_list(reader, spot, &key) : toml_define_table(reader, spot, &key);
}

/* [table] or [[array of tables]]; its brackets stand close together, spaces are allowed within. */
static int header_read(struct toml_reader *reader, struct toml_spot *spot)
{
	bool list = toml_peek(reader, 1) == '[';

	reader->at += list ? 2 : 1;
	if (header_path(reader, spot, list))
		return -1;
	if (toml_peek(reader, 0) != ']' || (list && toml_peek(reader, 1) != ']'))
		return toml_fault(reader, reader->at, "the header is not closed: \"%s\" is missing",
			list ? "]]" : "]");
	reader->at += list ? 2 : 1;
	return 0;
}

/* Nothing but a comment may follow on the same line. */
static int line_end(struct toml_reader *reader)
{
	char c;

	toml_skip_spaces(reader);
	c = toml_peek(reader, 0);
	if (c == '\0' || c == '#' || c == '\r' || c == '\n')
		return 0;
	return toml_fault(reader, reader->at, "the line should end here, but %s follows",
		toml_quote_here(reader));
}

static int document_read(struct toml_reader *reader, struct node *root)
{
	struct toml_spot top = { .table = root }, section = top;

	for (toml_skip_blanks(reader); reader->at < reader->end; toml_skip_blanks(reader)) {
		if (toml_peek(reader, 0) == '[') {
			section = top;
			if (header_read(reader, &section))
				return -1;
		} else if (toml_key_value(reader, section)) {
			return -1;
		}
		if (line_end(reader))
			return -1;
	}
	return 0;
}

struct node *toml_read(struct arena *arena, const char *text, size_t length, struct err *err)
{
	struct toml_reader reader = { .arena = arena, .err = err, .line = 1 };
	struct node *root = NULL;

	if (length > TOML_SIZE_MOST) {
		err_set(err, EINVAL, "1:1: the document is larger than %d bytes", TOML_SIZE_MOST);
		return NULL;
	}
	if (length == 0)
		text = "";
	if (length >= 3 && !memcmp(text, "\xEF\xBB\xBF", 3)) {
		text += 3;
		length -= 3;
	}
	reader.start = reader.at = reader.mark = reader.line_start = text;
	reader.end = text + length;
	if (!toml_check_text(&reader)) {
		root = toml_node(&reader, NODE_TABLE, text);
		if (document_read(&reader, root))
			root = NULL;
	}
	arena_release(&reader.scratch);
	return root;
}
