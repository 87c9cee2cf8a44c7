#pragma once
/*
 * What the readers of TOML and JSON share, and nobody else includes: a text and where it is read,
 * positions and faults in it, and every key of every table, found in the same time whether a table
 * has ten keys or a hundred thousand.
 */
#include "base/arena.h"
#include "base/err.h"
#include "format/node.h"

struct reader {
	const char *start, *at, *end;
	/* The last place asked for: lines are counted on from here, never again from the start. */
	const char *mark, *line_start;
	unsigned line;
	struct arena *arena;  /* holds the tree */
	struct arena scratch; /* gone when the reader returns */
	struct member *members;
	size_t members_used, members_room; /* the room is a power of two */
	struct err *err;
};

/* A key as read: its text lies in the tree's arena, `at` is where it began. */
struct reader_key {
	const char *at, *text;
	size_t length;
	unsigned line, column;
};

/* One key of one table. */
struct member {
	const struct node *table; /* NULL: free */
	struct node *node;
	uint32_t hash;
	int origin; /* toml-table.c: by what it came to be */
};

/* A reader at the start of length bytes of text. */
struct reader reader_init(const char *text, size_t length, struct arena *arena, struct err *err);

/* The position of `at`, counted from 1. Cheap only if never further back than the last one. */
void reader_place(struct reader *reader, const char *at, unsigned *line, unsigned *column);

/* Sets err to "LINE:COLUMN: text" for the byte at `at`; returns -1. */
int reader_fault(struct reader *reader, const char *at, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* A new node whose value begins at `at`. */
struct node *reader_node(struct reader *reader, enum node_kind kind, const char *at);

/* The member of the table under the key, valid until the next is added; NULL if there is none. */
struct member *member_find(
	const struct reader *reader, const struct node *table, const struct reader_key *key);

/* Appends the node to the table under a key that is known to be absent. */
struct member *member_add(struct reader *reader, struct node *table, const struct reader_key *key,
	struct node *node, int origin);

/* Length of the UTF-8 sequence (RFC 3629) that begins the text of room bytes, at least one; 0 if it
 * is none. */
size_t utf8_length(const char *text, size_t room);
