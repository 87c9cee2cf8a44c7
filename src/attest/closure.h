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
	/* Told how many of total archive bytes are hashed: 0 first, then from time to time (100 ms
	 * apart or more), and all of them at the end, however it ended; from any thread, but never
	 * two at once. */
	void (*report)(void *object, uint64_t done, uint64_t total);
	void *object;
};

/* What the caller lends; each may be NULL. */
struct attest_means {
	const char *records; /* the directory that holds records of full verifications */
	const struct attest_progress *progress;
	void (*note)(const char *text); /* told why `cached` does more than to look at metadata */
};

struct attest_report {
	int level; /* enum attestation: what was done, which is full where a record did not do */
	size_t paths;
	uint64_t files; /* regular files, directories and symlinks */
	uint64_t bytes; /* of the archives, the sum of the NAR sizes */
	double seconds;
	unsigned threads;
};

/*
 * Verifies every path of closure below its store_dir at the level it names, on all cores. 0; or -1
 * with the error of the first path, in the list's order, that is not what it should be.
 */
int closure_verify(const struct config_closure *closure, const struct attest_means *means,
	struct attest_report *report, struct err *err);

/* The step; see closure.c for its contract. */
bool attest_wanted(const struct config *config);
int attest_apply(struct run *run, struct err *err);
void attest_print(const struct config *config, struct node *params, struct arena *arena);
