#pragma once
/*
 * What the files of the TOML reader share, and nobody else includes: the calls from one file into
 * the next.
 *
 * The text is checked as a whole first (toml-text.c): afterwards it is known to be UTF-8 without a
 * NUL or another control character, and every carriage return stands before a line feed. The other
 * files rest on that.
 */
#include <string.h>

#include "format/reader.h"

/* A table being filled, and how many levels below the document it lies. */
struct toml_spot {
	struct node *table;
	unsigned depth;
};

/* What stands behind a key, or leads through it. */
enum toml_way {
	TOML_HEADER,  /* [a.KEY] */
	TOML_PASSING, /* [KEY.b] or [[KEY.b]] */
	TOML_LIST,    /* [[a.KEY]] */
	TOML_DOTTED,  /* KEY.b = value */
};

/* The byte some way ahead; NUL is the end of the document, as it holds none of its own. */
static inline char toml_peek(const struct reader *reader, size_t ahead)
{
	return (size_t)(reader->end - reader->at) > ahead ? reader->at[ahead] : '\0';
}

/* Whether the byte some way ahead is one of those in set. */
static inline bool toml_sees(const struct reader *reader, size_t ahead, const char *set)
{
	char c = toml_peek(reader, ahead);

	return c != '\0' && strchr(set, c);
}

static inline bool toml_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* reader_fault() where a pointer is due: NULL. */
#define toml_fault(...) (reader_fault(__VA_ARGS__), NULL)

/* A short printable form of user text for an error, in quotes; lives until the reader returns. */
const char *toml_quote(struct reader *reader, const char *text, size_t length);
/* The same for the word or the single character at the cursor, which is not at the end. */
const char *toml_quote_here(struct reader *reader);

/* How many bytes, from some way ahead of the cursor, are one unquoted word. */
size_t toml_word(const struct reader *reader, size_t ahead);

/* toml-text.c: the whole document's encoding; 0 or -1. */
int toml_check_text(struct reader *reader);
/* A string of any of the four forms, at its opening quote; NULL with err. */
struct node *toml_string(struct reader *reader);
/* One part of a key: bare or in single or double quotes; 0 or -1. */
int toml_key(struct reader *reader, struct reader_key *key);

/* toml-number.c: the value written as the word at the cursor (true, 1_000, -inf ...); NULL with
 * err.
 */
struct node *toml_number(struct reader *reader);

/* toml-date.c: whether the word at the cursor can only be meant as a date or a time. */
bool toml_date_wanted(const struct reader *reader);
/* Reads the date, the time or both at the cursor; NULL with err. */
struct node *toml_date(struct reader *reader);

/*
 * toml-table.c: who may add to what. Moves the spot into the table that the key leads to, making it
 * where the rules allow; 0, or -1 with err naming the line of the earlier definition.
 */
int toml_enter(struct reader *reader, struct toml_spot *spot, const struct reader_key *key,
	enum toml_way way);
/* That the table has no such key yet; then that it has, with its value. */
int toml_check_absent(
	struct reader *reader, const struct toml_spot *spot, const struct reader_key *key);
void toml_put(struct reader *reader, const struct toml_spot *spot, const struct reader_key *key,
	struct node *value);
/* That a value may lie at this depth; `at` is where it begins. 0 or -1. */
int toml_check_depth(struct reader *reader, unsigned depth, const char *at);
