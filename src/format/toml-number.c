/*
 * Booleans, integers and decimal numbers, from the word they are written as. An integer that does
 * not fit in 64 bits is refused, never wrapped or turned into a decimal number; a decimal number is
 * the nearest IEEE 754 binary64. strtod(3) follows LC_NUMERIC: the program stays in the "C" locale.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "format/toml-reader.h"

static const struct base {
	char letter;
	int radix;
	const char *name, *digits;
} bases[] = {
	{ 'x', 16, "a hexadecimal integer", "0123456789abcdefABCDEF" },
	{ 'o', 8, "an octal integer", "01234567" },
	{ 'b', 2, "a binary integer", "01" },
};

static const char decimal_digits[] = "0123456789";

/* Passes digits with single underscores between them; returns NULL if there is anything amiss. */
static const char *digits_pass(const char *at, const char *digits)
{
	bool digit_before = false;

	for (; *at; at++) {
		if (*at == '_' ? !digit_before : !strchr(digits, *at))
			break;
		digit_before = *at != '_';
	}
	return digit_before ? at : NULL;
}

/* The word without its underscores, for the C library. */
static char *digits_copy(struct reader *reader, const char *word)
{
	char *copy = arena_alloc(&reader->scratch, strlen(word) + 1, 1), *to = copy;

	for (; *word; word++)
		if (*word != '_')
			*to++ = *word;
	return copy;
}

/* A fault "WORD what is wrong"; returns NULL. */
static struct node *word_fault(struct reader *reader, const char *word, const char *wrong)
{
	return toml_fault(
		reader, reader->at, "%s %s", toml_quote(reader, word, strlen(word)), wrong);
}

/* The same for a decimal number: an underscore out of place explains more than what it led to. */
static struct node *decimal_fault(struct reader *reader, const char *word, const char *wrong)
{
	if (strchr(word, '_'))
		wrong = "an underscore must stand between two digits";
	return toml_fault(reader, reader->at, "%s is not a number: %s",
		toml_quote(reader, word, strlen(word)), wrong);
}

/* digits are the word's, checked already, and its sign. */
static struct node *integer_read(
	struct reader *reader, const char *word, const char *digits, int radix)
{
	struct node *node = reader_node(reader, NODE_INTEGER, reader->at);

	errno = 0;
	node->integer = strtoll(digits_copy(reader, digits), NULL, radix);
	return errno ? word_fault(reader, word, "does not fit in 64 bits") : node;
}

static struct node *based_read(struct reader *reader, const char *word)
{
	for (size_t i = 0; i < sizeof(bases) / sizeof(*bases); i++) {
		const struct base *base = &bases[i];
		const char *end;

		if (word[1] != base->letter)
			continue;
		end = digits_pass(word + 2, base->digits);
		if (end && !*end)
			return integer_read(reader, word, word + 2, base->radix);
		return toml_fault(reader, reader->at, "%s is not %s: 0%c, then digits out of %s",
			toml_quote(reader, word, strlen(word)), base->name, base->letter,
			base->digits);
	}
	return word_fault(reader, word, "is not a number: bases are 0x, 0o and 0b");
}

/* A number with a point or an exponent, which is what follows the integral part at `at`. */
static struct node *real_read(struct reader *reader, const char *word, const char *at)
{
	struct node *node;

	if (*at == '.') {
		at = digits_pass(at + 1, decimal_digits);
		if (!at)
			return decimal_fault(reader, word, "digits must follow the point");
	}
	if (*at == 'e' || *at == 'E') {
		at++;
		at = digits_pass(at + (*at == '+' || *at == '-'), decimal_digits);
		if (!at)
			return decimal_fault(reader, word, "the exponent needs digits");
	}
	if (*at)
		return decimal_fault(reader, word, "unexpected text after the digits");
	node = reader_node(reader, NODE_REAL, reader->at);
	node->real = strtod(digits_copy(reader, word), NULL);
	return node;
}

/* A number in base ten, whose digits begin after the sign if there is one. */
static struct node *decimal_read(struct reader *reader, const char *word, const char *digits)
{
	const char *end = digits_pass(digits, decimal_digits);

	if (*digits == '.')
		return decimal_fault(reader, word, "digits must stand before the point");
	if (!end)
		return decimal_fault(reader, word, "digits must follow the sign");
	if (*digits == '0' && end - digits > 1)
		return word_fault(reader, word, "is not a number: leading zeros are not allowed");
	return *end ? real_read(reader, word, end) : integer_read(reader, word, word, 10);
}

static struct node *bool_make(struct reader *reader, bool value)
{
	struct node *node = reader_node(reader, NODE_BOOL, reader->at);

	node->boolean = value;
	return node;
}

/* inf or nan, of the sign before it if there is one. */
static struct node *special_make(struct reader *reader, double value, char sign)
{
	struct node *node = reader_node(reader, NODE_REAL, reader->at);

	node->real = copysign(value, sign == '-' ? -1.0 : 1.0);
	return node;
}

static struct node *word_read(struct reader *reader, const char *word)
{
	bool sign = *word == '+' || *word == '-';
	const char *rest = word + sign;

	if (!strcmp(word, "true") || !strcmp(word, "false"))
		return bool_make(reader, *word == 't');
	if (!strcmp(rest, "inf") || !strcmp(rest, "nan"))
		return special_make(reader, strtod(rest, NULL), *word);
	if (*rest == '0' && rest[1] && strchr("xobXOB", rest[1]))
		return sign
			? word_fault(reader, word, "is not a number: only base ten takes a sign")
			: based_read(reader, word);
	if (sign || toml_is_digit(*rest) || (*rest == '.' && toml_is_digit(rest[1])))
		return decimal_read(reader, word, rest);
	if (!strcasecmp(word, "true") || !strcasecmp(word, "false"))
		return word_fault(reader, word,
			"is not a value: true and false are written in small letters");
	return word_fault(reader, word, "is not a value: text needs quotes around it");
}

struct node *toml_number(struct reader *reader)
{
	size_t length = toml_word(reader, 0);
	struct node *node = word_read(reader, arena_copy(&reader->scratch, reader->at, length));

	reader->at += length;
	return node;
}
