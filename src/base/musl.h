#pragma once
/*
 * What musl 1.2.3 lacks of what is used here: wrappers of system calls, by the names and forms of
 * glibc 2.36. Included before everything else when the C library is musl (meson.build), so that no
 * other file knows which one it is.
 */
#include <dirent.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <linux/mount.h>
#include <linux/stat.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

typedef int __rlimit_resource_t;

#define RENAME_NOREPLACE 1
#define RENAME_EXCHANGE 2

static inline int open_tree(int dir, const char *path, unsigned flags)
{
	return (int)syscall(SYS_open_tree, dir, path, flags);
}

static inline int move_mount(
	int from, const char *from_path, int to, const char *to_path, unsigned flags)
{
	return (int)syscall(SYS_move_mount, from, from_path, to, to_path, flags);
}

static inline int mount_setattr(
	int dir, const char *path, unsigned flags, struct mount_attr *attr, size_t size)
{
	return (int)syscall(SYS_mount_setattr, dir, path, flags, attr, size);
}

static inline int fsopen(const char *type, unsigned flags)
{
	return (int)syscall(SYS_fsopen, type, flags);
}

static inline int fsconfig(int fs, unsigned command, const char *key, const void *value, int number)
{
	return (int)syscall(SYS_fsconfig, fs, command, key, value, number);
}

static inline int fspick(int dir, const char *path, unsigned flags)
{
	return (int)syscall(SYS_fspick, dir, path, flags);
}

static inline int fsmount(int fs, unsigned flags, unsigned attributes)
{
	return (int)syscall(SYS_fsmount, fs, flags, attributes);
}

static inline int close_range(unsigned first, unsigned last, int flags)
{
	return (int)syscall(SYS_close_range, first, last, flags);
}

static inline int statx(int dir, const char *path, int flags, unsigned mask, struct statx *status)
{
	return (int)syscall(SYS_statx, dir, path, flags, mask, status);
}

/* musl.c */
int scandirat(int dir, const char *path, struct dirent ***list,
	int (*filter)(const struct dirent *),
	int (*compare)(const struct dirent **, const struct dirent **));
