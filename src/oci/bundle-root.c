/*
 * The skeleton of a root: a directory, file or symlink for each mount, so that a runtime that does
 * not know our fresh tmpfs finds every mount point. A source that is a symlink is copied: other
 * runtimes follow it inside the root, to a place that is mounted too. Reached by openat2 below the
 * root only, since a link made here would lead later paths astray.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/file.h"
#include "oci/bundle-parts.h"

static bool has_option(const struct config_mount *mount, const char *option)
{
	for (size_t i = 0; i < mount->options.count; i++)
		if (!strcmp(mount->options.items[i], option))
			return true;
	return false;
}

static bool binds(const struct config_mount *mount)
{
	return (mount->type && !strcmp(mount->type, "bind")) || has_option(mount, "bind") ||
		has_option(mount, "rbind");
}

/* Makes the parent of path; *last is its final component. */
static int parent_open(int root_fd, const char *path, const char **last)
{
	char parent[PATH_MAX];
	const char *slash = strrchr(path, '/');
	size_t length = slash ? (size_t)(slash - path) : 0;

	*last = slash ? slash + 1 : path;
	if (length >= sizeof(parent)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(parent, path, length);
	parent[length] = '\0';
	return file_make_dirs_in_root(root_fd, length ? parent : ".");
}

/* The place at path, made to mount something of the source's kind on. */
static int place_open(int root_fd, const char *path, bool directory)
{
	return directory ? file_make_dirs_in_root(root_fd, path)
			 : file_make_file_in_root(root_fd, path);
}

static int place_make(
	int root_fd, const struct config_mount *mount, bool directory, struct err *err)
{
	autoclose made = place_open(root_fd, mount->destination, directory);

	return made < 0 ? err_errno(err, "rootfs%s: make the mount point", mount->destination) : 0;
}

/* Where the link at destination leads: who follows it mounts there what it points at. */
static int target_make(
	int root_fd, const struct config_mount *mount, const char *target, struct err *err)
{
	const char *slash = strrchr(mount->destination, '/');
	char path[2 * PATH_MAX];
	struct stat status;

	if (stat(mount->source, &status) < 0)
		return 0;
	snprintf(path, sizeof(path), "%.*s/%s",
		target[0] == '/' ? 0 : (int)(slash - mount->destination), mount->destination,
		target);
	autoclose made = place_open(root_fd, path, S_ISDIR(status.st_mode));
	if (made < 0)
		return err_errno(
			err, "rootfs%s: make %s, to which it leads", mount->destination, target);
	return 0;
}

static int link_make(
	int root_fd, const struct config_mount *mount, const struct stat *status, struct err *err)
{
	char target[PATH_MAX], there[PATH_MAX];
	ssize_t length = readlink(mount->source, target, sizeof(target) - 1);
	const char *last;

	if (length < 0)
		return err_errno(err, "read the link %s", mount->source);
	target[length] = '\0';
	autoclose parent = parent_open(root_fd, mount->destination, &last);
	if (parent < 0)
		return err_errno(err, "rootfs%s: make its directory", mount->destination);
	if (symlinkat(target, parent, last) < 0 &&
		(readlinkat(parent, last, there, sizeof(there)) != length ||
			memcmp(there, target, (size_t)length) != 0))
		return err_set(err, EEXIST, "rootfs%s: cannot be the link it should be",
			mount->destination);
	/* Store paths are all of one time, and so are their copies. */
	utimensat(parent, last, (struct timespec[]){ status->st_atim, status->st_mtim },
		AT_SYMLINK_NOFOLLOW);
	return target_make(root_fd, mount, target, err);
}

/* The mode= of a tmpfs, or -1. */
static long mode_option(const struct config_mount *mount)
{
	for (size_t i = 0; i < mount->options.count; i++)
		if (!strncmp(mount->options.items[i], "mode=", 5))
			return strtol(mount->options.items[i] + 5, NULL, 8) & 07777;
	return -1;
}

/* runc gives a tmpfs the mode of the directory it covers, whatever its options say. */
static int tmpfs_place(int root_fd, const struct config_mount *mount, struct err *err)
{
	long mode = mode_option(mount);
	char path[FD_PATH_SIZE];

	autoclose made = file_make_dirs_in_root(root_fd, mount->destination);
	if (made < 0)
		return err_errno(err, "rootfs%s: make the mount point", mount->destination);
	if (mode >= 0 && chmod(fd_path(made, path), (mode_t)mode) < 0)
		return err_errno(err, "rootfs%s: set its mode", mount->destination);
	return 0;
}

static int mount_place(int root_fd, const struct config_mount *mount, struct err *err)
{
	struct stat status;

	if (!binds(mount) && !strcmp(mount->type, "tmpfs"))
		return tmpfs_place(root_fd, mount, err);
	if (!binds(mount))
		return place_make(root_fd, mount, true, err);
	if (fstatat(AT_FDCWD, mount->source, &status,
		    has_option(mount, "copy-symlink") ? AT_SYMLINK_NOFOLLOW : 0) < 0)
		return err_errno(err, "mount %s: look at %s", mount->destination, mount->source);
	if (S_ISLNK(status.st_mode))
		return link_make(root_fd, mount, &status, err);
	return place_make(root_fd, mount, S_ISDIR(status.st_mode), err);
}

int bundle_root_write(int root_fd, const struct config *config, struct err *err)
{
	for (size_t i = 0; i < config->mounts_count; i++)
		if (mount_place(root_fd, &config->mounts[i], err) < 0)
			return -1;
	return 0;
}
