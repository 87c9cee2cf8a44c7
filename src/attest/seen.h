#pragma once
/*
 * What can be seen of a store path without reading it: one digest over what identifies each file
 * and changes with it. Two equal digests of one path, the earlier of a settled path, mean that
 * nobody has written to any file of it in between; see seen.c for on which file systems.
 */
#include <stdbool.h>
#include <sys/stat.h>
#include <time.h>

#include "base/digest.h"

struct seen {
	struct digest digest;
	time_t before; /* seconds, CLOCK_REALTIME */
	bool settled;  /* so far */
};

/* The latest moment at which a file may have changed to count as settled now. */
time_t seen_settled_before(void);

/* Begins with the file system fd is on. 0, or -1 with errno. */
int seen_begin(struct seen *seen, int fd, time_t settled_before);
/* A regular file's contents, after seen_file() and before they are read; may wait for the disk. */
void seen_contents(struct seen *seen, int fd);
/* In the order of a walk: each file with its name ("" at the top), a symlink's target after it, and
 * the end of each directory. */
void seen_file(struct seen *seen, const char *name, const struct stat *stat);
void seen_target(struct seen *seen, const char *target);
void seen_leave(struct seen *seen);
void seen_end(struct seen *seen, unsigned char sum[static SHA256_SIZE]);
