/*
 * Attaches the config's mounts in the new root, in their order. A destination is resolved once,
 * inside the root, by openat2(2), and what is mounted there is moved from descriptor to descriptor
 * (move_mount). Must never name a place inside the container by a path a second time, and never
 * follow a link at /proc, /sys or /dev: what is believed to be there would be somewhere else. At
 * the end the flags of every mount are read back (statvfs(3)); a difference is an error, never
 * repaired.
 */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "base/fd.h"
#include "base/file.h"
#include "format/node.h"
#include "kernel/mount-api.h"
#include "kernel/mount-options.h"
#include "kernel/mount-types.h"
#include "kernel/steps.h"

/* Skips slashes and "." components. */
static const char *skip_nothing(const char *path)
{
	while (path[0] == '/' || (path[0] == '.' && (path[1] == '/' || !path[1])))
		path++;
	return path;
}

static bool has_dot_dot(const char *path)
{
	for (; path[0]; path += strcspn(path, "/"), path += path[0] == '/')
		if (path[0] == '.' && path[1] == '.' && (path[2] == '/' || !path[2]))
			return true;
	return false;
}

/* One of /proc, /sys and /dev if path is it or below it, else NULL; *rest is what follows. */
static const char *special_place(const char *path, const char **rest)
{
	static const char *const names[] = { "proc", "sys", "dev" };

	path = skip_nothing(path);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		size_t length = strlen(names[i]);

		if (strncmp(path, names[i], length) || (path[length] && path[length] != '/'))
			continue;
		*rest = skip_nothing(path + length);
		return names[i];
	}
	return NULL;
}

/* The directory itself without following a link there, made if absent. */
static int special_open(int rootfs, const char *name)
{
	int fd = openat(rootfs, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd >= 0 || errno != ENOENT)
		return fd;
	if (mkdirat(rootfs, name, 0755) < 0 && errno != EEXIST)
		return -1;
	return openat(rootfs, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

static int destination_errno(const struct config *config, struct err *err)
{
	err_errno(err, "find or make the place in the root");
	if (err->code == EACCES && config_has_new_namespace(config, NAMESPACE_USER))
		err_hint(err,
			"make it in the root beforehand; its owner is not mapped in the user namespace");
	if (err->code == EROFS)
		err_hint(err, "make it beforehand; where it would be made is read-only");
	return -1;
}

/* The place for something of this file type; a link that is itself mounted covers a link there. */
static int ordinary_open(int rootfs, const char *destination, mode_t type)
{
	int fd = -1;

	if (S_ISDIR(type))
		return file_make_dirs_in_root(rootfs, destination);
	if (S_ISLNK(type))
		fd = file_open_in_root(rootfs, destination, O_PATH | O_NOFOLLOW, 0);
	return fd >= 0 ? fd : file_make_file_in_root(rootfs, destination);
}

static int destination_open(struct run *run, const char *destination, mode_t type, struct err *err)
{
	const char *rest = "", *special = special_place(destination, &rest);
	int fd;

	if (has_dot_dot(destination))
		return err_set(err, EINVAL, "\"..\" is not allowed in a destination");
	if (!skip_nothing(destination)[0])
		return err_set(err, EINVAL, "the root itself cannot be mounted over");
	autoclose place = special ? special_open(run->rootfs, special) : -1;
	if (special && place < 0 && (errno == ENOTDIR || errno == ELOOP))
		return err_set(err, ENOTDIR, "/%s in the root is a link or no directory", special);
	if (special && place < 0)
		return destination_errno(run->config, err);
	if (special && !rest[0])
		return take_fd(&place);
	fd = ordinary_open(run->rootfs, destination, type);
	return fd < 0 ? destination_errno(run->config, err) : fd;
}

/* Only a proc file system may stand at /proc: programs trust what they read there. */
static bool is_allowed(const struct config_mount *mount, int source)
{
	const char *rest = "", *special = special_place(mount->destination, &rest);

	return !special || strcmp(special, "proc") != 0 || rest[0] ||
		fd_has_magic(source, PROC_SUPER_MAGIC);
}

/* The kernel says EINVAL where a directory meets something else. */
static bool kinds_differ(int source, int place)
{
	struct stat there, here;

	return fstat(source, &there) == 0 && fstat(place, &here) == 0 &&
		S_ISDIR(there.st_mode) != S_ISDIR(here.st_mode);
}

static int attach(const struct config_mount *mount, int source, int place, struct err *err)
{
	if (!is_allowed(mount, source))
		return err_set(err, EINVAL, "only a proc file system may be mounted there");
	if (mount_attach(source, place) == 0)
		return 0;
	if (errno == EINVAL && kinds_differ(source, place))
		return err_set(err, ENOTDIR, "one is a directory, the other is not");
	return err_errno(err, "attach");
}

static int bind_attach(
	struct run *run, const struct config_mount *mount, int source, struct err *err)
{
	struct stat stat;

	if (fstat(source, &stat) < 0)
		return err_errno(err, "stat the source");
	autoclose place = destination_open(run, mount->destination, stat.st_mode, err);
	return place < 0 ? -1 : attach(mount, source, place, err);
}

static int type_attach(struct run *run, const struct config_mount *mount,
	struct mount_options *options, struct err *err)
{
	autoclose place = destination_open(run, mount->destination, S_IFDIR, err), fd = -1;

	if (place < 0)
		return -1;
	if (mount_is_cgroup(mount))
		return mount_cgroup(run, mount, options, place, err);
	fd = mount_type_make(run, mount, options, place, err);
	if (fd < 0)
		return -1;
	options->top = options->below = (struct mount_flags){ 0 };
	if (mount_options_set(fd, options) < 0)
		return err_errno(err, "set its propagation");
	return attach(mount, fd, place, err);
}

static int remount(struct run *run, const struct config_mount *mount,
	const struct mount_options *options, struct err *err)
{
	autoclose place = file_open_in_root(run->rootfs, mount->destination, O_PATH, 0);

	if (place < 0)
		return err_errno(err, "open what is there");
	for (size_t i = 0; i < mount->options.count; i++)
		if (mount_option_is_for_file_system(mount->options.items[i]))
			return err_set(err, ENOTSUP,
				"the option \"%s\" of a file system cannot be changed by a remount",
				mount->options.items[i]);
	return mount_options_set(place, options) < 0 ? err_errno(err, "change its flags") : 0;
}

static int mount_one(
	struct run *run, const struct config_mount *mount, int *source, struct err *err)
{
	struct mount_options options;

	if (mount_options_read(run->config, mount, &options, err) < 0)
		return -1;
	if (options.remount)
		return remount(run, mount, &options, err);
	if (!options.bind)
		return type_attach(run, mount, &options, err);
	if (bind_attach(run, mount, *source, err) < 0)
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
	for (size_t i = 0; i < run->config->mounts_count; i++)
		if (mount_one(run, &run->config->mounts[i], &run->sources[i], err) < 0)
			return mount_where(&run->config->mounts[i], err);
	return 0;
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

		if (mount_options_read(config, mount, &options, err) < 0 ||
			flags_verify(run->rootfs, mount->destination,
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
