/*
 * Booleans, integers and decimal numbers, from the word they are written as. An integer that does
 * not fit in 64 bits is refused, never wrapped or turned into a decimal number; a decimal number is
 * the nearest IEEE 754 binary64. strtod(3) follows LC_NUMERIC: the program stays in the "C" locale.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "format/toml-reader.h"

struct base {
	char letter;
	unsigned radix;
	const char *name, *digits;
};

static const struct base bases[] = {
	{ 'x', 16, "a hexadecimal integer", "0123456789abcdefABCDEF" },
	{ 'o', 8, "an octal integer", "01234567" },
	{ 'b', 2, "a binary integer", "01" },
};

static const char decimal_digits[] = "0123456789";

static bool word_is(const char *token, size_t length, const char *word)
{
	return length == strlen(word) && !memcmp(token, word, length);
}

/* Passes digits with single underscores between them; returns NULL if there is anything amiss. */
static const char *digits_pass(const char *at, const char *end, const char *digits)
{
	bool digit_before = false;

	for (; at < end; at++) {
		if (*at == '_' ? !digit_before : !strchr(digits, *at))
			break;
		digit_before = *at != '_';
	}
	return digit_before ? at : NULL;
}

/* The token without its underscores, for the C library. */
static char *digits_copy(struct toml_reader *reader, const char *token, size_t length)
{
	char *copy = arena_alloc(&reader->scratch, length + 1, 1), *to = copy;

	for (size_t i = 0; i < length; i++)
		if (token[i] != '_')
			*to++ = token[i];
	return copy;
}

/* A fault "TOKEN what is wrong"; returns NULL. */
static struct node *token_fault(
	struct toml_reader *reader, const char *token, size_t length, const char *wrong)
{
	toml_fault(reader, token, "%s %s", toml_quote(reader, token, length), wrong);
	return NULL;
}

/* The same for a decimal number: an underscore out of place explains more than what it led to. */
static struct node *decimal_fault(
	struct toml_reader *reader, const char *token, size_t length, const char *wrong)
{
	static const char underscore[] = "an underscore must stand between two digits";

	toml_fault(reader, token, "%s is not a number: %s", toml_quote(reader, token, length),
		memchr(token, '_', length) ? underscore : wrong);
	return NULL;
}

/* The magnitude of checked digits; false if it passes 64 bits. */
static bool magnitude_read(const char *at, const char *end, unsigned radix, uint64_t *magnitude)
{
	*magnitude = 0;
	for (; at < end; at++) {
		unsigned digit = (unsigned)(*at - '0');

		if (*at == '_')
			continue;
		if (digit > 9)
			digit = (unsigned)((*at | 0x20) - 'a') + 10;
		if (__builtin_mul_overflow(*magnitude, radix, magnitude) ||
			__builtin_add_overflow(*magnitude, digit, magnitude))
			return false;
	}
	return true;
}

/* digits to the end of the token are checked already; below zero there is room for one more. */
static struct node *integer_read(struct toml_reader *reader, const char *token, size_t length,
	const char *digits, unsigned radix)
{
	bool negative = *token == '-';
	uint64_t magnitude;
	struct node *node;

	if (!magnitude_read(digits, token + length, radix, &magnitude) ||
		magnitude > (uint64_t)INT64_MAX + negative)
		return token_fault(reader, token, length, "does not fit in 64 bits");
	node = toml_node(reader, NODE_INTEGER, token);
	node->integer = (int64_t)(negative ? 0 - magnitude : magnitude);
	return node;
}

static struct node *based_read(struct toml_reader *reader, const char *token, size_t length)
{
	const char *end = token + length;

	for (size_t i = 0; i < sizeof(bases) / sizeof(*bases); i++) {
		const struct base *base = &bases[i];

		if (token[1] != base->letter)
			continue;
		if (digits_pass(token + 2, end, base->digits) == end)
			return integer_read(reader, token, length, token + 2, base->radix);
		toml_fault(reader, token, "%s is not %s: 0%c, then digits out of %s",
			toml_quote(reader, token, length), base->name, base->letter, base->digits);
		return NULL;
	}
	return token_fault(reader, token, length, "is not a number: bases are 0x, 0o and 0b");
}

/* A number with a point or an exponent, which is what follows the integral part at `at`. */
static struct node *real_read(
	struct toml_reader *reader, const char *token, size_t length, const char *at)
{
	const char *end = token + length;
	struct node *node;

	if (*at == '.') {
		at = digits_pass(at + 1, end, decimal_digits);
		if (!at)
			return decimal_fault(reader, token, length, "digits must follow the point");
	}
	if (at < end && (*at == 'e' || *at == 'E')) {
		at++;
		if (at < end && (*at == '+' || *at == '-'))
			at++;
		at = digits_pass(at, end, decimal_digits);
		if (!at)
			return decimal_fault(reader, token, length, "the exponent needs digits");
	}
	if (at != end)
		return decimal_fault(reader, token, length, "unexpected text after the digits");
	node = toml_node(reader, NODE_REAL, token);
	node->real = strtod(digits_copy(reader, token, length), NULL);
	return node;
}

/* A number in base ten, whose digits begin at `at`, after the sign if there is one. */
static struct node *decimal_read(
	struct toml_reader *reader, const char *token, size_t length, const char *at)
{
	const char *digits = at, *end = token + length;

	if (at < end && *at == '.')
		return decimal_fault(reader, token, length, "digits must stand before the point");
	at = digits_pass(digits, end, decimal_digits);
	if (!at)
		return decimal_fault(reader, token, length, "digits must follow the sign");
	if (*digits == '0' && at - digits > 1)
		return token_fault(
			reader, token, length, "is not a number: leading zeros are not allowed");
	if (at == end)
		return integer_read(reader, token, length, digits, 10);
	return real_read(reader, token, length, at);
}

/* What was most likely meant by a word that is no value. */
static struct node *word_fault(struct toml_reader *reader, const char *token, size_t length)
{
	if ((length == 4 && !strncasecmp(token, "true", 4)) ||
		(length == 5 && !strncasecmp(token, "false", 5)))
		return token_fault(reader, token, length,
			"is not a value: true and false are written in small letters");
	return token_fault(reader, token, length, "is not a value: text needs quotes around it");
}

struct node *toml_number(struct toml_reader *reader, const char *token, size_t length)
{
	bool sign = *token == '+' || *token == '-';
	const char *rest = token + sign;
	size_t rest_length = length - sign;
	struct node *node;

	if (word_is(token, length, "true") || word_is(token, length, "false")) {
		node = toml_node(reader, NODE_BOOL, token);
		node->boolean = *token == 't';
		return node;
	}
	if (word_is(rest, rest_length, "inf") || word_is(rest, rest_length, "nan")) {
		node = toml_node(reader, NODE_REAL, token);
		node->real = copysign(
			*rest == 'i' ? (double)INFINITY : (double)NAN, *token == '-' ? -1.0 : 1.0);
		return node;
	}
	if (rest_length > 1 && *rest == '0' && strchr("xobXOB", rest[1])) {
		if (sign)
			return token_fault(reader, token, length,
				"is not a number: only base ten takes a sign");
		return based_read(reader, token, length);
	}
	if (sign || toml_is_digit(*rest) ||
		(*rest == '.' && rest_length > 1 && toml_is_digit(rest[1])))
		return decimal_read(reader, token, length, rest);
	return word_fault(reader, token, length);
}
