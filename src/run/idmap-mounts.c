/*
 * Id-mapped mounts, mount_setattr(2): a mount shows its files' owners through the maps of a user
 * namespace. That is the container's, or for mounts with mappings of their own one that is made for
 * them: it needs a process to write its maps to, which ends as soon as its namespace is held by a
 * descriptor. A mapping is fixed while the mount is attached nowhere.
 */
#include "run/idmap-mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "format/node.h"
#include "kernel/idmap.h"
#include "kernel/mount-api.h"
#include "kernel/mount-options.h"
#include "kernel/process-dir.h"
#include "run/spawn.h"

/* The user namespace made last, and the mount it was made for. */
struct made {
	int fd;
	const struct config_mount *mount;
};

static bool mount_wants(const struct config *config, const struct config_mount *mount,
	struct mount_options *options)
{
	mount_options_read(config, mount, options);
	return options->idmap || mount->uid_mappings_count;
}

bool idmap_mounts_wanted(const struct config *config)
{
	struct mount_options options;

	for (size_t i = 0; i < config->mounts_count; i++)
		if (mount_wants(config, &config->mounts[i], &options))
			return true;
	return false;
}

static int user_namespace_of(pid_t pid, struct err *err)
{
	int fd;

	autoclose process = process_dir_open(pid, err);
	if (process < 0)
		return -1;
	fd = openat(process, "ns/user", O_RDONLY | O_CLOEXEC);
	return fd < 0 ? err_errno(err, "open the user namespace of process %d", pid) : fd;
}

static int user_namespace_make(const struct config_mount *mount, struct err *err)
{
	int pidfd = -1, fd = -1;
	pid_t pid = spawn_holder(CLONE_NEWUSER, &pidfd);

	if (pid < 0)
		return err_errno(err, "make a user namespace for its mappings");
	if (idmap_write(pid, mount->uid_mappings, mount->uid_mappings_count, mount->gid_mappings,
		    mount->gid_mappings_count, err) == 0)
		fd = user_namespace_of(pid, err);
	pidfd_signal(pidfd, SIGKILL);
	pidfd_reap(pidfd);
	fd_close(&pidfd);
	return fd;
}

static bool maps_equal(const struct config_idmapping *left, size_t left_count,
	const struct config_idmapping *right, size_t right_count)
{
	if (left_count != right_count)
		return false;
	for (size_t i = 0; i < left_count; i++)
		if (left[i].container_id.value != right[i].container_id.value ||
			left[i].host_id.value != right[i].host_id.value ||
			left[i].size.value != right[i].size.value)
			return false;
	return true;
}

static bool same_mappings(const struct config_mount *left, const struct config_mount *right)
{
	return maps_equal(left->uid_mappings, left->uid_mappings_count, right->uid_mappings,
		       right->uid_mappings_count) &&
		maps_equal(left->gid_mappings, left->gid_mappings_count, right->gid_mappings,
			right->gid_mappings_count);
}

/* Makes made->fd the namespace whose maps the mount wants. */
static int user_namespace_find(
	const struct run *run, const struct config_mount *mount, struct made *made, struct err *err)
{
	if (made->mount && same_mappings(made->mount, mount))
		return 0;
	fd_close(&made->fd);
	made->mount = mount;
	made->fd = mount->uid_mappings_count ? user_namespace_make(mount, err)
					     : user_namespace_of(run->pid, err);
	return made->fd < 0 ? -1 : 0;
}

static int source_idmap(int source, int user_namespace, bool tree, struct err *err)
{
	struct mount_attr attr = {
		.attr_set = MOUNT_ATTR_IDMAP,
		.userns_fd = (uint64_t)user_namespace,
	};

	if (mount_change(source, attr, tree ? AT_RECURSIVE : 0) == 0)
		return 0;
	err_errno(err, "map its ids");
	if (err->code == EINVAL)
		err_hint(err,
			"the source's file system may not support id-mapped mounts; a policy can do "
			"without by idmap = false in [[volume]]");
	if (err->code == EPERM)
		err_hint(err,
			"only the machine's root may map ids of its file systems; a policy can do "
			"without by idmap = false in [[volume]]");
	return -1;
}

int idmap_mounts_apply(struct run *run, struct err *err)
{
	const struct config *config = run->config;
	struct made made = { .fd = -1 };
	struct mount_options options;
	int result = 0;

	for (size_t i = 0; result == 0 && i < config->mounts_count; i++) {
		const struct config_mount *mount = &config->mounts[i];

		if (!mount_wants(config, mount, &options))
			continue;
		result = user_namespace_find(run, mount, &made, err);
		if (result == 0)
			result = source_idmap(run->sources[i], made.fd, options.idmap_tree, err);
		if (result < 0)
			mount_where(mount, err);
	}
	fd_close(&made.fd);
	return result;
}

void idmap_mounts_print(const struct config *config, struct node *params, struct arena *arena)
{
	struct mount_options options;

	for (size_t i = 0; i < config->mounts_count; i++) {
		const struct config_mount *mount = &config->mounts[i];
		struct node *maps = node_new(arena, NODE_TABLE);

		if (!mount_wants(config, mount, &options))
			continue;
		if (mount->uid_mappings_count)
			idmap_maps_print(mount->uid_mappings, mount->uid_mappings_count,
				mount->gid_mappings, mount->gid_mappings_count, maps, arena);
		node_put(arena, params, mount->destination,
			mount->uid_mappings_count ? maps : node_string(arena, "the container's"));
	}
}
