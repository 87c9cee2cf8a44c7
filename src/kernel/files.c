/*
 * Files that the runtime makes for the workload: secrets, and the file that tells it of its limits.
 * Each kind lies in a tmpfs of its own, tmpfs(5), which is filled while it is attached nowhere,
 * before the container exists, and read-only ever after. That of secrets is never swapped out where
 * the kernel (6.4) lets the caller say so, which it does to the host's root alone. Must never leave
 * a copy of a secret anywhere else.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/file.h"
#include "config/describe.h"
#include "format/node.h"
#include "kernel/ids.h"
#include "kernel/lsm.h"
#include "kernel/mount-api.h"
#include "kernel/mount-place.h"
#include "kernel/mount-types.h"
#include "kernel/secret.h"
#include "kernel/steps.h"

/* Whom a file belongs to, by the host's numbers. */
struct owner {
	uid_t uid;
	gid_t gid;
};

bool files_wanted(const struct config *config)
{
	return config->policy_file || config->secrets_count;
}

static int owner_find(
	const struct run *run, int64_t uid, int64_t gid, struct owner *owner, struct err *err)
{
	return ids_owner(run, uid, gid, &owner->uid, &owner->gid, err);
}

static int tmpfs_make(const struct run *run, const struct owner *owner, bool stays, struct err *err)
{
	const char *const parameters[] = {
		arena_printf(run->arena, "uid=%u", owner->uid),
		arena_printf(run->arena, "gid=%u", owner->gid),
		"mode=0755",
		arena_printf(run->arena, "size=%zu",
			(run->config->secrets_count + 1) * (SECRET_SIZE_MOST + 65536)),
		/* At the end, where one of them can be left out. */
		stays ? "noswap" : lsm_context(run, run->arena),
		stays ? lsm_context(run, run->arena) : NULL,
		NULL,
	};

	return mount_make("tmpfs", "tmpfs", parameters,
		MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC, err);
}

/* A tmpfs of the container's root, which is not swapped out if the kernel knows how and lets us. */
static int place_make(const struct run *run, bool secret, struct err *err)
{
	struct owner root = { 0 };
	int fd;

	if (owner_find(run, 0, 0, &root, err) < 0)
		return -1;
	fd = tmpfs_make(run, &root, secret, err);
	return fd < 0 && secret && err->code == EINVAL ? tmpfs_make(run, &root, false, err) : fd;
}

/* An empty file that becomes its owner's once it is filled. */
static int file_begin(int dir, const char *name, struct err *err)
{
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

	return fd < 0 ? err_errno(err, "make %s", name) : fd;
}

static int file_end(int fd, const struct owner *owner, mode_t mode, struct err *err)
{
	if (fchown(fd, owner->uid, owner->gid) < 0 || fchmod(fd, mode) < 0)
		return err_errno(err, "give a file to user %u", owner->uid);
	return 0;
}

static int policy_make(struct run *run, struct err *err)
{
	autoclose dir = place_make(run, false, err), file = -1;
	struct owner root = { 0 };
	const char *text;

	if (dir < 0 || owner_find(run, 0, 0, &root, err) < 0)
		return -1;
	file = file_begin(dir, strrchr(POLICY_FILE, '/') + 1, err);
	if (file < 0)
		return -1;
	text = config_describe(run->config, run->arena);
	if (fd_write_all(file, text, strlen(text)) < 0 || fd_write_all(file, "\n", 1) < 0)
		return err_errno(err, "write %s", POLICY_FILE);
	if (file_end(file, &root, 0444, err) < 0)
		return -1;
	run->files.policy = take_fd(&dir);
	return 0;
}

/* The name in SECRETS_DIR, or NULL for a target elsewhere. */
static const char *name_in_place(const struct config_secret *secret)
{
	size_t length = strlen(SECRETS_DIR "/");
	const char *name = secret->target + length;

	return !strncmp(secret->target, SECRETS_DIR "/", length) && !strchr(name, '/') ? name
										       : NULL;
}

static const char *loose_name(const struct run *run, size_t index)
{
	return arena_printf(run->arena, "%zu", index);
}

static int secret_make(struct run *run, size_t index, struct err *err)
{
	const struct config_secret *secret = &run->config->secrets[index];
	const struct config_user *user = &run->config->process.user;
	const char *name = name_in_place(secret);
	int *dir = name ? &run->files.secrets : &run->files.loose;
	struct owner owner = { 0 };
	autoclose file = -1;

	if (owner_find(run, user->uid.value, user->gid.value, &owner, err) < 0)
		return -1;
	if (*dir < 0)
		*dir = place_make(run, true, err);
	if (*dir < 0)
		return -1;
	file = file_begin(*dir, name ? name : loose_name(run, index), err);
	if (file < 0 || secret_send(run, secret, file, err) < 0)
		return -1;
	return file_end(file, &owner, 0400, err);
}

/* In a root that is not ours to assemble: who is in a user namespace may not make it there. */
static int place_prepare(const struct run *run, const char *path, bool directory, struct err *err)
{
	autoclose made = directory ? file_make_dirs_in_root(run->root_source, path)
				   : file_make_file_in_root(run->root_source, path);

	/* What a mount puts there, or why it cannot be there, shows when it is attached. */
	if (made < 0 && errno != EROFS && errno != EACCES)
		return err_errno(err, "make %s in the root", path);
	return 0;
}

static int places_prepare(const struct run *run, struct err *err)
{
	const struct config *config = run->config;

	if (run->root_source < 0)
		return 0;
	if (config->policy_file && place_prepare(run, POLICY_FILE_DIR, true, err) < 0)
		return -1;
	for (size_t i = 0; i < config->secrets_count; i++) {
		const struct config_secret *secret = &config->secrets[i];
		bool in_place = name_in_place(secret);

		if (place_prepare(run, in_place ? SECRETS_DIR : secret->target, in_place, err) < 0)
			return -1;
	}
	return 0;
}

/* A descriptor of the caller's is a secret itself: nothing started from here on shall have it. */
static void descriptors_close(const struct run *run)
{
	for (size_t i = 0; i < run->config->secrets_count; i++)
		if (run->config->secrets[i].fd.set)
			close((int)run->config->secrets[i].fd.value);
}

/*
 * files_apply - make the runtime's own files, each kind in a detached tmpfs
 *
 * Needs:  the caller's rights and descriptors; run->root_source if there is a root to prepare
 * Leaves: run->files, read-only; places to attach them in a root that is a directory; no descriptor
 *         that a secret came from
 * Mustn't run after the clone: a secret is not to be in reach of what the workload becomes
 */
int files_apply(struct run *run, struct err *err)
{
	const struct config *config = run->config;
	const int *const made[] = { &run->files.policy, &run->files.secrets, &run->files.loose };

	if (places_prepare(run, err) < 0 || (config->policy_file && policy_make(run, err) < 0))
		return -1;
	for (size_t i = 0; i < config->secrets_count; i++)
		if (secret_make(run, i, err) < 0)
			return -1;
	descriptors_close(run);
	for (size_t i = 0; i < sizeof(made) / sizeof(*made); i++)
		if (*made[i] >= 0 && mount_make_readonly(*made[i], 0) < 0)
			return err_errno(err, "make the runtime's files read-only");
	return 0;
}

/* Attaches a detached mount and looks at what it has become. */
static int file_attach(struct run *run, int *mount, const char *path, mode_t type, struct err *err)
{
	struct places places = { 0 };
	struct statvfs seen;
	autoclose place = place_open(run, path, type, err);

	if (place < 0 || place_check(run, &places, path, place, *mount, err) < 0)
		return err_where(err, "%s", path);
	if (mount_attach(*mount, place) < 0 || fstatvfs(*mount, &seen) < 0)
		return err_errno(err, "attach %s", path);
	fd_close(mount);
	if ((seen.f_flag & (ST_RDONLY | ST_NOSUID | ST_NODEV | ST_NOEXEC)) !=
		(ST_RDONLY | ST_NOSUID | ST_NODEV | ST_NOEXEC))
		return err_set(err, EINVAL, "%s is not as read-only as it should be", path);
	return 0;
}

/* A mount of each file of run->files.loose, which a kernel before 6.15 takes only from a mount that
 * is attached: over the root, for a moment. */
static int loose_clone(struct run *run, int *mounts, struct err *err)
{
	int result = 0;

	if (mount_attach(run->files.loose, run->rootfs) < 0)
		return err_errno(err, "attach secrets");
	for (size_t i = 0; result == 0 && i < run->config->secrets_count; i++) {
		if (name_in_place(&run->config->secrets[i]))
			continue;
		mounts[i] = open_tree(
			run->files.loose, loose_name(run, i), OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
		if (mounts[i] < 0)
			result = err_errno(
				err, "secret \"%s\": take its mount", run->config->secrets[i].name);
	}
	if (fchdir(run->files.loose) < 0 || umount2(".", MNT_DETACH) < 0 || fchdir(run->rootfs) < 0)
		return err_errno(err, "detach secrets");
	fd_close(&run->files.loose);
	return result;
}

static int loose_attach(struct run *run, struct err *err)
{
	size_t count = run->config->secrets_count;
	int *mounts = arena_alloc(run->arena, count, sizeof(*mounts)), result;

	for (size_t i = 0; i < count; i++)
		mounts[i] = -1;
	result = loose_clone(run, mounts, err);
	for (size_t i = 0; i < count; i++) {
		if (result == 0 && mounts[i] >= 0)
			result = file_attach(
				run, &mounts[i], run->config->secrets[i].target, S_IFREG, err);
		fd_close(&mounts[i]);
	}
	return result;
}

/*
 * files_attach_apply - put the runtime's own files where the workload finds them
 *
 * Needs:  run->rootfs with every other mount in it
 * Leaves: them attached read-only, run->files closed
 * Mustn't run before the mounts, which could cover them
 */
int files_attach_apply(struct run *run, struct err *err)
{
	struct run_files *files = &run->files;

	if (files->policy >= 0 &&
		file_attach(run, &files->policy, POLICY_FILE_DIR, S_IFDIR, err) < 0)
		return -1;
	if (files->secrets >= 0 && file_attach(run, &files->secrets, SECRETS_DIR, S_IFDIR, err) < 0)
		return -1;
	return files->loose >= 0 ? loose_attach(run, err) : 0;
}

static struct node *secret_print(const struct config_secret *secret, struct arena *arena)
{
	struct node *row = node_new(arena, NODE_TABLE);

	node_put_string(arena, row, "name", secret->name);
	node_put_string(arena, row, "target", secret->target);
	node_put_string(arena, row, "file", secret->file);
	node_put_string(arena, row, "credential", secret->credential);
	if (secret->fd.set)
		node_put_integer(arena, row, "fd", secret->fd.value);
	return row;
}

void files_print(const struct config *config, struct node *params, struct arena *arena)
{
	struct node *secrets = node_new(arena, NODE_ARRAY);

	if (config->policy_file)
		node_put_string(arena, params, "policy", POLICY_FILE);
	for (size_t i = 0; i < config->secrets_count; i++)
		node_append(secrets, secret_print(&config->secrets[i], arena));
	if (secrets->count)
		node_put(arena, params, "secrets", secrets);
}
