/*
 * clone3(2), four ways. No libc wrapper: the first process is cloned straight into its cgroup and
 * namespaces with a pidfd, if need be by a sibling of its that joined some of them before, and the
 * janitor shares memory so that it can undo exactly what was done.
 * Signals are always sent through a pidfd, never to a number.
 */
#include "run/spawn.h"

#include <errno.h>
#include <linux/sched.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "kernel/cgroup-processes.h"
#include "kernel/steps.h"
#include "run/baton.h"
#include "run/process.h"
#include "run/progress.h"

static long clone3(struct clone_args *args)
{
	return syscall(SYS_clone3, args, sizeof(*args));
}

/* The joiner's whole life; returns 0 in the process it makes. */
static int joiner_main(struct run *run, struct clone_args *args, int baton)
{
	struct err err = { 0 };
	long pid = -1;

	/* A sibling ends with its maker's own exit signal. */
	args->flags |= CLONE_PARENT | CLONE_PARENT_SETTID;
	args->exit_signal = 0;
	args->parent_tid = (uintptr_t)&run->progress->first;
	args->pidfd = (uintptr_t)&run->progress->first_pidfd;
	if (ns_join_first(run, &err) == 0 && (pid = clone3(args)) < 0)
		err_errno(&err, "clone3 with flags 0x%llx", (unsigned long long)args->flags);
	if (pid == 0)
		return 0;
	if (pid < 0)
		baton_fail(baton, &err);
	_exit(EXIT_SUCCESS);
}

/*
 * As clone3 does it, by way of a process that shares the descriptors, and of the memory only the
 * page of progress: there the kernel itself writes down what it made, whoever is killed meanwhile.
 */
static long clone_joined(
	struct run *run, struct clone_args *args, int ends[static 2], struct err *err)
{
	struct clone_args joiner = {
		.flags = CLONE_FILES | CLONE_PIDFD,
		.pidfd = (uintptr_t)&run->joiner,
		.exit_signal = SIGCHLD,
	};
	struct progress *progress = run->progress;
	long pid = clone3(&joiner);

	if (pid < 0)
		return err_errno(err, "clone3 the process that joins namespaces");
	if (pid == 0)
		return joiner_main(run, args, ends[CHILD]);
	pidfd_reap(run->joiner);
	fd_close(&run->joiner);
	run->pidfd = progress->first_pidfd;
	progress->first_pidfd = -1;
	if (run->pidfd >= 0)
		return progress->first;
	fd_close(&ends[CHILD]);
	if (baton_await(ends[PARENT], err) == BATON_CLOSED)
		err_set(err, EINTR, "the process that joins namespaces was killed");
	return -1;
}

static long clone_direct(struct run *run, struct clone_args *args, struct err *err)
{
	long pid = clone3(args);

	if (pid >= 0)
		return pid;
	run->pidfd = -1;
	err_errno(err, "clone3 with flags 0x%llx", (unsigned long long)args->flags);
	if (err->code == EACCES && args->flags & CLONE_INTO_CGROUP)
		err_hint(err,
			"cgroup %s cannot be entered from this process's own: try "
			"`systemd-run --user --scope -p Delegate=yes nucleus ...`",
			run->cgroup.path);
	return -1;
}

static struct clone_args first_args(struct run *run, uint64_t flags)
{
	struct clone_args args = {
		.flags = flags | CLONE_PIDFD,
		.pidfd = (uintptr_t)&run->pidfd,
		.exit_signal = SIGCHLD,
	};

	if (run->cgroup.v2 >= 0) {
		args.flags |= CLONE_INTO_CGROUP;
		args.cgroup = (uint64_t)run->cgroup.v2;
	}
	return args;
}

/* Both sides of the clone go on from here; pid is -1 if there is but one. */
static int side_take(struct run *run, long pid, int ends[static 2], struct err *err)
{
	if (pid < 0) {
		fd_close(&ends[0]);
		fd_close(&ends[1]);
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

int clone_apply(struct run *run, struct err *err)
{
	int ends[2];
	struct clone_args args = first_args(run, ns_clone_flags(run->config));
	long pid;

	if (baton_make(ends, err) < 0)
		return -1;
	pid = ns_joiner_wanted(run->config) ? clone_joined(run, &args, ends, err)
					    : clone_direct(run, &args, err);
	return side_take(run, pid, ends, err);
}

int clone_beside_apply(struct run *run, struct err *err)
{
	int ends[2];
	struct clone_args args = first_args(run, 0);
	long pid;

	if (baton_make(ends, err) < 0)
		return -1;
	pid = clone_direct(run, &args, err);
	if (pid < 0 && err->code == EBUSY && !run->target.cgroups.count &&
		cgroup_enter_leaf(run, err) == 0) {
		args.cgroup = (uint64_t)run->cgroup.v2;
		pid = clone_direct(run, &args, err);
	}
	return side_take(run, pid, ends, err);
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

static int kill_and_wait(const struct run *run, int pidfd, struct err *err)
{
	struct err ignored;

	/* Frozen on v1, it could not even die. */
	if (pidfd_signal(pidfd, SIGKILL) == 0)
		cgroup_thaw(&run->cgroup, &ignored);
	else if (errno != ESRCH)
		return err_errno(err, "kill the sandbox's first process");
	return spawn_wait_gone(pidfd, err);
}

int clone_undo(struct run *run, struct err *err)
{
	int status;

	/* Once it is gone, it makes nobody any more. */
	if (run->joiner >= 0 && kill_and_wait(run, run->joiner, err) < 0)
		return -1;
	fd_close(&run->joiner);
	if (run->pidfd < 0 && run->progress)
		run->pidfd = run->progress->first_pidfd;
	if (run->pidfd < 0)
		return 0;
	if (kill_and_wait(run, run->pidfd, err) < 0)
		return -1;
	if (!run->reaped)
		spawn_reap(run, &status);
	fd_close(&run->pidfd);
	if (run->progress)
		run->progress->first_pidfd = -1;
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

pid_t spawn_gated(int gate[static 2], char *const command[])
{
	pid_t pid = spawn_fork();
	char byte;

	if (pid)
		return pid;
	/* With its own copy open it would not see the end of who holds the other. */
	fd_close(&gate[1]);
	if (read(gate[0], &byte, 1) == 1)
		execv(command[0], command);
	_exit(EXIT_FAILURE);
}

/* In a process that was just made: it ends with its parent. */
static void tie_to(pid_t parent)
{
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent)
		_exit(EXIT_FAILURE);
}

pid_t spawn_tied(void (*entry)(void *argument), void *argument)
{
	/* The C library's own: entry may start threads. */
	pid_t parent = getpid(), pid = fork();

	if (pid)
		return pid;
	tie_to(parent);
	entry(argument);
	_exit(EXIT_SUCCESS);
}

pid_t spawn_holder(uint64_t namespaces, int *pidfd)
{
	struct clone_args args = {
		.flags = namespaces | CLONE_PIDFD,
		.pidfd = (uintptr_t)pidfd,
		.exit_signal = SIGCHLD,
	};
	pid_t parent = getpid();
	long pid = clone3(&args);

	if (pid)
		return (pid_t)pid;
	tie_to(parent);
	for (;;)
		pause();
}

int spawn_sibling(int (*entry)(void *run), struct run *run, char *stack, size_t size)
{
	/* What traces this process, and may kill it there, does not follow into the janitor. */
	const int flags = CLONE_VM | CLONE_FILES | CLONE_PIDFD | CLONE_UNTRACED;
	int pidfd = -1;

	return clone(entry, stack + size, flags, run, &pidfd) < 0 ? -1 : pidfd;
}

pid_t spawn_program(int (*entry)(void *argument), void *argument, int flags, int *pidfd)
{
	static char stack[32 << 10] __attribute__((aligned(16)));

	return clone(entry, stack + sizeof(stack), CLONE_VM | CLONE_VFORK | CLONE_PIDFD | flags,
		argument, pidfd);
}

int spawn_thread(void *(*entry)(void *run), struct run *run)
{
	pthread_attr_t attributes;
	pthread_t thread;

	errno = pthread_attr_init(&attributes);
	/* What a workload may map is limited by now. */
	if (errno || (errno = pthread_attr_setstacksize(&attributes, 64 << 10)) ||
		(errno = pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED)) ||
		(errno = pthread_create(&thread, &attributes, entry, run)))
		return -1;
	return 0;
}
