/*
 * A rule's path meant something when the container was started, and its workload has lived since:
 * it may have put a symbolic link to /etc, or a directory of its own making, where a rule allows
 * more than elsewhere. What exec adds would then be allowed more than the container is. So in a
 * running container a place counts only if nobody inside could have replaced any name on the way to
 * it: no rule lets that be created or removed where it lies, or the mount is read-only, or it is a
 * mount point, which cannot be renamed. Links are followed one by one under the same condition.
 * Anything else fails, or is left out where it would allow nothing that is not allowed anyway. What
 * an exec is refused for like that is a rule below a place that may be written; a mount of its own
 * there, or the same access for both, makes it good.
 *
 * Directories are told apart by inode, not by name: what was resolved is what is looked at.
 */
#include "kernel/landlock-place.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/file.h"
#include "kernel/landlock-rights.h"

enum { LEVELS_MOST = 128, LINKS_MOST = 40 };

/* A directory that the container's processes may change, with all that a rule allows there. */
struct landlock_place {
	dev_t device;
	ino_t inode;
	uint64_t access;
};

struct landlock_places {
	bool everywhere; /* nothing is restricted that changes directories */
	struct landlock_place *items;
	size_t count;
};

/* One name on the way from the root to a place. */
struct level {
	dev_t device;
	ino_t inode;
	bool mount, readonly;
};

static int level_read(int fd, struct level *level)
{
	struct statx stat;
	struct statvfs mount;

	if (statx(fd, "", AT_EMPTY_PATH, STATX_INO, &stat) < 0 || fstatvfs(fd, &mount) < 0)
		return -1;
	*level = (struct level){
		.device = makedev(stat.stx_dev_major, stat.stx_dev_minor),
		.inode = stat.stx_ino,
		.mount = stat.stx_attributes & STATX_ATTR_MOUNT_ROOT,
		.readonly = mount.f_flag & ST_RDONLY,
	};
	return 0;
}

static bool is_same(const struct level *one, const struct level *other)
{
	return one->device == other->device && one->inode == other->inode;
}

/* The levels from a directory up to the root, which is the last; their number, or -1 with errno. */
static int levels_read(const struct run *run, int directory, struct level *levels)
{
	struct level root;
	int count = 0;
	autoclose at = openat(directory, ".", O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (at < 0 || level_read(run->rootfs, &root) < 0)
		return -1;
	while (count < LEVELS_MOST) {
		int above;

		if (level_read(at, &levels[count]) < 0)
			return -1;
		if (is_same(&levels[count++], &root))
			return count;
		above = openat(at, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (above < 0)
			return -1;
		close(at);
		at = above;
	}
	errno = ELOOP;
	return -1;
}

/* What somebody inside may do with names in a directory, and all who are above it. */
struct exposure {
	bool open, replaceable;
	uint64_t access;
};

static void exposure_add(
	const struct landlock_places *places, const struct level *level, struct exposure *exposure)
{
	exposure->open |= places->everywhere;
	for (size_t i = 0; i < places->count; i++)
		if (places->items[i].device == level->device &&
			places->items[i].inode == level->inode) {
			exposure->open = true;
			exposure->access |= places->items[i].access;
		}
}

/* From the root down to a directory, and whether one name more in it could be replaced. */
static int exposure_read(
	const struct run *run, int directory, bool mount, struct exposure *exposure)
{
	struct level levels[LEVELS_MOST];
	int count = levels_read(run, directory, levels);

	*exposure = (struct exposure){ 0 };
	for (int i = count - 1; i >= 0; i--) {
		bool last = i == 0, next_mount = last ? mount : levels[i - 1].mount;

		exposure_add(run->target.places, &levels[i], exposure);
		exposure->replaceable |= exposure->open && !levels[i].readonly && !next_mount;
	}
	return count < 0 ? -1 : 0;
}

/* Cuts path at its first link: "/a/link/b" into the directory "/a/", the link's text and "/b". */
static int link_split(const char *path, char *directory, char *text, const char **rest)
{
	for (const char *end = path + strspn(path, "/"); *end; end += strspn(end, "/")) {
		const char *name = end;
		char prefix[PATH_MAX];
		ssize_t length;

		end += strcspn(end, "/");
		snprintf(prefix, sizeof(prefix), "%.*s", (int)(end - path), path);
		autoclose at = file_open_plain(AT_FDCWD, prefix, O_PATH | O_NOFOLLOW);
		if (at < 0)
			return -1;
		length = readlinkat(at, "", text, PATH_MAX - 1);
		if (length < 0 && errno != ENOENT && errno != EINVAL)
			return -1;
		if (length < 0)
			continue;
		text[length] = '\0';
		snprintf(directory, PATH_MAX, "%.*s", (int)(name - path), path);
		*rest = end;
		return 0;
	}
	errno = ELOOP;
	return -1;
}

static int exposed_error(const char *path, struct err *err)
{
	err_set(err, EPERM,
		"rule for %s: the container's processes may have put something else there, and a "
		"process added now would be allowed more than they are",
		path);
	return err_hint(err,
		"let the rule name a mount point, or a place none of them may create or remove in");
}

/* Follows the first link of path, if it was there from the start; path is what comes out. */
static int link_follow(const struct run *run, char path[static PATH_MAX], struct err *err)
{
	char directory[PATH_MAX], text[PATH_MAX], whole[PATH_MAX];
	const char *rest;
	struct exposure exposure;
	int length;

	if (link_split(path, directory, text, &rest) < 0)
		return err_errno(err, "follow %s", path);
	autoclose at = file_open_plain(AT_FDCWD, directory, O_PATH | O_DIRECTORY);
	if (at < 0 || exposure_read(run, at, false, &exposure) < 0)
		return err_errno(err, "look at %s", directory);
	if (exposure.replaceable)
		return exposed_error(path, err);
	length = snprintf(
		whole, sizeof(whole), "%s%s%s", text[0] == '/' ? "" : directory, text, rest);
	if (length >= PATH_MAX)
		return err_set(err, ENAMETOOLONG, "follow %s", path);
	memcpy(path, whole, (size_t)length + 1);
	return 0;
}

/* What path names without any link; path has none afterwards. */
static int followed_open(const struct run *run, char path[static PATH_MAX], struct err *err)
{
	for (int links = 0; links < LINKS_MOST; links++) {
		int place = file_open_plain(AT_FDCWD, path, O_PATH);

		if (place >= 0)
			return place;
		if (errno != ELOOP)
			return err_errno(err, "rule for %s", path);
		if (link_follow(run, path, err) < 0)
			return -1;
	}
	return err_set(err, ELOOP, "rule for %s: too many links", path);
}

/* The directory a place has its name in. */
static int parent_open(const char *path)
{
	char parent[PATH_MAX];
	size_t end = strlen(path);

	while (end > 1 && path[end - 1] == '/')
		end--;
	while (end > 1 && path[end - 1] != '/')
		end--;
	snprintf(parent, sizeof(parent), "%.*s", (int)end, path);
	return file_open_plain(AT_FDCWD, parent, O_PATH | O_DIRECTORY);
}

int landlock_place_open(const struct run *run, const char *wanted, uint64_t access, struct err *err)
{
	char path[PATH_MAX];
	struct level level;
	struct exposure exposure;
	autoclose place = -1;

	if (snprintf(path, sizeof(path), "/%s", wanted) >= (int)sizeof(path))
		return err_set(err, ENAMETOOLONG, "rule for %s", wanted);
	place = followed_open(run, path, err);
	if (place < 0)
		return err->code == ENOENT && run->config->mode == MODE_AGENT
			? LANDLOCK_PLACE_NEEDLESS
			: -1;
	autoclose parent = parent_open(path);
	if (parent < 0 || level_read(place, &level) < 0 ||
		exposure_read(run, parent, level.mount, &exposure) < 0)
		return err_errno(err, "rule for %s", wanted);
	if (!exposure.replaceable)
		return take_fd(&place);
	return access & ~exposure.access ? exposed_error(wanted, err) : LANDLOCK_PLACE_NEEDLESS;
}

static void place_note(
	const struct run *run, struct landlock_places *places, const char *path, uint64_t access)
{
	autoclose place = file_open_in_root(run->rootfs, path, O_PATH, 0);
	struct level level;

	/* What is not there has nothing in it. */
	if (place < 0 || level_read(place, &level) < 0)
		return;
	places->items = arena_grow(
		run->arena, places->items, places->count, sizeof(*places->items));
	places->items[places->count++] = (struct landlock_place){ level.device, level.inode,
		access };
}

void landlock_places_find(struct run *run, const struct config_landlock *landlock, uint64_t handled)
{
	const uint64_t change = (FS_MAKE | FS_REMOVE) & handled;
	bool proposed = landlock_is_proposed(run->config, landlock);
	struct landlock_places *places = arena_alloc(run->arena, 1, sizeof(*places));

	places->everywhere = change != (FS_MAKE | FS_REMOVE);
	for (size_t i = 0; i < landlock->rules_count; i++) {
		const struct config_landlock_rule *rule = &landlock->rules[i];
		uint64_t access = landlock_rule_access(proposed, &rule->access) & handled;

		if (!(access & change))
			continue;
		if (!proposed)
			place_note(run, places, rule->path, access);
		for (size_t k = 0; proposed && k < rule->paths.count; k++)
			place_note(run, places, rule->paths.items[k], access);
	}
	run->target.places = places;
}
