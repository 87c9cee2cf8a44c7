/*
 * Device nodes are made with mknod(2) where that is allowed; in a user namespace, or on a nodev
 * mount, the host's node is bound over an empty file instead. What is bound is a clone whose device
 * number was checked by descriptor, read-only so that no chmod inside reaches the host's inode; a
 * device can still be written to through it. No node is looked up twice by its path.
 */
#include "kernel/dev-node.h"

#include <errno.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/fd.h"
#include "kernel/mount-api.h"

static bool is_node(const struct stat *stat, const struct wanted_node *wanted)
{
	return (stat->st_mode & S_IFMT) == (wanted->mode & S_IFMT) &&
		(S_ISFIFO(wanted->mode) || stat->st_rdev == wanted->device);
}

int node_clone(const struct wanted_node *wanted)
{
	struct mount_attr attr = {
		.attr_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC,
		.attr_clr = MOUNT_ATTR_NODEV,
		.propagation = MS_PRIVATE,
	};
	autoclose fd = open_tree(AT_FDCWD, wanted->path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	struct stat stat;

	if (fd < 0 || fstat(fd, &stat) < 0)
		return -1;
	if (!is_node(&stat, wanted)) {
		errno = ENXIO;
		return -1;
	}
	return mount_change(fd, attr, 0) < 0 ? -1 : take_fd(&fd);
}

bool node_mount_allows(int fd)
{
	struct statvfs seen;

	return fstatvfs(fd, &seen) == 0 && !(seen.f_flag & ST_NODEV);
}

/* Binds the host's node over an empty file, made if there is nothing. */
static int node_bind(int dir, const char *name, const struct wanted_node *wanted, struct err *err)
{
	autoclose file = -1;

	if (wanted->source < 0)
		return err_set(err, ENOENT,
			"it cannot be made here, and none of the host's was found to bind");
	file = openat(dir, name, O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
	if (file < 0 && errno == EEXIST)
		file = openat(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (file < 0)
		return err_errno(err, "make a file to bind the host's over");
	if (mount_attach(wanted->source, file) < 0)
		return err_errno(err, "bind the host's");
	return 0;
}

/* The new node by descriptor, checked to be what was made before its owner is changed. */
static int owner_set(int dir, const char *name, const struct wanted_node *wanted, struct err *err)
{
	struct stat stat;

	if (!wanted->uid && !wanted->gid)
		return 0;
	autoclose fd = openat(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &stat) < 0)
		return err_errno(err, "open what was made");
	if (!is_node(&stat, wanted))
		return err_set(err, EEXIST, "something else was put in its place");
	if (fchownat(fd, "", wanted->uid, wanted->gid, AT_EMPTY_PATH) < 0)
		return err_errno(err, "set its owner");
	return 0;
}

/* 1 if the node is there already, 0 if nothing or a mere mount point is, -1 for anything else. */
static int node_present(
	int dir, const char *name, const struct wanted_node *wanted, struct err *err)
{
	autoclose fd = openat(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	struct stat stat;

	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0 || fstat(fd, &stat) < 0)
		return err_errno(err, "look what is there");
	if (is_node(&stat, wanted))
		return S_ISFIFO(wanted->mode) || node_mount_allows(fd);
	if (S_ISREG(stat.st_mode) && stat.st_size == 0 && wanted->source >= 0)
		return 0;
	return err_set(err, EEXIST, "the root has something else there");
}

int node_make(int dir, const char *name, const struct wanted_node *wanted, struct err *err)
{
	int present = node_present(dir, name, wanted, err);

	if (present)
		return present < 0 ? -1 : 0;
	if (!S_ISFIFO(wanted->mode) && wanted->bind)
		return node_bind(dir, name, wanted, err);
	if (mknodat(dir, name, wanted->mode, wanted->device) == 0)
		return owner_set(dir, name, wanted, err);
	if (errno == EPERM || errno == EEXIST)
		return node_bind(dir, name, wanted, err);
	return err_errno(err, "make the node");
}
