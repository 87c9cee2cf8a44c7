#pragma once
/*
 * One system call as a trace tells it apart from others: which it is, and those of its arguments on
 * which a profile can usefully depend, so far as they matter. Only registers: what a pointer points
 * to can change under whoever looks.
 */
#include <linux/seccomp.h>

#include "kernel/seccomp-rules.h"

/* Seen by one argument: which bits of it, and what it is called in a trace. */
struct facet {
	const char *name; /* the call's */
	unsigned index;
	uint64_t mask;
	const char *label;
	/* Seen only if this argument so masked has the value, or if `differs` has not. */
	struct {
		unsigned index;
		uint64_t mask, value;
		bool differs;
	} when;
};

struct traced {
	enum call_abi abi;
	int number;       /* as the kernel counts it; bit 30 set for x32 */
	const char *name; /* NULL: none that is known */
	uint64_t args[CALL_ARGS];
	const struct facet *facets[CALL_ARGS]; /* of those arguments that matter, else NULL */
};

extern const char *const abi_names[]; /* by enum call_abi; ends with NULL */

enum { CALL_X32_BIT = 0x40000000 };

/* Which call a notification is about, but for its name and arguments. */
void traced_which(const struct seccomp_data *data, struct traced *traced);

/* All of it; the name lives in arena. */
void traced_look(const struct seccomp_data *data, struct arena *arena, struct traced *traced);

/* What is seen of the arguments of a call whose abi, number and name are known. */
void traced_arguments(struct traced *traced, const uint64_t args[static CALL_ARGS]);

/* The facets of a call, one after another; NULL at the end. previous NULL: the first. */
const struct facet *facet_next(const struct traced *traced, const struct facet *previous);

/* What the kernel would ask a filter about such a call. */
struct seccomp_data traced_data(const struct traced *traced);

/* By name, then machine and arguments; those without a name last, by number. */
int traced_compare(const struct traced *one, const struct traced *other);

/* A profile's rule that permits just such calls; in arena. */
struct config_syscall traced_rule(const struct traced *traced, struct arena *arena);

/* "ioctl (request 21505)", for people; in arena. */
const char *traced_text(const struct traced *traced, struct arena *arena);
