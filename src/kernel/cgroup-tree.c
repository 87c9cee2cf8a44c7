/*
 * Cgroup directories by descriptor. A container may have made cgroups of its own in there,
 * thousands deep, and may still be forking: every loop here is bounded in time and holds few
 * descriptors. A process is only ever killed through a pidfd that was opened before the cgroup was
 * seen to list its pid, so a recycled pid is never hit. Rests on
 * Documentation/admin-guide/cgroup-v2.rst
 * ("Core Interface Files"), cgroup-v1/freezer-subsystem.rst, pidfd_open(2).
 */
#include "kernel/cgroup-tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>

#include "base/fd.h"
#include "base/file.h"
#include "kernel/cgroup-v1.h"
#include "kernel/cgroup-v2.h"
#include "nucleus/run.h"

enum {
	REMOVE_MILLISECONDS = 5000,
	KILL_MILLISECONDS = 2000,
	PAUSE_MOST_NANOSECONDS = 20 * 1000 * 1000,
	DEPTH_MOST = 64,
	/* Pids handled in one round of killing; the rest comes in the next. */
	PIDS_MOST = 256,
};

static long long milliseconds_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

/* Sleeps twice as long as last time; false once the deadline is over. */
static bool pause_until(long long deadline, long *nanoseconds)
{
	struct timespec pause = { .tv_nsec = *nanoseconds };

	if (milliseconds_now() >= deadline)
		return false;
	nanosleep(&pause, NULL);
	if (*nanoseconds < PAUSE_MOST_NANOSECONDS)
		*nanoseconds *= 2;
	return true;
}

long cgroup_read(int dir, const char *file, char *text, size_t size)
{
	autoclose fd = file_open_beneath(dir, file, O_RDONLY);
	size_t length = 0;

	if (fd < 0)
		return -1;
	while (length < size - 1) {
		ssize_t got = read(fd, text + length, size - 1 - length);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -1;
		if (got == 0)
			break;
		length += (size_t)got;
	}
	while (length > 0 && text[length - 1] == '\n')
		length--;
	text[length] = '\0';
	return (long)length;
}

/* An open directory below dir, or -1 with errno. */
static int open_dir(int dir, const char *name)
{
	return openat(dir, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* What a fresh directory needs so that it, or one below it, can take processes. */
static int prepare(const struct cgroup_hierarchy *hierarchy, int parent, int dir, struct err *err)
{
	if (hierarchy->version == 2)
		return cgroup_v2_enable(parent, hierarchy->controllers, err);
	if (hierarchy->controllers & 1u << CGROUP_CPUSET)
		return cgroup_v1_cpuset_inherit(parent, dir, err);
	return 0;
}

/* The last directory: ours alone from birth, with no limit left over from anyone. */
static int make_last(const struct cgroup_hierarchy *hierarchy, int parent, const char *name)
{
	if (mkdirat(parent, name, 0755) == 0 || (errno == EEXIST && hierarchy->joined))
		return 0;
	if (errno != EEXIST)
		return -1;
	/* Only a cgroup without processes and children lets itself be removed. */
	if (unlinkat(parent, name, AT_REMOVEDIR) < 0 && errno != ENOENT)
		return -1;
	return mkdirat(parent, name, 0755);
}

static int make_level(
	const struct cgroup_hierarchy *hierarchy, int parent, const char *name, bool last)
{
	int failed = last ? make_last(hierarchy, parent, name) : mkdirat(parent, name, 0755);

	if (failed < 0 && (last || errno != EEXIST))
		return -1;
	return open_dir(parent, name);
}

/* One walk down; -2 if a parent vanished under it and it is worth another try. */
static int make_walk(const struct cgroup_hierarchy *hierarchy, const char *path, struct err *err)
{
	autoclose parent = open_dir(hierarchy->root, ".");
	const char *at = path + 1;

	if (parent < 0)
		return err_errno(err, "open %s", hierarchy->name);
	for (;;) {
		size_t length = strcspn(at, "/");
		bool last = at[length] == '\0';
		char name[NAME_MAX + 1];
		int shown = (int)(at + length - path);

		if (length > NAME_MAX)
			return err_set(err, ENAMETOOLONG,
				"make %s%s: a name is longer than %d bytes", hierarchy->name, path,
				NAME_MAX);
		memcpy(name, at, length);
		name[length] = '\0';
		autoclose dir = make_level(hierarchy, parent, name, last);
		if (dir < 0 && (errno == ENOENT || errno == ENODEV))
			return -2;
		if (dir < 0 && errno == EBUSY)
			return err_set(err, EBUSY, "make %s%s: it exists and is in use",
				hierarchy->name, path);
		if (dir < 0)
			return err_errno(err, "make %s%.*s", hierarchy->name, shown, path);
		if (prepare(hierarchy, parent, dir, err) < 0) {
			if (last && !hierarchy->joined)
				unlinkat(parent, name, AT_REMOVEDIR);
			return err_where(err, "make %s%.*s", hierarchy->name, shown, path);
		}
		if (last)
			return take_fd(&dir);
		fd_close(&parent);
		parent = take_fd(&dir);
		at += length + 1;
	}
}

int cgroup_tree_make(const struct cgroup_hierarchy *hierarchy, const char *path, struct err *err)
{
	int fd = -2;

	/* Another container's removal may take the common parent away between two steps. */
	for (int tries = 0; tries < 16 && fd == -2; tries++)
		fd = make_walk(hierarchy, path, err);
	if (fd == -2)
		return err_set(
			err, EAGAIN, "make %s%s: a parent keeps vanishing", hierarchy->name, path);
	return fd;
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

/* One round over the processes directly in dir; how many it saw. Not inlined: its arrays are big.
 */
static __attribute__((noinline)) int kill_round(int dir)
{
	pid_t pids[PIDS_MOST], again[PIDS_MOST];
	int count = read_pids(dir, pids), still;
	int pidfds[PIDS_MOST];

	for (int i = 0; i < count; i++)
		pidfds[i] = pids[i] > 0 ? (int)syscall(SYS_pidfd_open, pids[i], 0) : -1;
	still = count ? read_pids(dir, again) : 0;
	for (int i = 0; i < count; i++) {
		if (pidfds[i] >= 0 && pids_hold(again, still, pids[i]))
			syscall(SYS_pidfd_send_signal, pidfds[i], SIGKILL, NULL, 0);
		fd_close(&pidfds[i]);
	}
	return count;
}

/* The directories of an open directory, one by one; no allocation, unlike readdir(3). */
struct listing {
	int fd;
	long length, at;
	alignas(struct dirent64) char entries[1024];
};

static struct listing listing_open(int dir)
{
	return (struct listing){ .fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC) };
}

/* The name of the next directory but "." and "..", valid until the next call; NULL at the end. */
static const char *listing_next(struct listing *listing)
{
	for (;;) {
		struct dirent64 *entry;

		if (listing->at >= listing->length) {
			listing->length = listing->fd < 0
				? 0
				: syscall(SYS_getdents64, listing->fd, listing->entries,
					  sizeof(listing->entries));
			listing->at = 0;
			if (listing->length <= 0)
				return NULL;
		}
		entry = (struct dirent64 *)(listing->entries + listing->at);
		listing->at += entry->d_reclen;
		if (entry->d_type == DT_DIR && strcmp(entry->d_name, ".") != 0 &&
			strcmp(entry->d_name, "..") != 0)
			return entry->d_name;
	}
}

static int kill_below(int dir, int depth)
{
	int seen = kill_round(dir);
	struct listing listing;
	const char *name;

	if (depth >= DEPTH_MOST)
		return seen;
	listing = listing_open(dir);
	while ((name = listing_next(&listing))) {
		autoclose child = open_dir(dir, name);

		if (child >= 0)
			seen += kill_below(child, depth + 1);
	}
	fd_close(&listing.fd);
	return seen;
}

/* True if the kernel kills all at once; on v1 the processes are at least free to die one by one. */
static bool kill_at_once(int dir)
{
	if (file_write_beneath(dir, "cgroup.kill", "1") == 0)
		return true;
	/* A frozen process does not die before it is thawed. */
	file_write_beneath(dir, "freezer.state", "THAWED");
	file_write_beneath(dir, "cgroup.freeze", "0");
	return false;
}

int cgroup_tree_kill(int dir, struct err *err)
{
	long long deadline = milliseconds_now() + KILL_MILLISECONDS;
	long nanoseconds = 100 * 1000;

	if (kill_at_once(dir))
		return 0;
	while (kill_below(dir, 0) > 0)
		if (!pause_until(deadline, &nanoseconds))
			return err_set(err, EBUSY,
				"processes are still there after SIGKILL and %d ms",
				KILL_MILLISECONDS);
	return 0;
}

/* The first directory in dir, by name; false if it has none. */
static bool first_child(int dir, char name[static NAME_MAX + 1])
{
	struct listing listing = listing_open(dir);
	const char *child = listing_next(&listing);

	if (child)
		snprintf(name, NAME_MAX + 1, "%s", child);
	fd_close(&listing.fd);
	return child != NULL;
}

/*
 * Removes what is below dir from its leaves up, in one walk with one descriptor; stops at the first
 * leaf that processes keep alive, and kills those.
 */
static void prune(int dir, long long deadline)
{
	autoclose at = open_dir(dir, ".");
	bool came_down = false;
	char name[NAME_MAX + 1];

	for (int depth = 0; at >= 0 && milliseconds_now() < deadline;) {
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
		next = open_dir(at, child ? name : "..");
		fd_close(&at);
		at = next;
	}
}

/* Everything below and in parent/name goes, however long it clings to life. */
static int remove_busy(int parent, const char *name, struct err *err)
{
	long long deadline = milliseconds_now() + REMOVE_MILLISECONDS;
	long nanoseconds = 100 * 1000;

	do {
		autoclose dir = open_dir(parent, name);

		if (dir >= 0) {
			kill_at_once(dir);
			prune(dir, deadline);
		}
		if (unlinkat(parent, name, AT_REMOVEDIR) == 0 || errno == ENOENT)
			return 0;
		if (errno != EBUSY && errno != ENOTEMPTY)
			return err_errno(err, "rmdir");
	} while (pause_until(deadline, &nanoseconds));
	return err_set(err, EBUSY, "it is still in use after %d ms", REMOVE_MILLISECONDS);
}

int cgroup_tree_remove(const struct cgroup_hierarchy *hierarchy, const char *path, struct err *err)
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
