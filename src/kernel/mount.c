/*
 * Attaches the config's mounts in the new root, in their order. A destination is resolved once
 * (mount-place.c), and what is mounted there is moved from descriptor to descriptor (move_mount).
 * Must never name a place inside the container by a path a second time. At the end the flags of
 * every mount are read back (statvfs(3)); a difference is an error, never repaired.
 */
#include <errno.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "base/fd.h"
#include "base/file.h"
#include "format/node.h"
#include "kernel/copy-up.h"
#include "kernel/mount-api.h"
#include "kernel/mount-options.h"
#include "kernel/mount-place.h"
#include "kernel/mount-source.h"
#include "kernel/mount-types.h"
#include "kernel/room.h"
#include "kernel/steps.h"

struct making {
	struct run *run;
	struct places places;
	struct siblings siblings;
};

/* The kernel says EINVAL where a directory meets something else. */
static bool kinds_differ(int source, int place)
{
	struct stat there, here;

	return fstat(source, &there) == 0 && fstat(place, &here) == 0 &&
		S_ISDIR(there.st_mode) != S_ISDIR(here.st_mode);
}

static int attach(struct making *making, const struct config_mount *mount, int source, int place,
	struct err *err)
{
	if (place_check(making->run, &making->places, mount->destination, place, source, err) < 0)
		return -1;
	if (mount_attach(source, place) == 0)
		return 0;
	if (errno == EINVAL && kinds_differ(source, place))
		return err_set(err, ENOTDIR, "one is a directory, the other is not");
	err_errno(err, "attach");
	return room_explain(err);
}

static int bind_attach(struct making *making, const struct config_mount *mount,
	const struct mount_options *options, int source, struct err *err)
{
	struct stat stat;

	if (fstat(source, &stat) < 0)
		return err_errno(err, "stat the source");
	if (S_ISLNK(stat.st_mode) && !options->copy_symlink)
		return err_set(err, ELOOP, "the source is a symlink; name the place it leads to");
	if (place_attach_beside(
		    making->run, &making->siblings, mount->destination, stat.st_mode, source))
		return 0;
	autoclose place = place_open(making->run, mount->destination, stat.st_mode, err);
	return place < 0 ? -1 : attach(making, mount, source, place, err);
}

/* A tmpfs with a copy of what it covers, which only then may become read-only. */
static int copied_make(struct run *run, const struct config_mount *mount,
	const struct mount_options *options, int place, struct err *err)
{
	struct mount_options writable = *options;
	autoclose fd = -1;

	writable.top.set &= ~(uint64_t)MOUNT_ATTR_RDONLY;
	writable.below.set &= ~(uint64_t)MOUNT_ATTR_RDONLY;
	fd = mount_type_make(run, mount, &writable, place, err);
	if (fd < 0 || copy_up(place, fd, err) < 0)
		return -1;
	if ((options->top.set | options->below.set) & MOUNT_ATTR_RDONLY &&
		mount_make_readonly(fd, 0) < 0)
		return err_errno(err, "make it read-only");
	return take_fd(&fd);
}

static int type_attach(struct making *making, const struct config_mount *mount,
	struct mount_options *options, struct err *err)
{
	struct run *run = making->run;
	autoclose place = place_open(run, mount->destination, S_IFDIR, err), fd = -1;

	if (place < 0)
		return -1;
	if (mount_is_cgroup(mount))
		return place_check(run, &making->places, mount->destination, place, -1, err) < 0
			? -1
			: mount_cgroup(run, mount, options, place, err);
	fd = options->copy_up ? copied_make(run, mount, options, place, err)
			      : mount_type_make(run, mount, options, place, err);
	if (fd < 0)
		return -1;
	options->top = options->below = (struct mount_flags){ 0 };
	if (mount_options_set(fd, options) < 0)
		return err_errno(err, "set its propagation");
	return attach(making, mount, fd, place, err);
}

static int remount(struct run *run, const struct config_mount *mount, struct mount_options *options,
	struct err *err)
{
	autoclose place = file_open_in_root(run->rootfs, mount->destination, O_PATH, 0);

	if (place < 0)
		return err_errno(err, "open what is there");
	if (mount_reconfigure(mount, place, err) < 0)
		return -1;
	options->top.clear |= options->loosen;
	return mount_options_set(place, options) < 0 ? err_errno(err, "change its flags") : 0;
}

static int mount_one(
	struct making *making, const struct config_mount *mount, int *source, struct err *err)
{
	struct mount_options options;

	mount_options_read(making->run->config, mount, &options);
	/* What has a source all the same is the copy of a tree. */
	if (options.remount || (!options.bind && *source < 0)) {
		siblings_forget(&making->siblings);
		return options.remount ? remount(making->run, mount, &options, err)
				       : type_attach(making, mount, &options, err);
	}
	if (source_clone_late(making->run, mount, source, err) < 0 ||
		bind_attach(making, mount, &options, *source, err) < 0)
		return -1;
	fd_close(source);
	return 0;
}

bool mounts_wanted(const struct config *config)
{
	return config->mounts_count > 0;
}

/*
 * mounts_apply - attach each of the config's mounts in the new root
 *
 * Needs:  run->rootfs attached, run->sources cloned, run->procfs; every namespace entered
 * Leaves: the whole tree mounted, this process's sources closed
 * Mustn't run after the pivot: a file system's own source may be a path on the host
 */
int mounts_apply(struct run *run, struct err *err)
{
	struct making making = { .run = run, .siblings = SIBLINGS_NONE };
	int result = 0;

	for (size_t i = 0; i < run->config->mounts_count && result == 0; i++)
		if (mount_one(&making, &run->config->mounts[i], &run->sources[i], err) < 0)
			result = mount_where(&run->config->mounts[i], err);
	siblings_forget(&making.siblings);
	return result;
}

static const struct {
	uint64_t asked;
	unsigned long seen;
	const char *name;
} flag_table[] = {
	{ MOUNT_ATTR_RDONLY, ST_RDONLY, "ro" },
	{ MOUNT_ATTR_NOSUID, ST_NOSUID, "nosuid" },
	{ MOUNT_ATTR_NODEV, ST_NODEV, "nodev" },
	{ MOUNT_ATTR_NOEXEC, ST_NOEXEC, "noexec" },
};

static int flags_verify(int root, const char *place, int flags, uint64_t asked, struct err *err)
{
	autoclose fd = file_open_in_root(root, place, O_PATH | flags, 0);
	struct statvfs seen;

	if (fd < 0)
		return err_errno(err, "mount %s: open it to read its flags back", place);
	if (fstatvfs(fd, &seen) < 0)
		return err_errno(err, "mount %s: read its flags back", place);
	for (size_t i = 0; i < sizeof(flag_table) / sizeof(flag_table[0]); i++)
		if (asked & flag_table[i].asked && !(seen.f_flag & flag_table[i].seen))
			return err_set(err, EINVAL, "mount %s: it should be %s but is not", place,
				flag_table[i].name);
	return 0;
}

static uint64_t root_flags(const struct config *config)
{
	uint64_t flags = config->root.readonly ? MOUNT_ATTR_RDONLY : 0;

	if (config->root_tmpfs.set || config->mode != MODE_UNSET)
		flags |= MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV;
	return flags;
}

bool verify_mounts_wanted(const struct config *config)
{
	return config->verify_mounts;
}

/*
 * verify_mounts_apply - no mount has fewer restrictions than were asked for
 *
 * Needs:  the pivot done, the root read-only if it shall be
 * Leaves: nothing changed
 * Mustn't be left out in production: it is what tells a kernel that ignored a flag
 */
int verify_mounts_apply(struct run *run, struct err *err)
{
	const struct config *config = run->config;
	struct mount_options options;

	if (flags_verify(run->rootfs, "/", 0, root_flags(config), err) < 0)
		return -1;
	for (size_t i = 0; i < config->mounts_count; i++) {
		const struct config_mount *mount = &config->mounts[i];

		mount_options_read(config, mount, &options);
		if (flags_verify(run->rootfs, mount->destination,
			    options.copy_symlink ? O_NOFOLLOW : 0,
			    options.top.set | options.below.set, err) < 0)
			return -1;
	}
	return 0;
}

void mounts_print(const struct config *config, struct node *params, struct arena *arena)
{
	struct node *list = node_new(arena, NODE_ARRAY);

	for (size_t i = 0; i < config->mounts_count; i++) {
		const struct config_mount *mount = &config->mounts[i];
		struct node *row = node_new(arena, NODE_TABLE);

		node_put_string(arena, row, "destination", mount->destination);
		node_put_string(arena, row, "type", mount->type);
		node_put_string(arena, row, "source", mount->source);
		node_put_strings(arena, row, "options", &mount->options);
		node_append(list, row);
	}
	node_put(arena, params, "mounts", list);
}
