/*
 * The processes of a container. Its cgroup tells them, with all they have forked. A container that
 * has none of its own (read-only cgroup file systems) has a pid namespace instead: then they are
 * those whose namespace is that one or lies below it, ioctl_ns(2).
 */
#include "run/processes.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/lists.h"
#include "kernel/cgroup-processes.h"
#include "run/life.h"

enum { NESTED_MOST = 32 };

static int pidns_open(const char *pid)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%s/ns/pid", pid);
	return open(path, O_RDONLY | O_CLOEXEC);
}

/* True if the process is in the namespace or one below it. */
static bool process_in(const char *pid, int pidns)
{
	autoclose at = pidns_open(pid);

	for (int i = 0; at >= 0 && i < NESTED_MOST; i++) {
		int above;

		if (file_is_same(at, pidns))
			return true;
		above = ioctl(at, NS_GET_PARENT);
		fd_close(&at);
		at = above;
	}
	return false;
}

/* The container's pid namespace, which must be its own. */
static int own_pidns(const struct run *run, struct err *err)
{
	autoclose ours = pidns_open("self");
	autoclose pidns = -1;
	char pid[16];

	snprintf(pid, sizeof(pid), "%d", run->pid);
	if (run->pidfd >= 0)
		pidns = pidns_open(pid);
	/* Not that of a stranger who has its number by now. */
	if (pidns >= 0 && !file_is_same(pidns, ours) &&
		(pidfd_signal(run->pidfd, 0) == 0 || errno != ESRCH))
		return take_fd(&pidns);
	return err_set(err, ESRCH,
		"container \"%.80s\" has neither a cgroup nor a pid namespace of its own", run->id);
}

static int pidns_list(struct run *run, struct numbers *pids, struct err *err)
{
	autoclose pidns = own_pidns(run, err);
	autoclose proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	const char *name;
	DIR *entries;

	*pids = (struct numbers){ .set = true };
	if (pidns < 0)
		return -1;
	entries = file_entries(proc);
	if (!entries)
		return err_errno(err, "list /proc");
	while ((name = file_entry_next(entries)))
		if (name[0] >= '1' && name[0] <= '9' && process_in(name, pidns))
			numbers_add(pids, run->arena, atoll(name));
	closedir(entries);
	return 0;
}

int processes_list(struct run *run, struct numbers *pids, struct err *err)
{
	if (cgroup_find(&run->cgroup, err) == 0)
		return cgroup_processes(&run->cgroup, run->arena, pids, err);
	return err->code == ENOENT ? pidns_list(run, pids, err) : -1;
}

/* One that has left its number to a stranger since it was listed is not hit. */
static int pidns_signal(struct run *run, int signal, size_t *count, struct err *err)
{
	autoclose pidns = own_pidns(run, err);
	struct numbers pids;

	if (pidns < 0 || pidns_list(run, &pids, err) < 0)
		return -1;
	*count = pids.count;
	for (size_t i = 0; i < pids.count; i++) {
		autoclose pidfd = (int)syscall(SYS_pidfd_open, (pid_t)pids.items[i], 0);
		char pid[16];

		snprintf(pid, sizeof(pid), "%d", (pid_t)pids.items[i]);
		if (pidfd >= 0 && process_in(pid, pidns) && pidfd_signal(pidfd, signal) < 0 &&
			errno != ESRCH)
			return err_errno(err, "send signal %d to process %s", signal, pid);
	}
	return 0;
}

int processes_signal(struct run *run, int signal, struct err *err)
{
	size_t count = 0;
	int result;

	if (cgroup_find(&run->cgroup, err) == 0)
		result = cgroup_signal(&run->cgroup, signal, run->arena, &count, err);
	else
		result = pidns_signal(run, signal, &count, err);
	if (result == 0 && !count)
		return err_set(
			err, ESRCH, "container not running: \"%.80s\" has no process", run->id);
	return result;
}

int life_processes(struct run *run, struct numbers *pids, struct err *err)
{
	struct state state;

	return state_open(run, &state, err) < 0 ? -1 : processes_list(run, pids, err);
}
