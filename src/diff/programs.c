/*
 * Symbolic execution of classic BPF. The number and the architecture are known; each word of the
 * arguments is whatever has been found out about it on the way. Where a jump may go both ways it is
 * followed both ways, so that every path through both configs' programs is taken that some
 * arguments can take. Words do not depend on each other, so a path is possible exactly if each word
 * has a value for it, which words.c decides. seccomp(2).
 */
#include "diff/programs.h"

#include <linux/audit.h>
#include <linux/bpf_common.h>
#include <stddef.h>
#include <string.h>

#include "diff/words.h"

enum {
	WORDS = sizeof(struct seccomp_data) / 4,
	WORD_ARGS = offsetof(struct seccomp_data, args) / 4,
	TESTS_MOST = 2 * BPF_MAXINSNS + 8,
	STEPS_MOST = 1 << 26,
};

struct explorer {
	const struct filter *sides[2];
	struct seccomp_data call;
	struct word_test tests[TESTS_MOST];
	size_t tests_count, given_count, steps;
	region_function *found;
	void *context;
	bool undecided;
};

/* Where a path stands. The accumulator holds a known value, or what mask leaves of a word. */
struct place {
	size_t side, at;
	uint32_t value, mask;
	unsigned word; /* 0: known */
	bool numbered; /* known, and came from the call's number */
	bool dead;     /* no arguments lead here */
	uint32_t answers[2];
};

int action_rank(uint32_t action)
{
	static const uint32_t order[] = { SECCOMP_RET_KILL_PROCESS, SECCOMP_RET_KILL_THREAD,
		SECCOMP_RET_TRAP, SECCOMP_RET_ERRNO, SECCOMP_RET_USER_NOTIF, SECCOMP_RET_TRACE,
		SECCOMP_RET_LOG, SECCOMP_RET_ALLOW };

	for (int i = 0; i < (int)(sizeof(order) / sizeof(*order)); i++)
		if (order[i] == (action & SECCOMP_RET_ACTION_FULL))
			return i;
	/* What the kernel does not know, it takes for KILL_PROCESS. */
	return 0;
}

static void region_report(struct explorer *explorer, const struct place *place)
{
	struct region region = {
		.call = explorer->call, .a = place->answers[0], .b = place->answers[1]
	};
	uint32_t words[WORDS];

	memcpy(words, &region.call, sizeof(words));
	for (size_t i = 0; i < explorer->tests_count; i++) {
		unsigned word = explorer->tests[i].word;

		region.asked |= i >= explorer->given_count;
		if (!word_solve(explorer->tests, explorer->tests_count, word, &explorer->steps,
			    &words[word]))
			explorer->undecided = true;
	}
	memcpy(&region.call, words, sizeof(words));
	if (!explorer->undecided)
		explorer->found(&region, explorer->context);
}

/* Assumes that the test comes out as truth; false if nothing can make it so. */
static bool assume(struct explorer *explorer, const struct place *place,
	const struct sock_filter *code, bool truth)
{
	uint32_t value;
	bool possible;

	if (explorer->tests_count == TESTS_MOST) {
		explorer->undecided = true;
		return false;
	}
	explorer->tests[explorer->tests_count++] = (struct word_test){ place->word,
		BPF_OP(code->code), place->mask, code->k, truth };
	possible = word_solve(
		explorer->tests, explorer->tests_count, place->word, &explorer->steps, &value);
	if (!explorer->steps)
		explorer->undecided = true;
	if (!possible)
		explorer->tests_count--;
	return possible;
}

static void load(struct explorer *explorer, struct place *place, uint32_t offset)
{
	if (offset % 4 || offset > sizeof(explorer->call) - 4) {
		explorer->undecided = true;
		return;
	}
	place->word = offset / 4;
	place->mask = ~0U;
	place->numbered = offset == offsetof(struct seccomp_data, nr);
	if (place->numbered)
		place->value = (uint32_t)explorer->call.nr;
	if (offset == offsetof(struct seccomp_data, arch))
		place->value = explorer->call.arch;
	if (offset < offsetof(struct seccomp_data, instruction_pointer))
		place->word = 0;
}

/* The next side whose answer is not known yet, if any is left; none allows everything. */
static void side_begin(const struct explorer *explorer, struct place *place, size_t side)
{
	place->side = side;
	while (place->side < 2 && !explorer->sides[place->side]->length)
		place->side++;
	place->at = 0;
	place->word = 0;
	place->value = 0;
	place->numbered = false;
}

static void follow(struct explorer *explorer, struct place place);

static void jump(struct explorer *explorer, struct place *place, const struct sock_filter *code)
{
	uint16_t op = BPF_OP(code->code);
	struct place other = *place;

	if (!place->word) {
		/* Only against an order do numbers between two constants all stand alike. */
		explorer->undecided |= place->numbered && op == BPF_JSET;
		place->at += word_test_holds(op, place->value, code->k) ? code->jt : code->jf;
		return;
	}
	other.at += code->jt;
	if (assume(explorer, place, code, true)) {
		follow(explorer, other);
		explorer->tests_count--;
		place->dead = !assume(explorer, place, code, false);
	}
	/* Where it holds for no value, nothing is learnt from going the other way. */
	place->at += code->jf;
}

static void step(struct explorer *explorer, struct place *place)
{
	const struct filter *filter = explorer->sides[place->side];
	const struct sock_filter *code = (const struct sock_filter *)filter->program + place->at;

	if (place->at >= filter->length) {
		explorer->undecided = true;
		return;
	}
	place->at++;
	if (code->code == (BPF_RET | BPF_K)) {
		place->answers[place->side] = code->k;
		side_begin(explorer, place, place->side + 1);
	} else if (code->code == (BPF_LD | BPF_W | BPF_ABS)) {
		load(explorer, place, code->k);
	} else if (code->code == (BPF_ALU | BPF_AND | BPF_K)) {
		explorer->undecided |= place->numbered;
		place->value &= code->k;
		place->mask &= code->k;
	} else if (code->code == (BPF_JMP | BPF_JA)) {
		place->at += code->k;
	} else if (BPF_CLASS(code->code) == BPF_JMP && BPF_SRC(code->code) == BPF_K) {
		jump(explorer, place, code);
	} else {
		explorer->undecided = true;
	}
}

/* From place to every end; what was assumed on the way is forgotten again. */
static void follow(struct explorer *explorer, struct place place)
{
	size_t assumed = explorer->tests_count;

	while (place.side < 2 && !place.dead && !explorer->undecided)
		step(explorer, &place);
	if (!explorer->undecided && !place.dead)
		region_report(explorer, &place);
	explorer->tests_count = assumed;
}

struct explorer *explorer_make(struct arena *arena, const struct filter *a, const struct filter *b,
	region_function *found, void *context)
{
	struct explorer *explorer = arena_alloc(arena, 1, sizeof(*explorer));

	explorer->sides[0] = a;
	explorer->sides[1] = b;
	explorer->found = found;
	explorer->context = context;
	return explorer;
}

bool explorer_call(struct explorer *explorer, uint32_t arch, uint32_t number)
{
	struct place place = { .answers = { SECCOMP_RET_ALLOW, SECCOMP_RET_ALLOW } };

	explorer->call = (struct seccomp_data){ .nr = (int)number, .arch = arch };
	explorer->steps = STEPS_MOST;
	explorer->undecided = false;
	explorer->tests_count = 0;
	/* An i386 call's arguments are 32 bits wide. */
	for (unsigned i = 0; arch == AUDIT_ARCH_I386 && i < 6; i++)
		explorer->tests[explorer->tests_count++] =
			(struct word_test){ WORD_ARGS + 2 * i + 1, BPF_JEQ, ~0U, 0, true };
	explorer->given_count = explorer->tests_count;
	side_begin(explorer, &place, 0);
	follow(explorer, place);
	return !explorer->undecided;
}
