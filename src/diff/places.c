/*
 * Paths inside a sandbox before there is one: which mount covers a path, where on this machine that
 * lies, and where links lead. Links are only read, and only where a config says that the sandbox
 * will see them; in what is empty at the start there are none. A root that is not on this machine
 * has no links as far as we can know.
 */
#include "diff/places.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/file.h"
#include "kernel/mount-options.h"

enum { LINKS_MOST = 40 };

const char *path_normal(struct arena *arena, const char *path)
{
	char *normal = arena_alloc(arena, strlen(path) + 2, 1), *to = normal;

	for (path += strspn(path, "/"); *path; path += strspn(path, "/")) {
		size_t length = strcspn(path, "/");

		if (length == 2 && !strncmp(path, "..", 2)) {
			while (to > normal && *--to != '/')
				;
		} else if (length != 1 || *path != '.') {
			*to++ = '/';
			memcpy(to, path, length);
			to += length;
		}
		path += length;
	}
	*to = '\0';
	return to == normal ? "/" : normal;
}

bool path_is_below(const char *path, const char *place)
{
	size_t length = strlen(place);

	return !strcmp(place, "/") ||
		(!strncmp(path, place, length) && (!path[length] || path[length] == '/'));
}

const struct config_mount *place_mount(
	const struct config *config, struct arena *arena, const char *path)
{
	const struct config_mount *found = NULL;

	for (size_t i = 0; i < config->mounts_count; i++) {
		struct mount_options options;

		mount_options_read(config, &config->mounts[i], &options);
		if (!options.remount &&
			path_is_below(path, path_normal(arena, config->mounts[i].destination)))
			found = &config->mounts[i];
	}
	return found;
}

/* The path of this machine behind normal path, or NULL: there is none, or it is not known. */
static const char *place_on_host(const struct config *config, struct arena *arena, const char *path)
{
	const struct config_mount *mount = place_mount(config, arena, path);
	const char *place, *rest;

	if (!mount) {
		if (config->root_tmpfs.set || !config->root.path || config->root.path[0] != '/')
			return NULL;
		return arena_printf(arena, "%s%s", config->root.path, path);
	}
	if (!mount_binds(mount) || !mount->source || mount->source[0] != '/')
		return NULL;
	place = path_normal(arena, mount->destination);
	rest = path + (strcmp(place, "/") != 0 ? strlen(place) : 0);
	return *rest ? arena_printf(arena, "%s%s", mount->source, rest) : mount->source;
}

/* Where the link at path leads, or NULL: it is none, or not known to be one. */
static const char *link_read(const struct config *config, struct arena *arena, const char *path)
{
	const struct config_mount *mount = place_mount(config, arena, path);
	const char *host = place_on_host(config, arena, path);
	char text[PATH_MAX];
	ssize_t length;

	/* What is mounted is what its source leads to, unless the link itself is to be there. */
	if (!host ||
		(mount && !strcmp(path_normal(arena, mount->destination), path) &&
			!mount_has_option(mount, "copy-symlink")))
		return NULL;
	length = readlink(host, text, sizeof(text) - 1);
	return length > 0 ? arena_copy(arena, text, (size_t)length) : NULL;
}

/* The path with its first link replaced by what it says, or NULL if there is none. */
static const char *link_follow(const struct config *config, struct arena *arena, const char *path)
{
	for (const char *end = path; *end;) {
		const char *name = end + 1, *target;
		int above = (int)(name - path);

		end = name + strcspn(name, "/");
		target = link_read(config, arena, arena_copy(arena, path, (size_t)(end - path)));
		if (target)
			return path_normal(arena,
				arena_printf(arena, "%.*s/%s%s", target[0] == '/' ? 0 : above, path,
					target, end));
	}
	return NULL;
}

const char *place_followed(const struct config *config, struct arena *arena, const char *path)
{
	path = path_normal(arena, path);
	for (int links = 0; links < LINKS_MOST; links++) {
		const char *next = strcmp(path, "/") != 0 ? link_follow(config, arena, path) : NULL;

		if (!next)
			break;
		path = next;
	}
	return path;
}

bool place_is_empty(const struct config *config, struct arena *arena, const char *path)
{
	const struct config_mount *mount = place_mount(config, arena, path);
	const char *host = place_on_host(config, arena, path);

	if (!mount && config->root_tmpfs.set)
		return true;
	if (mount && mount->type && !strcmp(mount->type, "tmpfs"))
		return !mount_has_option(mount, "tmpcopyup");
	if (!host)
		return false;
	autoclose top = open(mount ? mount->source : config->root.path, O_PATH | O_CLOEXEC);
	if (top < 0)
		return false;
	autoclose place = open(host, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	return place >= 0 ? file_is_empty_directory(place)
			  : faccessat(AT_FDCWD, host, F_OK, AT_SYMLINK_NOFOLLOW) < 0;
}
