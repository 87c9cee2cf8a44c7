/*
 * Writing a bundle. config.json comes last and by rename(2), so a directory that has one is whole;
 * whatever fails before takes away what was made. Must never touch a directory that holds anything,
 * nor what lies behind a link inside it.
 */
#include "oci/bundle.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/file.h"
#include "config/registration.h"
#include "oci/bundle-parts.h"
#include "oci/spec.h"

static bool dots(const char *name)
{
	return !strcmp(name, ".") || !strcmp(name, "..");
}

static bool empty(int dir)
{
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *entries = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;
	bool found = false;

	if (!entries) {
		fd_close(&fd);
		return false;
	}
	while (!found && (entry = readdir(entries)))
		found = !dots(entry->d_name);
	closedir(entries);
	return !found;
}

/* Removes all entries below dir, following no link. */
static void clear(int dir)
{
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *entries = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	if (!entries) {
		fd_close(&fd);
		return;
	}
	while ((entry = readdir(entries))) {
		if (dots(entry->d_name) || unlinkat(fd, entry->d_name, 0) == 0)
			continue;
		autoclose inner = openat(
			fd, entry->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (inner >= 0)
			clear(inner);
		unlinkat(fd, entry->d_name, AT_REMOVEDIR);
	}
	closedir(entries);
}

/* The registration's bytes into the bundle; *closure then names the copy. */
static int registration_write(
	int dir, struct config_closure *closure, struct arena *arena, struct err *err)
{
	struct bytes bytes;

	if (file_read(AT_FDCWD, closure->registration, closure->sha256, REGISTRATION_SIZE_MOST,
		    arena, &bytes, err) < 0)
		return -1;
	closure->registration = "registration";
	return file_replace(dir, closure->registration, bytes.text, bytes.length, err);
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
	return bundle_root_write(root, config, err);
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
	if (config.closure) {
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
	bool made = mkdir(path, 0755) == 0;

	if (!made && errno != EEXIST)
		return err_errno(err, "bundle %s: make the directory", path);
	autoclose dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return err_errno(err, "bundle %s: open", path);
	if (!empty(dir)) {
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
