/*
 * What every command begins with, before it opens anything of its own: descriptors, the log, umask,
 * signals, and where the state is. What a caller leaves open must reach neither us nor a container,
 * but for those it asks for: --preserve-fds, and LISTEN_FDS of sd_listen_fds(3).
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/file.h"
#include "cmd/command.h"
#include "cmd/report.h"
#include "nucleus/config.h"

#define ROOT "/run/nucleus"
#define RECORDS "/var/lib/nucleus/records"

enum { PRESERVED_MOST = 1024 };

/*
 * Callers may leave 0-2 closed; a later open would then become the workload's stdout. A directory
 * there, or a bare place in a file system, would be the workload's way around its root.
 */
static int standard_check(int fd, struct err *err)
{
	if (fcntl(fd, F_GETFD) < 0 && errno == EBADF) {
		if (open("/dev/null", fd ? O_WRONLY : O_RDONLY) != fd)
			return err_set(err, EBADF,
				"descriptor %d is closed and /dev/null does not open", fd);
		return 0;
	}
	return file_refuse_place(fd, err);
}

static int count_read(const char *name, const char *text, unsigned *count, struct err *err)
{
	char *end;

	errno = 0;
	*count = (unsigned)strtoul(text, &end, 10);
	if (!errno && *text >= '0' && *text <= '9' && !*end && *count <= PRESERVED_MOST)
		return 0;
	return err_set(err, EINVAL, "%s %.40s: a number of descriptors, at most %d", name, text,
		PRESERVED_MOST);
}

/* LISTEN_PID that names another process is not meant for this one. */
static bool listen_meant(void)
{
	const char *pid = getenv("LISTEN_PID");

	return !pid || strtol(pid, NULL, 10) == getpid();
}

/* Each must be there: what is opened later would else take its number and be handed on instead. */
static int preserved_check(struct call *call, struct err *err)
{
	const char *asked = call_option(call, "preserve-fds"), *listen = getenv("LISTEN_FDS");

	if (!call->command || !call->command->preserves)
		return 0;
	if (listen && *listen && listen_meant() &&
		count_read("LISTEN_FDS", listen, &call->listen_fds, err) < 0)
		return -1;
	if (asked && count_read("--preserve-fds", asked, &call->preserved, err) < 0)
		return -1;
	call->preserved += call->listen_fds;
	for (int fd = 3; fd < 3 + (int)call->preserved; fd++)
		if (fcntl(fd, F_GETFD) < 0)
			return err_errno(err, "--preserve-fds and LISTEN_FDS: descriptor %d", fd);
	return 0;
}

static int descriptors_close(unsigned from, unsigned to, struct err *err)
{
	if (from <= to && close_range(from, to, 0) < 0)
		return err_errno(err, "close the caller's descriptors");
	return 0;
}

/* A policy may name descriptors; which of them, is known when it is read. */
static bool takes_policy(const struct command *command)
{
	for (const struct option *option = command ? command->options : NULL;
		option && option->name; option++)
		if (!strcmp(option->name, "policy"))
			return true;
	return false;
}

/*
 * Those after the ones handed on, by one system call: poll(2) tells which numbers are none. Where
 * the caller's limit of open files is too small for it, there are none to be named. The first
 * number that is looked at no more.
 */
static unsigned inherited_find(struct call *call)
{
	unsigned first = 3 + call->preserved;
	struct pollfd list[CALLER_FDS];

	if (!takes_policy(call->command) || first >= CALLER_FDS)
		return first;
	for (unsigned fd = first; fd < CALLER_FDS; fd++)
		list[fd] = (struct pollfd){ .fd = (int)fd };
	if (poll(list + first, CALLER_FDS - first, 0) < 0)
		return first;
	for (unsigned fd = first; fd < CALLER_FDS; fd++)
		if (!(list[fd].revents & POLLNVAL))
			call->inherited |= UINT64_C(1) << fd;
	return CALLER_FDS;
}

void call_descriptors_keep(struct call *call, uint64_t kept)
{
	for (int fd = 0; fd < CALLER_FDS; fd++)
		if (call->inherited >> fd & 1 && !(kept >> fd & 1))
			close(fd);
		else if (call->inherited >> fd & 1)
			fcntl(fd, F_SETFD, FD_CLOEXEC);
	call->inherited &= kept;
}

static int descriptors_begin(struct call *call, struct err *err)
{
	unsigned first;
	int log;

	for (int fd = 0; fd < 3; fd++)
		if (standard_check(fd, err) < 0)
			return -1;
	if (preserved_check(call, err) < 0)
		return -1;
	first = inherited_find(call);
	log = report_open(call_option(call, "log"), call_option(call, "log-format"));
	/* What the log is written to is no policy's to take or to close. */
	if (log >= 0 && log < CALLER_FDS)
		call->inherited &= ~(UINT64_C(1) << log);
	if (log < (int)first)
		return descriptors_close(first, ~0U, err);
	return descriptors_close(first, (unsigned)log - 1, err) < 0
		? -1
		: descriptors_close((unsigned)log + 1, ~0U, err);
}

/* True where uid 0 is not the machine's. */
static bool user_namespace(void)
{
	static const char whole[] = "         0          0 4294967295\n";
	autoclose fd = open("/proc/self/uid_map", O_RDONLY | O_CLOEXEC);
	char text[sizeof(whole)] = "";

	return fd >= 0 && read(fd, text, sizeof(text) - 1) > 0 && strcmp(text, whole) != 0;
}

bool call_rootless(const struct call *call)
{
	const char *asked = call_option(call, "rootless");

	if (asked && strcmp(asked, "auto") != 0)
		return !strcmp(asked, "true");
	return geteuid() != 0 || call->user_namespace;
}

static bool is_own_dir(const char *path)
{
	struct stat status;

	return stat(path, &status) == 0 && S_ISDIR(status.st_mode) && status.st_uid == geteuid();
}

/*
 * The directory for what a user keeps while he is logged in; an XDG_RUNTIME_DIR that is set but
 * empty is unset. NULL if there is none, or if it is another user's, as after su(1).
 */
static const char *runtime_dir(const struct call *call)
{
	const char *dir = getenv("XDG_RUNTIME_DIR");

	if (dir && *dir == '/')
		return is_own_dir(dir) || (access(dir, F_OK) < 0 && errno == ENOENT) ? dir : NULL;
	dir = arena_printf(call->arena, "/run/user/%u", geteuid());
	return geteuid() != 0 && is_own_dir(dir) ? dir : NULL;
}

/* NULL: who is not root has no place of his own. */
static const char *root_default(const struct call *call)
{
	const char *dir = call_rootless(call) ? runtime_dir(call) : NULL;

	if (dir)
		return arena_printf(call->arena, "%s/nucleus", dir);
	return geteuid() == 0 ? ROOT : NULL;
}

/*
 * What outlives a login and a boot: the machine's own, or below $XDG_STATE_HOME. NULL: there is no
 * such place, and nothing is recorded.
 */
static const char *records_default(const struct call *call)
{
	const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");

	if (geteuid() == 0 && !call->user_namespace)
		return RECORDS;
	if (state && *state == '/')
		return arena_printf(call->arena, "%s/nucleus/records", state);
	return home && *home == '/'
		? arena_printf(call->arena, "%s/.local/state/nucleus/records", home)
		: NULL;
}

/* One place for all state roots of a user, that of the machine's root whatever he says. */
static const char *ids_dir(const struct call *call)
{
	return geteuid() == 0 && !call->user_namespace ? ROOT : root_default(call);
}

static int root_find(struct call *call, struct err *err)
{
	const char *root = call_option(call, "root");
	char here[PATH_MAX];

	call->user_namespace = user_namespace();
	call->ids_dir = ids_dir(call);
	call->records = call_option(call, "records");
	if (!call->records || !*call->records)
		call->records = records_default(call);
	if (!root || !*root) {
		call->root = root_default(call);
		return 0;
	}
	call->root = root;
	if (root[0] == '/')
		return 0;
	if (!getcwd(here, sizeof(here)))
		return err_errno(err, "--root %s: find the current directory", root);
	call->root = arena_printf(call->arena, "%s/%s", here, root);
	return 0;
}

/* What callers leave behind must not reach the workload, nor change what we do. */
int call_begin(struct call *call, struct err *err)
{
	if (descriptors_begin(call, err) < 0)
		return -1;
	umask(022);
	if (signal(SIGPIPE, SIG_IGN) == SIG_ERR || signal(SIGCHLD, SIG_DFL) == SIG_ERR)
		return err_errno(err, "set the dispositions of signals");
	return root_find(call, err);
}
