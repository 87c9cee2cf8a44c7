/*
 * Roots of containers that are gone: killed with their janitor, or lost with a state root that did
 * not outlive a reboot. A container is there while its state directory is, or while a process
 * still has what it held mounted; one that is being made has its state directory first and makes
 * its links under the lock that is held here. Only those of one state root are looked at.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/lists.h"
#include "format/node.h"
#include "kernel/gc-roots.h"

/* What a pass works on. */
struct sweep {
	const char *state_root, *key;
	int ours; /* locked */
	bool dry_run;
	struct arena *arena;
	struct node *dropped, *kept;
};

/* A start that both the runtime and its janitor were killed in leaves one without a state. */
static bool state_is_live(const struct sweep *sweep, const char *name)
{
	const char *path = arena_printf(sweep->arena, "%s/%s", sweep->state_root, name);
	autoclose state = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (state < 0)
		return errno != ENOENT && errno != ENOTDIR;
	if (flock(state, LOCK_EX | LOCK_NB) < 0)
		return true;
	return faccessat(state, "state.json", F_OK, AT_SYMLINK_NOFOLLOW) == 0 || errno != ENOENT;
}

/* True if one of the paths is a mount point in the mount namespace of this process; *read if that
 * was seen, rather than that the process is gone. */
static bool process_shows(const char *pid, const struct strings *paths, bool *read)
{
	char file[NAME_MAX + 32], *line = NULL;
	bool found = false;
	size_t size = 0;
	FILE *mounts;

	snprintf(file, sizeof(file), "/proc/%s/mountinfo", pid);
	mounts = fopen(file, "re");
	*read = false;
	while (mounts && !found && getline(&line, &size, mounts) > 0) {
		char place[PATH_MAX];

		*read = true;
		if (sscanf(line, "%*s %*s %*s %*s %4095s", place) == 1)
			for (size_t i = 0; i < paths->count && !found; i++)
				found = !strcmp(place, paths->items[i]);
	}
	free(line);
	if (mounts)
		fclose(mounts);
	return found;
}

/* Each mount namespace is read once, for it is read as a whole. */
static bool namespace_shows(
	const char *pid, const struct strings *paths, struct strings *seen, struct arena *arena)
{
	char file[NAME_MAX + 32], name[64];
	ssize_t length;
	bool found, read;

	snprintf(file, sizeof(file), "/proc/%s/ns/mnt", pid);
	length = readlink(file, name, sizeof(name) - 1);
	if (length < 0)
		return false;
	name[length] = '\0';
	if (strings_hold(seen, name))
		return false;
	found = process_shows(pid, paths, &read);
	if (read)
		strings_add(seen, arena, arena_strdup(arena, name));
	return found;
}

static int mounted_anywhere(
	const struct strings *paths, bool *mounted, struct arena *arena, struct err *err)
{
	autoclose proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *entries = proc < 0 ? NULL : file_entries(proc);
	struct strings seen = { 0 };
	const char *name;

	if (!entries)
		return err_errno(err, "list processes");
	*mounted = false;
	while (!*mounted && (name = file_entry_next(entries)))
		if (*name >= '1' && *name <= '9')
			*mounted = namespace_shows(name, paths, &seen, arena);
	closedir(entries);
	return 0;
}

static int links_read(int parent, const char *name, struct strings *paths, struct arena *arena)
{
	autoclose own = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	char link[16], path[PATH_MAX];

	if (own < 0)
		return -1;
	for (unsigned i = 0; i < UINT_MAX; i++) {
		ssize_t length;

		snprintf(link, sizeof(link), "%u", i);
		length = readlinkat(own, link, path, sizeof(path));
		if (length < 0)
			return errno == ENOENT ? 0 : -1;
		strings_add(paths, arena, arena_copy(arena, path, (size_t)length));
	}
	return 0;
}

static int container_sweep(const struct sweep *sweep, int parent, const char *name, struct err *err)
{
	struct node *row = node_new(sweep->arena, NODE_TABLE);
	struct strings paths = { 0 };
	bool live;

	if (links_read(parent, name, &paths, sweep->arena) < 0)
		return err_errno(err, "read the roots of %s", name);
	live = state_is_live(sweep, name);
	if (!live && mounted_anywhere(&paths, &live, sweep->arena, err) < 0)
		return -1;
	if (!live && !sweep->dry_run && gc_roots_remove(sweep->ours, sweep->key, name) < 0)
		return err_errno(err, "remove the roots of %s", name);
	node_put_string(sweep->arena, row, "id", name);
	node_put_strings(sweep->arena, row, "roots", &paths);
	node_append(live ? sweep->kept : sweep->dropped, row);
	return 0;
}

static int name_compare(const void *one, const void *other)
{
	return strcmp(*(const char *const *)one, *(const char *const *)other);
}

static int containers_sweep(const struct sweep *sweep, struct err *err)
{
	autoclose parent = openat(
		sweep->ours, sweep->key, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *entries = parent < 0 ? NULL : file_entries(parent);
	struct strings names = { 0 };
	const char *name;

	if (parent < 0 && errno == ENOENT)
		return 0;
	if (!entries)
		return err_errno(err, "list the containers of %s", sweep->state_root);
	while ((name = file_entry_next(entries)))
		strings_add(&names, sweep->arena, arena_strdup(sweep->arena, name));
	closedir(entries);
	if (names.count > 1)
		qsort(names.items, names.count, sizeof(*names.items), name_compare);
	for (size_t i = 0; i < names.count; i++)
		if (container_sweep(sweep, parent, names.items[i], err) < 0)
			return -1;
	return 0;
}

struct node *gc_roots_sweep(const char *gc_roots, const char *state_root, bool dry_run,
	struct arena *arena, struct err *err)
{
	autoclose base = open(gc_roots, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	autoclose lock = -1;
	autoclose ours = base < 0 ? -1 : gc_roots_lock(base, false, &lock);
	struct node *result = node_new(arena, NODE_TABLE);
	char key[GC_ROOTS_KEY_SIZE];
	struct sweep sweep = {
		.state_root = state_root,
		.key = key,
		.ours = ours,
		.dry_run = dry_run,
		.arena = arena,
		.dropped = node_new(arena, NODE_ARRAY),
		.kept = node_new(arena, NODE_ARRAY),
	};

	gc_roots_key(state_root, key);
	if (ours < 0 && !(base >= 0 && errno == ENOENT)) {
		err_errno(err, "open %s", gc_roots);
		return NULL;
	}
	if (ours >= 0 && containers_sweep(&sweep, err) < 0) {
		err_where(err, "%s", gc_roots);
		return NULL;
	}
	node_put(arena, result, "dropped", sweep.dropped);
	node_put(arena, result, "kept", sweep.kept);
	return result;
}
