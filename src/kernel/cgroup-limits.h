#pragma once
/*
 * Limits as the list of writes that set them: what struct config_resources means on cgroup v1 and
 * v2, worked out without touching the kernel.
 */
#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "nucleus/config.h"

/* Also the order of struct run_cgroup's v1 descriptors. */
enum cgroup_controller {
	CGROUP_MEMORY,
	CGROUP_CPU,
	CGROUP_CPUSET,
	CGROUP_PIDS,
	CGROUP_IO,
	CGROUP_HUGETLB,
	CGROUP_DEVICES,
	CGROUP_FREEZER,
	CGROUP_RDMA,
	CGROUP_MISC,
	CGROUP_CPUACCT,
	CGROUP_NET_CLS,
	CGROUP_NET_PRIO,
	CGROUP_DMEM,
	CGROUP_CONTROLLERS,
	/* A file every v2 cgroup has, such as cgroup.max.depth. */
	CGROUP_NONE = CGROUP_CONTROLLERS,
};

/* The directory below /sys/fs/cgroup on v1, and the name in cgroup.controllers on v2 or NULL. */
extern const char *const cgroup_v1_names[CGROUP_CONTROLLERS];
extern const char *const cgroup_v2_names[CGROUP_CONTROLLERS];

struct cgroup_write {
	enum cgroup_controller controller;
	const char *limit; /* the property that asks for it, "memory.limit" */
	const char *file, *value;
	/* Written instead where the kernel has no such file; NULL: that is an error. */
	const char *other_file, *other_value;
	/* Another write of the list enforces the limit too: no error where the file is missing. */
	bool optional;
	/* Only once the first process is in, as it would keep it out. */
	bool late;
	/* Old and new kernels differ in whether they take it in: read back what was written. */
	bool verified;
	bool done; /* it is written, or need not be */
	/* What undoes it, once that is known. */
	const char *before;
};

struct cgroup_writes {
	struct arena *arena;
	unsigned on_v1; /* the controllers that are limited by v1's files, a bit set */
	struct cgroup_write *items;
	size_t count;
};

/* Appends and returns a write; the texts are kept as they are. */
struct cgroup_write *cgroup_write_add(struct cgroup_writes *writes,
	enum cgroup_controller controller, const char *limit, const char *file, const char *value);

/* Appends the writes for everything but devices; 0, or -1 with err for what cannot be held to. */
int cgroup_limits(
	const struct config_resources *resources, struct cgroup_writes *writes, struct err *err);

/* The controller whose name a file of v2 starts with; -1 if there is none of that name. */
int cgroup_controller_of(const char *file);

/* OCI's cpu shares (2..262144) and block weight (10..1000) on v2's scale of 1..10000. */
uint64_t cgroup_v2_cpu_weight(uint64_t shares);
uint64_t cgroup_v2_io_weight(uint64_t weight);
