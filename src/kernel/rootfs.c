/*
 * The new root is attached over the old one, filled, and then entered with pivot_root(2), after
 * which the old root is unmounted: a chroot could be left again, this cannot. Must never let a
 * mount made here reach the host, nor keep a descriptor of the old root.
 *
 * In a mount namespace that is shared with others (joined, or the runtime's own) pivot_root would
 * change their root too, and mounts would stay behind in it. So the root is filled in a namespace
 * of its own all the same; what is made there is then taken along as a tree that is attached
 * nowhere, and the process whose root it is joins the shared namespace last. Nobody else sees the
 * tree, no ".." leads out of it, and it is gone with its last process; what is mounted in the
 * shared namespace is not seen in it either, nor can anything be mounted in it.
 */
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/fd.h"
#include "format/node.h"
#include "kernel/lsm.h"
#include "kernel/mount-api.h"
#include "kernel/mount-source.h"
#include "kernel/mount-types.h"
#include "kernel/steps.h"

static int tmpfs_root_make(const struct run *run, struct err *err)
{
	char size[32];
	const char *const parameters[] = { size, "mode=0755", lsm_context(run, run->arena), NULL };

	snprintf(
		size, sizeof(size), "size=%llu", (unsigned long long)run->config->root_tmpfs.value);
	return mount_make("tmpfs", "tmpfs", parameters, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV, err);
}

bool root_is_seen(const struct config *config)
{
	const struct config_hooks *hooks = config->hooks;

	return hooks[HOOK_PRESTART].items_count || hooks[HOOK_CREATE_RUNTIME].items_count ||
		hooks[HOOK_CREATE_CONTAINER].items_count;
}

/*
 * Over "/"; where hooks look at it before it is entered, at the path the bundle names, under which
 * they look for the container's mounts. In a user namespace that path may be out of reach.
 */
static int root_attach(const struct run *run, int root)
{
	const char *path = run->config->root.path;

	if (path && path[0] != '/')
		path = arena_printf(run->arena, "%s/%s", run->bundle, path);
	if (path && root_is_seen(run->config) &&
		move_mount(root, "", AT_FDCWD, path,
			MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_SYMLINKS) == 0)
		return 0;
	return move_mount(root, "", AT_FDCWD, "/", MOVE_MOUNT_F_EMPTY_PATH);
}

/*
 * rootfs_apply - cut this mount namespace off from the host's and attach the new root over "/"
 *
 * Needs:  a mount namespace of its own; run->root_source unless the root is a tmpfs
 * Leaves: run->rootfs; absolute paths still lead into the old root
 * Mustn't run before procfs_apply: the kernel wants a fully visible /proc to mount another
 */
int rootfs_apply(struct run *run, struct err *err)
{
	struct mount_attr attr = { .propagation = MS_PRIVATE };
	autoclose root = -1;

	if (mount_setattr(AT_FDCWD, "/", AT_RECURSIVE, &attr, sizeof(attr)) < 0) {
		err_errno(err, "make every mount of the new namespace private");
		if (err->code == EINVAL)
			err_hint(err, "\"/\" must be a mount point");
		return -1;
	}
	root = run->config->root_tmpfs.set ? tmpfs_root_make(run, err) : take_fd(&run->root_source);
	if (root < 0)
		return -1;
	if (root_attach(run, root) < 0)
		return err_errno(err, "attach the new root");
	run->rootfs = take_fd(&root);
	return 0;
}

void rootfs_print(const struct config *config, struct node *params, struct arena *arena)
{
	if (config->root_tmpfs.set)
		node_put_integer(arena, params, "tmpfs", (int64_t)config->root_tmpfs.value);
	else
		node_put_string(arena, params, "path", config->root.path);
	node_put(arena, params, "readonly", node_bool(arena, config->root.readonly));
	node_put_string(arena, params, "propagation", config->rootfs_propagation);
}

/*
 * OCI's rootfsPropagation, by the words of mount options; the recursive forms set the root alone
 * too, as a mount's own options say what holds for it. Sharing is among the container's own mounts:
 * the root was cut off from the host's before.
 */
static int propagation_set(const struct run *run, struct err *err)
{
	const char *word = run->config->rootfs_propagation;
	struct mount_attr attr = { .propagation = word ? mount_propagation(word) : 0 };

	if (!word)
		return 0;
	if (!attr.propagation)
		return err_set(err, EINVAL,
			"rootfsPropagation \"%s\" is none of private, slave, shared, unbindable",
			word);
	if (mount_change(run->rootfs, attr, 0) < 0)
		return err_errno(err, "make the root's propagation \"%s\"", word);
	return 0;
}

/* Both roots are at the same place: the old one lies over the new one until it is unmounted. */
static int root_pivot(struct err *err)
{
	if (syscall(SYS_pivot_root, ".", ".") < 0) {
		err_errno(err, "pivot_root");
		if (err->code == EINVAL)
			err_hint(err,
				"a host that runs from an initramfs cannot pivot away from it");
		return -1;
	}
	return umount2(".", MNT_DETACH) < 0 ? err_errno(err, "unmount the old root") : 0;
}

static int root_take_along(struct run *run, struct err *err)
{
	autoclose tree = mount_clone(run->rootfs, AT_RECURSIVE);

	if (tree < 0)
		return err_errno(err, "take the new root along");
	if (setns(run->namespaces[NAMESPACE_MOUNT], CLONE_NEWNS) < 0)
		return err_errno(err, "join the mount namespace %s",
			config_joined_namespace(run->config, NAMESPACE_MOUNT)
				? config_joined_namespace(run->config, NAMESPACE_MOUNT)
				: "of the runtime");
	if (fchdir(tree) < 0 || chroot(".") < 0)
		return err_errno(err, "make the new root this process's");
	fd_close(&run->rootfs);
	run->rootfs = take_fd(&tree);
	return 0;
}

/*
 * pivot_apply - enter the new root and unmount the old one
 *
 * Needs:  everything mounted below run->rootfs
 * Leaves: "/" and the working directory in the new root, read-only if it shall be; no old root
 * Mustn't run before anything that still makes a mount point in the root
 */
int pivot_apply(struct run *run, struct err *err)
{
	if (fchdir(run->rootfs) < 0)
		return err_errno(err, "enter the new root");
	if (run->namespaces[NAMESPACE_MOUNT] >= 0 ? root_take_along(run, err) < 0
						  : root_pivot(err) < 0)
		return -1;
	if (chdir("/") < 0)
		return err_errno(err, "enter \"/\" of the new root");
	if (propagation_set(run, err) < 0)
		return -1;
	if (run->config->root.readonly && mount_make_readonly(run->rootfs, 0) < 0)
		return err_errno(err, "make the root read-only");
	return 0;
}
