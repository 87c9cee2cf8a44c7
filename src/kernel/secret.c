/*
 * Where secrets come from: a file of the host by its real path, one in the directory in which
 * systemd puts a service's credentials (systemd.exec(5)), or a descriptor of the caller's. A source
 * is opened once without following any link, judged by the descriptor, and sent on by splice(2) and
 * sendfile(2). Must never read a byte of it, and no error may tell more than its name.
 */
#include "kernel/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/file.h"

/* Milliseconds that a pipe may stay silent. */
enum { PATIENCE = 10000 };

static int path_open(const char *path, struct err *err)
{
	int fd = file_open_plain(AT_FDCWD, path, O_RDONLY | O_NONBLOCK | O_NOCTTY);

	if (fd >= 0)
		return fd;
	err_errno(err, "open %s", path);
	return err->code == ELOOP
		? err_hint(err, "a symlink is on the way; name the place it leads to")
		: -1;
}

static int credential_open(const struct run *run, const char *name, struct err *err)
{
	if (run->credentials && run->credentials[0] == '/')
		return path_open(arena_printf(run->arena, "%s/%s", run->credentials, name), err);
	err_set(err, ENOENT, "credential \"%s\": CREDENTIALS_DIRECTORY is not set", name);
	return err_hint(err,
		"start nucleus as a service with LoadCredential=, or with systemd-run "
		"--property=LoadCredential=%s:PATH",
		name);
}

static int descriptor_open(const struct run *run, int64_t number, struct err *err)
{
	int fd = -1;

	if (number < 3 + run->preserved)
		return err_set(
			err, EINVAL, "descriptor %d is handed on to the workload", (int)number);
	if (number < CALLER_FDS && run->inherited >> number & 1)
		fd = fcntl((int)number, F_DUPFD_CLOEXEC, 0);
	if (fd >= 0)
		return fd;
	err_set(err, EBADF, "descriptor %d is not open", (int)number);
	return err_hint(
		err, "call nucleus with it, as in: nucleus run ... %d</a/file", (int)number);
}

/* Others who can read it, write it or put another in its place know it already. */
static const char *exposure(const struct stat *status)
{
	if (status->st_uid != 0 && status->st_uid != geteuid())
		return "it belongs to another user";
	if (status->st_mode & S_IROTH)
		return "everybody can read it";
	if (status->st_mode & (S_IWGRP | S_IWOTH))
		return "others can write it";
	return NULL;
}

static int exposure_check(const struct run *run, const struct config_secret *secret,
	const struct stat *status, struct err *err)
{
	const char *fault = exposure(status);

	if (!fault)
		return 0;
	if (run->config->mode == MODE_AGENT) {
		run->warn(arena_printf(run->arena, "secret \"%s\": %s: %s", secret->name,
			secret->file ? secret->file : secret->credential, fault));
		return 0;
	}
	err_set(err, EPERM, "%s: %s", secret->file ? secret->file : secret->credential, fault);
	return err_hint(err, "make it root's or your own, with mode 0600 or 0400");
}

/* An open descriptor of the source, looked at; -1 with err. */
static int source_open(
	const struct run *run, const struct config_secret *secret, bool *pipe, struct err *err)
{
	struct stat status;
	autoclose fd = secret->file  ? path_open(secret->file, err)
		: secret->credential ? credential_open(run, secret->credential, err)
				     : descriptor_open(run, secret->fd.value, err);

	if (fd < 0)
		return -1;
	if (fstat(fd, &status) < 0)
		return err_errno(err, "stat");
	*pipe = secret->fd.set && S_ISFIFO(status.st_mode);
	if (!S_ISREG(status.st_mode) && !*pipe)
		return err_set(err, EINVAL, "its source is no regular file%s",
			secret->fd.set ? " and no pipe" : "");
	if (!secret->fd.set && exposure_check(run, secret, &status, err) < 0)
		return -1;
	return take_fd(&fd);
}

/* Once a pipe has something to give, or its end. */
static int pipe_await(int fd, struct err *err)
{
	struct pollfd one = { .fd = fd, .events = POLLIN };
	int ready;

	do
		ready = poll(&one, 1, PATIENCE);
	while (ready < 0 && errno == EINTR);
	if (ready > 0)
		return 0;
	return ready < 0
		? err_errno(err, "wait for the pipe")
		: err_set(err, ETIMEDOUT, "nothing came from the pipe for %d s", PATIENCE / 1000);
}

int secret_send(const struct run *run, const struct config_secret *secret, int out, struct err *err)
{
	size_t total = 0;
	ssize_t sent;
	bool pipe = false;
	autoclose in = source_open(run, secret, &pipe, err);

	if (in < 0)
		return err_where(err, "secret \"%s\"", secret->name);
	do {
		size_t room = SECRET_SIZE_MOST + 1 - total;

		if (pipe && pipe_await(in, err) < 0)
			return err_where(err, "secret \"%s\"", secret->name);
		sent = pipe ? splice(in, NULL, out, NULL, room, 0) : sendfile(out, in, NULL, room);
		if (sent > 0)
			total += (size_t)sent;
	} while (total <= SECRET_SIZE_MOST && (sent > 0 || (sent < 0 && errno == EINTR)));
	if (sent < 0)
		return err_errno(err, "secret \"%s\": copy it", secret->name);
	if (total > SECRET_SIZE_MOST)
		return err_set(err, EFBIG, "secret \"%s\": larger than the %d bytes allowed",
			secret->name, SECRET_SIZE_MOST);
	return total ? 0 : err_set(err, ENODATA, "secret \"%s\": it is empty", secret->name);
}
