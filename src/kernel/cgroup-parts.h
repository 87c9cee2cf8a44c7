#pragma once
/*
 * The parts of a container's cgroup behind the steps of cgroup.c: the mounted hierarchies and their
 * directories (cgroup-tree.c), making and limiting (cgroup-make.c), removal (cgroup-remove.c).
 */
#include <stdbool.h>

#include "kernel/cgroup-limits.h"
#include "nucleus/run.h"

#define CGROUP_MOUNT "/sys/fs/cgroup"
/* The cgroup that holds those of all containers whose config names none. */
#define CGROUP_PARENT "nucleus"

/* One mounted hierarchy. */
struct cgroup_hierarchy {
	int controller; /* v1's enum cgroup_controller, or CGROUP_NONE for v2 */
	int root;       /* O_PATH, -1 if it is not mounted */
	char name[64];  /* for errors: "/sys/fs/cgroup/memory" */
};

/* Never fails: what is not mounted, or is something else, has no root. */
struct cgroup_hierarchy cgroup_hierarchy_open(int controller);
void cgroup_hierarchy_close(struct cgroup_hierarchy *hierarchy);
#define autohierarchy __attribute__((cleanup(cgroup_hierarchy_close))) struct cgroup_hierarchy

/* The lowest controller of cgroup that shares a hierarchy with the directory, below `most`; or -1.
 */
int cgroup_shared_with(const struct run_cgroup *cgroup, int most, int dir);

/* Reads a short file below dir and cuts the newlines at its end; the length, or -1 with errno. */
long cgroup_read(int dir, const char *file, char *text, size_t size);

/* An O_PATH descriptor of a directory right in dir, or -1 with errno. */
int cgroup_open(int dir, const char *name);

/* Those of a bit set of controllers that v2 does not have. */
unsigned cgroup_v2_missing(int root, unsigned controllers);

/*
 * Makes path with its parents, each on v2 handing down the controllers, and returns an O_PATH
 * descriptor of it. The last directory is always new, unless a controller of the same v1 hierarchy
 * joined it already: an empty one that is left over is replaced, one in use is an error.
 */
int cgroup_tree_make(const struct cgroup_hierarchy *hierarchy, const char *path,
	unsigned controllers, bool joined, struct err *err);

/*
 * Where the cgroup of a container lies below each hierarchy's root: config's cgroups_path, or
 * "/nucleus/ID" without one. 0, or -1 with err for a path that could lead elsewhere.
 */
int cgroup_path(
	const struct config *config, const char *id, char path[static 512], struct err *err);

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

/*
 * Kills and removes cgroup->path with everything below it, within five seconds, wherever its stage
 * says it is ours, and the parent of all containers wherever that is then empty. Goes on after an
 * error and reports the first. Neither allocates nor needs much of a stack.
 */
int cgroup_remove(const struct run_cgroup *cgroup, struct err *err);
