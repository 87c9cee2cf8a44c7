#pragma once
/* Both configs' compiled filters taken through one system call, for every argument at once. */
#include <linux/filter.h>
#include <linux/seccomp.h>

#include "base/arena.h"
#include "nucleus/run.h"

/* One set of arguments for which both answers stay the same, and one example of it. */
struct region {
	struct seccomp_data call;
	bool asked; /* an argument mattered */
	uint32_t a, b;
};

typedef void region_function(const struct region *region, void *context);

struct explorer;

/* What explorer_call needs again and again, in arena. A filter of no length allows everything. */
struct explorer *explorer_make(struct arena *arena, const struct filter *a, const struct filter *b,
	region_function *found, void *context);

/*
 * Calls found for each region of the arguments of the call with this number and architecture; that
 * they cover every argument is what makes the comparison certain. False if that could not be
 * decided: too many regions, or a program that does what none of ours does.
 */
bool explorer_call(struct explorer *explorer, uint32_t arch, uint32_t number);

/* The kernel's order: how much an action lets through, 0 the least. */
int action_rank(uint32_t action);
