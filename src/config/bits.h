#pragma once
/* Sets of bits as config.json writes them: lists of names, and ranges of numbers. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "nucleus/types.h"

/*
 * The bits of all names: the i'th of table (which ends with NULL) is bit i, a decimal number stands
 * for its own bits, if table has them all. False with the index of the first that is neither.
 */
bool bits_named(
	const struct strings *names, const char *const *table, uint64_t *bits, size_t *unknown);

/* As many processors or memory nodes as a list may count. */
enum { BITS_MOST = 8192, BITS_WORD = 64 };

/*
 * A list like "0-3,7", blanks allowed around its items: how many bits it takes to hold its largest
 * number, 0 for an empty list, -1 for what is no list.
 */
int bits_listed(const char *text, uint64_t bits[static BITS_MOST / BITS_WORD]);
