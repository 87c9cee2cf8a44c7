/*
 * The container's view of its cgroups. In a cgroup namespace of its own each hierarchy is mounted
 * afresh, so that the container's cgroup is its root; without one, on version 1 the container's
 * cgroups alone are shown, as a bind, and on version 2 the host's tree, read-only (mounting cgroup2
 * afresh there would reset the host's own mount options, cgroup_namespaces(7)). Version 1 is never
 * writable: its release_agent runs programs on the host (CVE-2022-0492).
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/fd.h"
#include "base/file.h"
#include "kernel/mount-api.h"
#include "kernel/mount-types.h"
#include "kernel/process-dir.h"

#define HOST_CGROUPS "/sys/fs/cgroup"
#define BIND_FLAGS (MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC)

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

/* A hierarchy, given by its comma separated parameters, whose root is the namespace's. */
static int hierarchy_make(const char *type, const char *parameters, uint64_t flags, struct err *err)
{
	char text[HIERARCHY_NAME_SIZE], *rest = text;
	const char *list[HIERARCHY_NAME_SIZE / 2 + 1];
	size_t count = 0;

	snprintf(text, sizeof(text), "%s", parameters);
	while ((list[count] = strsep(&rest, ",")))
		count += list[count][0] != '\0';
	return mount_make(type, "cgroup", list, flags, err);
}

/* One cgroup of a hierarchy of the host's; -1 with err unset if the host has not mounted it. */
static int own_open(const char *name, const char *path, uint64_t flags, struct err *err)
{
	struct mount_attr attr = { .attr_set = flags & BIND_FLAGS, .propagation = MS_PRIVATE };
	char source[PATH_MAX];

	snprintf(source, sizeof(source), HOST_CGROUPS "/%s%s", name, path);
	autoclose tree = open_tree(AT_FDCWD, source, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	if (tree < 0)
		return errno == ENOENT ? -1 : err_errno(err, "open %s", source);
	if (mount_change(tree, attr, 0) < 0)
		return err_errno(err, "make %s read-only", source);
	return take_fd(&tree);
}

/* By all its controllers' names or by one: what is mounted elsewhere, or was, is nobody's view. */
static bool host_shows(const char *names)
{
	char place[PATH_MAX], list[HIERARCHY_NAME_SIZE], *rest = list, *one;

	snprintf(place, sizeof(place), HOST_CGROUPS "/%s", names);
	if (access(place, F_OK) == 0)
		return true;
	snprintf(list, sizeof(list), "%s", names);
	while ((one = strsep(&rest, ","))) {
		snprintf(place, sizeof(place), HOST_CGROUPS "/%s", one);
		if (access(place, F_OK) == 0)
			return true;
	}
	return false;
}

/* Shows one hierarchy on a new directory of the tmpfs: that cgroup of the host's, or if own is NULL
 * all that the cgroup namespace has. */
static int hierarchy_add(int tmpfs, const char *name, const char *type, const char *parameters,
	const char *own, uint64_t flags, struct err *err)
{
	autoclose fd = own ? own_open(name, own, flags, err)
			   : hierarchy_make(type, parameters, flags, err);

	if (fd < 0)
		return err->code ? err_where(err, "hierarchy %s", name) : 0;
	if (mkdirat(tmpfs, name, 0555) < 0)
		return err_errno(err, "make the directory %s", name);
	autoclose place = openat(tmpfs, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (place < 0)
		return err_errno(err, "open the directory %s", name);
	return attach(fd, place, err) < 0 ? err_where(err, "hierarchy %s", name) : 0;
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
static int line_add(int tmpfs, char *line, bool all, uint64_t flags, struct err *err)
{
	char parameters[HIERARCHY_NAME_SIZE];
	char *name = strchr(line, ':'), *end = name ? strchr(name + 1, ':') : NULL;
	const char *own = end && !all ? end + 1 : NULL;

	if (!end || end - name >= HIERARCHY_NAME_SIZE - 8)
		return err_set(err, EINVAL, "the line \"%.80s\" is none of /proc/PID/cgroup", line);
	*end = '\0';
	name++;
	if (name[0] && !host_shows(strncmp(name, "name=", 5) ? name : name + 5))
		return 0;
	if (!name[0])
		return host_has_cgroup2(HOST_CGROUPS "/unified")
			? hierarchy_add(tmpfs, "unified", "cgroup2", "", own, flags, err)
			: 0;
	if (strncmp(name, "name=", 5)) {
		if (hierarchy_add(tmpfs, name, "cgroup", name, own, flags, err) < 0)
			return -1;
		return links_add(tmpfs, name, err);
	}
	snprintf(parameters, sizeof(parameters), "none,%s", name);
	return hierarchy_add(tmpfs, name + 5, "cgroup", parameters, own, flags, err);
}

static int lines_add(struct run *run, int tmpfs, uint64_t flags, struct err *err)
{
	char *line, *rest;
	struct bytes bytes;

	autoclose list = process_own_open(run->procfs, "cgroup", O_RDONLY);
	if (list < 0)
		return err_errno(err, "open /proc/self/cgroup");
	if (file_read_fd(list, "/proc/self/cgroup", 64 << 10, run->arena, &bytes, err) < 0)
		return -1;
	rest = bytes.text;
	while ((line = strsep(&rest, "\n")))
		if (line[0] && line_add(tmpfs, line, run->cgroupns, flags, err) < 0)
			return -1;
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
	struct mount_attr attr = { .attr_set = flags & BIND_FLAGS, .propagation = MS_PRIVATE };

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
	bool version_1 = strcmp(mount->type, "cgroup2") != 0 && !host_has_cgroup2(HOST_CGROUPS);

	if (!run->cgroupns && !version_1)
		return host_tree_attach(flags, destination, err);
	/* Without a cgroup of its own the namespace's root is the caller's. */
	if (!run->cgroup.path[0])
		flags |= MOUNT_ATTR_RDONLY;
	if (version_1)
		return version_1_attach(run, flags, destination, err);
	autoclose fd = mount_make("cgroup2", "cgroup", (const char *[]){ NULL }, flags, err);
	return fd < 0 ? -1 : attach(fd, destination, err);
}
