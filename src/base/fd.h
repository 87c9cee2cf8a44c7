#pragma once
/*
 * File descriptors that close themselves, and whole reads and writes. Every descriptor is
 * close-on-exec from birth; -1 means none.
 */
#include <stddef.h>
#include <unistd.h>

#include "base/err.h"

static inline void fd_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* Hands the descriptor over: the variable forgets it. */
static inline int take_fd(int *fd)
{
	int taken = *fd;

	*fd = -1;
	return taken;
}

#define autoclose __attribute__((cleanup(fd_close))) int

/* Frees what an `autofree char *` (any pointer) holds. */
void ptr_free(void *pointer);
#define autofree __attribute__((cleanup(ptr_free)))

/* Sends a signal (0 probes) to the process behind a pidfd; 0 or -1 with errno. */
int pidfd_signal(int pidfd, int signal);
/* Waits for the end of a child behind a pidfd, of whatever kind, and takes it; 0 or -1 with errno.
 */
int pidfd_reap(int pidfd);

/* Writes all length bytes, going on after EINTR and short writes; 0 or -1 with errno set. */
int fd_write_all(int fd, const void *bytes, size_t length);

/* "/proc/self/fd/N" of fd, for calls that only take a path; the text lives in the caller's array.
 */
#define FD_PATH_SIZE 32
const char *fd_path(int fd, char path[static FD_PATH_SIZE]);
