#pragma once
/*
 * Rows: one table entry per key of a document, its type deduced from the struct member it fills,
 * so that key, parser and storage cannot disagree. The same rows read a TOML or JSON table, refuse
 * or pass over unknown keys, write the struct back, and print the reference.
 */
#include <stddef.h>
#include <stdio.h>

#include "base/err.h"
#include "format/node.h"
#include "nucleus/types.h"

enum key_type {
	KEY_END,
	KEY_STRING,     /* const char *: NULL is absent; a NUL byte inside is an error */
	KEY_BOOL,       /* bool: absent is false, false is not written unless .always */
	KEY_MAYBE_BOOL, /* struct maybe_bool, and so on: absence is kept */
	KEY_MAYBE_INT,
	KEY_MAYBE_UINT,
	KEY_MAYBE_REAL, /* an integer is taken too */
	KEY_MAYBE_SIZE, /* bytes: an integer, or text with a K, M, G or T suffix of 1024 */
	KEY_STRINGS,
	KEY_NUMBERS,
	KEY_PAIRS,   /* table of strings */
	KEY_CHOICE,  /* int: index into .choices, 0 is absent */
	KEY_TABLE,   /* a struct within the struct, read by .keys */
	KEY_POINTER, /* pointer to a struct, NULL if absent, read by .keys */
	KEY_LIST,    /* pointer to an array of structs and a size_t count, read by .keys */
	KEY_MAP, /* as KEY_LIST from a table whose keys the writer chooses: an item's name is its
		    first member, a const char * */
	KEY_REFUSED, /* known but not supported: anything but an empty value is an error */
	KEY_IGNORED, /* known and passed over, whatever its value */
};

/*
 * How a later layer of a policy may change a value: only to what is narrower, which is for each
 * order another thing. A value that no layer below wrote is what the row's .absent says; without
 * one it is what stands here. A row that says nothing fails closed: its value is fixed.
 */
enum key_order {
	/* Not at all, whether a layer below wrote it or it is absent. */
	ORDER_FIXED,
	/* To anything while it is absent, which asks for nothing; once it is written it stays. */
	ORDER_ONCE,
	/* To anything: it says nothing about what is allowed. */
	ORDER_FREE,
	/* To a smaller number, and if absent there is no bound; to an earlier choice or false, and
	 * if absent it is the first one, or false. */
	ORDER_LESS,
	/* To a larger number, a later choice or true; if absent as above, with the last one. */
	ORDER_MORE,
	/*
	 * To fewer items of a list; if absent there are none. A table is one of those below if each
	 * of its keys is as there or narrower, by that key's own order.
	 */
	ORDER_SUBSET,
	/* Lists of words of what is refused add up; if absent there are none. */
	ORDER_SUPERSET,
	/* To a path below it. */
	ORDER_BELOW,
	/* To octal digits with more bits. */
	ORDER_MASK,
	/* As ORDER_SUBSET for what is mounted: no item is left out that covers something else. */
	ORDER_PLACES,
};

/* For .absent: there is no bound, and whatever is written is narrower. */
#define ABSENT_ALL "*"

struct key {
	const char *name;
	enum key_type type;
	size_t offset;
	const char *about;
	const char *const *choices; /* [0] is NULL, then the names, then NULL */
	const struct key *keys;
	size_t size;         /* of the pointed-to struct */
	size_t count_offset; /* KEY_LIST, KEY_MAP: where the size_t count stands */
	/* Bounds of KEY_MAYBE_INT, KEY_MAYBE_UINT and KEY_NUMBERS; both 0: none. */
	int64_t least, most;
	bool always; /* KEY_BOOL */
	/* KEY_STRING: a file, absolute or relative to the document's, that decides what is done. */
	bool is_file;
	/* KEY_STRINGS: an item may be a number, which is kept as decimal text. */
	bool numbers;
	/* KEY_STRINGS: a list of one may be written as that one alone, and is. */
	bool single;
	/* A table in which unknown keys are refused, and in its tables, even where the call ignores
	 * them. */
	bool closed;
	enum key_order order;
	/* ORDER_SUBSET, ORDER_PLACES of words: one below stands for the other too. NULL: if they
	 * are equal. */
	bool (*covers)(const char *below, const char *other);
	/* What it means that the key is absent, as TOML ("\"ro\"", "256M", "[]"), or ABSENT_ALL. */
	const char *absent;
};

/* clang-format off */
#define KEY_TYPE_OF(type, member) _Generic(((type *)0)->member, \
	const char *: KEY_STRING, bool: KEY_BOOL, \
	struct maybe_bool: KEY_MAYBE_BOOL, struct maybe_int: KEY_MAYBE_INT, \
	struct maybe_uint: KEY_MAYBE_UINT, struct maybe_real: KEY_MAYBE_REAL, \
	struct maybe_size: KEY_MAYBE_SIZE, struct strings: KEY_STRINGS, \
	struct numbers: KEY_NUMBERS, struct pairs: KEY_PAIRS)

/* What all rows of a member begin with. After the text about it each may have further members of
 * struct key: .order and the like. */
#define MEMBER(text, type_, member, about_) \
	.name = (text), .offset = offsetof(type_, member), .about = (about_)

/* A key under another name than its member (JSON's camelCase). */
#define NAMED(text, type_, member, about_, ...) \
	{ MEMBER(text, type_, member, about_), .type = KEY_TYPE_OF(type_, member), __VA_ARGS__ }
#define KEY(type_, member, about_, ...) NAMED(#member, type_, member, about_, __VA_ARGS__)

/* A list of names or of the numbers they stand for. */
#define WORDS(text, type_, member, about_, ...) \
	{ MEMBER(text, type_, member, about_), .type = KEY_STRINGS, .numbers = true, __VA_ARGS__ }

/* A list that is mostly of one, which then stands without brackets. */
#define SINGLE(text, type_, member, about_, ...) \
	{ MEMBER(text, type_, member, about_), .type = KEY_STRINGS, .single = true, __VA_ARGS__ }

/* One of a closed list of names, stored as its index in an int or enum member. */
#define CHOICE(text, type_, member, choices_, about_, ...) \
	{ MEMBER(text, type_, member, about_), .type = KEY_CHOICE, .choices = (choices_), \
	  __VA_ARGS__ }

/* A whole number with bounds. */
#define BOUND(text, type_, member, least_, most_, about_, ...) \
	{ MEMBER(text, type_, member, about_), .type = KEY_TYPE_OF(type_, member), \
	  .least = (least_), .most = (most_), __VA_ARGS__ }

/* A bool that is written even if it is false. */
#define ALWAYS(text, type_, member, about_, ...) \
	{ MEMBER(text, type_, member, about_), .type = KEY_BOOL, .always = true, __VA_ARGS__ }

/* No member: a value that is refused unless empty (null, false, "", [], {}), or passed over. */
#define REFUSED(text, about_) { .name = (text), .type = KEY_REFUSED, .about = (about_) }
#define IGNORED(text, about_) { .name = (text), .type = KEY_IGNORED, .about = (about_) }

/* A table within: a member struct, a pointer to one, or an array of them with its count. */
#define TABLE(text, type_, member, keys_, about_, ...) \
	{ MEMBER(text, type_, member, about_), .type = KEY_TABLE, .keys = (keys_), __VA_ARGS__ }
#define POINTER(text, type_, member, keys_, about_, ...) \
	{ MEMBER(text, type_, member, about_), .type = KEY_POINTER, .keys = (keys_), \
	  .size = sizeof(*((type_ *)0)->member), __VA_ARGS__ }
#define CLOSED(text, type_, member, keys_, about_) \
	{ MEMBER(text, type_, member, about_), .type = KEY_POINTER, .keys = (keys_), \
	  .size = sizeof(*((type_ *)0)->member), .closed = true }
#define LIST(text, type_, member, keys_, about_, ...) \
	{ MEMBER(text, type_, member, about_), .type = KEY_LIST, .keys = (keys_), \
	  .size = sizeof(*((type_ *)0)->member), .count_offset = offsetof(type_, member##_count), \
	  __VA_ARGS__ }
/* The same from a table of tables; each item begins with its name. */
#define MAP(text, type_, member, keys_, about_, ...) \
	{ MEMBER(text, type_, member, about_), .type = KEY_MAP, .keys = (keys_), \
	  .size = sizeof(*((type_ *)0)->member), .count_offset = offsetof(type_, member##_count), \
	  __VA_ARGS__ }
/* A nested table whose rows fill the same struct (JSON's "linux"). */
#define PART(text, keys_, about_) \
	{ .name = (text), .type = KEY_TABLE, .about = (about_), .keys = (keys_) }
/* clang-format on */

enum rows_unknown { UNKNOWN_REFUSED, UNKNOWN_IGNORED };

/*
 * Fills object (already zeroed or holding defaults) from table. file is named in errors, in the
 * form "FILE:LINE:COLUMN: section.key: what is wrong"; a node that knows its own file names that.
 * Text is copied into arena. A JSON null is an absent key. 0, or -1 with err.
 */
int rows_read(const struct key *keys, const struct node *table, void *object, struct arena *arena,
	enum rows_unknown unknown, const char *file, struct err *err);

/* The table that rows_read would read back into an equal object; absent keys are left out. */
struct node *rows_write(const struct key *keys, const void *object, struct arena *arena);

/* What a later layer may make of the key's value, as half a sentence: "no more". */
const char *rows_later(const struct key *key);

/* Prints the reference: one line per key, "section.key = type   about   [later: no more]", nested
 * tables in place, a list of them with a line of its own; what a later layer may do where documents
 * are layered. */
void rows_print(const struct key *keys, const char *section, bool layered, FILE *out);

/* The deepest node that path ("filesystem.volume[2].source") leads to below table. */
const struct node *rows_node(const struct node *table, const char *path);

/*
 * Puts "FILE:LINE:COLUMN: " before an error text that begins with the path of a value below table
 * ("volume[2].source: ..."), for faults found after reading. The position is that of the
 * deepest part of the path that is there. Returns -1.
 */
int rows_locate(const struct node *table, const char *file, struct err *err);

/* The same for a fault that has no text yet. */
int rows_fault(const struct node *table, const char *file, const char *path, struct err *err,
	const char *format, ...) __attribute__((format(printf, 5, 6)));
