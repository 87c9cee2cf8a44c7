#pragma once
/* The different calls of one run or of several, and how often each was made. */
#include "trace/traced.h"

/* So many different calls are no workload but a flood. */
enum { SET_MOST = 1 << 13 };

struct seen {
	struct traced call;
	uint64_t count;
	int answer; /* the errno it was refused with; 0: it was not */
};

struct set {
	struct arena *arena;
	struct seen *items;
	size_t count;
	uint64_t calls;   /* of all of them */
	uint32_t *places; /* a hash table of indices + 1 */
	size_t room;
};

/* The entry of this call, a new one with a count of 0; NULL if there are too many. Valid until the
 * next is added. */
struct seen *set_find(struct set *set, const struct traced *call);

/* Into the order of traced_compare; nothing may be found afterwards. */
void set_sort(struct set *set);
