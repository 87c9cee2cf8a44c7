#pragma once
/* Many store paths hashed at once: a queue of jobs worked off by as many threads as pay. */
#include <stddef.h>

#include "attest/closure.h"
#include "base/err.h"
#include "nucleus/closure.h"

struct verify_job {
	const struct store_path *path;
	/* O_PATH or open_tree descriptor of the path, the caller's; -1: opened below store_dir. */
	int fd;
};

/*
 * Hashes what each job's path really holds and compares hash and size. jobs are in the order in
 * which their errors count: the first one's error is reported, however the threads ran. store_dir
 * is a descriptor, -1 if every job has its own. All threads have ended on return. progress may be
 * NULL. Fills report's paths, files, bytes, seconds and threads. 0 or -1.
 */
int verify_jobs(const struct verify_job *jobs, size_t count, int store_dir,
	const struct attest_progress *progress, struct attest_report *report, struct err *err);
