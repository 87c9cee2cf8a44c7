/*
 * clone3(2), three ways. No libc wrapper: the first process is cloned straight into its cgroup and
 * namespaces with a pidfd, and the janitor shares memory so that it can undo exactly what was done.
 * Signals are always sent through a pidfd, never to a number.
 */
#include "run/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "kernel/steps.h"
#include "run/baton.h"
#include "run/process.h"
#include "run/progress.h"

static long clone3(struct clone_args *args)
{
	return syscall(SYS_clone3, args, sizeof(*args));
}

int clone_apply(struct run *run, struct err *err)
{
	int ends[2];
	struct clone_args args = {
		.flags = ns_clone_flags(run->config) | CLONE_PIDFD,
		.pidfd = (uintptr_t)&run->pidfd,
		.exit_signal = SIGCHLD,
	};
	long pid;

	if (run->cgroup.v2 >= 0) {
		args.flags |= CLONE_INTO_CGROUP;
		args.cgroup = (uint64_t)run->cgroup.v2;
	}
	if (baton_make(ends, err) < 0)
		return -1;
	pid = clone3(&args);
	if (pid < 0) {
		err_errno(err, "clone3 with flags 0x%llx", (unsigned long long)args.flags);
		close(ends[0]);
		close(ends[1]);
		run->pidfd = -1;
		return -1;
	}
	run->side = pid ? PARENT : CHILD;
	run->pid = (pid_t)pid;
	run->baton = ends[run->side];
	/* While the far end is open here, the other side's death would go unnoticed. */
	if (close(ends[!run->side]) < 0)
		return err_errno(err, "close the baton's far end");
	if (run->side == PARENT) {
		fd_close(&run->listener);
	} else {
		/* The lock on it is the parent's, and so is all that happens in there. */
		fd_close(&run->state_dir);
		fd_close(&run->root_dir);
	}
	return 0;
}

int spawn_wait_gone(int pidfd, struct err *err)
{
	struct pollfd gone = { .fd = pidfd, .events = POLLIN };
	int ready;

	do
		ready = poll(&gone, 1, 10000);
	while (ready < 0 && errno == EINTR);
	if (ready > 0)
		return 0;
	return ready < 0 ? err_errno(err, "wait for the sandbox's first process")
			 : err_set(err, ETIMEDOUT,
				   "the sandbox's first process is still there 10 s after SIGKILL");
}

int clone_undo(struct run *run, struct err *err)
{
	int status;

	if (run->pidfd < 0)
		return 0;
	if (syscall(SYS_pidfd_send_signal, run->pidfd, SIGKILL, NULL, 0) < 0 && errno != ESRCH)
		return err_errno(err, "kill the sandbox's first process");
	if (spawn_wait_gone(run->pidfd, err) < 0)
		return -1;
	if (!run->reaped)
		spawn_reap(run, &status);
	fd_close(&run->pidfd);
	return 0;
}

int spawn_reap(struct run *run, int *status)
{
	pid_t got;

	do
		got = waitpid(run->pid, status, 0);
	while (got < 0 && errno == EINTR);
	run->reaped = got >= 0;
	return got < 0 ? -1 : 0;
}

bool spawn_died_before_exec(const struct run *run)
{
	struct pollfd gone = { .fd = run->pidfd, .events = POLLIN };
	struct process process;

	/* An init never calls execve itself; it notes what became of its workload. */
	if (run->progress && run->progress->workload_lost)
		return true;
	if (run->config && run->config->init)
		return false;
	return poll(&gone, 1, 0) == 1 && process_look(-1, run->pid, &process) > 0 &&
		!process.execed;
}

pid_t spawn_fork(void)
{
	return (pid_t)syscall(SYS_fork);
}

int spawn_sibling(int (*entry)(void *run), struct run *run, char *stack, size_t size)
{
	/* What traces this process, and may kill it there, does not follow into the janitor. */
	const int flags = CLONE_VM | CLONE_FILES | CLONE_PIDFD | CLONE_UNTRACED;
	int pidfd = -1;

	return clone(entry, stack + size, flags, run, &pidfd) < 0 ? -1 : pidfd;
}
