/*
 * The container's view of its cgroups. In a cgroup namespace of its own each hierarchy is mounted
 * afresh, so that the container's cgroup is its root; without one the host's tree is shown,
 * read-only (mounting cgroup2 afresh there would reset the host's own mount options,
 * cgroup_namespaces(7)). Version 1 is never writable: its release_agent runs programs on the host
 * (CVE-2022-0492).
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/fd.h"
#include "base/file.h"
#include "kernel/mount-api.h"
#include "kernel/mount-types.h"

#define HOST_CGROUPS "/sys/fs/cgroup"

/* A line of /proc/PID/cgroup may name twelve controllers. */
enum { HIERARCHY_NAME_SIZE = 256 };

bool mount_is_cgroup(const struct config_mount *mount)
{
	return mount->type && (!strcmp(mount->type, "cgroup") || !strcmp(mount->type, "cgroup2"));
}

static bool host_has_cgroup2(const char *place)
{
	struct statfs seen;

	return statfs(place, &seen) == 0 && seen.f_type == CGROUP2_SUPER_MAGIC;
}

static int attach(int fd, int place, struct err *err)
{
	return mount_attach(fd, place) < 0 ? err_errno(err, "attach") : 0;
}

/* Mounts one hierarchy, given by its comma separated parameters, on a new directory of the tmpfs.
 */
static int hierarchy_add(int tmpfs, const char *name, const char *type, const char *parameters,
	uint64_t flags, struct err *err)
{
	char text[HIERARCHY_NAME_SIZE], *rest = text;
	const char *list[HIERARCHY_NAME_SIZE / 2 + 1];
	size_t count = 0;

	snprintf(text, sizeof(text), "%s", parameters);
	while ((list[count] = strsep(&rest, ",")))
		count += list[count][0] != '\0';
	if (mkdirat(tmpfs, name, 0555) < 0)
		return err_errno(err, "make the directory %s", name);
	autoclose place = openat(tmpfs, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (place < 0)
		return err_errno(err, "open the directory %s", name);
	autoclose fd = mount_make(type, "cgroup", list, flags, err);
	if (fd < 0 || attach(fd, place, err) < 0)
		return err_where(err, "hierarchy %s", name);
	return 0;
}

/* "cpu" beside "cpu,cpuacct", as programs expect it. */
static int links_add(int tmpfs, const char *name, struct err *err)
{
	char list[HIERARCHY_NAME_SIZE], *rest = list, *controller;

	if (!strchr(name, ','))
		return 0;
	snprintf(list, sizeof(list), "%s", name);
	while ((controller = strsep(&rest, ",")))
		if (symlinkat(name, tmpfs, controller) < 0)
			return err_errno(err, "make the link %s", controller);
	return 0;
}

/* line is "N:controllers:path"; "0::path" is version 2. */
static int line_add(int tmpfs, char *line, uint64_t flags, struct err *err)
{
	char parameters[HIERARCHY_NAME_SIZE];
	char *name = strchr(line, ':'), *end = name ? strchr(name + 1, ':') : NULL;

	if (!end || end - name >= HIERARCHY_NAME_SIZE - 8)
		return err_set(err, EINVAL, "the line \"%.80s\" is none of /proc/PID/cgroup", line);
	*end = '\0';
	name++;
	if (!name[0])
		return 0;
	if (strncmp(name, "name=", 5)) {
		if (hierarchy_add(tmpfs, name, "cgroup", name, flags, err) < 0)
			return -1;
		return links_add(tmpfs, name, err);
	}
	snprintf(parameters, sizeof(parameters), "none,%s", name);
	return hierarchy_add(tmpfs, name + 5, "cgroup", parameters, flags, err);
}

static int lines_add(struct run *run, int tmpfs, uint64_t flags, struct err *err)
{
	char path[32], *line, *rest;
	struct bytes bytes;

	snprintf(path, sizeof(path), "%d/cgroup", getpid());
	autoclose list = file_open_beneath(run->procfs, path, O_RDONLY);
	if (list < 0)
		return err_errno(err, "open /proc/%s", path);
	if (file_read_fd(list, "/proc/self/cgroup", 64 << 10, run->arena, &bytes, err) < 0)
		return -1;
	rest = bytes.text;
	while ((line = strsep(&rest, "\n")))
		if (line[0] && line_add(tmpfs, line, flags, err) < 0)
			return -1;
	if (host_has_cgroup2(HOST_CGROUPS "/unified"))
		return hierarchy_add(tmpfs, "unified", "cgroup2", "", flags, err);
	return 0;
}

static int version_1_attach(struct run *run, uint64_t flags, int destination, struct err *err)
{
	static const char *const parameters[] = { "mode=755", "size=64k", NULL };
	autoclose tmpfs = mount_make("tmpfs", "cgroup", parameters,
		(flags & ~(uint64_t)MOUNT_ATTR_RDONLY) | MOUNT_ATTR_NODEV, err);

	if (tmpfs < 0 || attach(tmpfs, destination, err) < 0)
		return -1;
	if (lines_add(run, tmpfs, flags | MOUNT_ATTR_RDONLY, err) < 0)
		return -1;
	if (mount_make_readonly(tmpfs, 0) < 0)
		return err_errno(err, "make it read-only");
	return 0;
}

static int host_tree_attach(uint64_t flags, int destination, struct err *err)
{
	struct mount_attr attr = {
		.attr_set = flags &
			(MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV |
				MOUNT_ATTR_NOEXEC),
		.propagation = MS_PRIVATE,
	};

	if (!(flags & MOUNT_ATTR_RDONLY)) {
		err_set(err, EPERM, "it would be writable without a cgroup namespace");
		return err_hint(err, "add \"ro\" to its options, or a new cgroup namespace");
	}
	autoclose tree = open_tree(
		AT_FDCWD, HOST_CGROUPS, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);
	if (tree < 0)
		return err_errno(err, "open " HOST_CGROUPS);
	if (mount_change(tree, attr, AT_RECURSIVE) < 0)
		return err_errno(err, "make it read-only");
	return attach(tree, destination, err);
}

int mount_cgroup(struct run *run, const struct config_mount *mount,
	const struct mount_options *options, int destination, struct err *err)
{
	uint64_t flags = options->top.set | options->below.set;

	if (!config_has_new_namespace(run->config, NAMESPACE_CGROUP))
		return host_tree_attach(flags, destination, err);
	/* Without a cgroup of its own the namespace's root is the caller's. */
	if (!run->cgroup.path[0])
		flags |= MOUNT_ATTR_RDONLY;
	if (strcmp(mount->type, "cgroup2") != 0 && !host_has_cgroup2(HOST_CGROUPS))
		return version_1_attach(run, flags, destination, err);
	autoclose fd = mount_make("cgroup2", "cgroup", (const char *[]){ NULL }, flags, err);
	return fd < 0 ? -1 : attach(fd, destination, err);
}
