#pragma once
/*
 * The calls of the new mount API as they are used here: a mount is a descriptor until it is
 * attached, and so is the place it goes to. All return -1 with errno. open_tree, move_mount (no
 * manual pages in Debian 12), mount_setattr(2), statfs(2).
 */
#include <fcntl.h>
#include <linux/magic.h>
#include <stdbool.h>
#include <sys/mount.h>
#include <sys/vfs.h>

/* A detached copy of the mount at a descriptor; flags may say AT_RECURSIVE. */
static inline int mount_clone(int fd, unsigned flags)
{
	return open_tree(fd, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH | flags);
}

static inline int mount_attach(int fd, int place)
{
	return move_mount(fd, "", place, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);
}

/* Changes flags and propagation of the mount, with AT_RECURSIVE of all below it too. */
static inline int mount_change(int fd, struct mount_attr attr, int flags)
{
	return mount_setattr(fd, "", AT_EMPTY_PATH | (unsigned)flags, &attr, sizeof(attr));
}

static inline int mount_make_readonly(int fd, int flags)
{
	return mount_change(fd, (struct mount_attr){ .attr_set = MOUNT_ATTR_RDONLY }, flags);
}

/* True if the descriptor is open and on a file system of this kind. */
static inline bool fd_has_magic(int fd, unsigned magic)
{
	struct statfs seen;

	return fd >= 0 && fstatfs(fd, &seen) == 0 && (unsigned)seen.f_type == magic;
}
