#pragma once
/* cgroup v2: what limits mean there, and how a parent hands its controllers down. */
#include "kernel/cgroup-limits.h"

/* Appends the writes for everything but devices; 0, or -1 with err for what v2 cannot hold. */
int cgroup_v2_limits(
	const struct config_resources *resources, struct cgroup_writes *writes, struct err *err);

/* The first controller of the bit set that the hierarchy does not have, or -1 if it has them all.
 */
int cgroup_v2_missing(int root, unsigned controllers);

/* Enables each controller of the bit set for the directory's children; 0, or -1 with err. */
int cgroup_v2_enable(int parent, unsigned controllers, struct err *err);

/* OCI's cpu shares (2..262144) and block weight (10..1000) on v2's scale of 1..10000. */
uint64_t cgroup_v2_cpu_weight(uint64_t shares);
uint64_t cgroup_v2_io_weight(uint64_t weight);
