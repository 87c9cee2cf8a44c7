#pragma once
/*
 * Files hashed where the page cache has them: mapped a window at a time rather than copied, which
 * for SHA-256 in hardware is a tenth of the time.
 */
#include <signal.h>
#include <sys/types.h>

#include "base/digest.h"

enum {
	/* From this size on mapping costs less than copying. Windows are powers of two from here to
	 * WINDOW_MOST, so that a file's offsets stay multiples of the page size. */
	WINDOW_LEAST = 256 << 10,
	WINDOW_MOST = 2 << 20,
};

/* What windows_begin() changed. */
struct windows {
	struct sigaction bus;
	sigset_t mask;
};

/*
 * Must surround window_add() in this thread and all it starts in between: mapped bytes that are
 * gone, because a file was cut short or its disk failed, are a SIGBUS.
 */
void windows_begin(struct windows *before);
void windows_end(const struct windows *before);

/* The window for each of threads, so that all together stay within a few megabytes. */
size_t window_size(unsigned threads);

/*
 * Adds length bytes of the file from offset on, a multiple of the page size, to the digest. 0; or
 * -1 with errno: EIO if they could not be read, after which the digest is worth nothing, or any
 * other if the file cannot be mapped, and nothing was added.
 */
int window_add(struct digest *digest, int fd, off_t offset, size_t length);
