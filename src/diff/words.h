#pragma once
/* Conditions on one 32-bit word of a system call's arguments, and a value that meets them all. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* (word & mask) OP constant, which must come out as truth; OP is BPF_JEQ, JGT, JGE or JSET. */
struct word_test {
	unsigned word;
	uint16_t op;
	uint32_t mask, constant;
	bool truth;
};

bool word_test_holds(uint16_t op, uint32_t value, uint32_t constant);

/*
 * True with a value if one meets every test of this word; small values are found first. Each look
 * at a test takes one from steps: once it is 0, false says nothing.
 */
bool word_solve(
	const struct word_test *tests, size_t count, unsigned word, size_t *steps, uint32_t *value);
