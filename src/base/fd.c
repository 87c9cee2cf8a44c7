/* Small tools around one file descriptor; see fd.h. */
#include "base/fd.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

void ptr_free(void *pointer)
{
	free(*(void **)pointer);
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
