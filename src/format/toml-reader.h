#pragma once
/*
 * What the files of the TOML reader share, and nobody else includes: the cursor over the document,
 * how faults and positions are made, and the calls from one file into the next.
 *
 * The text is checked as a whole first (toml-text.c): afterwards it is known to be UTF-8 without a
 * NUL or another control character, and every carriage return stands before a line feed. The other
 * files rest on that.
 */
#include "base/arena.h"
#include "base/err.h"
#include "format/node.h"

struct toml_slot;

struct toml_reader {
	const char *start, *at, *end;
	/* The last place asked for: lines are counted on from here, never again from the start. */
	const char *mark, *line_start;
	unsigned line;
	struct arena *arena;  /* holds the tree */
	struct arena scratch; /* slots and quotations, gone when the reader returns */
	/* toml-table.c: every key of every table, by table and name; room is a power of two. */
	struct toml_slot *slots;
	size_t slots_used, slots_room;
	struct err *err;
};

/* A key as read: its text lies in the document, or in the tree's arena if it had escapes. */
struct toml_key {
	const char *at, *text;
	size_t length;
	unsigned line, column;
};

/* A table being filled, and how many levels below the document it lies. */
struct toml_spot {
	struct node *table;
	unsigned depth;
};

/* The byte some way ahead; NUL is the end of the document, as it holds none of its own. */
static inline char toml_peek(const struct toml_reader *reader, size_t ahead)
{
	return (size_t)(reader->end - reader->at) > ahead ? reader->at[ahead] : '\0';
}

static inline bool toml_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Sets err to "LINE:COLUMN: text" for the byte at `at`; returns -1. */
int toml_fault(struct toml_reader *reader, const char *at, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* A short printable form of user text for an error, in quotes; lives until the reader returns. */
const char *toml_quote(struct toml_reader *reader, const char *text, size_t length);
/* The same for the word or the single character at the cursor, which is not at the end. */
const char *toml_quote_here(struct toml_reader *reader);

/* The position of `at`, counted from 1. Cheap only if never further back than the last one. */
void toml_place(struct toml_reader *reader, const char *at, unsigned *line, unsigned *column);

/* A new node whose value begins at `at`. */
struct node *toml_node(struct toml_reader *reader, enum node_kind kind, const char *at);

/* toml-text.c: the whole document's encoding; 0 or -1. */
int toml_check_text(struct toml_reader *reader);
/* A string of any of the four forms, at its opening quote; NULL with err. */
struct node *toml_string(struct toml_reader *reader);
/* One part of a key: bare or in single or double quotes; 0 or -1. */
int toml_key(struct toml_reader *reader, struct toml_key *key);

/* toml-number.c: the value written as token (true, 1_000, 0x1f, -inf, 2.5e3 ...); NULL with err. */
struct node *toml_number(struct toml_reader *reader, const char *token, size_t length);

/* toml-date.c: whether a token can only be meant as a date or a time. */
bool toml_date_wanted(const char *token, size_t length);
/* Reads the date, the time or both at the cursor, whose first token has length bytes. */
struct node *toml_date(struct toml_reader *reader, size_t length);

/* toml-value.c: how many bytes, from some way ahead of the cursor, are one unquoted word. */
size_t toml_token(const struct toml_reader *reader, size_t ahead);
void toml_skip_spaces(struct toml_reader *reader);
/* Spaces, line ends and comments. */
void toml_skip_blanks(struct toml_reader *reader);
/* One "key = value", the key perhaps dotted, put into the spot's table; 0 or -1. */
int toml_key_value(struct toml_reader *reader, struct toml_spot spot);

/*
 * toml-table.c: who may add to what. Each moves the spot into the table it names, making it where
 * the rules allow; 0, or -1 with err naming the line of the earlier definition.
 */
int toml_pass_header(
	struct toml_reader *reader, struct toml_spot *spot, const struct toml_key *key);
int toml_pass_dotted(
	struct toml_reader *reader, struct toml_spot *spot, const struct toml_key *key);
int toml_define_table(
	struct toml_reader *reader, struct toml_spot *spot, const struct toml_key *key);
int toml_define_list(
	struct toml_reader *reader, struct toml_spot *spot, const struct toml_key *key);
/* That the table has no such key yet; then that it has, with its value. */
int toml_check_absent(
	struct toml_reader *reader, const struct toml_spot *spot, const struct toml_key *key);
void toml_put(struct toml_reader *reader, const struct toml_spot *spot, const struct toml_key *key,
	struct node *value);
/* That a value may lie at this depth; `at` is where it begins. 0 or -1. */
int toml_check_depth(struct toml_reader *reader, unsigned depth, const char *at);
