#pragma once
/*
 * Files reached safely: a path below a root goes through openat2 and cannot leave it; contents are
 * read whole, bounded, and hashed as the very bytes that are then parsed.
 */
#include <dirent.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/err.h"
#include "nucleus/types.h"

/*
 * openat2 with RESOLVE_IN_ROOT and NO_MAGICLINKS: symlinks in path are followed as if root_fd were
 * "/". O_CLOEXEC is added. Returns the descriptor or -1 with errno.
 */
int file_open_in_root(int root_fd, const char *path, int flags, mode_t mode);

/* openat2 with RESOLVE_BENEATH, NO_SYMLINKS, NO_XDEV: for /proc and cgroup files. As above. */
int file_open_beneath(int dir_fd, const char *path, int flags);

/* openat2 with RESOLVE_BENEATH and NO_MAGICLINKS: links are followed that stay below dir_fd; one
 * that does not is EXDEV. As above. */
int file_open_within(int dir_fd, const char *path, int flags);

/* openat2 with RESOLVE_NO_SYMLINKS: path means what it says. With O_PATH | O_NOFOLLOW its last part
 * may be a symlink, which is then what is opened. As above. */
int file_open_plain(int dir_fd, const char *path, int flags);

/* Makes the directory path with that mode where there is none, and its missing parents with 0711;
 * 0 or -1 with errno. */
int file_make_dirs(const char *path, mode_t mode);

/* Makes path and its parents below root_fd (mode 0755), following links inside the root only;
 * returns an O_PATH descriptor of the last directory, or -1 with errno. */
int file_make_dirs_in_root(int root_fd, const char *path);

/* As above for a plain empty file to mount over (parents made too); an existing non-directory of
 * any type is left as it is and returned. */
int file_make_file_in_root(int root_fd, const char *path);

/* The parents alone: a descriptor as above, and where in path the last component begins. */
int file_make_parent_in_root(int root_fd, const char *path, const char **last);

/* The entries of a directory, from the first, for closedir(3); NULL with errno. */
DIR *file_entries(int dir_fd);
/* The name of the next but . and .., valid until the one after; NULL at the end. */
const char *file_entry_next(DIR *entries);
/* True if both descriptors are of one inode. */
bool file_is_same(int one, int other);

/* -1 with err if the open descriptor is a directory or, being O_PATH, a bare place in a file
 * system: a sandbox that has it could reach the host's files. */
int file_refuse_place(int fd, struct err *err);
/* False also for what cannot be read or is no directory. */
bool file_is_empty_directory(int fd);

struct bytes {
	char *text; /* NUL-terminated after length bytes */
	size_t length;
};

/* Reads all of fd, at most `most` bytes, into arena; name is what errors call it. */
int file_read_fd(int fd, const char *name, size_t most, struct arena *arena, struct bytes *bytes,
	struct err *err);

/*
 * Reads path (relative to dir_fd; must be a regular file) whole. If sha256 is not NULL, the bytes
 * read must have that digest; otherwise the error names both digests.
 */
int file_read(int dir_fd, const char *path, const char *sha256, size_t most, struct arena *arena,
	struct bytes *bytes, struct err *err);

/* Writes text to an existing file below dir_fd in one write(2) (procfs, cgroupfs); 0 or -1, errno.
 */
int file_write_beneath(int dir_fd, const char *path, const char *text);

/* Creates or replaces dir_fd/name atomically (temporary name, rename) with the bytes; mode 0600. */
int file_replace(int dir_fd, const char *name, const void *bytes, size_t length, struct err *err);

/* A file name of at most 255 bytes for an id of any length: itself if it is short, else its
 * beginning and its SHA-256, with a "~" between them that no id contains. In arena. */
const char *file_name_for(struct arena *arena, const char *id);
