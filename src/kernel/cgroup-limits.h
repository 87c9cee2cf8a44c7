#pragma once
/*
 * Limits as the list of writes that set them: what struct config_resources means on cgroup v1
 * (cgroup-v1.c) and v2 (cgroup-v2.c), worked out without touching the kernel.
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
	CGROUP_CONTROLLERS,
	/* A file every cgroup has, such as cgroup.max.depth. */
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
};

struct cgroup_writes {
	struct arena *arena;
	struct cgroup_write *items;
	size_t count;
};

/* Appends and returns a write; the value is formatted into the list's arena. */
struct cgroup_write *cgroup_write_add(struct cgroup_writes *writes,
	enum cgroup_controller controller, const char *limit, const char *file, const char *format,
	...) __attribute__((format(printf, 5, 6)));

/* "max" for a negative number (what OCI calls unlimited), or the number. */
const char *cgroup_number(struct arena *arena, int64_t value);

/* Errors name the property and the range; 0 or -1. */
int cgroup_check_block_io(const struct config_block_io *io, struct err *err);
int cgroup_check_page_size(const char *page_size, struct err *err);

/* The controllers for which resources ask anything, as a bit set; unified's keys count. */
unsigned cgroup_controllers_wanted(const struct config_resources *resources);
/* The one a file of cgroup v2 belongs to, by its prefix; -1 if there is none of that name. */
int cgroup_controller_of(const char *file);
