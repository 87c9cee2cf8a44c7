#pragma once
/*
 * A closure held against what its store really has: as a step of a start, through the descriptors
 * that are then mounted, and as a command of its own.
 */
#include "base/arena.h"
#include "base/err.h"
#include "format/node.h"
#include "nucleus/run.h"

struct attest_progress {
	/* Told from time to time (100 ms apart or more) how many of total archive bytes are hashed;
	 * from any thread, but never two at once. */
	void (*report)(void *object, uint64_t done, uint64_t total);
	void *object;
};

struct attest_report {
	size_t paths;
	uint64_t files; /* regular files, directories and symlinks */
	uint64_t bytes; /* of the archives, the sum of the NAR sizes */
	double seconds;
	unsigned threads;
};

/*
 * Verifies every path of closure below its store_dir, on all cores. progress and report may be
 * NULL. 0; or -1 with the error of the first path, in the list's order, that is not what it should
 * be.
 */
int closure_verify(const struct closure *closure, const struct attest_progress *progress,
	struct attest_report *report, struct err *err);

/* The step; see closure.c for its contract. */
bool attest_wanted(const struct config *config);
int attest_apply(struct run *run, struct err *err);
void attest_print(const struct config *config, struct node *params, struct arena *arena);
