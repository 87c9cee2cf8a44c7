/*
 * The container's /dev: the nodes the specification asks for, the configured ones, and the links
 * beside them. /dev itself must never be a link (CVE-2026-41579).
 *
 * Nodes are made with mknod(2) where that is allowed; in a user namespace, or on a nodev mount, the
 * host's node is bound over an empty file instead. What is bound is taken hold of before the
 * container exists (CVE-2025-31133): a clone whose device number was checked by descriptor,
 * read-only so that no chmod inside reaches the host's inode; a device can still be written to
 * through it. No node is looked up twice by its path. Rests on null(4), random(4), pts(4).
 */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/fd.h"
#include "base/file.h"
#include "format/node.h"
#include "kernel/mount-api.h"
#include "kernel/steps.h"

/* One node to be made: its type bits and permissions, numbers and owner. */
struct wanted_node {
	const char *path;
	mode_t mode;
	dev_t device;
	uid_t uid;
	gid_t gid;
	int source; /* a detached clone of the host's node, or -1 */
	bool bind;  /* nodes made at its place could not be opened */
};

struct default_device {
	const char *path;
	unsigned major, minor;
};

static const struct default_device default_devices[] = {
	{ "/dev/null", 1, 3 },
	{ "/dev/zero", 1, 5 },
	{ "/dev/full", 1, 7 },
	{ "/dev/random", 1, 8 },
	{ "/dev/urandom", 1, 9 },
	{ "/dev/tty", 5, 0 },
};

enum { DEFAULT_DEVICES = sizeof(default_devices) / sizeof(default_devices[0]) };

static const struct {
	const char *name, *target;
} links[] = {
	{ "fd", "/proc/self/fd" },
	{ "stdin", "/proc/self/fd/0" },
	{ "stdout", "/proc/self/fd/1" },
	{ "stderr", "/proc/self/fd/2" },
};

static bool is_node(const struct stat *stat, const struct wanted_node *wanted)
{
	return (stat->st_mode & S_IFMT) == (wanted->mode & S_IFMT) &&
		(S_ISFIFO(wanted->mode) || stat->st_rdev == wanted->device);
}

/* True if device nodes on the mount fd is on can be opened. */
static bool node_mount_allows(int fd)
{
	struct statvfs seen;

	return fstatvfs(fd, &seen) == 0 && !(seen.f_flag & ST_NODEV);
}

/* Binds the host's node over an empty file, made if there is nothing. */
static int node_bind(int dir, const char *name, const struct wanted_node *wanted, struct err *err)
{
	autoclose file = -1;

	if (wanted->source < 0)
		return err_set(err, ENOENT,
			"it cannot be made here, and none of the host's was found to bind");
	file = openat(dir, name, O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
	if (file < 0 && errno == EEXIST)
		file = openat(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (file < 0)
		return err_errno(err, "make a file to bind the host's over");
	if (mount_attach(wanted->source, file) < 0)
		return err_errno(err, "bind the host's");
	return 0;
}

/* The new node by descriptor, checked to be what was made before its owner is changed. */
static int owner_set(int dir, const char *name, const struct wanted_node *wanted, struct err *err)
{
	struct stat stat;

	if (!wanted->uid && !wanted->gid)
		return 0;
	autoclose fd = openat(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &stat) < 0)
		return err_errno(err, "open what was made");
	if (!is_node(&stat, wanted))
		return err_set(err, EEXIST, "something else was put in its place");
	if (fchownat(fd, "", wanted->uid, wanted->gid, AT_EMPTY_PATH) < 0)
		return err_errno(err, "set its owner");
	return 0;
}

/* 1 if the node is there already, 0 if nothing or a mere mount point is, -1 for anything else. */
static int node_present(
	int dir, const char *name, const struct wanted_node *wanted, struct err *err)
{
	autoclose fd = openat(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	struct stat stat;

	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0 || fstat(fd, &stat) < 0)
		return err_errno(err, "look what is there");
	if (is_node(&stat, wanted))
		return S_ISFIFO(wanted->mode) || node_mount_allows(fd);
	if (S_ISREG(stat.st_mode) && stat.st_size == 0 && wanted->source >= 0)
		return 0;
	return err_set(err, EEXIST, "the root has something else there");
}

/* Makes name in dir, or accepts it if it is the right node already. */
static int node_make(int dir, const char *name, const struct wanted_node *wanted, struct err *err)
{
	int present = node_present(dir, name, wanted, err);

	if (present)
		return present < 0 ? -1 : 0;
	if (!S_ISFIFO(wanted->mode) && wanted->bind)
		return node_bind(dir, name, wanted, err);
	if (mknodat(dir, name, wanted->mode, wanted->device) == 0)
		return owner_set(dir, name, wanted, err);
	if (errno == EPERM || errno == EEXIST)
		return node_bind(dir, name, wanted, err);
	return err_errno(err, "make the node");
}

static struct wanted_node default_wanted(const struct default_device *device)
{
	return (struct wanted_node){ .path = device->path,
		.mode = S_IFCHR | 0666,
		.device = makedev(device->major, device->minor),
		.source = -1 };
}

static struct wanted_node configured_wanted(const struct config_device *device)
{
	struct wanted_node wanted = { .path = device->path,
		.mode = device->file_mode.set ? (mode_t)device->file_mode.value & 07777 : 0666,
		.device = makedev((unsigned)device->major.value, (unsigned)device->minor.value),
		.uid = (uid_t)device->uid.value,
		.gid = (gid_t)device->gid.value,
		.source = -1 };

	if (device->type[0] == 'p')
		wanted.mode |= S_IFIFO;
	else
		wanted.mode |= device->type[0] == 'b' ? S_IFBLK : S_IFCHR;
	return wanted;
}

/* What run->devices lists: the default devices, then the configured ones. */
static struct wanted_node node_wanted(const struct config *config, size_t index)
{
	return index < DEFAULT_DEVICES
		? default_wanted(&default_devices[index])
		: configured_wanted(&config->devices[index - DEFAULT_DEVICES]);
}

/*
 * A detached, private, read-only clone of the host's node. Absent is no fault yet, and leaves
 * *source alone: the node may be made with mknod.
 */
static int host_node_clone(const struct wanted_node *wanted, int *source, struct err *err)
{
	struct mount_attr attr = {
		.attr_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC,
		.attr_clr = MOUNT_ATTR_NODEV,
		.propagation = MS_PRIVATE,
	};
	autoclose fd = open_tree(AT_FDCWD, wanted->path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	struct stat stat;

	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0 || fstat(fd, &stat) < 0)
		return err_errno(err, "open the host's %s", wanted->path);
	if (!is_node(&stat, wanted))
		return err_set(err, ENXIO, "the host's %s is not the device %u:%u", wanted->path,
			major(wanted->device), minor(wanted->device));
	if (mount_change(fd, attr, 0) < 0)
		return err_errno(err, "restrict the host's %s", wanted->path);
	*source = take_fd(&fd);
	return 0;
}

/*
 * null_apply - take hold of the host's device nodes
 *
 * Needs:  the host's mount namespace
 * Leaves: run->null_device for the masks, run->devices for /dev, none of them attached
 * Mustn't run inside the container: there /dev/null may be anything
 */
int null_apply(struct run *run, struct err *err)
{
	const struct config *config = run->config;
	size_t count = DEFAULT_DEVICES + config->devices_count;
	bool bind = config_has_namespace(config, NAMESPACE_USER);
	struct wanted_node wanted = node_wanted(config, 0);

	run->devices = arena_alloc(run->arena, count, sizeof(*run->devices));
	for (size_t i = 0; i < count; i++)
		run->devices[i] = -1;
	if (host_node_clone(&wanted, &run->null_device, err) < 0)
		return -1;
	if (run->null_device < 0)
		return err_set(err, ENOENT, "the host has no /dev/null");
	for (size_t i = 0; i < (bind ? count : DEFAULT_DEVICES); i++) {
		wanted = node_wanted(config, i);
		if (!S_ISFIFO(wanted.mode) && host_node_clone(&wanted, &run->devices[i], err) < 0)
			return -1;
	}
	return 0;
}

static int device_make(const struct run *run, int dev, size_t index, struct err *err)
{
	struct wanted_node wanted = node_wanted(run->config, index);
	bool below_dev = !strncmp(wanted.path, "/dev/", 5);
	const char *name;
	autoclose dir = file_make_parent_in_root(
		below_dev ? dev : run->rootfs, below_dev ? wanted.path + 4 : wanted.path, &name);

	if (dir < 0)
		return err_errno(err, "device %s: make its directory", wanted.path);
	wanted.source = run->devices[index];
	wanted.bind = config_has_namespace(run->config, NAMESPACE_USER) || !node_mount_allows(dir);
	if (node_make(dir, name, &wanted, err) < 0)
		return err_where(err, "device %s", wanted.path);
	return 0;
}

static int link_make(int dev, const char *name, const char *target, struct err *err)
{
	if (symlinkat(target, dev, name) < 0 && errno != EEXIST)
		return err_errno(err, "make the link /dev/%s", name);
	return 0;
}

static int links_make(const struct run *run, int dev, struct err *err)
{
	autoclose pts = file_open_in_root(run->rootfs, "/dev/pts/ptmx", O_PATH, 0);
	autoclose proc = file_open_in_root(run->rootfs, links[0].target, O_PATH, 0);

	if (pts >= 0 && link_make(dev, "ptmx", "pts/ptmx", err) < 0)
		return -1;
	for (size_t i = 0; proc >= 0 && i < sizeof(links) / sizeof(links[0]); i++)
		if (link_make(dev, links[i].name, links[i].target, err) < 0)
			return -1;
	return 0;
}

static int dev_open(int rootfs, struct err *err)
{
	int fd;

	if (mkdirat(rootfs, "dev", 0755) < 0 && errno != EEXIST && errno != EROFS &&
		errno != EACCES)
		return err_errno(err, "make /dev in the root");
	fd = openat(rootfs, "dev", O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 && (errno == ENOTDIR || errno == ELOOP))
		return err_set(err, ENOTDIR, "/dev in the root is a link or no directory");
	return fd < 0 ? err_errno(err, "open /dev in the root") : fd;
}

static int devices_make(const struct run *run, int dev, struct err *err)
{
	size_t configured = run->config->devices_count;

	/* The configured ones first: one that is also a default keeps its mode and owner. */
	for (size_t i = 0; i < configured; i++)
		if (device_make(run, dev, DEFAULT_DEVICES + i, err) < 0)
			return -1;
	for (size_t i = 0; i < DEFAULT_DEVICES; i++)
		if (device_make(run, dev, i, err) < 0)
			return -1;
	return links_make(run, dev, err);
}

/*
 * devices_apply - the default and the configured device nodes, and the links beside them
 *
 * Needs:  every mount made, run->devices
 * Leaves: /dev filled; what was there already is accepted only if it is the right device
 * Mustn't leave the umask changed: it is zero meanwhile so that modes are exact
 */
int devices_apply(struct run *run, struct err *err)
{
	autoclose dev = dev_open(run->rootfs, err);
	mode_t mask;
	int result;

	if (dev < 0)
		return -1;
	mask = umask(0);
	result = devices_make(run, dev, err);
	umask(mask);
	return result;
}

void devices_print(const struct config *config, struct node *params, struct arena *arena)
{
	struct node *list = node_new(arena, NODE_ARRAY);

	for (size_t i = 0; i < DEFAULT_DEVICES; i++)
		node_append(list, node_string(arena, default_devices[i].path));
	for (size_t i = 0; i < config->devices_count; i++)
		node_append(list, node_string(arena, config->devices[i].path));
	node_put(arena, params, "devices", list);
}
