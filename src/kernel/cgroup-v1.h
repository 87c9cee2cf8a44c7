#pragma once
/* cgroup v1: what limits mean there, and what its cpuset needs before it takes a process. */
#include "kernel/cgroup-limits.h"

/* Appends the writes for everything but devices; 0, or -1 with err for what v1 cannot hold. */
int cgroup_v1_limits(
	const struct config_resources *resources, struct cgroup_writes *writes, struct err *err);

/* Gives a new cpuset its parent's processors and memory nodes; 0, or -1 with err. */
int cgroup_v1_cpuset_inherit(int parent, int dir, struct err *err);
