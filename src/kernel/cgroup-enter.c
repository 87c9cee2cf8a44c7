/*
 * The cgroup of a running container for one more process: on v2 the directory it is cloned into, on
 * v1 those whose tasks file it writes itself to. It never leads out of the container's own cgroup:
 * below that every path is resolved by openat2(2) on its descriptor. Rests on cgroups(7) and
 * Documentation/admin-guide/cgroup-v2.rst, "no internal processes".
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/file.h"
#include "kernel/cgroup-parts.h"
#include "kernel/steps.h"

/* What --cgroup says for a controller, or with NULL for v2: a path below the container's cgroup. */
static const char *path_below(const struct run *run, const char *controller)
{
	const char *below = ".";

	for (size_t i = 0; i < run->target.cgroups.count; i++) {
		const char *item = run->target.cgroups.items[i], *colon = strchr(item, ':');

		if (!colon)
			below = item;
		else if (controller && cgroup_names_hold(item, controller))
			below = colon + 1;
		else
			continue;
		below += strspn(below, "/");
	}
	return *below ? below : ".";
}

/* The directory below the container's in one hierarchy; -2 if the container is not in that. */
static int directory_open(const struct run *run, int controller, bool *found, struct err *err)
{
	const char *name = controller == CGROUP_NONE ? NULL : cgroup_v1_names[controller];
	const char *below = path_below(run, name);
	autoclose own = cgroup_dir(&run->cgroup, controller);
	int directory;

	if (own < 0)
		return errno == ENOENT
			? -2
			: err_errno(err, "open the container's cgroup %s", run->cgroup.path);
	directory = file_open_beneath(own, below, O_PATH | O_DIRECTORY);
	*found |= directory >= 0;
	/* The path of one hierarchy need not be in all the others. */
	if (directory < 0 && errno == ENOENT)
		return take_fd(&own);
	return directory < 0 ? err_errno(err, "--cgroup: open %s below %s", below, run->cgroup.path)
			     : directory;
}

/* Splits a line of /proc/PID/cgroup, "ID:NAMES:PATH"; names is "" for v2. */
static char *line_split(char *line, char **names)
{
	strsep(&line, ":");
	*names = strsep(&line, ":");
	return line;
}

static bool is_below(const char *path, const char *above)
{
	size_t length = strlen(above);

	return !strncmp(path, above, length) && (!path[length] || path[length] == '/');
}

/* Every v1 hierarchy of these names. */
static int v1_open(struct run *run, const char *names, bool *found, struct err *err)
{
	for (int i = 0; i < CGROUP_CONTROLLERS; i++) {
		int fd;

		if (!cgroup_names_hold(names, cgroup_v1_names[i]))
			continue;
		fd = directory_open(run, i, found, err);
		if (fd == -1)
			return -1;
		run->cgroup.v1[i] = fd < 0 ? -1 : fd;
	}
	return 0;
}

/*
 * cgroup_enter_apply - find the cgroup the new process belongs into
 *
 * Needs:  run->cgroup.path, as read from the state; empty: the container has none
 * Leaves: run->cgroup's descriptors: v2's, and v1's where the container's first process is
 */
int cgroup_enter_apply(struct run *run, struct err *err)
{
	char text[CGROUP_LINES_SIZE], *rest = text, *line, *names;
	bool found = false;
	int v2;

	if (!run->cgroup.path[0])
		return !run->target.cgroups.count
			? 0
			: err_set(err, EINVAL, "--cgroup: the container has no cgroup of its own");
	v2 = directory_open(run, CGROUP_NONE, &found, err);
	if (v2 == -1 || cgroup_lines_read(run->target.pid, text, err) < 0)
		return -1;
	run->cgroup.v2 = v2 < 0 ? -1 : v2;
	while ((line = strsep(&rest, "\n"))) {
		const char *path = line_split(line, &names);

		if (!path || !is_below(path, run->cgroup.path))
			continue;
		if (v1_open(run, names, &found, err) < 0)
			return -1;
		if (!strcmp(names, "name=systemd"))
			run->cgroup.named = cgroup_named_open(run->cgroup.path);
	}
	return found ? 0
		     : err_set(err, ENOENT, "cgroup %s%s is not there", run->cgroup.path,
			       run->target.cgroups.count ? " with --cgroup" : "");
}

int cgroup_enter_leaf(struct run *run, struct err *err)
{
	char text[CGROUP_LINES_SIZE], *rest = text, *line, *names;
	autohierarchy unified = cgroup_hierarchy_open(CGROUP_NONE);

	/* Where the workload is trusted with its own cgroup, it may have made some below. */
	if (cgroup_lines_read(run->target.pid, text, err) < 0)
		return -1;
	while ((line = strsep(&rest, "\n"))) {
		const char *path = line_split(line, &names);

		if (!path || *names || !is_below(path, run->cgroup.path))
			continue;
		fd_close(&run->cgroup.v2);
		run->cgroup.v2 = file_open_beneath(unified.root, path + 1, O_PATH | O_DIRECTORY);
		return run->cgroup.v2 < 0 ? err_errno(err, "open cgroup %s%s", unified.name, path)
					  : 0;
	}
	return err_set(err, EBUSY,
		"cgroup %s hands controllers down and so takes no process, and the container's "
		"first process is elsewhere",
		run->cgroup.path);
}
