#pragma once
/* Classic BPF for seccomp: made from rules, run in user space, and held against the rules. */
#include <linux/filter.h>

#include "kernel/seccomp-rules.h"
#include "nucleus/run.h"

/*
 * Compiles count profiles (1 to FILTERS_MOST) into one program whose answer is the strictest of
 * theirs, and verifies it against their rules; program in arena. 0 or -1.
 */
int filter_compile(const struct config_seccomp *const *profiles, size_t count, struct arena *arena,
	struct filter *filter, struct err *err);

/* The program of all of a config's profiles, in arena; of no length if it has none. 0 or -1. */
int filter_make(
	const struct config *config, struct arena *arena, struct filter *filter, struct err *err);

/* Compiles count rule sets into filter (program in arena); -1 if it exceeds the kernel's 4,096
 * steps. */
int program_make(const struct call_rules *rules, size_t count, struct arena *arena,
	struct filter *filter, struct err *err);

/*
 * Runs the program on one call as the kernel would and puts its answer into action, and whether it
 * looked at an argument into asked (may be NULL). -1 for a program the kernel would refuse or that
 * uses anything but absolute loads, AND, jumps and return.
 */
int program_run(const struct filter *filter, const struct seccomp_data *call, uint32_t *action,
	bool *asked);

/*
 * Compares the program with rules_decide: every number next to a constant of the program or of the
 * rules, on every architecture this machine has and a foreign one, with arguments around each
 * compared value; no argument may matter to a call without conditions. The first difference is the
 * error.
 */
int program_verify(
	const struct filter *filter, const struct call_rules *rules, size_t count, struct err *err);
