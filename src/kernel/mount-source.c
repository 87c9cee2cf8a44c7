/*
 * Sources on the host, cloned as detached mounts before the container exists: the same descriptor
 * is attested, restricted and later attached, so no name can be swapped in between. Cloning here
 * also makes the caller's rights count, not the mapped ones of a user namespace. Rests on open_tree
 * and mount_setattr(2). Must never loosen a flag of the source's own mount unless told to (rrw,
 * rdev).
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/fd.h"
#include "base/file.h"
#include "config/store-path.h"
#include "format/node.h"
#include "kernel/mount-api.h"
#include "kernel/mount-options.h"
#include "kernel/mount-source.h"
#include "kernel/siblings.h"
#include "kernel/steps.h"

/* By its name: the bundle's descriptor lies in the runtime's mount namespace. */
static const char *path_from(const struct run *run, const char *path)
{
	return path[0] == '/' ? path : arena_printf(run->arena, "%s/%s", run->bundle, path);
}

/*
 * In a sandbox of ours no symlink is followed on the way: a workload that could write a directory
 * of the path would choose what its next run is given. A bundle means its paths as the host does,
 * but for those in a chroot store, which a symlink of that store must not lead out of it.
 */
static bool opened_plain(const struct config *config, const char *path)
{
	const char *store = config->closure ? config->closure->store : NULL;

	return config->mode != MODE_UNSET || (store && path_inside(path, store));
}

/*
 * A source beside the one before, by the descriptor of the directory both are in. If it is a
 * symlink, that is what is opened; whoever attaches it looks.
 */
static int sibling_open(
	const struct run *run, struct siblings *siblings, const char *path, unsigned flags)
{
	const char *name = siblings_name(siblings, path);

	if (!name)
		return -1;
	if (siblings->directory < 0)
		siblings->directory = file_open_plain(run->bundle_dir,
			arena_printf(run->arena, "%.*s", (int)(name - path), path),
			O_PATH | O_DIRECTORY);
	return siblings->directory < 0 ? -1
				       : open_tree(siblings->directory, name,
						 flags | AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT);
}

static int tree_open(const struct run *run, struct siblings *siblings, const char *path,
	const struct mount_options *options)
{
	unsigned flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | (options->tree ? AT_RECURSIVE : 0);
	int nofollow = options->copy_symlink ? O_NOFOLLOW : 0;
	autoclose place = -1, tree = -1;

	if (!opened_plain(run->config, path))
		return open_tree(AT_FDCWD, path_from(run, path),
			flags | (options->copy_symlink ? AT_SYMLINK_NOFOLLOW : 0));
	tree = sibling_open(run, siblings, path, flags);
	if (tree >= 0)
		return take_fd(&tree);
	place = file_open_plain(run->bundle_dir, path, O_PATH | nofollow);
	return place < 0 ? -1 : open_tree(place, "", flags | AT_EMPTY_PATH);
}

/* In a user namespace "shared" is a peer group of the container's own that the host feeds. */
static int propagation_detach(int fd, const struct mount_options *options)
{
	if (options->propagation != MS_SHARED)
		return 0;
	return mount_change(fd, (struct mount_attr){ .propagation = MS_SLAVE },
		options->propagation_tree ? AT_RECURSIVE : 0);
}

/* True if the mount at place spreads to others what is mounted in it, or is told of it. */
static bool is_peer(int place)
{
	struct statx seen;
	char *line = NULL;
	bool found = false;
	size_t size = 0;
	FILE *mounts = statx(place, "", AT_EMPTY_PATH, STATX_MNT_ID, &seen) == 0
		? fopen("/proc/self/mountinfo", "re")
		: NULL;

	while (mounts && !found && getline(&line, &size, mounts) > 0)
		found = strtoull(line, NULL, 10) == seen.stx_mnt_id &&
			(strstr(line, " shared:") || strstr(line, " master:"));
	free(line);
	if (mounts)
		fclose(mounts);
	return found || !mounts;
}

static bool is_root(int place)
{
	struct stat here, root;

	return fstat(place, &here) < 0 || stat("/", &root) < 0 ||
		(here.st_ino == root.st_ino && here.st_dev == root.st_dev);
}

/*
 * Since Linux 6.8 mountinfo lists mounts by age, and programs take that for the order of mounting.
 * So what a bundle binds is cloned when its turn comes, in the new mount namespace. Not so where a
 * user namespace could not reach it, its ids are yet to be mapped, it is a tree that by then would
 * hold the new root, or it stays a peer of the host's mount, which the copy in that namespace is
 * no more.
 */
static bool waits_its_turn(const struct run *run, const struct config_mount *mount,
	const struct mount_options *options)
{
	const struct config *config = run->config;
	autoclose place = -1;

	if (config->mode != MODE_UNSET || config->closure ||
		config_has_namespace(config, NAMESPACE_USER) ||
		!config_has_new_namespace(config, NAMESPACE_MOUNT) || options->idmap ||
		mount->uid_mappings_count)
		return false;
	place = open(path_from(run, mount->source), O_PATH | O_CLOEXEC);
	if (place < 0)
		return false;
	if (options->tree && (is_root(place) || root_is_seen(config)))
		return false;
	return !options->propagation || options->propagation == MS_PRIVATE || !is_peer(place);
}

/* What is of a packed closure was cloned with it. */
static int mount_open(struct run *run, struct siblings *siblings, const struct config_mount *mount,
	const struct mount_options *options)
{
	int *tree;

	if (!mount_is_packed(run->config, mount))
		return tree_open(run, siblings, mount->source, options);
	tree = &run->image_trees[mount - run->config->mounts];
	if (*tree < 0) {
		errno = -*tree;
		return -1;
	}
	return take_fd(tree);
}

static int source_clone(struct run *run, const struct config_mount *mount,
	struct siblings *siblings, int *source, struct err *err)
{
	struct mount_options options;

	mount_options_read(run->config, mount, &options);
	if (!options.bind || options.remount ||
		(run->side == PARENT && waits_its_turn(run, mount, &options)))
		return 0;
	autoclose tree = mount_open(run, siblings, mount, &options);
	if (tree < 0) {
		err_errno(err, "open the source");
		return err->code == ELOOP
			? err_hint(err, "a symlink is on the way; name the place it leads to")
			: -1;
	}
	if (!options.propagation) {
		options.propagation = MS_PRIVATE;
		options.propagation_tree = options.tree;
	}
	if (config_has_namespace(run->config, NAMESPACE_USER) &&
		propagation_detach(tree, &options) < 0)
		return err_errno(err, "detach it from the host");
	if (mount_options_set(tree, &options) < 0)
		return err_errno(err, "set its options");
	*source = take_fd(&tree);
	return 0;
}

int source_clone_late(
	struct run *run, const struct config_mount *mount, int *source, struct err *err)
{
	autosiblings siblings = SIBLINGS_NONE;

	return *source < 0 ? source_clone(run, mount, &siblings, source, err) : 0;
}

/*
 * In a sandbox of ours nothing of the root honours setuid or device nodes, and what the host has
 * mounted below a read-only root is read-only; the root's own flag follows after the pivot, when
 * every mount point in it has been made.
 */
static int root_restrict(const struct config *config, int root)
{
	struct mount_attr all = { .attr_set = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV };
	struct statvfs seen;

	if (config->mode == MODE_UNSET)
		return 0;
	if (fstatvfs(root, &seen) < 0)
		return -1;
	if (config->root.readonly)
		all.attr_set |= MOUNT_ATTR_RDONLY;
	if (mount_change(root, all, AT_RECURSIVE) < 0)
		return -1;
	if (!config->root.readonly || seen.f_flag & ST_RDONLY)
		return 0;
	return mount_change(root, (struct mount_attr){ .attr_clr = MOUNT_ATTR_RDONLY }, 0);
}

static uint64_t root_propagation(const struct config *config)
{
	const char *word = config->rootfs_propagation;

	/* Slave: what the host mounts below the root's source later appears, never the reverse. */
	return word && (strstr(word, "slave") || strstr(word, "shared")) ? MS_SLAVE : MS_PRIVATE;
}

/* Under a policy the path was followed already, and checked. */
static int root_open(const struct run *run)
{
	const unsigned flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE;
	const char *path = run->config->root.path;
	autoclose place = run->config->policy ? file_open_plain(run->bundle_dir, path, O_PATH) : -1;

	if (!run->config->policy)
		return open_tree(run->bundle_dir, path, flags);
	return place < 0 ? -1 : open_tree(place, "", flags | AT_EMPTY_PATH);
}

static int root_clone(struct run *run, struct err *err)
{
	const struct config *config = run->config;
	struct mount_attr attr = { .propagation = root_propagation(config) };
	struct stat stat;

	autoclose root = root_open(run);
	if (root < 0)
		return err_errno(err, "root %s: open", config->root.path);
	if (fstat(root, &stat) < 0)
		return err_errno(err, "root %s: stat", config->root.path);
	if (!S_ISDIR(stat.st_mode))
		return err_set(err, ENOTDIR, "root %s: Not a directory", config->root.path);
	if (mount_change(root, attr, AT_RECURSIVE) < 0 || root_restrict(config, root) < 0)
		return err_errno(err, "root %s: set its mount flags", config->root.path);
	run->root_source = take_fd(&root);
	return 0;
}

/*
 * sources_apply - clone the root and every bind source as detached mounts with their flags set
 *
 * Needs:  the caller's mount namespace and CAP_SYS_ADMIN in it; run->image_trees if there are any
 * Leaves: run->root_source and run->sources, attached nowhere; they vanish with the descriptors
 * Mustn't run after the clone: a user namespace could not open what its ids cannot reach
 */
int sources_apply(struct run *run, struct err *err)
{
	const struct config *config = run->config;
	autosiblings siblings = SIBLINGS_NONE;

	run->sources = arena_alloc(run->arena, config->mounts_count + 1, sizeof(*run->sources));
	for (size_t i = 0; i < config->mounts_count; i++)
		run->sources[i] = -1;
	if (!config->root_tmpfs.set && root_clone(run, err) < 0)
		return -1;
	for (size_t i = 0; i < config->mounts_count; i++)
		if (source_clone(run, &config->mounts[i], &siblings, &run->sources[i], err) < 0)
			return mount_where(&config->mounts[i], err);
	return 0;
}

void sources_print(const struct config *config, struct node *params, struct arena *arena)
{
	struct node *binds = node_new(arena, NODE_ARRAY);
	struct mount_options options;

	if (!config->root_tmpfs.set)
		node_put_string(arena, params, "root", config->root.path);
	for (size_t i = 0; i < config->mounts_count; i++) {
		const struct config_mount *mount = &config->mounts[i];

		mount_options_read(config, mount, &options);
		if (options.bind && !options.remount && mount->source)
			node_append(binds, node_string(arena, mount->source));
	}
	if (binds->count)
		node_put(arena, params, "binds", binds);
}
