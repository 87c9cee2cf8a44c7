#pragma once
/* Many store paths hashed at once: a queue of jobs worked off by as many threads as pay. */
#include <stddef.h>

#include "attest/closure.h"
#include "attest/nar.h"
#include "base/err.h"
#include "nucleus/closure.h"

/* Whose files pass beside root's: the caller, or root alone if others could look like him. */
uid_t owner_trusted(void);

struct verify_job {
	const struct store_path *path;
	/* O_PATH or open_tree descriptor of the path, the caller's; -1: opened below store_dir. */
	int fd;
	/* Filled: what was seen of its metadata, see seen.h, and whether that will do as evidence.
	 */
	unsigned char seen[SHA256_SIZE];
	bool settled;
};

struct verify_work {
	/* In the order in which their errors count: the first one's error is reported, however the
	 * threads ran. */
	struct verify_job *jobs;
	size_t count;
	int store_dir; /* -1 if every job has its own descriptor */
	/* Only LOOK_CONTENTS compares hash and size. */
	enum nar_look look;
	bool settle;                            /* what is seen shall do as evidence, see nar.h */
	const struct attest_progress *progress; /* or NULL */
};

/*
 * Looks at what each job's path really is, on all cores. All threads have ended on return. Fills
 * report's paths, files, bytes, seconds and threads. 0 or -1.
 */
int verify_jobs(const struct verify_work *work, struct attest_report *report, struct err *err);
