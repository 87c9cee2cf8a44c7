/*
 * A search from the highest bit down. A comparison is settled as soon as the bits chosen so far
 * differ from its constant's; a bit that no unsettled test looks at is left 0, so that the search
 * only branches where an answer depends on it. It is complete: false means that no value exists.
 */
#include "diff/words.h"

#include <linux/bpf_common.h>

bool word_test_holds(uint16_t op, uint32_t value, uint32_t constant)
{
	switch (op) {
	case BPF_JEQ:
		return value == constant;
	case BPF_JGT:
		return value > constant;
	case BPF_JGE:
		return value >= constant;
	default:
		return value & constant;
	}
}

enum settled { NO, YES, OPEN };

/* What a test comes to when the bits of value in known are chosen and all others are open. */
static enum settled test_settled(const struct word_test *test, uint32_t value, uint32_t known)
{
	uint32_t have = value & test->mask & known, want = test->constant & known;

	if (test->op == BPF_JSET) {
		if (have & test->constant)
			return YES;
		return test->mask & test->constant & ~known ? OPEN : NO;
	}
	/* known holds the highest bits: the first that differs decides. */
	if (have != want)
		return test->op != BPF_JEQ && have > want ? YES : NO;
	if (test->mask & ~known)
		return OPEN;
	return word_test_holds(test->op, value & test->mask, test->constant) ? YES : NO;
}

struct search {
	const struct word_test *tests;
	size_t count;
	unsigned word;
	size_t *steps;
};

/* False if a test is settled the wrong way; needed: the open bits that some test waits for. */
static bool search_allows(
	const struct search *search, uint32_t value, uint32_t known, uint32_t *needed)
{
	*needed = 0;
	for (size_t i = 0; i < search->count && *search->steps; i++) {
		const struct word_test *test = &search->tests[i];
		enum settled settled;

		if (test->word != search->word)
			continue;
		--*search->steps;
		settled = test_settled(test, value, known);
		if (settled == OPEN)
			*needed |= test->mask;
		else if ((settled == YES) != test->truth)
			return false;
	}
	return *search->steps > 0;
}

static bool search_bits(const struct search *search, uint32_t *value, int bit)
{
	uint32_t known = bit >= 31 ? 0 : bit < 0 ? ~0U : ~((UINT32_C(2) << bit) - 1), needed, own;

	if (!search_allows(search, *value, known, &needed))
		return false;
	if (bit < 0 || !needed)
		return true;
	own = UINT32_C(1) << bit;
	if (search_bits(search, value, bit - 1))
		return true;
	if (!(needed & own))
		return false;
	*value |= own;
	if (search_bits(search, value, bit - 1))
		return true;
	*value &= ~own;
	return false;
}

bool word_solve(
	const struct word_test *tests, size_t count, unsigned word, size_t *steps, uint32_t *value)
{
	const struct search search = { tests, count, word, steps };

	*value = 0;
	return search_bits(&search, value, 31);
}
