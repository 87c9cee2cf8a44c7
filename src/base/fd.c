/* Small tools around one file descriptor; see fd.h. */
#include "base/fd.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>

void ptr_free(void *pointer)
{
	free(*(void **)pointer);
}

int pidfd_signal(int pidfd, int signal)
{
	return (int)syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0);
}

int pidfd_reap(int pidfd)
{
	siginfo_t ended;
	int failed;

	do
		failed = waitid(P_PIDFD, (id_t)pidfd, &ended, WEXITED | __WALL);
	while (failed && errno == EINTR);
	return failed;
}

int fd_write_all(int fd, const void *bytes, size_t length)
{
	const char *next = bytes;

	while (length > 0) {
		ssize_t wrote = write(fd, next, length);

		if (wrote < 0 && errno == EINTR)
			continue;
		if (wrote < 0)
			return -1;
		next += wrote;
		length -= (size_t)wrote;
	}
	return 0;
}

const char *fd_path(int fd, char path[static FD_PATH_SIZE])
{
	snprintf(path, FD_PATH_SIZE, "/proc/self/fd/%d", fd);
	return path;
}
