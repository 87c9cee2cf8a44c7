/*
 * Hearing of the OOM killer's work in a container: a descriptor for poll(2). v2 wakes who polls
 * memory.events, v1 writes to an eventfd that is registered with cgroup.event_control
 * (cgroup-v1/memory.rst, "OOM Control"), also when the cgroup is removed.
 */
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/file.h"
#include "kernel/cgroup-parts.h"
#include "kernel/cgroup-processes.h"

/* How often it has killed: the number behind a key of memory.events or memory.oom_control. */
static uint64_t kills(int fd)
{
	char text[1024], *at;
	ssize_t length = pread(fd, text, sizeof(text) - 1, 0);

	text[length < 0 ? 0 : length] = '\0';
	at = strstr(text, "oom_kill ");
	return at ? strtoull(at + strlen("oom_kill "), NULL, 10) : 0;
}

static int watch_v1(struct cgroup_oom *oom, int dir)
{
	char line[32];

	oom->file = file_open_beneath(dir, "memory.oom_control", O_RDONLY);
	oom->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	snprintf(line, sizeof(line), "%d %d", oom->wake, oom->file);
	oom->events = POLLIN;
	return oom->file < 0 || oom->wake < 0
		? -1
		: file_write_beneath(dir, "cgroup.event_control", line);
}

int cgroup_oom_watch(const struct run_cgroup *cgroup, struct cgroup_oom *oom, struct err *err)
{
	int memory = cgroup->v1[CGROUP_MEMORY];

	*oom = (struct cgroup_oom){ .file = -1, .wake = -1, .events = POLLPRI };
	if (memory >= 0 && watch_v1(oom, memory) < 0)
		return err_errno(err, "watch memory.oom_control of cgroup %s", cgroup->path);
	if (memory < 0 && cgroup->v2 >= 0) {
		oom->file = file_open_beneath(cgroup->v2, "memory.events", O_RDONLY);
		oom->wake = oom->file < 0 ? -1 : dup(oom->file);
	}
	if (oom->file >= 0)
		oom->seen = kills(oom->file);
	return 0;
}

bool cgroup_oom_happened(struct cgroup_oom *oom)
{
	uint64_t count, before = oom->seen;

	if (oom->events == POLLIN && read(oom->wake, &count, sizeof(count)) < 0)
		return false;
	oom->seen = kills(oom->file);
	return oom->seen > before;
}

void cgroup_oom_release(struct cgroup_oom *oom)
{
	fd_close(&oom->file);
	fd_close(&oom->wake);
}
