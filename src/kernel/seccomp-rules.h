#pragma once
/*
 * A seccomp profile with every name resolved: the rules by architecture and number, and what is
 * answered where no rule matches. Of all rules that match a call the strictest action wins, in the
 * kernel's own order (KILL_PROCESS, KILL_THREAD, TRAP, ERRNO, USER_NOTIF, TRACE, LOG, ALLOW); of
 * two equally strict ones the first listed. Nothing a profile adds can therefore widen what another
 * rule denies.
 */
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "nucleus/config.h"

enum call_op { CALL_NE, CALL_LT, CALL_LE, CALL_EQ, CALL_GE, CALL_GT, CALL_MASKED_EQ };

enum { CALL_ARGS = 6 };

/* One condition on one argument; all compares are unsigned and 64 bits wide. */
struct call_test {
	unsigned index;
	enum call_op op;
	uint64_t value;
	uint64_t mask; /* CALL_MASKED_EQ: (argument & mask) == value; otherwise all ones */
};

struct call_rule {
	uint32_t arch; /* AUDIT_ARCH_* */
	uint32_t number;
	uint32_t action;               /* SECCOMP_RET_* with its value */
	const struct call_test *tests; /* all must hold */
	size_t tests_count;
	size_t order; /* place in the profile */
};

/* What is answered from number `from` up to the next span of the same architecture. */
struct call_span {
	uint32_t arch, from, action;
};

enum { CALL_SPANS_MOST = 8 };

/* An architecture without a span is foreign: its calls kill the process. */
struct call_rules {
	struct call_rule *rules; /* by arch, number, strictness, as listed */
	size_t rules_count;
	struct call_span
		spans[CALL_SPANS_MOST]; /* by arch, from; the first of an arch starts at 0 */
	size_t spans_count;
};

enum call_abi { CALL_ABI_X86_64, CALL_ABI_I386, CALL_ABI_X32 };
enum { CALL_UNKNOWN = -1, CALL_ELSEWHERE = -2 };

/*
 * The number of a system call by name; CALL_UNKNOWN if no architecture has it, another negative one
 * if only this architecture hasn't (on i386 -101.. and -201.. for parts of socketcall and ipc).
 */
int seccomp_call_number(enum call_abi abi, const char *name);
/* The reverse (bit 30 set for x32), in arena; NULL if no call has this number. */
const char *seccomp_call_name(enum call_abi abi, int number, struct arena *arena);

/*
 * Checks the profile and resolves every name into rules (all in arena). Refused: unknown actions
 * and operators; two conditions on one argument; a mask that can never match; an unknown call name
 * whose action is stricter than the default.
 */
int rules_resolve(const struct config_seccomp *profile, struct arena *arena,
	struct call_rules *rules, struct err *err);

/* What count rule sets (at least one) say about one call, of several answers the strictest, of
 * equally strict ones the first: the plain reading every compiled program is held against. */
uint32_t rules_decide(
	const struct call_rules *rules, size_t count, const struct seccomp_data *call);

/* True if action a denies more than b, in the kernel's order. */
bool action_stricter(uint32_t a, uint32_t b);
