#pragma once
/* A closure while it is read, from whichever form: what the readers fill, and the checks of it. */
#include "base/arena.h"
#include "base/err.h"
#include "nucleus/closure.h"

/* Where something stands; a column of 0 is none. */
struct position {
	const char *file;
	unsigned line, column;
};

struct record {
	struct store_path path;
	struct position at;
};

struct listing {
	struct closure *closure; /* its store_dir is set */
	struct arena *arena;
	struct err *err;
	struct record *records;
	size_t count;
};

/* A fault at a place: "FILE:LINE: text", or "FILE:LINE:COLUMN: text"; returns -1. */
int listing_fault(const struct listing *listing, struct position at, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* The store path that text is or, if it is no absolute path, is the last component of; NULL with a
 * fault that says what was expected. */
const char *listing_path(
	const struct listing *listing, struct position at, const char *text, const char *expected);

/* Plain decimal as Nix writes it: no sign, no leading zero, below 2^63. */
bool listing_number(const char *text, uint64_t *number);

/* Appends a record; its path and references are text of the arena. */
void listing_add(struct listing *listing, const struct record *record);

/*
 * Leaves the records in listing->closure, sorted; refuses a path that is listed twice, and a
 * reference that is not listed or is there twice. 0 or -1.
 */
int listing_end(struct listing *listing);

/* One file of a known form; text is the reader's to cut up, and ends with a NUL. 0 or -1. */
int listing_read_records(struct listing *listing, const char *file, char *text, size_t length);
int listing_read_json(struct listing *listing, const char *file, const char *text, size_t length);

/* The narinfo files, in the directory dir that errors call name, of roots and of all that these
 * lead to. 0 or -1. */
int listing_read_cache(
	struct listing *listing, int dir, const char *name, const struct strings *roots);
