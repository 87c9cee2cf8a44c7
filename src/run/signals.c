/*
 * One poll(2) over a signalfd and the pidfd. The kernel drops a signal for PID 1 of a namespace
 * that has no handler for it (pid_namespaces(7)); a person who sends SIGTERM means it, so such a
 * signal is given its default meaning here.
 */
#include "run/signals.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "kernel/cgroup-processes.h"
#include "run/ready.h"
#include "run/spawn.h"
#include "run/terminal.h"

int signals_block(struct err *err)
{
	sigset_t all;

	sigfillset(&all);
	/* An ignored SIGCHLD (inherited from a careless caller) would take the exit status away. */
	if (signal(SIGCHLD, SIG_DFL) == SIG_ERR || sigprocmask(SIG_SETMASK, &all, NULL) < 0)
		return err_errno(err, "block signals");
	return 0;
}

/* One mask line of /proc/PID/status, e.g. "SigCgt:\t0000000000000000". */
static uint64_t signal_mask(const char *text, const char *name)
{
	const char *line = strstr(text, name);

	return line ? strtoull(line + strlen(name), NULL, 16) : 0;
}

/* What the first process does with the signal now, of proc(5)'s status. */
static enum { DEFAULT, BLOCKED, HANDLED } disposition(const struct run *run, int signal)
{
	char path[64], text[8192];
	ssize_t length;

	snprintf(path, sizeof(path), "/proc/%d/status", run->pid);
	autoclose fd = open(path, O_RDONLY | O_CLOEXEC);
	length = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	if (length <= 0)
		return HANDLED;
	text[length] = '\0';
	if ((signal_mask(text, "SigCgt:") | signal_mask(text, "SigIgn:")) >> (signal - 1) & 1)
		return HANDLED;
	return signal_mask(text, "SigBlk:") >> (signal - 1) & 1 ? BLOCKED : DEFAULT;
}

/*
 * True if the first process, being PID 1, would not even notice the signal. One that blocks it may
 * be waiting for it, for good, or be a shell that is just making a process: then it is dropped as
 * soon as the shell unblocks it.
 */
static bool is_dropped(const struct run *run, int signal)
{
	const struct timespec moment = { .tv_nsec = 2000000 };

	if (run->target.entered || run->config->init ||
		!config_has_new_namespace(run->config, NAMESPACE_PID))
		return false;
	for (int i = 0; i < 25 && disposition(run, signal) == BLOCKED; i++)
		nanosleep(&moment, NULL);
	return disposition(run, signal) == DEFAULT;
}

static bool ends_by_default(int signal)
{
	return signal != SIGCHLD && signal != SIGURG && signal != SIGWINCH && signal != SIGCONT &&
		signal != SIGTSTP && signal != SIGTTIN && signal != SIGTTOU && signal != SIGSTOP;
}

int signals_send(const struct run *run, int signal)
{
	bool kill = ends_by_default(signal) && is_dropped(run, signal);
	struct err ignored;

	if (signal == SIGCHLD)
		return 0;
	if (signal == SIGWINCH)
		terminal_resize(run);
	pidfd_signal(run->pidfd, kill ? SIGKILL : signal);
	/* Frozen on v1, it could not even die. */
	if (kill)
		cgroup_thaw(&run->cgroup, &ignored);
	return kill ? signal : 0;
}

static int wait_result(struct run *run, int killed_by, int *status, struct err *err)
{
	int wait_status;

	if (spawn_reap(run, &wait_status) < 0)
		return err_errno(err, "wait for the sandbox's first process");
	if (WIFEXITED(wait_status))
		*status = WEXITSTATUS(wait_status);
	else
		*status = 128 + (killed_by ? killed_by : WTERMSIG(wait_status));
	return 0;
}

enum { FIRST_PROCESS, SIGNALS, READY, FROM_SANDBOX, FROM_CALLER, SOURCES };

/* What is left in the sandbox's terminal when its last process is gone is still the caller's. */
static void drain(struct relay *relay)
{
	struct pollfd rest;

	for (;;) {
		rest = relay_wants(relay);
		if (poll(&rest, 1, rest.events & POLLOUT ? -1 : 0) <= 0 || !rest.revents)
			return;
		relay_move(relay);
	}
}

/* Sleeps until something happens, and passes on what the terminals say. */
static int wait_some(struct pollfd *sources, struct relay *out, struct relay *in, struct err *err)
{
	sources[FROM_SANDBOX] = relay_wants(out);
	sources[FROM_CALLER] = relay_wants(in);
	if (poll(sources, SOURCES, -1) < 0)
		return errno == EINTR ? 0 : err_errno(err, "wait for the sandbox's first process");
	if (sources[FROM_SANDBOX].revents)
		relay_move(out);
	if (sources[FROM_CALLER].revents)
		relay_move(in);
	return 0;
}

int signals_wait(struct run *run, int *status, struct err *err)
{
	struct relay out = { .from = run->terminal, .to = run->terminal < 0 ? -1 : STDOUT_FILENO };
	struct relay in = { .from = run->terminal < 0 ? -1 : STDIN_FILENO, .to = run->terminal };
	struct pollfd sources[SOURCES] = { [FIRST_PROCESS] = { run->pidfd, POLLIN, 0 } };
	struct signalfd_siginfo got;
	int killed_by = 0;
	sigset_t all;

	sigfillset(&all);
	autoclose signals = signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK);
	if (signals < 0)
		return err_errno(err, "make a signalfd");
	sources[SIGNALS] = (struct pollfd){ signals, POLLIN, 0 };
	sources[READY] = (struct pollfd){ run->ready, POLLIN, 0 };
	for (;;) {
		if (wait_some(sources, &out, &in, err) < 0)
			return -1;
		while (read(signals, &got, sizeof(got)) == sizeof(got)) {
			int turned = signals_send(run, (int)got.ssi_signo);

			killed_by = killed_by ? killed_by : turned;
		}
		if (sources[READY].revents && ready_forward(run))
			sources[READY].fd = -1;
		if (sources[FIRST_PROCESS].revents) {
			drain(&out);
			return wait_result(run, killed_by, status, err);
		}
	}
}
