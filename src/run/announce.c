/*
 * The ways a client learns of a process. The number is decimal without a newline (clients read the
 * raw bytes) and there whole or not at all; the pidfd names the process even when the number has
 * been given to another.
 */
#include "run/announce.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/socket.h"

static int pid_file_write(const char *path, pid_t pid, struct err *err)
{
	const char *slash = strrchr(path, '/');
	char dir[PATH_MAX], text[16];
	int length = snprintf(text, sizeof(text), "%d", pid);

	snprintf(dir, sizeof(dir), "%.*s", slash ? (int)(slash - path) + 1 : 1, slash ? path : ".");
	autoclose dir_fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dir_fd < 0)
		return err_errno(err, "pid file %s", path);
	if (file_replace(dir_fd, slash ? slash + 1 : path, text, (size_t)length, err) < 0)
		return err_where(err, "pid file %s", path);
	return 0;
}

static int pidfd_send(const struct run *run, struct err *err)
{
	autoclose socket = socket_connect(run->pidfd_socket, "pidfd socket", err);

	if (socket < 0)
		return -1;
	if (socket_send_fd(socket, run->pidfd, "pidfd", 5) < 0)
		return err_errno(err, "send the pidfd to %s", run->pidfd_socket);
	return 0;
}

int announce(struct run *run, struct err *err)
{
	/* Whoever reads the other end of one waits for the workload to close it, not for us. */
	if (run->preserved && close_range(3, 2 + run->preserved, 0) < 0)
		return err_errno(err, "close the descriptors that were handed on");
	if (run->pid_file && pid_file_write(run->pid_file, run->pid, err) < 0)
		return -1;
	return run->pidfd_socket ? pidfd_send(run, err) : 0;
}
