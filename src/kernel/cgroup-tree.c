/*
 * The mounted hierarchies and the directories made in them. /sys/fs/cgroup is v2, or a tmpfs with
 * v1's controllers by name and perhaps v2 as "unified"; they are told apart by their magic numbers,
 * and no mount table is read. Rests on cgroups(7) and Documentation/admin-guide/cgroup-v2.rst.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/file.h"
#include "kernel/cgroup-parts.h"
#include "kernel/mount-api.h"

/* base is what is mounted at CGROUP_MOUNT, with v2 as its type or not. */
static struct cgroup_hierarchy hierarchy_at(int base, bool v2_alone, int controller)
{
	struct cgroup_hierarchy hierarchy = { .controller = controller, .root = -1 };
	bool v2 = controller == CGROUP_NONE;
	const char *directory = v2 ? "unified" : cgroup_v1_names[controller];

	snprintf(hierarchy.name, sizeof(hierarchy.name), CGROUP_MOUNT "/%s", directory);
	if (v2 && v2_alone) {
		snprintf(hierarchy.name, sizeof(hierarchy.name), CGROUP_MOUNT);
		hierarchy.root = cgroup_open(base, ".");
	} else if (base >= 0 && !v2_alone) {
		/* "cpu" may be a link to "cpu,cpuacct". */
		autoclose root = openat(base, directory, O_PATH | O_DIRECTORY | O_CLOEXEC);

		if (fd_has_magic(root, v2 ? CGROUP2_SUPER_MAGIC : CGROUP_SUPER_MAGIC))
			hierarchy.root = take_fd(&root);
	}
	return hierarchy;
}

/* What is mounted there: v2, or a tmpfs with v1's hierarchies; anything else is none. */
static int base_open(bool *v2_alone)
{
	autoclose base = open(CGROUP_MOUNT, O_PATH | O_DIRECTORY | O_CLOEXEC);

	*v2_alone = fd_has_magic(base, CGROUP2_SUPER_MAGIC);
	return *v2_alone || fd_has_magic(base, TMPFS_MAGIC) ? take_fd(&base) : -1;
}

struct cgroup_hierarchy cgroup_hierarchy_open(int controller)
{
	bool v2_alone;
	autoclose base = base_open(&v2_alone);

	return hierarchy_at(base, v2_alone, controller);
}

unsigned cgroup_hierarchies_open(struct cgroup_hierarchy all[static CGROUP_CONTROLLERS + 1])
{
	unsigned mounted_v1 = 0;
	bool v2_alone;
	autoclose base = base_open(&v2_alone);

	for (int i = 0; i <= CGROUP_CONTROLLERS; i++) {
		all[i] = hierarchy_at(base, v2_alone, i);
		if (all[i].root >= 0 && i != CGROUP_NONE)
			mounted_v1 |= 1u << i;
	}
	return mounted_v1;
}

void cgroup_hierarchies_close(struct cgroup_hierarchy all[static CGROUP_CONTROLLERS + 1])
{
	for (int i = 0; i <= CGROUP_CONTROLLERS; i++)
		cgroup_hierarchy_close(&all[i]);
}

void cgroup_hierarchy_close(struct cgroup_hierarchy *hierarchy)
{
	fd_close(&hierarchy->root);
}

int cgroup_shared_with(const struct run_cgroup *cgroup, int most, int dir)
{
	struct stat one, other;

	if (fstat(dir, &one) < 0)
		return -1;
	for (int i = 0; i < most; i++)
		if (cgroup->v1[i] >= 0 && fstat(cgroup->v1[i], &other) == 0 &&
			one.st_dev == other.st_dev)
			return i;
	return -1;
}

long cgroup_read(int dir, const char *file, char *text, size_t size)
{
	autoclose fd = file_open_beneath(dir, file, O_RDONLY);
	/* The kernel makes such a file up in one piece. */
	ssize_t length = fd < 0 ? -1 : read(fd, text, size - 1);

	while (length > 0 && text[length - 1] == '\n')
		length--;
	if (length >= 0)
		text[length] = '\0';
	return length;
}

int cgroup_open(int dir, const char *name)
{
	return openat(dir, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

int cgroup_dir(const struct run_cgroup *cgroup, int controller)
{
	int known = controller == CGROUP_NONE ? cgroup->v2 : cgroup->v1[controller];
	autohierarchy hierarchy = { .root = -1 };

	if (known >= 0)
		return cgroup_open(known, ".");
	if (cgroup->path[0])
		hierarchy = cgroup_hierarchy_open(controller);
	if (hierarchy.root >= 0)
		return file_open_beneath(hierarchy.root, cgroup->path + 1, O_PATH | O_DIRECTORY);
	errno = ENOENT;
	return -1;
}

/* The controllers listed in cgroup.controllers or cgroup.subtree_control, as a bit set. */
static unsigned controllers_listed(int dir, const char *file)
{
	char text[1024], *rest = text, *word;
	unsigned listed = 0;

	if (cgroup_read(dir, file, text, sizeof(text)) < 0)
		return 0;
	while ((word = strsep(&rest, " "))) {
		int controller = cgroup_controller_of(word);

		if (controller >= 0)
			listed |= 1u << controller;
	}
	return listed;
}

unsigned cgroup_v2_missing(int root, unsigned controllers)
{
	/* Devices are a matter of BPF there. */
	return controllers & ~controllers_listed(root, "cgroup.controllers") &
		~(1u << CGROUP_DEVICES);
}

static int enable_one(int parent, const char *name, struct err *err)
{
	char command[32];

	snprintf(command, sizeof(command), "+%s", name);
	if (file_write_beneath(parent, "cgroup.subtree_control", command) == 0)
		return 0;
	if (errno == ENOENT || errno == EINVAL)
		return err_set(err, EOPNOTSUPP,
			"the %s controller is not in cgroup.controllers of the parent", name);
	if (errno == EBUSY || errno == EOPNOTSUPP)
		return err_set(err, EBUSY,
			"processes live in the parent itself, so it cannot give the %s controller to "
			"children",
			name);
	return err_errno(err, "write \"%s\" to cgroup.subtree_control of the parent", command);
}

/* Enables each controller of the bit set for the directory's children, and what can be of others.
 */
static int v2_enable(int parent, unsigned controllers, unsigned others, struct err *err)
{
	unsigned wanted = controllers | others, enabled = 0;
	struct err ignored;

	if (wanted)
		enabled = controllers_listed(parent, "cgroup.subtree_control");
	if (others & ~enabled)
		wanted = controllers | (others & controllers_listed(parent, "cgroup.controllers"));
	for (int i = 0; i < CGROUP_CONTROLLERS; i++) {
		bool needed = controllers >> i & 1;

		if ((wanted & ~enabled) >> i & 1 && cgroup_v2_names[i] &&
			enable_one(parent, cgroup_v2_names[i], needed ? err : &ignored) < 0 &&
			needed)
			return -1;
	}
	return 0;
}

/* An empty cpuset refuses every process with ENOSPC, and new ones are born empty. */
static int v1_cpuset_inherit(int parent, int dir, struct err *err)
{
	static const char *const files[] = { "cpuset.cpus", "cpuset.mems" };
	char text[4096];

	for (size_t i = 0; i < 2; i++) {
		if (cgroup_read(dir, files[i], text, sizeof(text)) < 0)
			return err_errno(err, "read %s of a new cpuset", files[i]);
		if (text[0] != '\0')
			continue;
		if (cgroup_read(parent, files[i], text, sizeof(text)) < 0)
			return err_errno(err, "read %s of the cpuset above", files[i]);
		if (file_write_beneath(dir, files[i], text) < 0)
			return err_errno(err, "write \"%s\" to %s of a new cpuset", text, files[i]);
	}
	return 0;
}

/* What is made at each level of a path. */
struct making {
	const struct cgroup_hierarchy *hierarchy;
	const char *path;
	unsigned controllers, others;
	bool joined;
};

/* What a fresh directory needs so that it, or one below it, can take processes. */
static int prepare(const struct making *making, int parent, int dir, struct err *err)
{
	if (making->hierarchy->controller == CGROUP_NONE)
		return v2_enable(parent, making->controllers, making->others, err);
	if (making->hierarchy->controller == CGROUP_CPUSET)
		return v1_cpuset_inherit(parent, dir, err);
	return 0;
}

/* The last directory is ours alone from birth, with no limit left over from anyone. */
static int make_level(const struct making *making, int parent, const char *name, bool last)
{
	int failed = mkdirat(parent, name, 0755);

	if (failed && errno == EEXIST && last && !making->joined) {
		/* Only a cgroup without processes and children lets itself be removed. */
		if (unlinkat(parent, name, AT_REMOVEDIR) < 0 && errno != ENOENT)
			return -1;
		failed = mkdirat(parent, name, 0755);
		if (failed)
			return -1;
	}
	return failed && errno != EEXIST ? -1 : cgroup_open(parent, name);
}

/* One walk down; -2 if a parent vanished under it and it is worth another try. */
static int make_walk(const struct making *making, struct err *err)
{
	const char *where = making->hierarchy->name, *path = making->path, *at = path + 1;
	autoclose parent = cgroup_open(making->hierarchy->root, ".");

	if (parent < 0)
		return err_errno(err, "open %s", where);
	for (;;) {
		size_t length = strcspn(at, "/");
		bool last = at[length] == '\0';
		char name[NAME_MAX + 1];
		int shown = (int)(at + length - path);

		if (length > NAME_MAX)
			return err_set(err, ENAMETOOLONG,
				"make %s%s: a name is longer than %d bytes", where, path, NAME_MAX);
		memcpy(name, at, length);
		name[length] = '\0';
		autoclose dir = make_level(making, parent, name, last);
		if (dir < 0 && (errno == ENOENT || errno == ENODEV))
			return -2;
		if (dir < 0 && errno == EBUSY)
			return err_set(
				err, EBUSY, "make %s%s: it exists and is in use", where, path);
		if (dir < 0)
			return err_errno(err, "make %s%.*s", where, shown, path);
		if (prepare(making, parent, dir, err) < 0) {
			if (last && !making->joined)
				unlinkat(parent, name, AT_REMOVEDIR);
			return err_where(err, "make %s%.*s", where, shown, path);
		}
		if (last)
			return take_fd(&dir);
		fd_close(&parent);
		parent = take_fd(&dir);
		at += length + 1;
	}
}

int cgroup_tree_make(const struct cgroup_hierarchy *hierarchy, const char *path,
	unsigned controllers, unsigned others, bool joined, struct err *err)
{
	const struct making making = { hierarchy, path, controllers, others, joined };
	int fd = -2;

	/* Another container's removal may take the common parent away between two steps. */
	for (int tries = 0; tries < 16 && fd == -2; tries++)
		fd = make_walk(&making, err);
	if (fd == -2)
		return err_set(
			err, EAGAIN, "make %s%s: a parent keeps vanishing", hierarchy->name, path);
	return fd;
}
