/*
 * From the OCI shape of a profile to resolved rules, and the reference reading of those rules. Only
 * this file decides what a profile means; it must never drop what it does not understand. That
 * every part is there and in range has been seen to by config_check.
 *
 * Only x86-64's three architectures can be met by a process here: x86_64 and x32 share one audit
 * architecture, x32 numbers carrying bit 30, and i386 is entered by int 0x80. The native one is
 * always part of a profile, as in the other OCI runtimes; the names of all others are checked and
 * have no effect. seccomp(2), runtime-spec config-linux.md "Seccomp".
 */
#include "kernel/seccomp-rules.h"

#include <errno.h>
#include <linux/audit.h>
#include <stdlib.h>
#include <string.h>

/* clang-format off */
static const struct {
	const char *name;
	uint32_t action;
	bool has_errno;
} actions[] = {
	{ "SCMP_ACT_KILL",         SECCOMP_RET_KILL_THREAD },
	{ "SCMP_ACT_KILL_THREAD",  SECCOMP_RET_KILL_THREAD },
	{ "SCMP_ACT_KILL_PROCESS", SECCOMP_RET_KILL_PROCESS },
	{ "SCMP_ACT_TRAP",         SECCOMP_RET_TRAP },
	{ "SCMP_ACT_ERRNO",        SECCOMP_RET_ERRNO, true },
	{ "SCMP_ACT_TRACE",        SECCOMP_RET_TRACE, true },
	{ "SCMP_ACT_ALLOW",        SECCOMP_RET_ALLOW },
	{ "SCMP_ACT_LOG",          SECCOMP_RET_LOG },
	{ "SCMP_ACT_NOTIFY",       SECCOMP_RET_USER_NOTIF },
};

static const char *const ops[] = {
	[CALL_NE] = "SCMP_CMP_NE", [CALL_LT] = "SCMP_CMP_LT", [CALL_LE] = "SCMP_CMP_LE",
	[CALL_EQ] = "SCMP_CMP_EQ", [CALL_GE] = "SCMP_CMP_GE", [CALL_GT] = "SCMP_CMP_GT",
	[CALL_MASKED_EQ] = "SCMP_CMP_MASKED_EQ",
};

/* i386 reaches these through socketcall(2) and ipc(2) as well; 0 where that is the only way. */
enum { I386_SOCKETCALL = 102, I386_IPC = 117 };
static const uint16_t i386_socket_direct[] = {
	0, 359, 361, 362, 363, 0, 367, 368, 360, 0, 0, 369, 371, 373, 366, 365, 370, 372, 364,
	337, 345,
};
static const uint16_t i386_ipc_direct[] = {
	0, 0, 393, 394, 0, 0, 0, 0, 0, 0, 0, 400, 401, 399, 402, 0, 0, 0, 0, 0, 0, 397, 398, 395, 396,
};
/* clang-format on */

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Linux 5.17's last call, on all architectures: whatever a profile does not name above is newer. */
enum { LAST_CALL = 450 };
enum { X32_BIT = 0x40000000 };

/* What one profile is resolved with. */
struct resolver {
	struct arena *arena;
	struct call_rules *rules;
	uint32_t default_action;
	bool i386, x32;
	struct err *err;
};

bool action_stricter(uint32_t a, uint32_t b)
{
	return (int32_t)(a & SECCOMP_RET_ACTION_FULL) < (int32_t)(b & SECCOMP_RET_ACTION_FULL);
}

static int action_read(
	const char *name, const struct maybe_int *errno_ret, uint32_t *action, struct err *err)
{
	for (size_t i = 0; i < COUNT(actions); i++) {
		if (!name || strcmp(name, actions[i].name) != 0)
			continue;
		*action = actions[i].action;
		if (actions[i].has_errno)
			*action |= errno_ret->set ? (uint32_t)errno_ret->value : EPERM;
		return 0;
	}
	return err_set(err, EINVAL, "unknown action \"%.80s\"", name ? name : "");
}

static int test_op_read(
	const struct config_syscall_arg *arg, struct call_test *test, struct err *err)
{
	size_t op = 0;

	while (op < COUNT(ops) && strcmp(arg->op, ops[op]) != 0)
		op++;
	if (op == COUNT(ops))
		return err_set(err, EINVAL, "unknown operator \"%.80s\"", arg->op);
	*test = (struct call_test){ .index = (unsigned)arg->index.value, .op = op };
	test->mask = op == CALL_MASKED_EQ ? arg->value.value : ~0ULL;
	test->value = op == CALL_MASKED_EQ ? arg->value_two.value : arg->value.value;
	if (test->value & ~test->mask)
		return err_set(err, EINVAL,
			"valueTwo %#llx has bits outside the mask %#llx: it can never match",
			(unsigned long long)test->value, (unsigned long long)test->mask);
	return 0;
}

static int tests_read(
	const struct config_syscall *syscall, struct call_test *tests, struct err *err)
{
	unsigned seen = 0;

	for (size_t i = 0; i < syscall->args_count; i++) {
		const struct config_syscall_arg *arg = &syscall->args[i];

		/* Other runtimes read this as "either", which an "and" reader would find wide open.
		 */
		if (seen & 1U << arg->index.value)
			return err_set(err, EINVAL,
				"args[%zu]: a second condition on argument %lld: "
				"write one rule for each if either may hold",
				i, (long long)arg->index.value);
		seen |= 1U << arg->index.value;
		if (test_op_read(arg, &tests[i], err) < 0)
			return err_where(err, "args[%zu]", i);
	}
	return 0;
}

static void rule_add(struct resolver *resolver, const struct call_rule *rule)
{
	struct call_rules *rules = resolver->rules;

	rules->rules = arena_grow(resolver->arena, rules->rules, rules->rules_count, sizeof(*rule));
	rules->rules[rules->rules_count] = *rule;
	rules->rules[rules->rules_count].order = rules->rules_count;
	rules->rules_count++;
}

/*
 * The multiplexed way to a call on i386. Its arguments lie behind a pointer, so conditions cannot
 * be checked: a rule that denies some of the calls denies all of them here, one that allows some
 * allows none.
 */
static void rule_add_multiplexed(
	struct resolver *resolver, const struct call_rule *rule, uint32_t through, uint32_t call)
{
	struct call_rule way = *rule;
	struct call_test *test;

	if (rule->tests_count && !action_stricter(rule->action, resolver->default_action))
		return;
	test = arena_alloc(resolver->arena, 1, sizeof(*test));
	/* ipc(2) carries a version in the upper half. */
	*test = (struct call_test){ 0, CALL_MASKED_EQ, call,
		through == I386_IPC ? 0xffff : 0xffffffff };
	way.number = through;
	way.tests = test;
	way.tests_count = 1;
	rule_add(resolver, &way);
}

static void rule_add_i386(struct resolver *resolver, struct call_rule *rule, int number)
{
	const uint16_t *direct = number > -200 ? i386_socket_direct : i386_ipc_direct;
	size_t count = number > -200 ? COUNT(i386_socket_direct) : COUNT(i386_ipc_direct);
	uint32_t call = (uint32_t)(number > -200 ? -100 - number : -200 - number);

	rule->arch = AUDIT_ARCH_I386;
	rule->number = (uint32_t)number;
	if (number >= 0) {
		rule_add(resolver, rule);
		return;
	}
	if (number > -101 || call >= count)
		return;
	rule_add_multiplexed(resolver, rule, number > -200 ? I386_SOCKETCALL : I386_IPC, call);
	rule->number = direct[call];
	if (direct[call])
		rule_add(resolver, rule);
}

/* A number below 0 is libseccomp's for "known, but not on this architecture". */
static int name_add(struct resolver *resolver, const char *name, struct call_rule *rule)
{
	int number = seccomp_call_number(CALL_ABI_X86_64, name);

	if (number == CALL_UNKNOWN) {
		if (!action_stricter(rule->action, resolver->default_action))
			return 0;
		return err_set(resolver->err, EINVAL,
			"unknown system call \"%.80s\": what denies it would be a hole", name);
	}
	rule->arch = AUDIT_ARCH_X86_64;
	rule->number = (uint32_t)number;
	if (number >= 0)
		rule_add(resolver, rule);
	number = seccomp_call_number(CALL_ABI_X32, name);
	rule->number = (uint32_t)number;
	if (resolver->x32 && number >= 0)
		rule_add(resolver, rule);
	if (resolver->i386)
		rule_add_i386(resolver, rule, seccomp_call_number(CALL_ABI_I386, name));
	return 0;
}

static int syscall_add(struct resolver *resolver, const struct config_syscall *syscall)
{
	struct call_test *tests = arena_alloc(
		resolver->arena, syscall->args_count + 1, sizeof(*tests));
	struct call_rule rule = { .tests = tests, .tests_count = syscall->args_count };

	if (action_read(syscall->action, &syscall->errno_ret, &rule.action, resolver->err) < 0 ||
		tests_read(syscall, tests, resolver->err) < 0)
		return -1;
	for (size_t i = 0; i < syscall->names.count; i++)
		if (name_add(resolver, syscall->names.items[i], &rule) < 0)
			return -1;
	return 0;
}

static void span_add(struct call_rules *rules, uint32_t arch, uint32_t from, uint32_t action)
{
	rules->spans[rules->spans_count++] = (struct call_span){ arch, from, action };
}

/* The highest number below limit that a rule names on arch, at least the last call of Linux 5.17.
 */
static uint32_t last_named(const struct call_rules *rules, uint32_t arch, uint32_t base)
{
	uint32_t last = base + LAST_CALL;

	for (size_t i = 0; i < rules->rules_count; i++)
		if (rules->rules[i].arch == arch && (rules->rules[i].number & X32_BIT) == base &&
			rules->rules[i].number > last)
			last = rules->rules[i].number;
	return last;
}

/*
 * A profile that denies with EPERM cannot have meant calls younger than itself: C libraries probe
 * them and fall back on ENOSYS only. A default errno that is written out is taken at its word.
 */
static void spans_make(struct resolver *resolver, const struct config_seccomp *profile)
{
	struct call_rules *rules = resolver->rules;
	uint32_t known = resolver->default_action, newer = known;

	if (known == (SECCOMP_RET_ERRNO | EPERM) && !profile->default_errno_ret.set)
		newer = SECCOMP_RET_ERRNO | ENOSYS;
	if (resolver->i386) {
		span_add(rules, AUDIT_ARCH_I386, 0, known);
		span_add(rules, AUDIT_ARCH_I386, last_named(rules, AUDIT_ARCH_I386, 0) + 1, newer);
	}
	span_add(rules, AUDIT_ARCH_X86_64, 0, known);
	span_add(rules, AUDIT_ARCH_X86_64, last_named(rules, AUDIT_ARCH_X86_64, 0) + 1, newer);
	if (resolver->x32) {
		span_add(rules, AUDIT_ARCH_X86_64, X32_BIT, known);
		span_add(rules, AUDIT_ARCH_X86_64,
			last_named(rules, AUDIT_ARCH_X86_64, X32_BIT) + 1, newer);
	} else {
		span_add(rules, AUDIT_ARCH_X86_64, X32_BIT, SECCOMP_RET_KILL_PROCESS);
	}
	/* No call has a negative number: -1 is what a tracer leaves behind for "skip it". */
	span_add(rules, AUDIT_ARCH_X86_64, 0x80000000, newer);
}

static int rule_compare(const void *left, const void *right)
{
	const struct call_rule *a = left, *b = right;

	if (a->arch != b->arch)
		return a->arch < b->arch ? -1 : 1;
	if (a->number != b->number)
		return a->number < b->number ? -1 : 1;
	if (action_stricter(a->action, b->action) || action_stricter(b->action, a->action))
		return action_stricter(a->action, b->action) ? -1 : 1;
	return a->order < b->order ? -1 : 1;
}

int rules_resolve(const struct config_seccomp *profile, struct arena *arena,
	struct call_rules *rules, struct err *err)
{
	struct resolver resolver = { .arena = arena, .rules = rules, .err = err };

	*rules = (struct call_rules){ 0 };
	if (action_read(profile->default_action, &profile->default_errno_ret,
		    &resolver.default_action, err) < 0)
		return err_where(err, "default action");
	for (size_t i = 0; i < profile->architectures.count; i++) {
		resolver.i386 |= !strcmp(profile->architectures.items[i], "SCMP_ARCH_X86");
		resolver.x32 |= !strcmp(profile->architectures.items[i], "SCMP_ARCH_X32");
	}
	for (size_t i = 0; i < profile->syscalls_count; i++) {
		const struct config_syscall *syscall = &profile->syscalls[i];

		if (syscall_add(&resolver, syscall) < 0)
			return err_where(err, "syscalls[%zu] (%.60s)", i,
				syscall->names.count ? syscall->names.items[0] : "unnamed");
	}
	spans_make(&resolver, profile);
	if (rules->rules_count)
		qsort(rules->rules, rules->rules_count, sizeof(*rules->rules), rule_compare);
	return 0;
}

static bool test_holds(const struct call_test *test, uint64_t value)
{
	switch (test->op) {
	case CALL_NE:
		return value != test->value;
	case CALL_LT:
		return value < test->value;
	case CALL_LE:
		return value <= test->value;
	case CALL_EQ:
		return value == test->value;
	case CALL_GE:
		return value >= test->value;
	case CALL_GT:
		return value > test->value;
	case CALL_MASKED_EQ:
		return (value & test->mask) == test->value;
	}
	return false;
}

static bool rule_matches(const struct call_rule *rule, const struct seccomp_data *call)
{
	if (rule->arch != call->arch || rule->number != (uint32_t)call->nr)
		return false;
	for (size_t i = 0; i < rule->tests_count; i++)
		if (!test_holds(&rule->tests[i], call->args[rule->tests[i].index]))
			return false;
	return true;
}

static uint32_t set_decide(const struct call_rules *rules, const struct seccomp_data *call)
{
	uint32_t action = SECCOMP_RET_KILL_PROCESS;
	const struct call_rule *strictest = NULL;

	for (size_t i = 0; i < rules->spans_count; i++)
		if (rules->spans[i].arch == call->arch &&
			rules->spans[i].from <= (uint32_t)call->nr)
			action = rules->spans[i].action;
	for (size_t i = 0; i < rules->rules_count; i++)
		if (rule_matches(&rules->rules[i], call) &&
			(!strictest || action_stricter(rules->rules[i].action, strictest->action)))
			strictest = &rules->rules[i];
	return strictest ? strictest->action : action;
}

uint32_t rules_decide(const struct call_rules *rules, size_t count, const struct seccomp_data *call)
{
	uint32_t strictest = set_decide(rules, call);

	for (size_t i = 1; i < count; i++) {
		uint32_t action = set_decide(&rules[i], call);

		strictest = action_stricter(action, strictest) ? action : strictest;
	}
	return strictest;
}
