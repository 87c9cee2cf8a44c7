#pragma once
/* Directories of one cgroup hierarchy, v1 or v2 alike: made, emptied of processes, removed. */
#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

/* One mounted hierarchy and what is wanted of it. */
struct cgroup_hierarchy {
	int root;             /* O_PATH */
	int version;          /* 1 or 2 */
	unsigned controllers; /* bit set of enum cgroup_controller */
	const char *name;     /* for errors: "/sys/fs/cgroup/memory" */
	bool joined; /* another controller of the same v1 hierarchy made the path already */
};

/* Reads a short file below dir and cuts the newlines at its end; the length, or -1 with errno. */
long cgroup_read(int dir, const char *file, char *text, size_t size);

/*
 * Makes path with its parents, each prepared to hold processes with those controllers, and returns
 * an O_PATH descriptor of it. The last directory is always new: an empty one that is left over is
 * replaced, one with processes or children is an error.
 */
int cgroup_tree_make(const struct cgroup_hierarchy *hierarchy, const char *path, struct err *err);

/* SIGKILL for everything in dir and below; on v1 waits, at most two seconds, until all are gone. */
int cgroup_tree_kill(int dir, struct err *err);

/*
 * Removes path and everything below it, killing what runs there, within five seconds; a path that
 * does not exist is success. Neither allocates nor needs much of a stack.
 */
int cgroup_tree_remove(const struct cgroup_hierarchy *hierarchy, const char *path, struct err *err);
