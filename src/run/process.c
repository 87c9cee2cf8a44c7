/* proc(5), /proc/PID/stat: the name may hold spaces and parentheses, so fields count from the last.
 */
#include "run/process.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"

/* PF_FORKNOEXEC of linux/sched.h among the task flags: set by clone, cleared by execve. */
enum { FORKED_NO_EXEC = 0x40 };

static int stat_open(int proc, pid_t pid)
{
	char path[64];

	snprintf(path, sizeof(path), proc < 0 ? "/proc/%d/stat" : "%d/stat", pid);
	return openat(proc, path, O_RDONLY | O_CLOEXEC);
}

static int stat_read(int proc, pid_t pid, char line[static 2048])
{
	autoclose fd = stat_open(proc, pid);
	ssize_t length = fd < 0 ? -1 : read(fd, line, 2047);

	if (length < 0)
		return errno == ENOENT || errno == ESRCH ? 0 : -1;
	line[length] = '\0';
	return length > 0;
}

int process_look(int proc, pid_t pid, struct process *process)
{
	char line[2048], *name, *rest, *last;
	unsigned long long started;
	unsigned flags;
	int found = stat_read(proc, pid, line);

	if (found <= 0)
		return found;
	*process = (struct process){ 0 };
	name = strchr(line, '(');
	rest = strrchr(line, ')');
	last = strrchr(line, ' ');
	if (!name || !rest ||
		sscanf(rest + 1,
			" %c %*d %*d %*d %*d %*d %u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d "
			"%*d %llu",
			&process->state, &flags, &started) != 3) {
		errno = EPROTO;
		return -1;
	}
	snprintf(process->comm, sizeof(process->comm), "%.*s", (int)(rest - name - 1), name + 1);
	process->execed = !(flags & FORKED_NO_EXEC);
	process->started = started;
	if (process_ended(process))
		sscanf(last, " %d", &process->ended);
	return 1;
}

bool process_ended(const struct process *process)
{
	return process->state == 'Z' || process->state == 'X';
}
