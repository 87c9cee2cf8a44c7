/*
 * Makes known system calls a known number of times, for tests/live/trace, which holds the trace
 * against them. Static. Only calls the C library makes none of by itself are counted.
 *
 * usage: tracee load THREADS CALLS | tree | floor | flood CALLS | signals MILLISECONDS | nested
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "names.h"

static long calls;

static void *load(void *unused)
{
	for (long i = 0; i < calls; i++)
		syscall(SYS_getppid);
	return unused;
}

static int threads_run(int count)
{
	pthread_t threads[64];

	for (int i = 0; i < count; i++)
		if (pthread_create(&threads[i], NULL, load, NULL))
			return 1;
	for (int i = 0; i < count; i++)
		pthread_join(threads[i], NULL);
	return 0;
}

/* 1 + 3 + 9 processes, each of which asks seven times. */
static int tree(int depth)
{
	int status, bad = 0;

	for (int i = 0; i < 7; i++)
		syscall(SYS_getpgid, 0);
	for (int i = 0; depth && i < 3; i++)
		if (fork() == 0)
			_exit(tree(depth - 1));
	while (wait(&status) > 0)
		bad |= status;
	return bad != 0;
}

static long i386_getpid(void)
{
	long result;

	__asm__ volatile("int $0x80" : "=a"(result) : "a"(20) : "memory");
	return result >= 0 ? 0 : (errno = (int)-result, -1);
}

static long clone_user(void)
{
	long pid = syscall(SYS_clone, 0x10000000 | SIGCHLD, 0, 0, 0, 0);

	if (pid == 0)
		_exit(0);
	return pid;
}

static void tell(const char *name, long result)
{
	int code = errno;

	if (result < 0)
		printf("%s=failed %s\n", name, error_name(code));
	else
		printf("%s=ok 0\n", name);
	fflush(stdout);
}

static int try_floor(void)
{
	int pipes[2];

	if (pipe(pipes) < 0)
		return 1;
	tell("unshare", syscall(SYS_unshare, 0));
	tell("clone", clone_user());
	tell("sti", ioctl(0, TIOCSTI, "x"));
	tell("sti-high", syscall(SYS_ioctl, 0, TIOCSTI | 1UL << 32, "x"));
	tell("fionread", ioctl(pipes[0], FIONREAD, &calls));
	tell("vsock", socket(AF_VSOCK, SOCK_STREAM, 0));
	tell("unix", socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
	tell("outlive", prctl(PR_SET_PDEATHSIG, 0));
	tell("die", prctl(PR_SET_PDEATHSIG, SIGKILL));
	tell("set-id", fchmod(pipes[0], 04700));
	tell("plain", fchmod(pipes[0], 0700));
	tell("i386", i386_getpid());
	tell("unknown", syscall(999));
	tell("wx",
		mmap(NULL, 4096, PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) ==
				MAP_FAILED
			? -1
			: 0);
	/* Last, as from then on every signal would stop this process. */
	tell("ptrace", ptrace(PTRACE_TRACEME, 0, 0, 0));
	return 0;
}

static void ring(int signal)
{
	(void)signal;
}

/* Interrupted all the time, each call must still be counted once. */
static int signals(long milliseconds)
{
	const struct itimerval often = { { 0, 500 }, { 0, 500 } };
	struct sigaction action = { .sa_handler = ring, .sa_flags = SA_RESTART };

	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
	for (long i = 0; i < 20 * milliseconds; i++)
		syscall(SYS_getpgid, 0);
	return 0;
}

/* A filter with a listener of one's own, over the tracer's. */
static int nested(void)
{
	struct sock_filter code[] = { BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF) };
	struct sock_fprog program = { 1, code };

	tell("nested",
		syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER,
			&program));
	return 0;
}

int main(int argc, char **argv)
{
	const char *mode = argc > 1 ? argv[1] : "";

	calls = argc > 2 ? strtol(argv[argc - 1], NULL, 10) : 0;
	if (!strcmp(mode, "load"))
		return threads_run(atoi(argv[2]));
	if (!strcmp(mode, "tree"))
		return tree(2);
	if (!strcmp(mode, "floor"))
		return try_floor();
	if (!strcmp(mode, "signals"))
		return signals(calls);
	if (!strcmp(mode, "nested"))
		return nested();
	for (long i = 0; !strcmp(mode, "flood") && i < calls; i++)
		syscall(SYS_fcntl, 0, 100000 + i, 0);
	return strcmp(mode, "flood") != 0;
}
