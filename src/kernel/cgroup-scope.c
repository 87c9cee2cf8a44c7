/*
 * Which directories of a container's cgroup systemd made: those its stand-in process was put into,
 * as the kernel tells it. systemd makes them in its own hierarchy (v2, or v1's "name=systemd", or
 * both) and for the controllers it knows; the rest is made here at the same path. Used by undo too:
 * nothing is allocated. Rests on cgroups(7), "/proc files", and systemd's cg_escape.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/file.h"
#include "kernel/cgroup-parts.h"
#include "kernel/mount-api.h"

int cgroup_lines_read(pid_t pid, char text[static CGROUP_LINES_SIZE], struct err *err)
{
	size_t used = 0;
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/cgroup", pid);
	autoclose fd = open(path, O_RDONLY | O_CLOEXEC);
	while (fd >= 0 && used < CGROUP_LINES_SIZE - 1) {
		ssize_t got = read(fd, text + used, CGROUP_LINES_SIZE - 1 - used);

		if (got < 0)
			break;
		text[used += (size_t)got] = '\0';
		if (got == 0)
			return 0;
	}
	if (used == CGROUP_LINES_SIZE - 1)
		errno = E2BIG;
	return err_errno(err, "read %s", path);
}

/* The last component is the unit, which systemd may have put an underscore before. */
static bool path_in_unit(const char *path, const char *unit)
{
	const char *name = strrchr(path, '/');

	return name && (!strcmp(name + 1, unit) || (name[1] == '_' && !strcmp(name + 2, unit)));
}

bool cgroup_names_hold(const char *names, const char *name)
{
	for (;; names++) {
		size_t length = strcspn(names, ",:");

		if (length == strlen(name) && !strncmp(names, name, length))
			return true;
		names += length;
		if (*names != ',')
			return false;
	}
}

/* The controllers of a v1 hierarchy, "cpu,cpuacct"; v2 has none. */
static unsigned controllers_named(const char *names)
{
	unsigned named = *names ? 0 : 1u << CGROUP_NONE;

	for (int i = 0; i < CGROUP_CONTROLLERS; i++)
		if (cgroup_names_hold(names, cgroup_v1_names[i]))
			named |= 1u << i;
	return named;
}

/* A line "N:controllers:path" in the unit; 1, 0 if it is another cgroup's, -1 with err. */
static int line_read(struct run_cgroup *cgroup, char *line, struct err *err)
{
	char *names = strchr(line, ':'), *path = names ? strchr(names + 1, ':') : NULL;

	if (!path || !path_in_unit(path + 1, cgroup->unit))
		return 0;
	*path++ = '\0';
	if (strlen(path) >= sizeof(cgroup->path) ||
		(cgroup->by_systemd && strcmp(cgroup->path, path) != 0))
		return err_set(err, EPROTO, "systemd made %s at %s", cgroup->unit, path);
	memcpy(cgroup->path, path, strlen(path) + 1);
	/* Bit 31 stands for the hierarchy of no controller. */
	cgroup->by_systemd |= 1u << 31 | controllers_named(names + 1);
	return 1;
}

int cgroup_named_open(const char *path)
{
	autoclose root = open(CGROUP_MOUNT "/systemd", O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (!fd_has_magic(root, CGROUP_SUPER_MAGIC))
		return -1;
	return file_open_beneath(root, path + 1, O_PATH | O_DIRECTORY);
}

int cgroup_scope_read(struct run_cgroup *cgroup, pid_t pid, struct err *err)
{
	char text[CGROUP_LINES_SIZE], *rest = text, *line;

	cgroup->by_systemd = 0;
	if (cgroup_lines_read(pid, text, err) < 0)
		return -1;
	while ((line = strsep(&rest, "\n")))
		if (line_read(cgroup, line, err) < 0)
			return -1;
	if (!cgroup->by_systemd)
		return err_set(err, ESRCH, "process %d is not in %s", pid, cgroup->unit);
	fd_close(&cgroup->named);
	cgroup->named = cgroup_named_open(cgroup->path);
	return 0;
}

/* The directory that lives as long as the unit. */
static uint64_t inode_of(const struct run_cgroup *cgroup)
{
	autoclose v2 = cgroup_dir(cgroup, CGROUP_NONE);
	autoclose named = v2 < 0 ? cgroup_named_open(cgroup->path) : -1;
	struct stat status;

	return fstat(v2 < 0 ? named : v2, &status) < 0 ? 0 : status.st_ino;
}

void cgroup_scope_note(struct run_cgroup *cgroup)
{
	cgroup->unit_inode = inode_of(cgroup);
}

void cgroup_scope_check(struct run_cgroup *cgroup, uint64_t noted)
{
	uint64_t found = inode_of(cgroup);

	if (found == noted)
		return;
	cgroup->unit[0] = '\0';
	if (found)
		cgroup->path[0] = '\0';
}
