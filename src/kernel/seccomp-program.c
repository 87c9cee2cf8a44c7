/*
 * Rules to classic BPF. One decision tree over the call numbers per architecture, neighbours with
 * the same answer coalesced, and a chain of compares for the few calls whose arguments matter. The
 * number decides before any argument is touched, so that the kernel's allow bitmap (seccomp(2),
 * kernel/seccomp.c "cache") can answer most calls without running the program at all.
 *
 * libseccomp's own generator is not used: it lets an unconditional ALLOW swallow a conditional
 * ERRNO for the same call, and its tree is several times as long. The code is laid out from its
 * end, as jumps only go forward: a position is what is jumped to, and always exists already.
 */
#include "kernel/seccomp-program.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/bpf_common.h>
#include <stddef.h>

/* How far a conditional jump reaches, with a few to spare. */
enum { HOP_MOST = 250 };

struct layout {
	struct sock_filter code[BPF_MAXINSNS]; /* last instruction first */
	size_t used;
	bool full;
};

/* Numbers from `from` up to the next leaf's; rules only where the leaf is one single number. */
struct leaf {
	uint32_t from, action;
	const struct call_rule *rules;
	size_t rules_count;
};

/* Numbers from `from` on, and the leaf of each rule set that they lie in. */
struct joint {
	uint32_t from;
	const struct leaf *leaves[FILTERS_MOST];
};

static size_t code_add(struct layout *layout, uint16_t code, uint32_t k, size_t yes, size_t no)
{
	if (layout->used == BPF_MAXINSNS) {
		layout->full = true;
		return 0;
	}
	layout->code[layout->used] = (struct sock_filter){ code, (unsigned char)yes,
		(unsigned char)no, k };
	return layout->used++;
}

/* A position within reach of a conditional jump: position itself, or a hop to it. */
static size_t code_near(struct layout *layout, size_t position)
{
	if (layout->used - position <= HOP_MOST)
		return position;
	return code_add(layout, BPF_JMP | BPF_JA, (uint32_t)(layout->used - position - 1), 0, 0);
}

static size_t code_jump(struct layout *layout, uint16_t op, uint32_t k, size_t yes, size_t no)
{
	yes = code_near(layout, yes);
	no = code_near(layout, no);
	return code_add(
		layout, BPF_JMP | op | BPF_K, k, layout->used - yes - 1, layout->used - no - 1);
}

static size_t code_return(struct layout *layout, uint32_t action)
{
	for (size_t i = layout->used; i-- > 0 && layout->used - i <= HOP_MOST;)
		if (layout->code[i].code == (BPF_RET | BPF_K) && layout->code[i].k == action)
			return i;
	return code_add(layout, BPF_RET | BPF_K, action, 0, 0);
}

static size_t code_load(struct layout *layout, size_t offset)
{
	return code_add(layout, BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset, 0, 0);
}

/* The lower half stands first in memory. */
static size_t half_offset(unsigned index, bool high)
{
	return offsetof(struct seccomp_data, args) + 8 * index + (high ? 4 : 0);
}

static size_t half_equal(
	struct layout *layout, const struct call_test *test, bool high, size_t yes, size_t no)
{
	uint32_t mask = (uint32_t)(high ? test->mask >> 32 : test->mask);
	uint32_t value = (uint32_t)(high ? test->value >> 32 : test->value);

	if (!mask)
		return yes;
	code_jump(layout, BPF_JEQ, value, yes, no);
	if (mask != 0xffffffff)
		code_add(layout, BPF_ALU | BPF_AND | BPF_K, mask, 0, 0);
	return code_load(layout, half_offset(test->index, high));
}

static size_t test_equal(struct layout *layout, const struct call_test *test, size_t yes, size_t no)
{
	return half_equal(layout, test, true, half_equal(layout, test, false, yes, no), no);
}

/* op is BPF_JGT or BPF_JGE; equal upper halves leave it to the lower ones. */
static size_t test_above(
	struct layout *layout, const struct call_test *test, uint16_t op, size_t yes, size_t no)
{
	uint32_t high = (uint32_t)(test->value >> 32);
	size_t low;

	code_jump(layout, op, (uint32_t)test->value, yes, no);
	low = code_load(layout, half_offset(test->index, false));
	low = code_jump(layout, BPF_JEQ, high, low, no);
	code_jump(layout, BPF_JGT, high, yes, low);
	return code_load(layout, half_offset(test->index, true));
}

static size_t test_make(struct layout *layout, const struct call_test *test, size_t yes, size_t no)
{
	switch (test->op) {
	case CALL_NE:
		return test_equal(layout, test, no, yes);
	case CALL_LT:
		return test_above(layout, test, BPF_JGE, no, yes);
	case CALL_LE:
		return test_above(layout, test, BPF_JGT, no, yes);
	case CALL_GE:
		return test_above(layout, test, BPF_JGE, yes, no);
	case CALL_GT:
		return test_above(layout, test, BPF_JGT, yes, no);
	case CALL_EQ:
	case CALL_MASKED_EQ:
		break;
	}
	return test_equal(layout, test, yes, no);
}

static uint32_t stricter(uint32_t one, uint32_t other)
{
	return action_stricter(other, one) ? other : one;
}

/*
 * The rules are sorted by strictness: the first that matches is the strictest. What one rule set
 * has answered, so far, is carried into the code for the next.
 */
static size_t leaf_make(
	struct layout *layout, const struct leaf *const *leaves, size_t count, uint32_t so_far)
{
	const struct leaf *leaf;
	size_t entry;

	if (!count)
		return code_return(layout, so_far);
	leaf = *leaves;
	entry = leaf_make(layout, leaves + 1, count - 1, stricter(so_far, leaf->action));
	for (size_t i = leaf->rules_count; i-- > 0;) {
		const struct call_rule *rule = &leaf->rules[i];
		size_t otherwise = entry;

		entry = leaf_make(layout, leaves + 1, count - 1, stricter(so_far, rule->action));
		for (size_t j = rule->tests_count; j-- > 0;)
			entry = test_make(layout, &rule->tests[j], entry, otherwise);
	}
	return entry;
}

static size_t tree_make(
	struct layout *layout, const struct joint *joints, size_t count, size_t sets)
{
	size_t half = count / 2, upper;

	if (count == 1)
		return leaf_make(layout, joints->leaves, sets, SECCOMP_RET_ALLOW);
	upper = tree_make(layout, joints + half, count - half, sets);
	return code_jump(
		layout, BPF_JGE, joints[half].from, upper, tree_make(layout, joints, half, sets));
}

/* A rule without conditions ends the chain; rules at its end that change nothing are left out. */
static void leaf_simplify(struct leaf *leaf)
{
	size_t count = 0;

	while (count < leaf->rules_count && leaf->rules[count].tests_count)
		count++;
	if (count < leaf->rules_count)
		leaf->action = leaf->rules[count].action;
	while (count > 0 && leaf->rules[count - 1].action == leaf->action)
		count--;
	leaf->rules_count = count;
}

static void leaf_add(struct leaf *leaves, size_t *count, struct leaf leaf)
{
	leaf_simplify(&leaf);
	/* A span that starts at the same number replaces what reached up to there. */
	if (*count && leaves[*count - 1].from == leaf.from)
		(*count)--;
	if (*count && !leaf.rules_count && !leaves[*count - 1].rules_count &&
		leaves[*count - 1].action == leaf.action)
		return;
	leaves[(*count)++] = leaf;
}

/* The spans and the rules of arch side by side, upwards. Returns the number of leaves. */
static size_t leaves_make(const struct call_rules *rules, uint32_t arch, struct leaf *leaves)
{
	const struct call_rule *rule = rules->rules, *rules_end = rule + rules->rules_count;
	const struct call_span *span = rules->spans, *spans_end = span + rules->spans_count;
	uint32_t action = 0;
	size_t count = 0;

	while (rule < rules_end && rule->arch != arch)
		rule++;
	while (span < spans_end && span->arch != arch)
		span++;
	for (;;) {
		bool spans = span < spans_end && span->arch == arch;
		bool calls = rule < rules_end && rule->arch == arch;
		struct leaf leaf;

		if (!spans && !calls)
			return count;
		if (spans && (!calls || span->from <= rule->number)) {
			action = span->action;
			leaf_add(leaves, &count, (struct leaf){ span->from, action });
			span++;
			continue;
		}
		leaf = (struct leaf){ rule->number, action, rule, 0 };
		while (rule < rules_end && rule->arch == arch && rule->number == leaf.from) {
			leaf.rules_count++;
			rule++;
		}
		leaf_add(leaves, &count, leaf);
		leaf_add(leaves, &count, (struct leaf){ leaf.from + 1, action });
	}
}

/* True if the answer in both does not depend on arguments and is the same. */
static bool joints_same(const struct joint *one, const struct joint *other, size_t sets)
{
	uint32_t mine = SECCOMP_RET_ALLOW, theirs = mine;

	for (size_t i = 0; i < sets; i++) {
		if (one->leaves[i]->rules_count || other->leaves[i]->rules_count)
			return false;
		mine = stricter(mine, one->leaves[i]->action);
		theirs = stricter(theirs, other->leaves[i]->action);
	}
	return mine == theirs;
}

/* One joint wherever the leaf of a set begins; each set's first begins at 0. Their number. */
static size_t joints_make(
	const struct leaf *const *leaves, const size_t *counts, size_t sets, struct joint *joints)
{
	struct joint joint = { 0 };
	size_t at[FILTERS_MOST] = { 0 }, count = 0;

	for (uint64_t next = 0; next <= UINT32_MAX;) {
		joint.from = (uint32_t)next;
		next = UINT64_MAX;
		for (size_t i = 0; i < sets; i++) {
			while (at[i] + 1 < counts[i] && leaves[i][at[i] + 1].from <= joint.from)
				at[i]++;
			joint.leaves[i] = &leaves[i][at[i]];
			if (at[i] + 1 < counts[i] && leaves[i][at[i] + 1].from < next)
				next = leaves[i][at[i] + 1].from;
		}
		if (!count || !joints_same(&joints[count - 1], &joint, sets))
			joints[count++] = joint;
	}
	return count;
}

/* The tree of one architecture in front of what is there; `otherwise` answers the others, and this
 * one too if a set does not know it. */
static size_t arch_make(struct layout *layout, const struct call_rules *rules, size_t sets,
	uint32_t arch, struct arena *arena, size_t otherwise)
{
	const struct leaf *leaves[FILTERS_MOST];
	size_t counts[FILTERS_MOST], total = 0, entry;
	struct joint *joints;

	for (size_t i = 0; i < sets; i++) {
		struct leaf *made = arena_alloc(
			arena, 2 * rules[i].rules_count + CALL_SPANS_MOST + 1, sizeof(*made));

		leaves[i] = made;
		counts[i] = leaves_make(&rules[i], arch, made);
		total += counts[i];
		if (!counts[i])
			return otherwise;
	}
	joints = arena_alloc(arena, total, sizeof(*joints));
	entry = tree_make(layout, joints, joints_make(leaves, counts, sets, joints), sets);
	/* A tree of one leaf may be a return shared with another one further on. */
	if (entry != layout->used - 1)
		code_add(layout, BPF_JMP | BPF_JA, (uint32_t)(layout->used - entry - 1), 0, 0);
	entry = code_load(layout, offsetof(struct seccomp_data, nr));
	return code_jump(layout, BPF_JEQ, arch, entry, otherwise);
}

int program_make(const struct call_rules *rules, size_t count, struct arena *arena,
	struct filter *filter, struct err *err)
{
	struct layout *layout = arena_alloc(arena, 1, sizeof(*layout));
	struct sock_filter *program;
	size_t entry = code_return(layout, SECCOMP_RET_KILL_PROCESS);

	entry = arch_make(layout, rules, count, AUDIT_ARCH_I386, arena, entry);
	arch_make(layout, rules, count, AUDIT_ARCH_X86_64, arena, entry);
	code_load(layout, offsetof(struct seccomp_data, arch));
	if (layout->full)
		return err_set(err, E2BIG, "the profiles compile to more than %d instructions",
			BPF_MAXINSNS);
	program = arena_alloc(arena, layout->used, sizeof(*program));
	for (size_t i = 0; i < layout->used; i++)
		program[i] = layout->code[layout->used - 1 - i];
	*filter = (struct filter){ program, (unsigned short)layout->used };
	return 0;
}
