/*
 * A sandbox leaves a state directory and perhaps a cgroup on the host, and SIGKILL gives no chance
 * to take them back. The janitor shares memory and descriptors with the process that made them
 * (clone(2) with CLONE_VM and CLONE_FILES), so it undoes exactly what was done. It must not touch
 * that memory, not even errno, while its parent lives, and must not allocate after: the parent may
 * have died inside malloc.
 */
#include "run/janitor.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "run/life.h"
#include "run/progress.h"
#include "run/spawn.h"
#include "run/terminal.h"

enum { STACK_SIZE = 64 << 10, TRIES = 8 };

/* Undoes in a process of its own: what killed the runtime may kill this one as well. */
static bool undo_once(struct run *run)
{
	struct err err, undo_err;
	siginfo_t ended = { 0 };
	pid_t undoer = spawn_fork();

	if (undoer == 0) {
		err_set(&err, EINTR, "%s: the runtime was killed; the sandbox was taken down",
			progress_step_name(run, PARENT));
		terminal_detach(run);
		if (life_undo(run, &undo_err) < 0)
			err_hint(&err, "clearing up failed: %s", undo_err.text);
		run->report(&err);
		_exit(0);
	}
	return waitid(P_PID, (id_t)undoer, &ended, WEXITED | __WALL) == 0 &&
		ended.si_code == CLD_EXITED;
}

static int janitor_main(void *argument)
{
	struct run *run = argument;
	struct pollfd parent = { .fd = run->self, .events = POLLIN };

	setsid();
	prctl(PR_SET_NAME, "nucleus-janitor");
	while (ppoll(&parent, 1, NULL, NULL) != 1)
		continue;
	fd_close(&run->janitor);
	for (int tries = 0; tries < TRIES; tries++)
		if (undo_once(run))
			_exit(EXIT_SUCCESS);
	_exit(EXIT_FAILURE);
}

int janitor_apply(struct run *run, struct err *err)
{
	sigset_t all, before;
	char *stack;

	run->self = (int)syscall(SYS_pidfd_open, getpid(), 0);
	if (run->self < 0)
		return err_errno(err, "pidfd_open of this process");
	stack = mmap(NULL, STACK_SIZE, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
	if (stack == MAP_FAILED)
		return err_errno(err, "map the janitor's stack");
	/* It inherits a full mask: a terminal's signals are for the workload. */
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &before);
	run->janitor = spawn_sibling(janitor_main, run, stack, STACK_SIZE);
	if (run->janitor < 0)
		err_errno(err, "clone the janitor");
	sigprocmask(SIG_SETMASK, &before, NULL);
	return run->janitor < 0 ? -1 : 0;
}

int janitor_undo(struct run *run, struct err *err)
{
	if (run->janitor < 0)
		return 0;
	if (pidfd_signal(run->janitor, SIGKILL) < 0 && errno != ESRCH)
		return err_errno(err, "dismiss the janitor");
	pidfd_reap(run->janitor);
	fd_close(&run->janitor);
	fd_close(&run->self);
	return 0;
}
