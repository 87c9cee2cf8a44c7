#pragma once
/* Every value there is in a config, and what a difference of it means. */
#include "diff/diff.h"

enum value_order {
	VALUE_ELSEWHERE, /* a part of its own compares it */
	VALUE_FREE,      /* says nothing about what is allowed */
	VALUE_FOREIGN,   /* another value may allow what this one does not, and the reverse */
	VALUE_LESS,      /* a number: less allows less; absent or negative: no limit */
	VALUE_WEIGHT,    /* a number: less allows less; absent: what .absent says */
	VALUE_TIGHT,     /* true allows less; absent is false */
	VALUE_LOOSE,     /* true allows more; absent is false */
	VALUE_MORE_BITS, /* a mask: each bit in it denies something; absent: what .absent says */
	VALUE_LABEL,     /* a guard by name: none allows more; two names cannot be compared */
	VALUE_ITEM,      /* one more allows more; two that differ cannot be compared */
	VALUE_ITEMS,     /* a list: each item allows something */
	VALUE_WORDS,     /* one of .words, each of which allows less than those before it */
	VALUE_PARENT,    /* a path: only the directory it is in matters */
};

struct value {
	/*
	 * Its place: "linux.resources.memory.limit"; "[]" stands for each item of a list, "[name]"
	 * for each item that is known by its member of that name, "{}" for each member of a table
	 * whose keys are free. A path that ends in a table or list stands for all of it.
	 */
	const char *path;
	enum diff_area area;
	enum value_order order;
	int64_t absent;
	const char *const *words;
};

extern const struct value values[]; /* ends with a path of NULL */

/* The row for a path as above, or NULL. */
const struct value *value_find(const char *path);
