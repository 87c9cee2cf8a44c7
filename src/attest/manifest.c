/*
 * Holds a plain root against its manifest: every regular file that can be reached in it, following
 * symlinks as the sandbox will, is listed and has the listed digest, and every listed file is
 * there. Files are reached through the descriptors that are mounted and through nothing else: a
 * link out of what the root and its store paths hold leads nowhere. What a manifest does not see -
 * the rest of a store path, modes, links that lead nowhere - it does not vouch for either.
 */
#include "attest/manifest.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "attest/verify.h"
#include "base/digest.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/lists.h"
#include "config/manifest.h"
#include "config/store-path.h"

enum { LINKS_MOST = 40, DEPTH_MOST = 128, BUFFER_SIZE = 256 << 10 };

/* The part of the sandbox's file system that the root is. */
struct view {
	const struct run *run;
	bool *shown; /* by mount: it is a part of the root, or one of its store paths */
	struct manifest manifest;
	char *buffer;
	struct err *err;
};

/* A place in the view: its path without links, and what is there. */
struct spot {
	char path[PATH_MAX];
	const struct spot *up; /* the directory that led here; NULL: the root */
	int fd;                /* O_PATH; -1: a directory that is only there for the mounts in it */
	struct stat status;
};

bool manifest_wanted(const struct config *config)
{
	return config->manifest != NULL;
}

void manifest_print(const struct config *config, struct node *params, struct arena *arena)
{
	node_put_string(arena, params, "root", config->manifest->root);
	node_put_string(arena, params, "sha256", config->manifest->sha256);
}

static bool is_below(const char *path, const char *tree)
{
	size_t length = strcmp(tree, "/") != 0 ? strlen(tree) : 0;

	return !strncmp(path, tree, length) && (!path[length] || path[length] == '/');
}

static bool mount_is_shown(const struct view *view, size_t i)
{
	const struct config_mount *mount = &view->run->config->mounts[i];
	const char *root = view->run->config->manifest->root;
	size_t length = strlen(root);

	if (view->run->sources[i] < 0 || !mount->source)
		return false;
	if (!strncmp(mount->source, root, length) &&
		!strcmp(mount->source + length, mount->destination))
		return true;
	return !strcmp(mount->source, mount->destination) &&
		!store_path_fault(mount->source, MANIFEST_STORE);
}

/* The mount that path is on, or SIZE_MAX. */
static size_t mount_of(const struct view *view, const char *path)
{
	const struct config *config = view->run->config;

	for (size_t i = 0; i < config->mounts_count; i++)
		if (view->shown[i] && is_below(path, config->mounts[i].destination))
			return i;
	return SIZE_MAX;
}

static bool is_parent(const struct view *view, const char *path)
{
	const struct config *config = view->run->config;

	for (size_t i = 0; i < config->mounts_count; i++)
		if (view->shown[i] && is_below(config->mounts[i].destination, path))
			return true;
	return false;
}

/* What lies at a path without links: 1, 0 if nothing does, or -1. */
static int spot_look(const struct view *view, struct spot *spot)
{
	const struct config *config = view->run->config;
	size_t i = mount_of(view, spot->path);
	const char *rest;

	fd_close(&spot->fd);
	if (i == SIZE_MAX) {
		spot->status = (struct stat){ .st_mode = S_IFDIR | 0555 };
		return is_parent(view, spot->path);
	}
	rest = spot->path + strlen(config->mounts[i].destination);
	spot->fd = *rest ? file_open_beneath(view->run->sources[i], rest + 1, O_PATH | O_NOFOLLOW)
			 : fcntl(view->run->sources[i], F_DUPFD_CLOEXEC, 0);
	if (spot->fd < 0 && (errno == ENOENT || errno == ENOTDIR))
		return 0;
	if (spot->fd < 0 || fstat(spot->fd, &spot->status) < 0)
		return err_errno(view->err, "look at %s", spot->path);
	return 1;
}

/* Follows path, which may have links, to the spot: 1, 0 if it leads nowhere, or -1. */
static int spot_find(const struct view *view, const char *path, struct spot *spot)
{
	autoarena arena = { 0 };
	char link[PATH_MAX];
	int links = 0;

	strcpy(spot->path, "/");
	while (*(path += strspn(path, "/"))) {
		size_t length = strcspn(path, "/"), used = strlen(spot->path);
		char *slash = strrchr(spot->path, '/');
		ssize_t size;
		int found;

		if (length == 2 && !strncmp(path, "..", 2))
			slash[slash == spot->path] = '\0';
		if (*path == '.' && (length == 1 || (length == 2 && path[1] == '.'))) {
			path += length;
			continue;
		}
		used = used > 1 ? used : 0;
		if (used + length + 2 > sizeof(spot->path))
			return 0;
		spot->path[used] = '/';
		memcpy(spot->path + used + 1, path, length);
		spot->path[used + 1 + length] = '\0';
		path += length;
		found = spot_look(view, spot);
		if (found <= 0)
			return found;
		if (!S_ISLNK(spot->status.st_mode))
			continue;
		size = readlinkat(spot->fd, "", link, sizeof(link) - 1);
		if (size < 0)
			return err_errno(view->err, "read the link %s", spot->path);
		if (++links > LINKS_MOST)
			return 0;
		path = arena_printf(&arena, "%.*s%s", (int)size, link, path);
		slash = strrchr(spot->path, '/');
		slash[slash == spot->path] = '\0';
		if (*link == '/')
			strcpy(spot->path, "/");
	}
	return spot_look(view, spot);
}

/* Who else may write what was verified could change it afterwards. */
static int owner_check(const struct view *view, const struct spot *spot)
{
	if (spot->fd < 0 ||
		((!spot->status.st_uid || spot->status.st_uid == owner_trusted()) &&
			!(spot->status.st_mode & (S_IWGRP | S_IWOTH))))
		return 0;
	return err_set(view->err, EPERM,
		"%s can be written by others than root and the caller, so its digest means "
		"nothing",
		spot->path);
}

static int file_hash(
	const struct view *view, const struct spot *spot, unsigned char sum[static SHA256_SIZE])
{
	char path[FD_PATH_SIZE];
	autoclose fd = open(fd_path(spot->fd, path), O_RDONLY | O_CLOEXEC | O_NOCTTY);
	struct digest digest;
	ssize_t got;

	if (fd < 0)
		return err_errno(view->err, "open %s", spot->path);
	digest_init(&digest);
	while ((got = read(fd, view->buffer, BUFFER_SIZE)) > 0 || (got < 0 && errno == EINTR))
		if (got > 0)
			digest_add(&digest, view->buffer, (size_t)got);
	if (got < 0)
		return err_errno(view->err, "read %s", spot->path);
	digest_end(&digest, sum);
	return 0;
}

static int file_verify(const struct view *view, const char *name, const struct spot *spot)
{
	struct manifest_entry *entry = manifest_find(&view->manifest, name);
	unsigned char sum[SHA256_SIZE];

	if (!entry)
		return err_set(view->err, EINVAL,
			"%s: %s is in the root, and the manifest does not list it",
			view->run->config->manifest->root, name);
	entry->seen = true;
	if (file_hash(view, spot, sum) < 0)
		return -1;
	return !memcmp(sum, entry->sha256, SHA256_SIZE)
		? 0
		: err_set(view->err, EINVAL, "%s: %s is not what the manifest says",
			  view->run->config->manifest->root, name);
}

/* The names in a directory: of what is mounted there, or its entries; 0 or -1. */
static int names_read(const struct view *view, const struct spot *spot, struct strings *names,
	struct arena *arena)
{
	const struct config *config = view->run->config;
	size_t length = strcmp(spot->path, "/") != 0 ? strlen(spot->path) : 0;
	const char *name;
	DIR *entries;

	for (size_t i = 0; spot->fd < 0 && i < config->mounts_count; i++) {
		const char *at = config->mounts[i].destination;

		if (!view->shown[i] || !is_below(at, spot->path))
			continue;
		name = arena_copy(arena, at + length + 1, strcspn(at + length + 1, "/"));
		if (!strings_hold(names, name))
			strings_add(names, arena, name);
	}
	if (spot->fd < 0)
		return 0;
	entries = file_entries(spot->fd);
	if (!entries)
		return err_errno(view->err, "list %s", spot->path);
	errno = 0;
	while ((name = file_entry_next(entries)))
		strings_add(names, arena, arena_strdup(arena, name));
	closedir(entries);
	return errno ? err_errno(view->err, "list %s", spot->path) : 0;
}

static int spot_verify(
	const struct view *view, const char *name, const struct spot *in, unsigned depth);

/* name is how the manifest calls the directory, which is at spot. */
static int directory_verify(
	const struct view *view, const char *name, const struct spot *spot, unsigned depth)
{
	autoarena arena = { 0 };
	struct strings names = { 0 };

	if (depth == DEPTH_MOST)
		return err_set(view->err, ELOOP, "%s is nested too deep", name);
	if (names_read(view, spot, &names, &arena) < 0)
		return -1;
	for (size_t i = 0; i < names.count; i++)
		if (spot_verify(view,
			    arena_printf(&arena, "%s%s%s", name, *name ? "/" : "", names.items[i]),
			    spot, depth + 1) < 0)
			return -1;
	return 0;
}

/* A directory that is gone through already, as one of those that led to it. */
static bool is_loop(const struct spot *spot)
{
	for (const struct spot *up = spot->up; up; up = up->up)
		if (!strcmp(up->path, spot->path))
			return true;
	return false;
}

/* The entry that name's last part names in a directory. */
static int spot_verify(
	const struct view *view, const char *name, const struct spot *in, unsigned depth)
{
	const char *slash = strrchr(name, '/');
	struct spot spot = { .up = in, .fd = -1 };
	char path[PATH_MAX + NAME_MAX + 2];
	int result = 0, found;

	if (!strcmp(name, MANIFEST_FILE))
		return 0;
	snprintf(path, sizeof(path), "%s/%s", in->path, slash ? slash + 1 : name);
	found = spot_find(view, path, &spot);
	/* The store is no part of the root; its paths are where links lead. */
	if (found > 0 && spot.fd < 0 && is_below(MANIFEST_STORE, spot.path))
		found = 0;
	if (found > 0 && owner_check(view, &spot) < 0)
		result = -1;
	else if (found > 0 && S_ISDIR(spot.status.st_mode) && !is_loop(&spot))
		result = directory_verify(view, name, &spot, depth);
	else if (found > 0 && S_ISREG(spot.status.st_mode))
		result = file_verify(view, name, &spot);
	else if (found > 0 && !S_ISDIR(spot.status.st_mode))
		result = err_set(view->err, EINVAL,
			"%s is neither a file nor a directory, and no manifest can vouch for it",
			name);
	fd_close(&spot.fd);
	return found < 0 ? -1 : result;
}

/* The manifest itself, through what will be mounted; it must be the one that was translated. */
static int list_read(struct view *view)
{
	const struct config_manifest *manifest = view->run->config->manifest;
	unsigned char wanted[SHA256_SIZE], got[SHA256_SIZE];
	struct spot spot = { .fd = -1 };
	int found = spot_find(view, "/" MANIFEST_FILE, &spot), result = -1;
	char path[FD_PATH_SIZE];
	struct bytes bytes;

	if (found > 0 && S_ISREG(spot.status.st_mode) && owner_check(view, &spot) == 0) {
		autoclose fd = open(fd_path(spot.fd, path), O_RDONLY | O_CLOEXEC | O_NOCTTY);

		result = file_read_fd(
			fd, MANIFEST_FILE, MANIFEST_SIZE_MOST, view->run->arena, &bytes, view->err);
	} else if (found >= 0 && !view->err->code) {
		err_set(view->err, ENOENT, "%s: it has no manifest any more", manifest->root);
	}
	fd_close(&spot.fd);
	if (result < 0)
		return -1;
	digest_bytes(bytes.text, bytes.length, got);
	if (!digest_read(manifest->sha256, wanted) || memcmp(wanted, got, SHA256_SIZE) != 0)
		return err_set(view->err, EINVAL,
			"%s: its manifest is another than the one that the config names",
			manifest->root);
	return manifest_read(bytes.text, bytes.length, MANIFEST_FILE, &view->manifest,
		view->run->arena, view->err);
}

/*
 * manifest_apply - verify the root's files through the descriptors that will be mounted
 *
 * Needs:  every source open (run->sources), the host's /proc
 * Leaves: each regular file that the sandbox can reach in the root, and by a link in the root's
 *         store paths, known to have the listed digest, no other there, and none of them writable
 *         by others than root and the caller, who can still change their bytes
 * Mustn't run after the clone: a workload could be waiting
 */
int manifest_apply(struct run *run, struct err *err)
{
	const struct spot top = { .path = "/", .fd = -1 };
	struct view view = { .run = run, .err = err };

	err->code = 0;
	view.shown = arena_alloc(run->arena, run->config->mounts_count, sizeof(*view.shown));
	view.buffer = arena_alloc(run->arena, BUFFER_SIZE, 1);
	for (size_t i = 0; i < run->config->mounts_count; i++)
		view.shown[i] = mount_is_shown(&view, i);
	if (list_read(&view) < 0 || directory_verify(&view, "", &top, 0) < 0)
		return -1;
	for (size_t i = 0; i < view.manifest.count; i++)
		if (!view.manifest.entries[i].seen)
			return err_set(err, ENOENT,
				"%s: %s is in the manifest, and not in the root",
				run->config->manifest->root, view.manifest.entries[i].path);
	return 0;
}
