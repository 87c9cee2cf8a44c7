#pragma once
/*
 * One document tree for TOML and JSON alike: values with the line and column they came from. The
 * readers (toml.h, json.h) make it, rows.h turns it into structs and structs back into it.
 * Everything lives in the arena the reader was given.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

struct strings;

enum node_kind {
	NODE_NULL,
	NODE_BOOL,
	NODE_INTEGER,
	NODE_REAL,
	NODE_STRING,
	NODE_DATETIME, /* text as written, its flavour in .datetime */
	NODE_ARRAY,
	NODE_TABLE,
};

enum node_datetime { DATETIME_OFFSET, DATETIME_LOCAL, DATE_LOCAL, TIME_LOCAL };

struct node {
	enum node_kind kind;
	/* Position of the value, counted from 1; 0 for a node no reader made. Columns count bytes.
	 */
	unsigned line, column;
	/* What the document is called, where several are merged into one; see node_name_file. */
	const char *file;
	/* Name within the table it belongs to, else NULL; may hold NUL bytes, hence the length. */
	const char *key;
	size_t key_length;
	unsigned key_line, key_column;
	/* The next value of the same array or table. */
	struct node *next;
	/* An integer above INT64_MAX (JSON only): read .integer as uint64_t. */
	bool huge;
	enum node_datetime datetime;
	union {
		bool boolean;
		int64_t integer;
		double real;
		/* STRING and DATETIME: NUL-terminated, and may hold NUL bytes. */
		struct {
			const char *text;
			size_t length;
		};
		/* ARRAY and TABLE, in the order written. */
		struct {
			struct node *first, *last;
			size_t count;
		};
	};
};

struct node *node_new(struct arena *arena, enum node_kind kind);
struct node *node_string(struct arena *arena, const char *text);
struct node *node_integer(struct arena *arena, int64_t value);
struct node *node_bool(struct arena *arena, bool value);
struct node *node_strings(struct arena *arena, const struct strings *strings);
struct node *node_printf(struct arena *arena, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Appends child to an array or, with a key, to a table; no check for a key that is there already.
 */
void node_append(struct node *parent, struct node *child);
void node_put(struct arena *arena, struct node *table, const char *key, struct node *child);

/* The same for what the table is most often made of; a text of NULL is left out. */
void node_put_string(struct arena *arena, struct node *table, const char *key, const char *text);
void node_put_integer(struct arena *arena, struct node *table, const char *key, int64_t value);
void node_put_strings(
	struct arena *arena, struct node *table, const char *key, const struct strings *strings);

/* Takes child, which is in it, out of an array or table. */
void node_take(struct node *parent, struct node *child);

/* Tells the node and all within which file they are from; file is not copied. */
void node_name_file(struct node *node, const char *file);

/* The member named key, or NULL. */
struct node *node_get(const struct node *table, const char *key);

/* "a string", "an integer", ...: how an error names the kind. */
const char *node_kind_name(enum node_kind kind);
