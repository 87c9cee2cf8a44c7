/*
 * Removing a cgroup and all that lives in it, by descriptor. A container may have made cgroups of
 * its own in there, thousands deep, and may still be forking: every loop here is bounded in time
 * and holds few descriptors. A process is only ever killed through a pidfd that was opened before
 * the cgroup was seen to list its pid, so a recycled pid is never hit. Rests on
 * Documentation/admin-guide/cgroup-v2.rst ("Core Interface Files"),
 * cgroup-v1/freezer-subsystem.rst, pidfd_open(2).
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/file.h"
#include "kernel/cgroup-parts.h"

enum {
	REMOVE_MILLISECONDS = 5000,
	PAUSE_MOST_NANOSECONDS = 20 * 1000 * 1000,
	/* Pids handled in one round of killing; the rest comes in the next. */
	PIDS_MOST = 256,
};

bool cgroup_pause(long long deadline, long *nanoseconds)
{
	struct timespec pause = { .tv_nsec = *nanoseconds };

	if (clock_milliseconds() >= deadline)
		return false;
	nanosleep(&pause, NULL);
	if (*nanoseconds < PAUSE_MOST_NANOSECONDS)
		*nanoseconds *= 2;
	return true;
}

/* The pids listed in dir, at most PIDS_MOST; their number, 0 also when the cgroup is gone. */
static int read_pids(int dir, pid_t pids[static PIDS_MOST])
{
	char text[PIDS_MOST * 8], *at = text;
	long length = cgroup_read(dir, "cgroup.procs", text, sizeof(text));
	int count = 0;

	if (length < 0)
		return 0;
	/* A full buffer may end within a number, and half a pid is somebody else's. */
	if (length == (long)sizeof(text) - 1)
		*strrchr(text, '\n') = '\0';
	/* 0 stands for a process that our pid namespace does not have. */
	while (*at && count < PIDS_MOST)
		pids[count++] = (pid_t)strtol(at, &at, 10);
	return count;
}

static bool pids_hold(const pid_t *pids, int count, pid_t pid)
{
	for (int i = 0; i < count; i++)
		if (pids[i] == pid)
			return true;
	return false;
}

/* One round over the processes directly in dir. Not inlined: its arrays are big. */
static __attribute__((noinline)) void kill_round(int dir)
{
	pid_t pids[PIDS_MOST], again[PIDS_MOST];
	int count = read_pids(dir, pids), still;
	int pidfds[PIDS_MOST];

	for (int i = 0; i < count; i++)
		pidfds[i] = pids[i] > 0 ? (int)syscall(SYS_pidfd_open, pids[i], 0) : -1;
	still = count ? read_pids(dir, again) : 0;
	for (int i = 0; i < count; i++) {
		if (pidfds[i] >= 0 && pids_hold(again, still, pids[i]))
			pidfd_signal(pidfds[i], SIGKILL);
		fd_close(&pidfds[i]);
	}
}

/* v2 kills all at once; on v1 a frozen process is at least free to die, in its turn. */
static void kill_at_once(int dir)
{
	if (file_write_beneath(dir, "cgroup.kill", "1") == 0)
		return;
	file_write_beneath(dir, "freezer.state", "THAWED");
	file_write_beneath(dir, "cgroup.freeze", "0");
}

/* The first directory in dir, by name; false if it has none. No allocation, unlike readdir(3). */
static bool first_child(int dir, char name[static NAME_MAX + 1])
{
	alignas(struct dirent64) char entries[1024];
	autoclose fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	long length;

	while (fd >= 0 && (length = syscall(SYS_getdents64, fd, entries, sizeof(entries))) > 0)
		for (long at = 0; at < length;) {
			struct dirent64 *entry = (struct dirent64 *)(entries + at);

			at += entry->d_reclen;
			if (entry->d_type != DT_DIR || !strcmp(entry->d_name, ".") ||
				!strcmp(entry->d_name, ".."))
				continue;
			snprintf(name, NAME_MAX + 1, "%s", entry->d_name);
			return true;
		}
	return false;
}

/*
 * Removes what is below dir from its leaves up, in one walk with one descriptor; stops at the first
 * leaf that processes keep alive, and kills those.
 */
static void prune(int dir, long long deadline)
{
	autoclose at = cgroup_open(dir, ".");
	bool came_down = false;
	char name[NAME_MAX + 1];

	for (int depth = 0; at >= 0 && clock_milliseconds() < deadline;) {
		bool child = first_child(at, name);
		int next;

		if (child && (unlinkat(at, name, AT_REMOVEDIR) == 0 || errno == ENOENT)) {
			came_down = false;
			continue;
		}
		if (!child && (came_down || depth == 0)) {
			kill_round(at);
			return;
		}
		came_down = child;
		depth += child ? 1 : -1;
		next = cgroup_open(at, child ? name : "..");
		fd_close(&at);
		at = next;
	}
}

/* Everything below and in parent/name goes, however long it clings to life. */
static int remove_busy(int parent, const char *name, struct err *err)
{
	long long deadline = clock_milliseconds() + REMOVE_MILLISECONDS;
	long nanoseconds = 100 * 1000;

	do {
		autoclose dir = cgroup_open(parent, name);

		if (dir >= 0) {
			kill_at_once(dir);
			prune(dir, deadline);
		}
		if (unlinkat(parent, name, AT_REMOVEDIR) == 0 || errno == ENOENT)
			return 0;
		if (errno != EBUSY && errno != ENOTEMPTY)
			return err_errno(err, "rmdir");
	} while (cgroup_pause(deadline, &nanoseconds));
	return err_set(err, EBUSY, "it is still in use after %d ms", REMOVE_MILLISECONDS);
}

/* A path that does not exist is success. */
static int tree_remove(const struct cgroup_hierarchy *hierarchy, const char *path, struct err *err)
{
	const char *name = strrchr(path, '/') + 1;
	char above[sizeof(((struct run_cgroup *)0)->path) + 1];

	snprintf(above, sizeof(above), ".%.*s", (int)(name - path), path);
	autoclose parent = file_open_beneath(hierarchy->root, above, O_PATH | O_DIRECTORY);
	if (parent < 0 && errno == ENOENT)
		return 0;
	if (parent < 0)
		return err_errno(err, "open the directory above %s%s", hierarchy->name, path);
	if (unlinkat(parent, name, AT_REMOVEDIR) == 0 || errno == ENOENT)
		return 0;
	if (errno != EBUSY && errno != ENOTEMPTY)
		return err_errno(err, "remove %s%s", hierarchy->name, path);
	if (remove_busy(parent, name, err) < 0)
		return err_where(err, "remove %s%s", hierarchy->name, path);
	return 0;
}

/* True for the parent that all containers share and what is below it. */
static bool is_in_parent(const char *path)
{
	const char *at = strstr(path, "/" CGROUP_PARENT);

	while (at && !strchr("/", at[strlen("/" CGROUP_PARENT)]))
		at = strstr(at + 1, "/" CGROUP_PARENT);
	return at != NULL;
}

/* What is above it there goes with the last container in it, where we may write. */
static int remove_parents(int root, const char *path)
{
	char above[sizeof(((struct run_cgroup *)0)->path)];

	snprintf(above, sizeof(above), "%s", path);
	for (;;) {
		*strrchr(above, '/') = '\0';
		if (!is_in_parent(above))
			return 0;
		if (unlinkat(root, above + 1, AT_REMOVEDIR) < 0 && errno != ENOENT)
			return errno == EBUSY || errno == ENOTEMPTY || errno == EROFS ||
					errno == EACCES
				? 0
				: -1;
	}
}

/*
 * In a hierarchy we have not come to, or were refused in, the path may be somebody else's: there
 * it is removed only if it is empty, which is how we would have left it.
 */
static int remove_at(const struct run_cgroup *cgroup, int controller, struct err *err)
{
	bool open = (controller == CGROUP_NONE ? cgroup->v2 : cgroup->v1[controller]) >= 0;
	autohierarchy hierarchy = { .root = -1 };

	if (cgroup->stage == CGROUP_MADE && !open)
		return 0;
	hierarchy = cgroup_hierarchy_open(controller);
	if (hierarchy.root < 0)
		return open ? err_set(err, EIO, "%s is no longer to be found", hierarchy.name) : 0;
	if (!open && cgroup->stage != CGROUP_FOUND)
		unlinkat(hierarchy.root, cgroup->path + 1, AT_REMOVEDIR);
	else if (tree_remove(&hierarchy, cgroup->path, err) < 0)
		return -1;
	if (remove_parents(hierarchy.root, cgroup->path) < 0)
		return err_errno(err, "remove the directory of %s%s", hierarchy.name, cgroup->path);
	return 0;
}

int cgroup_remove(const struct run_cgroup *cgroup, struct err *err)
{
	struct err first = { 0 };

	/*
	 * The freezer first, as a frozen process dies in no hierarchy before it is thawed, then v2,
	 * which kills all at once, then the rest.
	 */
	if (remove_at(cgroup, CGROUP_FREEZER, err) < 0)
		first = *err;
	for (int i = CGROUP_NONE; i >= 0; i--)
		if (i != CGROUP_FREEZER && remove_at(cgroup, i, err) < 0 && !first.code)
			first = *err;
	if (!first.code)
		return 0;
	*err = first;
	return -1;
}
