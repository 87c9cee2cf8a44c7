/*
 * Where mounts go. A destination is resolved once, inside the root, by openat2(2); what it leads to
 * is judged by what it is, not by what it is called, as the image may hold any link. Programs and
 * runtimes trust what they read at /proc and write there, so nothing but procfs may stand there
 * (CVE-2019-16884, CVE-2019-19921). Must never follow a link at /proc, /sys or /dev itself: what is
 * believed to be there would be somewhere else.
 */
#include "kernel/mount-place.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/file.h"
#include "kernel/mount-api.h"

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

static int open_errno(const struct config *config, struct err *err)
{
	err_errno(err, "find or make the place in the root");
	if (err->code == EACCES && config_has_namespace(config, NAMESPACE_USER))
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

/* Being new it is neither the root nor in procfs, nor a link that leads anywhere. */
static int sibling_make(
	const struct run *run, struct siblings *siblings, const char *destination, mode_t type)
{
	const char *name = siblings_name(siblings, destination);

	if (!name)
		return -1;
	if (siblings->directory < 0)
		siblings->directory = file_open_in_root(run->rootfs,
			arena_printf(run->arena, "%.*s", (int)(name - destination), destination),
			O_PATH | O_DIRECTORY, 0);
	return S_ISDIR(type) ? mkdirat(siblings->directory, name, 0755)
			     : mknodat(siblings->directory, name, S_IFREG | 0644, 0);
}

bool place_attach_beside(struct run *run, struct siblings *siblings, const char *destination,
	mode_t type, int source)
{
	const char *rest = "";

	if (special_place(destination, &rest) || has_dot_dot(destination)) {
		siblings_forget(siblings);
		return false;
	}
	if (sibling_make(run, siblings, destination, type) == 0 &&
		move_mount(source, "", siblings->directory, strrchr(destination, '/') + 1,
			MOVE_MOUNT_F_EMPTY_PATH) == 0)
		return true;
	/* What was there could lead to the directory itself. */
	fd_close(&siblings->directory);
	return false;
}

int place_open(struct run *run, const char *destination, mode_t type, struct err *err)
{
	const char *rest = "", *special = special_place(destination, &rest);
	int fd;

	if (has_dot_dot(destination))
		return err_set(err, EINVAL, "\"..\" is not allowed in a destination");
	autoclose place = special ? special_open(run->rootfs, special) : -1;
	if (special && place < 0 && (errno == ENOTDIR || errno == ELOOP))
		return err_set(err, ENOTDIR, "/%s in the root is a link or no directory", special);
	if (special && place < 0)
		return open_errno(run->config, err);
	if (special && !rest[0])
		return take_fd(&place);
	fd = ordinary_open(run->rootfs, destination, type);
	return fd < 0 ? open_errno(run->config, err) : fd;
}

static struct place place_of(int fd)
{
	struct statx seen;

	if (fd < 0 || statx(fd, "", AT_EMPTY_PATH, STATX_INO | STATX_MNT_ID, &seen) < 0)
		return (struct place){ 0 };
	return (struct place){ seen.stx_mnt_id, seen.stx_ino };
}

/* The root of a procfs, and no part of one. */
static bool is_procfs(int fd)
{
	enum { PROC_ROOT_INODE = 1 };

	return fd_has_magic(fd, PROC_SUPER_MAGIC) && place_of(fd).inode == PROC_ROOT_INODE;
}

static bool is_same(struct place left, struct place right)
{
	return left.mount == right.mount && left.inode == right.inode;
}

static void places_learn(struct run *run, struct places *places)
{
	autoclose proc = openat(run->rootfs, "proc", O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	places->root = place_of(run->rootfs);
	places->proc = place_of(proc);
	places->proc_is_real = fd_has_magic(proc, PROC_SUPER_MAGIC);
	places->known = true;
}

/* Files of procfs that an emulation of them for the container may cover. */
static bool is_emulated(const char *destination)
{
	static const char *const files[] = { "cpuinfo", "diskstats", "loadavg", "meminfo",
		"net/dev", "slabinfo", "stat", "swaps", "sys/crypto/fips_enabled",
		"sys/kernel/ns_last_pid", "uptime" };
	const char *rest = "", *special = special_place(destination, &rest);

	for (size_t i = 0; special && special[0] == 'p' && i < sizeof(files) / sizeof(files[0]);
		i++)
		if (!strcmp(rest, files[i]))
			return true;
	return false;
}

int place_check(struct run *run, struct places *places, const char *destination, int place,
	int source, struct err *err)
{
	const char *rest, *special = special_place(destination, &rest);
	bool below_proc = special && !strcmp(special, "proc");
	struct place here = place_of(place);

	if (!places->known)
		places_learn(run, places);
	if (is_same(here, places->root))
		return err_set(err, EINVAL, "the root itself cannot be mounted over");
	if (is_same(here, places->proc)) {
		places->known = false;
		return is_procfs(source)
			? 0
			: err_set(err, EINVAL, "only a proc file system may be mounted on /proc");
	}
	below_proc |= here.mount == places->proc.mount;
	if (!places->proc_is_real || !below_proc || is_emulated(destination))
		return 0;
	return err_set(
		err, EPERM, "it lies in the proc file system on /proc, which must not be faked");
}
