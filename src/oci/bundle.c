/*
 * Writing a bundle. config.json comes last and by rename(2), so a directory that has one is whole;
 * whatever fails before takes away what was made. Must never touch a directory that holds anything,
 * nor what lies behind a link inside it.
 *
 * Its root is a skeleton: a directory, file or symlink for each mount, so that a runtime that does
 * not know our fresh tmpfs finds every mount point. A source that is a symlink is copied: other
 * runtimes follow it inside the root, to a place that is mounted too. Reached by openat2 below the
 * root only, since a link made here would lead later paths astray.
 */
#include "oci/bundle.h"

#include <dirent.h>
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
#include "config/closure-manifest.h"
#include "config/signature.h"
#include "oci/spec.h"

/* Removes all entries below dir, following no link. */
static void clear(int dir)
{
	DIR *entries = file_entries(dir);
	const char *name;

	while (entries && (name = file_entry_next(entries))) {
		if (unlinkat(dir, name, 0) == 0)
			continue;
		autoclose inner = openat(
			dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (inner >= 0)
			clear(inner);
		unlinkat(dir, name, AT_REMOVEDIR);
	}
	if (entries)
		closedir(entries);
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
	autoclose parent = file_make_parent_in_root(root_fd, mount->destination, &last);
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

	if (!mount_binds(mount) && !strcmp(mount->type, "tmpfs"))
		return tmpfs_place(root_fd, mount, err);
	if (!mount_binds(mount))
		return place_make(root_fd, mount, true, err);
	if (fstatat(AT_FDCWD, mount->source, &status,
		    mount_has_option(mount, "copy-symlink") ? AT_SYMLINK_NOFOLLOW : 0) < 0)
		return err_errno(err, "mount %s: look at %s", mount->destination, mount->source);
	if (S_ISLNK(status.st_mode))
		return link_make(root_fd, mount, &status, err);
	return place_make(root_fd, mount, S_ISDIR(status.st_mode), err);
}

/* What the list says into the bundle, with its signatures if it has any; *closure then names it. */
static int registration_write(
	int dir, struct config_closure *closure, struct arena *arena, struct err *err)
{
	struct bytes bytes = closure_registration(&closure->closure, arena);
	const char *signatures = signatures_write(closure, arena);

	closure->registration = "registration";
	if (file_replace(dir, closure->registration, bytes.text, bytes.length, err) < 0)
		return -1;
	return *signatures ? file_replace(dir, SIGNATURES_FILE, signatures, strlen(signatures), err)
			   : 0;
}

/* A root that is relative belongs to the bundle and is made; an absolute one is the host's. */
static int root_write(int dir, const struct config *config, struct err *err)
{
	const char *path = config->root.path;

	if (path[0] == '/')
		return 0;
	autoclose root = file_make_dirs_in_root(dir, path);
	if (root < 0)
		return err_errno(err, "make %s", path);
	for (size_t i = 0; i < config->mounts_count; i++)
		/* Only we run a packed closure, and in a root of our own. */
		if (!mount_is_packed(config, &config->mounts[i]) &&
			mount_place(root, &config->mounts[i], err) < 0)
			return -1;
	return 0;
}

static int contents_write(int dir, const struct config *from, struct arena *arena, struct err *err)
{
	struct config config = *from;
	struct config_closure closure;
	const char *text;

	/* crun up to 1.8 takes no other than 1.0, and what is newer is ignored by who does not know
	 * it. */
	config.oci_version = "1.0.2";
	if (!config.root.path)
		config.root.path = "rootfs";
	if (root_write(dir, &config, err) < 0)
		return -1;
	/* The list of a packed closure stays in it. */
	if (config.closure && !config.closure->image_sha256) {
		closure = *config.closure;
		config.closure = &closure;
		if (registration_write(dir, &closure, arena, err) < 0)
			return -1;
	}
	text = spec_write(&config, arena);
	return file_replace(dir, "config.json", text, strlen(text), err);
}

int bundle_write(
	const char *path, const struct config *config, struct arena *arena, struct err *err)
{
	bool made;

	if (config->secrets_count) {
		err_set(err, EINVAL, "bundle %s: secrets do not go into a bundle", path);
		return err_hint(err, "use the policy itself with `nucleus run`");
	}
	made = mkdir(path, 0755) == 0;

	if (!made && errno != EEXIST)
		return err_errno(err, "bundle %s: make the directory", path);
	autoclose dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return err_errno(err, "bundle %s: open", path);
	if (!file_is_empty_directory(dir)) {
		err_set(err, ENOTEMPTY, "bundle %s: not empty", path);
		return err_hint(err, "name a new or an empty directory");
	}
	if (contents_write(dir, config, arena, err) == 0)
		return 0;
	clear(dir);
	if (made)
		rmdir(path);
	return err_where(err, "bundle %s", path);
}
