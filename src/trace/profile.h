#pragma once
/* The least profile under which what was seen can happen again. */
#include "format/node.h"
#include "trace/floor.h"
#include "trace/set.h"

/* What was seen and is not in the profile: a call, and why. */
struct left_out {
	const struct seen *seen;
	const char *reason; /* as floor_reason */
};

struct profile {
	struct config_seccomp seccomp;
	struct left_out *left_out;
	size_t left_out_count;
	unsigned abis; /* learnt: bits of enum call_abi */
};

/* Calls that no trace need show, as they depend on when signals come, how threads meet, and how a
 * run ends; ends with NULL. */
extern const char *const profile_base[];

/* Sorts the set; the same set gives the same profile. With dangerous the floor is learnt as well.
 * Everything is in the set's arena. */
void profile_make(
	const struct trace_floor *floor, struct set *set, bool dangerous, struct profile *profile);

/* The profile as the OCI runtime specification's linux.seccomp, indented. */
const char *profile_write(const struct profile *profile, struct arena *arena);
