/*
 * A seccomp program run in user space, and the proof that it says what the rules say. The proof is
 * complete over call numbers: a program only compares numbers with constants, so between two
 * neighbouring constants its answer cannot change, and each side of each constant is tried; and
 * arguments may matter only to calls with conditions, whose compared values are tried likewise. It
 * must stay independent of the generator: it reads rules only through rules_decide.
 */
#include <errno.h>
#include <linux/audit.h>
#include <linux/bpf_common.h>
#include <stddef.h>
#include <string.h>

#include "kernel/seccomp-program.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct proof {
	const struct filter *filter;
	const struct call_rules *rules;
	size_t count;
	struct err *err;
};

/* Where a jump lands, relative to the next instruction; -1 if code is no jump. */
static int64_t jump_offset(const struct sock_filter *code, uint32_t a)
{
	switch (code->code) {
	case BPF_JMP | BPF_JA:
		return code->k;
	case BPF_JMP | BPF_JEQ | BPF_K:
		return a == code->k ? code->jt : code->jf;
	case BPF_JMP | BPF_JGT | BPF_K:
		return a > code->k ? code->jt : code->jf;
	case BPF_JMP | BPF_JGE | BPF_K:
		return a >= code->k ? code->jt : code->jf;
	case BPF_JMP | BPF_JSET | BPF_K:
		return a & code->k ? code->jt : code->jf;
	default:
		return -1;
	}
}

int program_run(
	const struct filter *filter, const struct seccomp_data *call, uint32_t *action, bool *asked)
{
	const struct sock_filter *program = filter->program;
	bool argument = false;
	uint32_t a = 0;

	for (size_t at = 0; at < filter->length; at++) {
		const struct sock_filter *code = &program[at];
		int64_t jump = jump_offset(code, a);

		if (jump >= 0) {
			at += (size_t)jump;
		} else if (code->code == (BPF_LD | BPF_W | BPF_ABS)) {
			if (code->k % 4 || code->k > sizeof(*call) - 4)
				return -1;
			memcpy(&a, (const char *)call + code->k, sizeof(a));
			argument |= code->k >= offsetof(struct seccomp_data, instruction_pointer);
		} else if (code->code == (BPF_ALU | BPF_AND | BPF_K)) {
			a &= code->k;
		} else if (code->code == (BPF_RET | BPF_K)) {
			*action = code->k;
			if (asked)
				*asked = argument;
			return 0;
		} else {
			return -1;
		}
	}
	return -1;
}

/* The next rule for this call that has conditions, after `after` or from the first one on. */
static const struct call_rule *rule_next(
	const struct proof *proof, const struct seccomp_data *call, const struct call_rule *after)
{
	bool due = !after;

	for (size_t set = 0; set < proof->count; set++)
		for (size_t i = 0; i < proof->rules[set].rules_count; i++) {
			const struct call_rule *rule = &proof->rules[set].rules[i];

			if (due && rule->tests_count && rule->arch == call->arch &&
				rule->number == (uint32_t)call->nr)
				return rule;
			due |= rule == after;
		}
	return NULL;
}

static int call_check(const struct proof *proof, const struct seccomp_data *call)
{
	uint32_t wanted = rules_decide(proof->rules, proof->count, call), got;
	bool asked;

	if (program_run(proof->filter, call, &got, &asked) < 0)
		return err_set(proof->err, EFAULT, "the compiled filter is not a valid program");
	if (got != wanted)
		return err_set(proof->err, EFAULT,
			"the compiled filter answers %#x to call %d of architecture %#x, not %#x",
			got, call->nr, call->arch, wanted);
	if (asked && !rule_next(proof, call, NULL))
		return err_set(proof->err, EFAULT,
			"the compiled filter looks at arguments of call %d of architecture %#x",
			call->nr, call->arch);
	return 0;
}

static int number_check(const struct proof *proof, uint32_t number)
{
	static const uint32_t archs[] = { AUDIT_ARCH_X86_64, AUDIT_ARCH_I386, AUDIT_ARCH_AARCH64,
		0 };

	for (size_t i = 0; i < COUNT(archs); i++) {
		struct seccomp_data call = { .nr = (int)number, .arch = archs[i] };

		if (call_check(proof, &call) < 0)
			return -1;
		memset(call.args, 0xff, sizeof(call.args));
		if (call_check(proof, &call) < 0)
			return -1;
	}
	return 0;
}

static int neighbours_check(const struct proof *proof, uint32_t number)
{
	if (number_check(proof, number - 1) < 0 || number_check(proof, number) < 0)
		return -1;
	return number_check(proof, number + 1);
}

/* A value for which the test holds, where there is one. */
static uint64_t test_value(const struct call_test *test)
{
	if (test->op == CALL_NE || test->op == CALL_GT)
		return test->value + 1;
	return test->op == CALL_LT ? test->value - 1 : test->value;
}

/* Arguments for which all of the rule's tests hold. */
static void args_meet(struct seccomp_data *call, const struct call_rule *rule)
{
	for (size_t i = 0; i < rule->tests_count; i++)
		call->args[rule->tests[i].index] = test_value(&rule->tests[i]);
}

/*
 * Every argument at which one of the rule's tests may turn, the other tests holding, and those of
 * `beside` (may be NULL) as far as they are about other arguments.
 */
static int rule_check(
	const struct proof *proof, const struct call_rule *rule, const struct call_rule *beside)
{
	struct seccomp_data call = { .nr = (int)rule->number, .arch = rule->arch };

	if (beside)
		args_meet(&call, beside);
	args_meet(&call, rule);
	if (call_check(proof, &call) < 0)
		return -1;
	for (size_t i = 0; i < rule->tests_count; i++) {
		const struct call_test *test = &rule->tests[i];
		const uint64_t value = test->value, upper = 1ULL << 32;
		const uint64_t tries[] = { value, value - 1, value + 1, value + upper,
			value - upper, value ^ 1ULL << 63, value ^ (test->mask & -test->mask),
			value | ~test->mask, ~value, 0, ~0ULL };

		for (size_t j = 0; j < COUNT(tries); j++) {
			call.args[test->index] = tries[j];
			if (call_check(proof, &call) < 0)
				return -1;
		}
		call.args[test->index] = test_value(test);
	}
	return 0;
}

/* The rule alone, and beside each other one for the same call, of whichever set. */
static int rule_verify(const struct proof *proof, const struct call_rule *rule)
{
	const struct seccomp_data call = { .nr = (int)rule->number, .arch = rule->arch };
	const struct call_rule *beside = NULL;

	do
		if (rule_check(proof, rule, beside) < 0)
			return -1;
	while (rule->tests_count && proof->count > 1 && (beside = rule_next(proof, &call, beside)));
	return 0;
}

static int set_verify(const struct proof *proof, const struct call_rules *rules)
{
	for (size_t i = 0; i < rules->spans_count; i++)
		if (neighbours_check(proof, rules->spans[i].from) < 0)
			return -1;
	for (size_t i = 0; i < rules->rules_count; i++)
		if (neighbours_check(proof, rules->rules[i].number) < 0 ||
			rule_verify(proof, &rules->rules[i]) < 0)
			return -1;
	return 0;
}

int program_verify(
	const struct filter *filter, const struct call_rules *rules, size_t count, struct err *err)
{
	const struct proof proof = { filter, rules, count, err };
	const struct sock_filter *program = filter->program;

	for (size_t i = 0; i < filter->length; i++)
		if (neighbours_check(&proof, program[i].k) < 0)
			return -1;
	for (size_t i = 0; i < count; i++)
		if (set_verify(&proof, &rules[i]) < 0)
			return -1;
	return 0;
}
