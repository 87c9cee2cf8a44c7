/*
 * Trace files of any bytes: every fault has a text; what is taken makes a profile that compiles,
 * and never lets a known way out pass.
 */
#include <errno.h>
#include <linux/audit.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/seccomp-program.h"
#include "trace/file.h"
#include "trace/profile.h"

int LLVMFuzzerTestOneInput(const unsigned char *text, size_t length);

/* Calls that no profile without --allow-dangerous may let pass with any arguments. */
static const char *const shut[] = { "ptrace", "mount", "clone3", "bpf", "unshare", "setns" };

static void profile_check(const struct profile *profile, struct arena *arena)
{
	const struct config_seccomp *profiles[] = { &profile->seccomp };
	struct call_rules rules;
	struct filter filter;
	struct err err = { 0 };

	if (rules_resolve(&profile->seccomp, arena, &rules, &err) < 0)
		abort();
	for (size_t i = 0; i < sizeof(shut) / sizeof(*shut); i++) {
		struct seccomp_data data = { .arch = AUDIT_ARCH_X86_64,
			.nr = seccomp_call_number(CALL_ABI_X86_64, shut[i]) };

		if (rules_decide(&rules, 1, &data) == SECCOMP_RET_ALLOW)
			abort();
	}
	if (filter_compile(profiles, 1, arena, &filter, &err) < 0 && err.code != E2BIG)
		abort();
}

int LLVMFuzzerTestOneInput(const unsigned char *text, size_t length)
{
	autoarena arena = { 0 };
	struct set set = { .arena = &arena };
	struct trace_floor floor;
	struct profile profile;
	struct err err = { 0 };

	if (trace_read_text((const char *)text, length, "f", length % 2, &set, &err) < 0)
		return err.code && *err.text ? 0 : (abort(), 0);
	if (floor_read(&floor, &arena, &err) < 0)
		abort();
	profile_make(&floor, &set, false, &profile);
	profile_check(&profile, &arena);
	if (!*profile_write(&profile, &arena))
		abort();
	return 0;
}
