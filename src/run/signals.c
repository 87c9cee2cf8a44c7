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
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
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

	if (run->config->init || !config_has_new_namespace(run->config, NAMESPACE_PID))
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

/* Sends it on; returns the signal if it was turned into SIGKILL, else 0. */
static int forward(const struct run *run, int signal)
{
	bool kill = ends_by_default(signal) && is_dropped(run, signal);

	if (signal == SIGCHLD)
		return 0;
	if (signal == SIGWINCH)
		terminal_resize(run);
	syscall(SYS_pidfd_send_signal, run->pidfd, kill ? SIGKILL : signal, NULL, 0);
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

/* What is left in the sandbox's terminal when its last process is gone still belongs to the caller.
 */
static void drain(struct run *run)
{
	struct pollfd rest = { .fd = run->terminal, .events = POLLIN };

	while (run->terminal >= 0 && poll(&rest, 1, 0) > 0 && rest.revents & POLLIN)
		if (!terminal_copy(run->terminal, STDOUT_FILENO))
			return;
}

enum { FROM_FIRST_PROCESS, FROM_SIGNALS, FROM_SANDBOX, FROM_CALLER, SOURCES };

static void copy_ready(struct run *run, struct pollfd *sources)
{
	if (sources[FROM_SANDBOX].revents && !terminal_copy(run->terminal, STDOUT_FILENO))
		sources[FROM_SANDBOX].fd = -1;
	if (sources[FROM_CALLER].revents && !terminal_copy(STDIN_FILENO, run->terminal))
		sources[FROM_CALLER].fd = -1;
}

int signals_wait(struct run *run, int *status, struct err *err)
{
	sigset_t all;
	struct signalfd_siginfo got;
	int killed_by = 0;

	sigfillset(&all);
	autoclose signals = signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK);
	if (signals < 0)
		return err_errno(err, "make a signalfd");
	struct pollfd sources[SOURCES] = {
		[FROM_FIRST_PROCESS] = { .fd = run->pidfd, .events = POLLIN },
		[FROM_SIGNALS] = { .fd = signals, .events = POLLIN },
		[FROM_SANDBOX] = { .fd = run->terminal, .events = POLLIN },
		[FROM_CALLER] = { .fd = run->terminal < 0 ? -1 : STDIN_FILENO, .events = POLLIN },
	};
	for (;;) {
		if (poll(sources, SOURCES, -1) < 0 && errno != EINTR)
			return err_errno(err, "wait for the sandbox's first process");
		while (read(signals, &got, sizeof(got)) == sizeof(got)) {
			int turned = forward(run, (int)got.ssi_signo);

			killed_by = killed_by ? killed_by : turned;
		}
		copy_ready(run, sources);
		if (sources[FROM_FIRST_PROCESS].revents) {
			drain(run);
			return wait_result(run, killed_by, status, err);
		}
	}
}
