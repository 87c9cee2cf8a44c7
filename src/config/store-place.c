/*
 * Where a store's paths are on the host, and which of them a name leads to: /run/current-system,
 * `result`, or a path inside another store path. Symlinks are followed one component at a time, so
 * that the walk ends at the store path, which may be a symlink of its own. See openat2(2).
 */
#include "config/store-place.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/file.h"
#include "config/store-path.h"

enum { LINKS_MOST = 40 };

const char *store_place(const char *store, const char *path, struct arena *arena)
{
	return store ? arena_printf(arena, "%s%s", store, path) : path;
}

const char *store_path_at(const char *store, const char *place)
{
	const char *inside = store ? path_inside(place, store) : NULL;

	if (!store)
		return place;
	return inside && *inside ? inside - 1 : NULL;
}

int store_open(const char *store, const char *path, int flags)
{
	autoclose root = -1;

	if (!store)
		return open(path, flags | O_CLOEXEC);
	root = open(store, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return root < 0 ? -1 : file_open_in_root(root, path, flags, 0);
}

struct walk {
	const char *store, *store_dir;
	const char *at; /* "" for the root; no symlink in it */
	char *rest;     /* what is still to be walked */
	int links;
	struct arena *arena;
};

/* The text of the symlink at path, "" if it is none; NULL with errno. */
static const char *link_text(const struct walk *walk, const char *path)
{
	const char *inside = path_inside(path, walk->store_dir);
	autoclose fd = store_open(
		inside && *inside ? walk->store : NULL, path, O_PATH | O_NOFOLLOW);
	char target[PATH_MAX];
	struct stat status;
	ssize_t length;

	if (fd < 0 || fstat(fd, &status) < 0)
		return NULL;
	if (!S_ISLNK(status.st_mode))
		return "";
	length = readlinkat(fd, "", target, sizeof(target));
	if (length == 0 || length == (ssize_t)sizeof(target))
		errno = ENAMETOOLONG;
	return length <= 0 || length == (ssize_t)sizeof(target)
		? NULL
		: arena_copy(walk->arena, target, (size_t)length);
}

/* One component further; false with errno. */
static bool walk_step(struct walk *walk, const char *next)
{
	const char *link = link_text(walk, next);

	if (!link)
		return false;
	if (!*link) {
		walk->at = next;
		return true;
	}
	if (++walk->links > LINKS_MOST) {
		errno = ELOOP;
		return false;
	}
	if (*link == '/')
		walk->at = "";
	walk->rest = arena_printf(walk->arena, "%s/%s", link, walk->rest);
	return true;
}

static const char *parent_of(const struct walk *walk)
{
	const char *slash = strrchr(walk->at, '/');

	return slash ? arena_copy(walk->arena, walk->at, (size_t)(slash - walk->at)) : "";
}

/*
 * Cuts the next component off; what lies in the store is reached by name at once, so that it counts
 * by the name that the list has for it even where that leads over a symlink.
 */
static const char *walk_next(struct walk *walk)
{
	const char *full, *inside = NULL;
	size_t length;

	walk->rest += strspn(walk->rest, "/");
	full = arena_printf(walk->arena, "%s/%s", walk->at, walk->rest);
	if (!path_inside(walk->at, walk->store_dir))
		inside = path_inside(full, walk->store_dir);
	length = inside && *inside ? (size_t)(inside - full) : strlen(walk->at) + 1;
	length += strcspn(full + length, "/");
	walk->rest = arena_strdup(walk->arena, full + length);
	return arena_copy(walk->arena, full, length);
}

/* The store path, or NULL with errno; 0 if the walk ends elsewhere, which is then walk->at. */
static const char *walk_whole(struct walk *walk)
{
	while (walk->rest[strspn(walk->rest, "/")]) {
		const char *next = walk_next(walk), *name = strrchr(next, '/') + 1;

		if (!strcmp(name, "."))
			continue;
		if (!strcmp(name, "..")) {
			walk->at = parent_of(walk);
			continue;
		}
		if (!walk->rest[strspn(walk->rest, "/")] &&
			!store_path_fault(next, walk->store_dir))
			return next;
		if (!walk_step(walk, next))
			return NULL;
	}
	errno = 0;
	return store_path_fault(walk->at, walk->store_dir) ? NULL : walk->at;
}

const char *store_follow(const char *store, const char *store_dir, const char *name,
	struct arena *arena, struct err *err)
{
	autofree char *here = *name == '/' ? NULL : getcwd(NULL, 0);
	struct walk walk = { .store = store, .store_dir = store_dir, .at = "", .arena = arena };
	const char *path;

	if (*name != '/' && !here) {
		err_errno(err, "the root %s: find the working directory", name);
		return NULL;
	}
	walk.rest = arena_printf(arena, "%s/%s", here ? here : "", name);
	path = walk_whole(&walk);
	if (path)
		return path;
	if (errno)
		err_errno(err, "the root %s: follow it to a store path", name);
	else
		err_set(err, EINVAL, "the root %s leads to %s, which is no store path in %s", name,
			*walk.at ? walk.at : "/", store_dir);
	return NULL;
}
