/*
 * The processes of a container's cgroup. The container may have made cgroups of its own in there,
 * thousands deep, so the tree is walked with one descriptor. A signal is only ever sent through a
 * pidfd that was opened before the cgroup was seen to list its pid, so a recycled pid is never hit;
 * and while they are signalled all are frozen, so that none escapes by forking. Rests on
 * Documentation/admin-guide/cgroup-v2.rst ("Core Interface Files"), pidfd_open(2).
 */
#include "kernel/cgroup-processes.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "base/fd.h"
#include "base/file.h"
#include "base/lists.h"
#include "kernel/cgroup-parts.h"

enum { LIST_SIZE_MOST = 64 << 20, ROUNDS_MOST = 100, PIDFDS_MOST = 256 };

int cgroup_find(struct run_cgroup *cgroup, struct err *err)
{
	bool found = false;

	for (int i = 0; i <= CGROUP_CONTROLLERS; i++) {
		int *dir = i == CGROUP_NONE ? &cgroup->v2 : &cgroup->v1[i];

		if (*dir < 0)
			*dir = cgroup_dir(cgroup, i);
		found = found || *dir >= 0;
	}
	if (found)
		return 0;
	if (cgroup->path[0])
		return err_set(err, ENOENT, "its cgroup %s is gone", cgroup->path);
	return err_set(err, ENOENT, "it has no cgroup of its own");
}

static int number_compare(const void *one, const void *other)
{
	int64_t a = *(const int64_t *)one, b = *(const int64_t *)other;

	return a < b ? -1 : a > b;
}

static bool numbers_hold(const struct numbers *numbers, int64_t number)
{
	return numbers->count &&
		bsearch(&number, numbers->items, numbers->count, sizeof(number), number_compare);
}

/* The pids listed right in dir; a cgroup that has gone has none, a threaded one lists them above.
 */
static int procs_add(int dir, struct arena *arena, struct numbers *pids, struct err *err)
{
	autoclose fd = file_open_beneath(dir, "cgroup.procs", O_RDONLY);
	struct bytes bytes;
	char *at;

	if (fd < 0)
		return errno == ENOENT || errno == ENODEV ? 0 : err_errno(err, "open cgroup.procs");
	if (file_read_fd(fd, "cgroup.procs", LIST_SIZE_MOST, arena, &bytes, err) < 0)
		return err->code == ENODEV || err->code == EOPNOTSUPP ? 0 : -1;
	at = bytes.text;
	while (*at) {
		int64_t pid = strtoll(at, &at, 10);

		at += strspn(at, "\n");
		/* 0 stands for a process that our pid namespace does not have. */
		if (pid > 0)
			numbers_add(pids, arena, pid);
	}
	return 0;
}

/* Directories that are still to be seen, the last one first. */
struct pending {
	struct arena *arena;
	struct {
		const char *name;
		int depth;
	} * items;
	size_t count;
};

static void children_add(struct pending *pending, int dir, int depth)
{
	struct stat status;
	struct dirent *entry;
	DIR *entries;

	/* Each child is one more link to it. */
	if (fstat(dir, &status) < 0 || status.st_nlink <= 2)
		return;
	entries = file_entries(dir);
	while (entries && (entry = readdir(entries))) {
		if (entry->d_type != DT_DIR || !strcmp(entry->d_name, ".") ||
			!strcmp(entry->d_name, ".."))
			continue;
		pending->items = arena_grow(
			pending->arena, pending->items, pending->count, sizeof(*pending->items));
		pending->items[pending->count].name = arena_strdup(pending->arena, entry->d_name);
		pending->items[pending->count++].depth = depth;
	}
	if (entries)
		closedir(entries);
}

static int tree_add(int root, struct arena *arena, struct numbers *pids, struct err *err)
{
	autoclose at = cgroup_open(root, ".");
	struct pending pending = { .arena = arena };

	children_add(&pending, at, 1);
	if (procs_add(at, arena, pids, err) < 0)
		return -1;
	for (int depth = 0; pending.count;) {
		const char *name = pending.items[--pending.count].name;
		int wanted = pending.items[pending.count].depth, next;

		for (; depth >= wanted; depth--) {
			next = cgroup_open(at, "..");
			fd_close(&at);
			at = next;
		}
		next = cgroup_open(at, name);
		if (next < 0)
			continue;
		fd_close(&at);
		at = next;
		depth = wanted;
		children_add(&pending, at, depth + 1);
		if (procs_add(at, arena, pids, err) < 0)
			return -1;
	}
	return 0;
}

/* A directory of a found cgroup that has all its processes. */
static int tracking_dir(const struct run_cgroup *cgroup)
{
	int dir = cgroup->v2 >= 0 ? cgroup->v2 : cgroup->v1[CGROUP_FREEZER];

	for (int i = 0; dir < 0 && i < CGROUP_CONTROLLERS; i++)
		dir = cgroup->v1[i];
	return dir;
}

int cgroup_processes(
	const struct run_cgroup *cgroup, struct arena *arena, struct numbers *pids, struct err *err)
{
	size_t kept = 0;

	*pids = (struct numbers){ .set = true };
	if (tree_add(tracking_dir(cgroup), arena, pids, err) < 0)
		return err_where(err, "list the processes of cgroup %s", cgroup->path);
	if (pids->count)
		qsort(pids->items, pids->count, sizeof(*pids->items), number_compare);
	/* One that moves while it is looked for may be seen twice. */
	for (size_t i = 0; i < pids->count; i++)
		if (!kept || pids->items[kept - 1] != pids->items[i])
			pids->items[kept++] = pids->items[i];
	pids->count = kept;
	return 0;
}

/* Moves those that are not there yet; how many, or -1. */
static long move_round(
	const struct run_cgroup *cgroup, int dir, struct arena *arena, struct err *err)
{
	struct numbers all, there = { 0 };
	long moved = 0;

	if (cgroup_processes(cgroup, arena, &all, err) < 0 ||
		procs_add(dir, arena, &there, err) < 0)
		return -1;
	if (there.count)
		qsort(there.items, there.count, sizeof(*there.items), number_compare);
	for (size_t i = 0; i < all.count; i++) {
		char pid[24];

		if (numbers_hold(&there, all.items[i]))
			continue;
		snprintf(pid, sizeof(pid), "%lld", (long long)all.items[i]);
		if (file_write_beneath(dir, "cgroup.procs", pid) < 0 && errno != ESRCH)
			return err_errno(err, "move process %s", pid);
		moved++;
	}
	return moved;
}

int cgroup_move(const struct run_cgroup *cgroup, int dir, struct arena *arena, struct err *err)
{
	long moved = 1;

	/* What is forked meanwhile is where its parent was. */
	for (int i = 0; i < ROUNDS_MOST && moved > 0; i++)
		moved = move_round(cgroup, dir, arena, err);
	return moved > 0 ? err_set(err, EBUSY, "move its processes: there are always more")
			 : (int)moved;
}

/* Signals those of at most PIDFDS_MOST pids that are still listed. */
static int signal_some(const struct run_cgroup *cgroup, const int64_t *pids, size_t count,
	int signal, struct arena *arena, struct err *err)
{
	int pidfds[PIDFDS_MOST], result;
	struct numbers still;

	for (size_t i = 0; i < count; i++)
		pidfds[i] = (int)syscall(SYS_pidfd_open, (pid_t)pids[i], 0);
	result = cgroup_processes(cgroup, arena, &still, err);
	for (size_t i = 0; i < count; i++) {
		if (result == 0 && pidfds[i] >= 0 && numbers_hold(&still, pids[i]) &&
			pidfd_signal(pidfds[i], signal) < 0 && errno != ESRCH)
			result = err_errno(
				err, "send signal %d to process %lld", signal, (long long)pids[i]);
		fd_close(&pidfds[i]);
	}
	return result;
}

/* Those of pids that are not among `seen`, at the front of an array of their own. */
static struct numbers numbers_without(
	const struct numbers *pids, const struct numbers *seen, struct arena *arena)
{
	struct numbers rest = { .items = arena_alloc(arena, pids->count + 1, sizeof(*rest.items)) };

	for (size_t i = 0; i < pids->count; i++)
		if (!numbers_hold(seen, pids->items[i]))
			rest.items[rest.count++] = pids->items[i];
	return rest;
}

/* Once to everyone, until nobody new is found. */
static int signal_rounds(
	const struct run_cgroup *cgroup, int signal, struct arena *arena, struct err *err)
{
	struct numbers seen = { 0 }, pids;

	for (int round = 0; round < ROUNDS_MOST; round++) {
		struct numbers fresh;

		if (cgroup_processes(cgroup, arena, &pids, err) < 0)
			return -1;
		fresh = numbers_without(&pids, &seen, arena);
		if (!fresh.count)
			return 0;
		for (size_t i = 0; i < fresh.count; i += PIDFDS_MOST)
			if (signal_some(cgroup, fresh.items + i,
				    fresh.count - i < PIDFDS_MOST ? fresh.count - i : PIDFDS_MOST,
				    signal, arena, err) < 0)
				return -1;
		seen = pids;
	}
	return err_set(err, EBUSY, "signal all its processes: there are always more");
}

int cgroup_signal(const struct run_cgroup *cgroup, int signal, struct arena *arena, size_t *count,
	struct err *err)
{
	bool frozen = cgroup_is_frozen(cgroup);
	struct numbers pids;
	struct err thaw_err;
	int result;

	if (cgroup_processes(cgroup, arena, &pids, err) < 0)
		return -1;
	*count = pids.count;
	if (!pids.count || !signal)
		return 0;
	if (signal == SIGKILL && cgroup->v2 >= 0 &&
		file_write_beneath(cgroup->v2, "cgroup.kill", "1") == 0)
		return 0;
	/* What cannot be frozen is hunted down. */
	if (!frozen)
		cgroup_freeze(cgroup, &thaw_err);
	result = signal_rounds(cgroup, signal, arena, err);
	if ((!frozen || signal == SIGKILL) && cgroup_thaw(cgroup, &thaw_err) < 0 && result == 0) {
		*err = thaw_err;
		return -1;
	}
	return result;
}
