/*
 * Ties verified store paths to the mounts of a start. A store path is mounted at its own place, and
 * parts of the root path once more at "/": each from a descriptor of its own, opened at another
 * moment. Only the first kind is hashed; the second must turn out to be the same inodes, reached
 * from the hashed descriptor without a symlink or mount in between. Paths here are only compared as
 * text, never opened. It must never let a mount with a source in the store pass unexamined.
 */
#include "attest/sources.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/file.h"
#include "config/registration.h"
#include "config/store-place.h"

/* True for "/", "/nix" and "/nix/store", with or without a slash at the end. */
static bool path_holds_store(const char *path, const char *store_dir)
{
	size_t length = strlen(path);

	while (length > 1 && path[length - 1] == '/')
		length--;
	if (length == 1)
		return path[0] == '/';
	return !strncmp(store_dir, path, length) &&
		(store_dir[length] == '/' || store_dir[length] == '\0');
}

/* What source is in the store, after its directory and '/'; "" for that itself, NULL if it is
 * elsewhere. */
static const char *store_inside(const struct closure *closure, const char *source)
{
	const char *path = store_path_at(closure->store, source);

	return path ? path_inside(path, closure->store_dir) : NULL;
}

/* The listed path that holds source; NULL if none does. rest is what follows, maybe "". */
static const struct store_path *path_holding(
	const struct closure *closure, const char *source, const char **rest)
{
	const char *path = store_path_at(closure->store, source);
	const char *name = store_inside(closure, source);
	size_t length = name ? (size_t)(name - path) + strcspn(name, "/") : 0;
	autofree char *top = name ? strndup(path, length) : NULL;

	if (!top)
		return NULL;
	*rest = path + length;
	*rest += strspn(*rest, "/");
	return closure_find(closure, top);
}

static bool option_given(const struct config_mount *mount, const char *const *words)
{
	for (; *words; words++)
		if (mount_has_option(mount, *words))
			return true;
	return false;
}

#define GIVEN(mount, ...) option_given(mount, (const char *const[]){ __VA_ARGS__, NULL })

static int options_check(const struct config_mount *mount, struct err *err)
{
	const char *missing = !GIVEN(mount, "ro", "rro") ? "ro"
		: !GIVEN(mount, "nosuid", "rnosuid")     ? "nosuid"
		: !GIVEN(mount, "nodev", "rnodev")       ? "nodev"
							 : NULL;

	if (missing)
		return err_set(err, EINVAL,
			"mount %s: %s is in the store, so it needs the option \"%s\"",
			mount->destination, mount->source, missing);
	if (GIVEN(mount, "rw", "rrw", "suid", "rsuid", "dev", "rdev"))
		return err_set(err, EINVAL,
			"mount %s: %s is in the store, so it must be read-only, nosuid and nodev",
			mount->destination, mount->source);
	return 0;
}

/* A mount with a source inside the store. */
static int store_mount_check(const struct run *run, const struct config_mount *mount, int source,
	struct verify_job *jobs, struct err *err)
{
	const struct closure *closure = &run->config->closure->closure;
	const char *rest;
	const struct store_path *path = path_holding(closure, mount->source, &rest);
	bool whole = path && !*rest;
	struct verify_job *job;

	if (!path)
		return err_set(err, EINVAL, "mount %s: its source %s is not part of the closure",
			mount->destination, mount->source);
	if (options_check(mount, err) < 0)
		return -1;
	job = &jobs[path - closure->paths];
	if (whole && !strcmp(mount->destination, path->path) && job->fd < 0)
		job->fd = source;
	else if (GIVEN(mount, "rbind"))
		return err_set(err, EINVAL,
			"mount %s: %s is in the store, so it needs \"bind\": \"rbind\" would show mounts "
			"below it that nobody verified",
			mount->destination, mount->source);
	return 0;
}

/* A mount with a source elsewhere, or without one. */
static int other_mount_check(
	const struct run *run, const struct config_mount *mount, int source, struct err *err)
{
	const struct closure *closure = &run->config->closure->closure;
	const char *store_dir = closure->store_dir;
	const char *inside = path_inside(mount->destination, store_dir);
	const char *place = store_place(closure->store, store_dir, run->arena);

	if (source >= 0 && path_holds_store(mount->source, place))
		return err_set(err, EINVAL,
			"mount %s: its source %s would show all of the store %s",
			mount->destination, mount->source, place);
	/* The host's own store is another one then, and nothing in it is verified. */
	if (source >= 0 && closure->store &&
		(path_holds_store(mount->source, store_dir) ||
			path_inside(mount->source, store_dir)))
		return err_set(err, EINVAL,
			"mount %s: its source %s is in the host's store, not in that below %s",
			mount->destination, mount->source, closure->store);
	if (inside && *inside)
		return err_set(err, EINVAL,
			"mount %s: it would cover what was verified in the store",
			mount->destination);
	if (GIVEN(mount, "remount") && GIVEN(mount, "rw", "rrw", "suid", "rsuid", "dev", "rdev"))
		return err_set(err, EINVAL,
			"mount %s: a remount could make a part of the closure writable",
			mount->destination);
	return 0;
}

/* Texts are compared here: two spellings of one place would be two places. */
static int spelling_check(const struct config_mount *mount, const char *path, struct err *err)
{
	size_t length = strlen(path);

	if (path[0] == '/' && (length == 1 || path[length - 1] != '/') && !strstr(path, "//") &&
		!strstr(path, "/./") && !strstr(path, "/../") &&
		(length < 2 || strcmp(path + length - 2, "/.")) &&
		(length < 3 || strcmp(path + length - 3, "/..")))
		return 0;
	return err_set(err, EINVAL,
		"mount %s: beside a verified closure %s must be an absolute path without empty, . or .. "
		"parts",
		mount->destination, path);
}

/* Files from elsewhere may stand where the verified root has nothing, or an empty directory. */
static int cover_check(const struct config_mount *mount, int root, struct err *err)
{
	const char *inside = mount->destination + 1;
	autoclose place = file_open_beneath(root, inside, O_PATH | O_NOFOLLOW);

	if (place < 0 && (errno == ENOENT || errno == ENOTDIR))
		return 0;
	autoclose directory = file_open_beneath(root, inside, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
	if (file_is_empty_directory(directory))
		return 0;
	return err_set(err, EINVAL,
		"mount %s: it would cover, or be reached through, what was verified in the "
		"closure's root",
		mount->destination);
}

/* The store of a packed closure as a whole: its one mount is that of every path. */
static int image_store_check(const struct run *run, const struct config_mount *mount, int source,
	struct verify_work *work, struct err *err)
{
	const char *store_dir = run->config->closure->closure.store_dir;

	if (options_check(mount, err) < 0)
		return -1;
	if (strcmp(mount->destination, store_dir) != 0 || work->store_dir >= 0 ||
		GIVEN(mount, "rbind"))
		return err_set(err, EINVAL,
			"mount %s: the store of a packed closure is mounted at %s, once, and with "
			"\"bind\"",
			mount->destination, store_dir);
	work->store_dir = source;
	return 0;
}

/* Nothing else may be mounted into that, or once it is there over it. */
static int image_cover_check(
	const struct run *run, const struct config_mount *mount, bool there, struct err *err)
{
	const char *store_dir = run->config->closure->closure.store_dir;

	if (!path_inside(mount->destination, store_dir) &&
		!(there && path_holds_store(mount->destination, store_dir)))
		return 0;
	return err_set(err, EINVAL, "mount %s: it would cover the store of the packed closure",
		mount->destination);
}

static bool mount_shows_store(const struct run *run, size_t i)
{
	const struct config_mount *mount = &run->config->mounts[i];
	const char *inside = NULL;

	if (run->sources[i] >= 0 && mount->source)
		inside = store_inside(&run->config->closure->closure, mount->source);
	return inside && *inside;
}

static bool shows_image_store(const struct run *run, size_t i)
{
	const struct config_closure *closure = run->config->closure;

	return closure->image_sha256 && run->sources[i] >= 0 &&
		!strcmp(run->config->mounts[i].source, closure->closure.store_dir);
}

/* What is mounted for the path, kept in opened if it is only a part of that. */
static int path_open(const struct verify_work *work, const struct store_path *path, int *opened)
{
	const struct verify_job *job = &work->jobs[path - work->jobs[0].path];

	if (job->fd < 0)
		*opened = file_open_beneath(
			work->store_dir, strrchr(path->path, '/') + 1, O_PATH | O_NOFOLLOW);
	return job->fd < 0 ? *opened : job->fd;
}

/* Each mount from outside the store against the closure's root, once that is known to be mounted.
 */
static int covers_check(const struct run *run, const struct verify_work *work, struct err *err)
{
	const struct config *config = run->config;
	const struct closure *closure = &config->closure->closure;
	const struct strings *roots = &config->closure->roots;

	for (size_t k = 0; k < roots->count; k++) {
		const struct store_path *root = closure_find(closure, roots->items[k]);
		autoclose opened = -1;
		int top = root ? path_open(work, root, &opened) : -1;

		for (size_t i = 0; root && i < config->mounts_count; i++)
			if (run->sources[i] >= 0 && !mount_shows_store(run, i) &&
				!shows_image_store(run, i) &&
				cover_check(&config->mounts[i], top, err) < 0)
				return -1;
	}
	return 0;
}

static int root_check(const struct run *run, struct err *err)
{
	const struct config *config = run->config;

	const struct strings *roots = &config->closure->roots;
	const char *place;

	if (run->root_source < 0 || !roots->count)
		return 0;
	/* One directory cannot show several, and what stands beside it would go unseen. */
	place = store_path_at(config->closure->store, config->root.path);
	if (roots->count == 1 && place && path_inside(place, roots->items[0]))
		return 0;
	return err_set(err, EINVAL, "the root %s is not the closure's root %s", config->root.path,
		roots->count == 1 ? roots->items[0] : "(it has several)");
}

static int mount_check(const struct run *run, size_t i, struct verify_work *work, struct err *err)
{
	const struct config_mount *mount = &run->config->mounts[i];
	int source = run->sources[i];

	if (spelling_check(mount, mount->destination, err) < 0 ||
		(source >= 0 && spelling_check(mount, mount->source, err) < 0))
		return -1;
	if (shows_image_store(run, i))
		return image_store_check(run, mount, source, work, err);
	if (run->config->closure->image_sha256 &&
		image_cover_check(run, mount, work->store_dir >= 0, err) < 0)
		return -1;
	return mount_shows_store(run, i) ? store_mount_check(run, mount, source, work->jobs, err)
					 : other_mount_check(run, mount, source, err);
}

int sources_match(const struct run *run, struct verify_work *work, struct err *err)
{
	const struct closure *closure = &run->config->closure->closure;

	for (size_t i = 0; i < work->count; i++)
		work->jobs[i] = (struct verify_job){ .path = &closure->paths[i], .fd = -1 };
	for (size_t i = 0; i < run->config->mounts_count; i++)
		if (mount_check(run, i, work, err) < 0)
			return -1;
	for (size_t i = 0; i < work->count && work->store_dir < 0; i++)
		if (work->jobs[i].fd < 0)
			return err_set(err, EINVAL,
				"%s: it is listed in the closure, but no mount shows it at its own place",
				work->jobs[i].path->path);
	return covers_check(run, work, err) < 0 ? -1 : root_check(run, err);
}

static int same_check(const struct run *run, const struct verify_work *work, const char *source,
	int fd, struct err *err)
{
	const struct closure *closure = &run->config->closure->closure;
	const char *rest;
	const struct store_path *path = path_holding(closure, source, &rest);
	struct stat verified, mounted;
	int top;

	if (!path)
		return err_set(err, EINVAL, "%s: is not part of the closure", source);
	autoclose opened = -1;
	top = path_open(work, path, &opened);
	autoclose inner = *rest ? file_open_beneath(top, rest, O_PATH | O_NOFOLLOW) : -1;
	if (*rest && inner < 0)
		return err_errno(err, "%s: open inside the verified %s", source, path->path);
	if (fstat(*rest ? inner : top, &verified) < 0 || fstat(fd, &mounted) < 0)
		return err_errno(err, "%s: stat", source);
	if (verified.st_dev != mounted.st_dev || verified.st_ino != mounted.st_ino)
		return err_set(err, EINVAL,
			"%s: what would be mounted is not what was verified in %s", source,
			path->path);
	return 0;
}

int sources_check_same(const struct run *run, const struct verify_work *work, struct err *err)
{
	const struct config *config = run->config;

	for (size_t i = 0; i < config->mounts_count; i++)
		if (mount_shows_store(run, i) &&
			same_check(run, work, config->mounts[i].source, run->sources[i], err) < 0)
			return -1;
	if (run->root_source < 0 || !config->closure->roots.count)
		return 0;
	return same_check(run, work, config->root.path, run->root_source, err);
}
