#pragma once
/* One device node: checked and cloned on the host, made or bound inside. */
#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"

/* One node to be made: its type bits and permissions, numbers and owner. */
struct wanted_node {
	const char *path;
	mode_t mode;
	dev_t device;
	uid_t uid;
	gid_t gid;
	int source; /* a detached clone of the host's node, or -1 */
	bool bind;  /* nodes made at its place could not be opened */
};

/*
 * A detached, private, read-only clone of the host's node. -1 with errno; ENXIO if it is something
 * else than the node wanted.
 */
int node_clone(const struct wanted_node *wanted);

/* Makes name in dir, or accepts it if it is the right node already; 0 or -1. */
int node_make(int dir, const char *name, const struct wanted_node *wanted, struct err *err);

/* True if device nodes on the mount fd is on can be opened. */
bool node_mount_allows(int fd);
