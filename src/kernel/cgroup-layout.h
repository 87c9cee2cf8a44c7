#pragma once
/* What is mounted at /sys/fs/cgroup: v2 alone, v1 alone, or both (hybrid). */
#include "kernel/cgroup-limits.h"
#include "kernel/cgroup-tree.h"
#include "nucleus/run.h"

#define CGROUP_MOUNT "/sys/fs/cgroup"
/* The cgroup that holds those of all containers whose config names none. */
#define CGROUP_PARENT "nucleus"

/* Descriptors are O_PATH, -1 where there is none. */
struct cgroup_layout {
	int base; /* the tmpfs that holds the v1 hierarchies */
	int v2;
	const char *v2_name; /* for errors */
};

/* Never fails: what is not mounted, or is something else, is -1. */
struct cgroup_layout cgroup_layout_open(void);
void cgroup_layout_close(struct cgroup_layout *layout);

/* An O_PATH descriptor of the root of a controller's v1 hierarchy, or -1. */
int cgroup_layout_v1(const struct cgroup_layout *layout, enum cgroup_controller controller);

/* The lowest controller of cgroup that shares a hierarchy with the directory, below `most`; or -1.
 */
int cgroup_shared_with(const struct run_cgroup *cgroup, int most, int dir);

/*
 * Kills and removes cgroup->path wherever its stage says it is ours, and the parent of all
 * containers wherever that is then empty. Goes on after an error and reports the first.
 */
int cgroup_layout_remove(
	const struct cgroup_layout *layout, const struct run_cgroup *cgroup, struct err *err);

/* Kills everything in path in every hierarchy; ENOENT in err if none has it. */
int cgroup_layout_kill(const struct cgroup_layout *layout, const char *path, struct err *err);
