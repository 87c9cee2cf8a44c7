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
/* Opens them all, v2's last, and gives the controllers that are mounted on v1, a bit set. */
unsigned cgroup_hierarchies_open(struct cgroup_hierarchy all[static CGROUP_CONTROLLERS + 1]);
void cgroup_hierarchies_close(struct cgroup_hierarchy all[static CGROUP_CONTROLLERS + 1]);
#define autohierarchy __attribute__((cleanup(cgroup_hierarchy_close))) struct cgroup_hierarchy

/* The lowest controller of cgroup that shares a hierarchy with the directory, below `most`; or -1.
 */
int cgroup_shared_with(const struct run_cgroup *cgroup, int most, int dir);

/* Reads a short file below dir and cuts the newlines at its end; the length, or -1 with errno. */
long cgroup_read(int dir, const char *file, char *text, size_t size);

/* An O_PATH descriptor of a directory right in dir, or -1 with errno. */
int cgroup_open(int dir, const char *name);

/*
 * An O_PATH descriptor of the container's directory in the hierarchy of a controller, or of v2 for
 * CGROUP_NONE: what is open in cgroup, or by its path; -1 with errno. Does not allocate.
 */
int cgroup_dir(const struct run_cgroup *cgroup, int controller);

/* Sleeps twice as long as last time, 20 ms at most; false once clock_milliseconds() is past the
 * deadline. */
bool cgroup_pause(long long deadline, long *nanoseconds);

/* Those of a bit set of controllers that v2 does not have. */
unsigned cgroup_v2_missing(int root, unsigned controllers);

/*
 * Makes path with its parents, each on v2 handing down the controllers and as many of the others as
 * it has, and returns an O_PATH descriptor of it. The last directory is always new, unless it is
 * joined, being ours already: an empty one that is left over is replaced, one in use is an error.
 */
int cgroup_tree_make(const struct cgroup_hierarchy *hierarchy, const char *path,
	unsigned controllers, unsigned others, bool joined, struct err *err);

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

/* The controllers that are mounted on v1, a bit set. */
unsigned cgroup_mounted_v1(void);

/* 0, or -1 with err naming a limit whose controller, of the bit set, v2 lacks or is not mounted. */
int cgroup_check_v2(
	int root, unsigned controllers, const struct cgroup_writes *writes, struct err *err);

/*
 * Carries out all writes that are late, or all others, in an order in which the kernel takes them:
 * some limits bound one another. 0, or -1 with err; some may have been done then.
 */
int cgroup_write_limits(
	const struct run_cgroup *cgroup, struct cgroup_writes *writes, bool late, struct err *err);

/*
 * Sets for every write what the file held before, and settles in which file it goes; an error if
 * there is none. cgroup_write_back then writes that back, as far as possible.
 */
int cgroup_writes_save(
	const struct run_cgroup *cgroup, struct cgroup_writes *writes, struct err *err);
void cgroup_write_back(const struct run_cgroup *cgroup, const struct cgroup_writes *writes);

/* The limits that had to wait for the first process to be in. */
int cgroup_make_late(const struct run *run, struct err *err);

/*
 * Gives the v2 directory and what the kernel lists as delegated to the workload's user, if the
 * config mounts it writable in a cgroup namespace of its own; 0, or -1 with err.
 */
int cgroup_own(const struct run *run, struct err *err);

/* The highest cgroup around this process that its user may make others in, "" for the root; NULL
 * with err if there is none. */
const char *cgroup_delegated(struct arena *arena, struct err *err);

/* The nearest one around this process that systemd delegated to a unit, or NULL with err. */
const char *cgroup_of_unit(struct arena *arena, struct err *err);

/*
 * Sets cgroup->path, by_systemd and named to what systemd made of cgroup->unit with this process in
 * it; -1 with err, ESRCH if the process is not there. Does not allocate.
 */
int cgroup_scope_read(struct run_cgroup *cgroup, pid_t pid, struct err *err);

/* Reads all of /proc/PID/cgroup; 0 or -1. Does not allocate. */
enum { CGROUP_LINES_SIZE = 12 << 10 };
int cgroup_lines_read(pid_t pid, char text[static CGROUP_LINES_SIZE], struct err *err);

/* True if name is among the names that commas separate, up to a colon or the end. */
bool cgroup_names_hold(const char *names, const char *name);

/* An O_PATH descriptor of path in v1's hierarchy without a controller, "name=systemd", or -1. */
int cgroup_named_open(const char *path);

/* Keeps in mind which directory is path; forgets the unit if it is gone, the path too if another is
 * there now. */
void cgroup_scope_note(struct run_cgroup *cgroup);
void cgroup_scope_check(struct run_cgroup *cgroup, uint64_t noted);

/* Closes the descriptors; all are -1 afterwards. */
void cgroup_close(struct run_cgroup *cgroup);

/*
 * Kills and removes cgroup->path with everything below it, within five seconds, wherever its stage
 * says it is ours, and the parent of all containers wherever that is then empty. Goes on after an
 * error and reports the first. Neither allocates nor needs much of a stack.
 */
int cgroup_remove(const struct run_cgroup *cgroup, struct err *err);
