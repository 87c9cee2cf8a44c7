/*
 * A small init. It has every restriction of the workload but the seccomp filter (which may not
 * allow wait4 or kill), reads no input, holds no descriptor above stderr but its procfs, and is not
 * dumpable. The kernel delivers a signal to PID 1 only if it has a handler or waits for it:
 * sigtimedwait(2) it is. Once it was asked to end the sandbox, it does so in the time it was given.
 */
#include "run/init.h"

#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/fd.h"
#include "format/node.h"
#include "run/process.h"
#include "run/progress.h"
#include "run/spawn.h"

bool init_wanted(const struct config *config)
{
	return config->init;
}

/* A process that has ended and was not waited for, or 0. */
static pid_t ended_find(void)
{
	siginfo_t ended = { 0 };

	while (waitid(P_ALL, 0, &ended, WEXITED | WNOHANG | WNOWAIT) < 0)
		if (errno == ECHILD)
			return 0;
	return ended.si_pid;
}

static bool never_execed(int procfs, pid_t pid)
{
	struct process process;

	return process_look(procfs, pid, &process) > 0 && !process.execed;
}

/* Reaps whatever has ended; true with *status once the workload has. */
static bool reap_all(struct run *run, pid_t workload, int *status)
{
	pid_t ended;

	while ((ended = ended_find())) {
		if (ended == workload && never_execed(run->procfs, workload))
			run->progress->workload_lost = true;
		if (waitpid(ended, status, 0) == workload)
			return true;
	}
	return false;
}

/* The next signal, or -1 when the deadline (nanoseconds, 0: none) has come. */
static int signal_await(uint64_t deadline)
{
	struct timespec left;
	sigset_t all;
	int signal;

	sigfillset(&all);
	do {
		uint64_t now = clock_now(), wait = deadline > now ? deadline - now : 0;

		left.tv_sec = (time_t)(wait / 1000000000);
		left.tv_nsec = (long)(wait % 1000000000);
		signal = sigtimedwait(&all, NULL, deadline ? &left : NULL);
	} while (signal < 0 && errno == EINTR);
	return signal;
}

static void init_serve(struct run *run, pid_t workload)
{
	const int stop = config_stop_signal(run->config);
	const uint64_t patience = (uint64_t)config_stop_timeout(run->config) * 1000000;
	uint64_t deadline = 0;
	int signal, status = 0;

	prctl(PR_SET_NAME, INIT_COMM);
	for (;;) {
		if (reap_all(run, workload, &status))
			_exit(WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status));
		signal = signal_await(deadline);
		if (signal == stop && !deadline)
			deadline = clock_now() + patience;
		/* From PID 1 that is everybody in the namespace but itself; in a joined one, others
		 * too. */
		if (deadline && clock_now() >= deadline)
			kill(getpid() == 1 ? -1 : workload, SIGKILL);
		else if (signal > 0 && signal != SIGCHLD)
			kill(workload, signal);
	}
}

int init_apply(struct run *run, struct err *err)
{
	sigset_t all;
	pid_t workload;

	sigfillset(&all);
	if (sigprocmask(SIG_BLOCK, &all, NULL) < 0)
		return err_errno(err, "block signals");
	workload = spawn_fork();
	if (workload < 0)
		return err_errno(err, "fork the workload");
	if (workload == 0)
		return 0;
	/* The parent takes the baton's closing for the workload's execve: only the workload holds
	 * it. */
	fd_close(&run->baton);
	close_range(3, (unsigned)run->procfs - 1, 0);
	close_range((unsigned)run->procfs + 1, ~0U, 0);
	init_serve(run, workload);
	return 0;
}

void init_print(const struct config *config, struct node *params, struct arena *arena)
{
	node_put_integer(arena, params, "stop_signal", config_stop_signal(config));
	node_put_integer(arena, params, "stop_timeout_ms", config_stop_timeout(config));
}
