#pragma once
/* The work of making a container's cgroup: which hierarchies, their directories, their limits. */
#include "base/err.h"
#include "nucleus/run.h"

/*
 * True if somebody relies on the cgroup: a limit, a path given by name, or processes that no PID 1
 * of their own takes along when it dies.
 */
bool cgroup_needed(const struct config *config);

/*
 * Makes path and limits it; run->cgroup holds the open directories and the path afterwards, or
 * nothing if there is no cgroup and none is needed. All or, with err, nothing.
 */
int cgroup_make(struct run *run, const char *path, struct err *err);

/* The limits that had to wait for the first process to be in. */
int cgroup_make_late(const struct run *run, struct err *err);

/* Closes the descriptors; all are -1 afterwards. */
void cgroup_close(struct run_cgroup *cgroup);
/* True if this process made the cgroup and has it open. */
bool cgroup_is_open(const struct run_cgroup *cgroup);
