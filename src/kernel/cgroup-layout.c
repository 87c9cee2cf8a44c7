/*
 * The mounted hierarchies, told apart by the magic number of /sys/fs/cgroup and, below a tmpfs, of
 * the directories named after v1's controllers and of "unified". No mount table is read. Rests on
 * cgroups(7) and statfs(2).
 */
#include "kernel/cgroup-layout.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "base/fd.h"
#include "base/file.h"

void cgroup_layout_close(struct cgroup_layout *layout)
{
	fd_close(&layout->base);
	fd_close(&layout->v2);
}

static bool has_magic(int fd, unsigned magic)
{
	struct statfs stat;

	return fd >= 0 && fstatfs(fd, &stat) == 0 && (unsigned)stat.f_type == magic;
}

struct cgroup_layout cgroup_layout_open(void)
{
	struct cgroup_layout layout = { -1, -1, CGROUP_MOUNT };
	autoclose base = open(CGROUP_MOUNT, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (has_magic(base, CGROUP2_SUPER_MAGIC)) {
		layout.v2 = take_fd(&base);
	} else if (has_magic(base, TMPFS_MAGIC)) {
		layout.base = take_fd(&base);
		layout.v2 = openat(layout.base, "unified", O_PATH | O_DIRECTORY | O_CLOEXEC);
		layout.v2_name = CGROUP_MOUNT "/unified";
		if (!has_magic(layout.v2, CGROUP2_SUPER_MAGIC))
			fd_close(&layout.v2);
	}
	return layout;
}

int cgroup_layout_v1(const struct cgroup_layout *layout, enum cgroup_controller controller)
{
	autoclose fd = -1;

	/* "cpu" may be a link to "cpu,cpuacct". */
	if (layout->base >= 0)
		fd = openat(layout->base, cgroup_v1_names[controller],
			O_PATH | O_DIRECTORY | O_CLOEXEC);
	return has_magic(fd, CGROUP_SUPER_MAGIC) ? take_fd(&fd) : -1;
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

/* One mounted hierarchy of the walk below. */
struct place {
	int controller; /* enum cgroup_controller, or CGROUP_NONE for v2 */
	int root;
	char name[64];
};

enum { PLACES = CGROUP_CONTROLLERS + 1 };

/*
 * The order in which processes are killed: the freezer first, as a frozen process dies in no
 * hierarchy before it is thawed, then v2, which kills all at once, then the rest.
 */
static int place_controller(int index)
{
	if (index == 0)
		return CGROUP_FREEZER;
	if (index == 1)
		return CGROUP_NONE;
	return index - 2 < CGROUP_FREEZER ? index - 2 : index - 1;
}

/* False if that hierarchy is not mounted; the caller closes root. */
static bool place_open(const struct cgroup_layout *layout, int controller, struct place *place)
{
	place->controller = controller;
	if (controller == CGROUP_NONE) {
		place->root = layout->v2 < 0 ? -1 : fcntl(layout->v2, F_DUPFD_CLOEXEC, 0);
		snprintf(place->name, sizeof(place->name), "%s", layout->v2_name);
	} else {
		place->root = cgroup_layout_v1(layout, controller);
		snprintf(place->name, sizeof(place->name), CGROUP_MOUNT "/%s",
			cgroup_v1_names[controller]);
	}
	return place->root >= 0;
}

#define PARENT_PREFIX "/" CGROUP_PARENT "/"

/*
 * In a hierarchy we have not come to, or were refused in, the path may be somebody else's: there
 * it is removed only if it is empty, which is how we would have left it.
 */
static int remove_at(
	const struct place *place, const struct run_cgroup *cgroup, bool ours, struct err *err)
{
	struct cgroup_hierarchy hierarchy = { .root = place->root, .name = place->name };

	if (!ours)
		unlinkat(place->root, cgroup->path + 1, AT_REMOVEDIR);
	else if (cgroup_tree_remove(&hierarchy, cgroup->path, err) < 0)
		return -1;
	/* The parent that all containers share goes with the last of them, where we may write. */
	if (strncmp(cgroup->path, PARENT_PREFIX, sizeof(PARENT_PREFIX) - 1) != 0 ||
		unlinkat(place->root, CGROUP_PARENT, AT_REMOVEDIR) == 0 || errno == EBUSY ||
		errno == ENOTEMPTY || errno == ENOENT || errno == EROFS || errno == EACCES)
		return 0;
	return err_errno(err, "remove %s/" CGROUP_PARENT, place->name);
}

int cgroup_layout_remove(
	const struct cgroup_layout *layout, const struct run_cgroup *cgroup, struct err *err)
{
	struct err first = { 0 };

	for (int i = 0; i < PLACES; i++) {
		int controller = place_controller(i);
		bool open = (controller == CGROUP_NONE ? cgroup->v2 : cgroup->v1[controller]) >= 0;
		struct place place;

		if (cgroup->stage == CGROUP_MADE && !open)
			continue;
		if (!place_open(layout, controller, &place)) {
			if (open && !first.code)
				err_set(&first, EIO, "%s is no longer to be found", place.name);
			continue;
		}
		if (remove_at(&place, cgroup, open || cgroup->stage == CGROUP_FOUND, err) < 0 &&
			!first.code)
			first = *err;
		fd_close(&place.root);
	}
	if (!first.code)
		return 0;
	*err = first;
	return -1;
}

int cgroup_layout_kill(const struct cgroup_layout *layout, const char *path, struct err *err)
{
	bool found = false;
	int failed = 0;

	for (int i = 0; !failed && i < PLACES; i++) {
		struct place place;
		autoclose dir = -1;

		if (!place_open(layout, place_controller(i), &place))
			continue;
		dir = file_open_beneath(place.root, path + 1, O_PATH | O_DIRECTORY);
		fd_close(&place.root);
		if (dir < 0)
			continue;
		found = true;
		failed = cgroup_tree_kill(dir, err);
		if (failed)
			err_where(err, "kill everything in %s%s", place.name, path);
	}
	if (!failed && !found)
		return err_set(err, ENOENT, "the container has no cgroup");
	return failed;
}
