/*
 * The text of a TOML document: its encoding, checked once for everything, comments included; the
 * four forms of strings; and keys. No character that TOML 1.0.0 refuses gets past this file, and
 * no escape yields anything but a Unicode scalar value (surrogates are refused).
 */
#include <stdlib.h>
#include <string.h>

#include "format/toml-reader.h"

/* The fault in the byte at `at` that neither begins a character nor may stand alone. */
static int byte_fault(struct reader *reader, const char *at)
{
	unsigned char c = (unsigned char)*at;

	if (c == '\r')
		return reader_fault(reader, at, "a carriage return without a line feed after it");
	if (c == '\0')
		return reader_fault(
			reader, at, "a NUL byte: this is not a text file, or is UTF-16");
	if (c >= 0x80)
		return reader_fault(reader, at, "byte 0x%02X is not UTF-8", c);
	return reader_fault(reader, at,
		"control character 0x%02X: in a \"basic string\" it is written \\u%04X", c, c);
}

int toml_check_text(struct reader *reader)
{
	const char *at = reader->at;

	while (at < reader->end) {
		size_t room = (size_t)(reader->end - at), length = utf8_length(at, room);

		if (*at == '\r')
			length = room > 1 && at[1] == '\n' ? 2 : 0;
		else if (*at == 0x7F || (*at >= 0 && *at < ' ' && *at != '\t' && *at != '\n'))
			length = 0;
		if (length == 0)
			return byte_fault(reader, at);
		at += length;
	}
	return 0;
}

static char *utf8_write(char *to, unsigned long point)
{
	static const unsigned char leads[] = { 0, 0xC0, 0xE0, 0xF0 };
	int more = point < 0x80 ? 0 : point < 0x800 ? 1 : point < 0x10000 ? 2 : 3;

	*to++ = (char)(leads[more] | point >> 6 * more);
	while (more--)
		*to++ = (char)(0x80 | (point >> 6 * more & 0x3F));
	return to;
}

/* \uXXXX or \UXXXXXXXX at the cursor; returns where writing goes on, NULL with err. */
static char *unicode_escape(struct reader *reader, char *to)
{
	size_t count = toml_peek(reader, 1) == 'u' ? 4 : 8, have = 0;
	char digits[9] = "";
	unsigned long point;

	while (have < count && toml_sees(reader, 2 + have, "0123456789abcdefABCDEF")) {
		digits[have] = toml_peek(reader, 2 + have);
		have++;
	}
	point = strtoul(digits, NULL, 16);
	if (have < count)
		return toml_fault(reader, reader->at, "\\%c needs %zu hexadecimal digits",
			toml_peek(reader, 1), count);
	if (point > 0x10FFFF || (point >= 0xD800 && point <= 0xDFFF))
		return toml_fault(reader, reader->at, "\\%c%s is not a Unicode character",
			toml_peek(reader, 1), digits);
	reader->at += 2 + count;
	return utf8_write(to, point);
}

/* A backslash before the end of a line swallows all blank space up to the next text. */
static bool line_joined(struct reader *reader)
{
	size_t ahead = 1;

	while (toml_sees(reader, ahead, " \t"))
		ahead++;
	if (!toml_sees(reader, ahead, "\r\n"))
		return false;
	reader->at += ahead;
	while (toml_sees(reader, 0, " \t\r\n"))
		reader->at++;
	return true;
}

/* One escape at the cursor; returns where writing goes on, NULL with err. */
static char *escape_read(struct reader *reader, bool multi, char *to)
{
	static const char letters[] = "btnfr\"\\", meanings[] = "\b\t\n\f\r\"\\";
	char c = toml_peek(reader, 1);
	const char *found = c != '\0' ? strchr(letters, c) : NULL;

	if (found) {
		*to = meanings[found - letters];
		reader->at += 2;
		return to + 1;
	}
	if (c == 'u' || c == 'U')
		return unicode_escape(reader, to);
	if (multi && line_joined(reader))
		return to;
	return toml_fault(reader, reader->at,
		"no escape begins like this: write \\\\ for a backslash, or use %s quotes",
		multi ? "'''" : "'single'");
}

/* Where the closing quotes begin, in a string of one line or more; NULL if there are none. */
static const char *string_close(const struct reader *reader, char quote, bool multi)
{
	const char *at = reader->at, *end = reader->end;

	for (; at < end; at++) {
		if (*at == '\\' && quote == '"')
			at += end - at > 1;
		else if (!multi && *at == '\n')
			return NULL;
		else if (*at == quote && !multi)
			return at;
		else if (*at == quote && end - at > 2 && at[1] == quote && at[2] == quote)
			break;
	}
	if (at >= end)
		return NULL;
	/* Up to two quotes may stand before the three that close. */
	for (int more = 0; more < 2 && end - at > 3 && at[3] == quote; more++)
		at++;
	return at;
}

/* Copies from the cursor to close, escapes resolved and line ends as \n; the length, -1 with err.
 */
static ssize_t string_decode(
	struct reader *reader, const char *close, char quote, bool multi, char *text)
{
	char *to = text;

	while (reader->at < close) {
		if (*reader->at == '\\' && quote == '"') {
			to = escape_read(reader, multi, to);
			if (!to)
				return -1;
		} else if (*reader->at == '\r') {
			reader->at++;
		} else {
			*to++ = *reader->at++;
		}
	}
	return to - text;
}

struct node *toml_string(struct reader *reader)
{
	const char *open = reader->at, *close;
	char quote = *open;
	bool multi = toml_peek(reader, 1) == quote && toml_peek(reader, 2) == quote;
	struct node *node = reader_node(reader, NODE_STRING, open);
	ssize_t length;
	char *text;

	reader->at += multi ? 3 : 1;
	if (multi && toml_peek(reader, 0) == '\r')
		reader->at++;
	if (multi && toml_peek(reader, 0) == '\n')
		reader->at++;
	close = string_close(reader, quote, multi);
	if (!close)
		return toml_fault(reader, open, "the string is not closed%s: %.*s is missing",
			multi ? "" : " on its line", multi ? 3 : 1, open);
	/* An escape is never shorter than what it stands for. */
	text = arena_alloc(reader->arena, (size_t)(close - reader->at) + 1, 1);
	length = string_decode(reader, close, quote, multi, text);
	if (length < 0)
		return NULL;
	node->text = text;
	node->length = (size_t)length;
	reader->at = close + (multi ? 3 : 1);
	return node;
}

static bool is_bare(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || toml_is_digit(c) || c == '_' ||
		c == '-';
}

/* Says what stands where a key should: most often the key needs quotes. */
static int key_fault(struct reader *reader)
{
	if (reader->at == reader->end || toml_sees(reader, 0, "\r\n#"))
		return reader_fault(
			reader, reader->at, "a key is missing before the end of the line");
	if ((unsigned char)*reader->at >= 0x80)
		return reader_fault(
			reader, reader->at, "the key %s needs quotes", toml_quote_here(reader));
	return reader_fault(
		reader, reader->at, "a key is missing before %s", toml_quote_here(reader));
}

int toml_key(struct reader *reader, struct reader_key *key)
{
	char quote = toml_peek(reader, 0);
	struct node *node;

	key->at = reader->at;
	reader_place(reader, key->at, &key->line, &key->column);
	if (quote != '"' && quote != '\'') {
		while (is_bare(toml_peek(reader, 0)))
			reader->at++;
		key->length = (size_t)(reader->at - key->at);
		key->text = arena_copy(reader->arena, key->at, key->length);
		return key->length ? 0 : key_fault(reader);
	}
	if (toml_peek(reader, 1) == quote && toml_peek(reader, 2) == quote)
		return reader_fault(reader, reader->at, "a key cannot be a multi-line string");
	node = toml_string(reader);
	if (!node)
		return -1;
	key->text = node->text;
	key->length = node->length;
	return 0;
}
