/*
 * proc(5). The parent writes a few files of its child before that is cut off from it. Must never
 * write to a stranger: a /proc of another pid namespace shows other processes by the same numbers,
 * so what it calls "self" has to be this process.
 */
#include "kernel/process-dir.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/file.h"
#include "kernel/mount-api.h"

static bool shows_self(int proc)
{
	char wanted[16], got[16] = "";

	snprintf(wanted, sizeof(wanted), "%d", getpid());
	return readlinkat(proc, "self", got, sizeof(got) - 1) > 0 && !strcmp(wanted, got);
}

int process_own_open(int procfs, const char *name, int flags)
{
	char path[64] = "";
	ssize_t length = readlinkat(procfs, "self", path, sizeof(path) / 2);

	if (length <= 0)
		return -1;
	snprintf(path + length, sizeof(path) - (size_t)length, "/%s", name);
	return file_open_beneath(procfs, path, flags);
}

int process_dir_open(pid_t pid, struct err *err)
{
	char name[16];
	int process;

	autoclose proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (proc < 0)
		return err_errno(err, "open /proc");
	if (!fd_has_magic(proc, PROC_SUPER_MAGIC) || !shows_self(proc))
		return err_set(err, EINVAL, "/proc is not a procfs of this pid namespace");
	snprintf(name, sizeof(name), "%d", pid);
	process = file_open_beneath(proc, name, O_PATH | O_DIRECTORY);
	return process < 0 ? err_errno(err, "open /proc/%d", pid) : process;
}
