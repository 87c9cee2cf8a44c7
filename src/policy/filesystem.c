/*
 * [filesystem]: what the sandbox sees beside its root: /tmp, the workdir, the home and other
 * tmpfs places. What it sees of the host is in volume.c and workspace.c. Writable places hold no
 * devices, no setuid programs, and nothing that can be executed unless the policy says so; none of
 * them takes the place of the root's programs.
 */
#include <string.h>

#include "policy/sections.h"

/* Bytes of each tmpfs if the policy says nothing; its pages count as the sandbox's memory. */
enum { TMPFS_SIZE = 256 << 20 };

/* clang-format off */
const struct key filesystem_keys[] = {
	KEY(struct policy_filesystem, root, "a plain directory as the root; the host's own /usr if absent and there is no closure", .order = ORDER_FIXED),
	KEY(struct policy_filesystem, manifest, "hold every file of root against its .nucleus-rootfs-sha256; if absent, where there is one; true: it must be there; false in agent mode only", .order = ORDER_MORE),
	KEY(struct policy_filesystem, manifest_sha256, "what that file must hash to; it then must be there", .order = ORDER_ONCE),
	KEY(struct policy_filesystem, store_paths, "mount what root's .nucleus-rootfs-store-paths lists, each at its own place and read-only; if absent, where there is one", .order = ORDER_FIXED),
	KEY(struct policy_filesystem, tmpfs, "writable places, empty at the start, besides /tmp and the workdir", .order = ORDER_PLACES, .absent = "[]"),
	KEY(struct policy_filesystem, tmpfs_size, "the most each of them may hold; \"256M\" if absent", .order = ORDER_LESS, .absent = "\"256M\""),
	KEY(struct policy_filesystem, exec, "those of them whose files may be executed; if absent, in agent mode the workdir, else none", .order = ORDER_SUBSET),
	KEY(struct policy_filesystem, home, "its home, a tmpfs for its user alone; if absent /home/agent where the workdir is the [workspace], else the workdir", .order = ORDER_FIXED),
	{ 0 }
};
/* clang-format on */

bool kernel_place(const char *path)
{
	return path_below(path, "/dev") || path_below(path, "/proc") || path_below(path, "/sys");
}

const char *place_fault(const struct policy *policy, const char *path)
{
	const char *store = policy->closure.store_dir ? policy->closure.store_dir : "/nix/store";

	if (path_fault(path))
		return path_fault(path);
	if (!strcmp(path, "/"))
		return "is the root itself";
	if (kernel_place(path))
		return "lies where the sandbox mounts its own";
	if (path_below(path, POLICY_FILE_DIR))
		return "lies where the sandbox is told of its policy";
	if (path_below(path, store) || path_below(store, path))
		return "would cover the Nix store";
	return NULL;
}

static int tmpfs_check(const struct policy *policy, struct err *err)
{
	const struct policy_filesystem *filesystem = &policy->filesystem;

	for (size_t i = 0; i < filesystem->tmpfs.count; i++) {
		const char *path = filesystem->tmpfs.items[i];

		if (place_fault(policy, path))
			return policy_item_error(policy, err, "filesystem.tmpfs", i, NULL,
				"\"%s\" %s", path, place_fault(policy, path));
		for (size_t j = 0; j < i; j++)
			if (!strcmp(path, filesystem->tmpfs.items[j]))
				return policy_item_error(policy, err, "filesystem.tmpfs", i, NULL,
					"\"%s\" is listed twice", path);
	}
	if (filesystem->tmpfs_size.set &&
		(filesystem->tmpfs_size.value < 4096 || filesystem->tmpfs_size.value > INT64_MAX))
		return policy_error(policy, err, "filesystem.tmpfs_size",
			"must be at least 4K, one page, and below 2^63 bytes");
	return 0;
}

static int filesystem_check(
	const struct policy *policy, const struct mode_rules *rules, struct err *err)
{
	const struct policy_filesystem *filesystem = &policy->filesystem;

	if (filesystem->root && rules->closure_required)
		return policy_error(policy, err, "filesystem.root",
			"production mode runs nothing but a closure; name that in [closure]");
	if (filesystem->root && (path_fault(filesystem->root) || !strcmp(filesystem->root, "/")))
		return policy_error(policy, err, "filesystem.root", "\"%s\" %s", filesystem->root,
			path_fault(filesystem->root)
				? path_fault(filesystem->root)
				: "is the host's own root; leave the key out to see its /usr");
	if (filesystem->home && place_fault(policy, filesystem->home))
		return policy_error(policy, err, "filesystem.home", "\"%s\" %s", filesystem->home,
			place_fault(policy, filesystem->home));
	return tmpfs_check(policy, err) < 0 ? -1 : manifest_check(policy, rules, err);
}

static bool tmpfs_exec(const struct draft *draft, const char *path)
{
	const struct strings *exec = &draft->policy->filesystem.exec;

	if (exec->set)
		return strings_hold(exec, path);
	return draft->rules->workdir_exec && !strcmp(path, draft->config->process.cwd);
}

static void tmpfs_mount(struct draft *draft, const char *path, const char *owner)
{
	const struct maybe_size *size = &draft->policy->filesystem.tmpfs_size;

	draft_mount(draft, path, "tmpfs", "tmpfs",
		arena_printf(draft->arena, "nosuid,nodev%s,size=%lu,%s",
			tmpfs_exec(draft, path) ? "" : ",noexec",
			size->set ? (unsigned long)size->value : (unsigned long)TMPFS_SIZE, owner));
}

/* True if the policy puts a tmpfs or a volume at path or above it. */
static bool place_claimed(const struct policy *policy, const char *path)
{
	for (size_t i = 0; i < policy->filesystem.tmpfs.count; i++)
		if (path_below(path, policy->filesystem.tmpfs.items[i]))
			return true;
	for (size_t i = 0; i < policy->volume_count; i++)
		if (path_below(path, policy->volume[i].target))
			return true;
	return policy->workspace.source && path_below(path, workspace_target(policy));
}

const char *draft_covered(const struct draft *draft, const char *path)
{
	/* In a plain directory mount points are where its author made them. */
	if (draft->policy->filesystem.root)
		return NULL;
	for (size_t i = 0; i < draft->root_entries; i++) {
		const struct config_mount *mount = &draft->config->mounts[i];
		bool inside = draft->config->closure && path_below(path, mount->destination);

		if (!strings_hold(&mount->options, "noexec") &&
			(inside || path_below(mount->destination, path)))
			return mount->destination;
	}
	return NULL;
}

/* A workdir that neither the root nor the policy provides is a tmpfs of the user's own. */
static int workdir_mount(struct draft *draft, struct err *err)
{
	const struct config_process *process = &draft->config->process;
	const char *covered;

	if (!strcmp(process->cwd, "/") || draft_covering(draft, process->cwd) ||
		place_claimed(draft->policy, process->cwd))
		return 0;
	covered = draft_covered(draft, process->cwd);
	if (covered)
		return policy_error(draft->policy, err, "process.cwd",
			"a workdir at \"%s\" would cover the root's %s", process->cwd, covered);
	tmpfs_mount(draft, process->cwd,
		arena_printf(draft->arena, "mode=0755,uid=%ld,gid=%ld",
			(long)process->user.uid.value, (long)process->user.gid.value));
	return 0;
}

const char *policy_home(const struct policy *policy)
{
	const char *workdir = policy_workdir(policy);

	if (policy->filesystem.home)
		return policy->filesystem.home;
	if (policy->workspace.source && path_below(workdir, workspace_target(policy)))
		return "/home/agent";
	return strcmp(workdir, "/") ? workdir : "/tmp";
}

/* Unless it is the workdir, /tmp, or what the policy or the root provides. */
static int home_mount(struct draft *draft, struct err *err)
{
	const struct config_user *user = &draft->config->process.user;
	const char *home = policy_home(draft->policy), *covered = draft_covered(draft, home);
	const struct config_mount *there = draft_covering(draft, home);

	if (!strcmp(home, draft->config->process.cwd) || place_claimed(draft->policy, home) ||
		(there && !strcmp(there->destination, home) && !strcmp(there->type, "tmpfs")))
		return 0;
	if (covered)
		return policy_error(draft->policy, err, "filesystem.home",
			"\"%s\" would cover the root's %s", home, covered);
	tmpfs_mount(draft, home,
		arena_printf(draft->arena, "mode=0700,uid=%ld,gid=%ld", (long)user->uid.value,
			(long)user->gid.value));
	return 0;
}

static int tmpfs_mounts(struct draft *draft, struct err *err)
{
	const struct strings *tmpfs = &draft->policy->filesystem.tmpfs;

	for (size_t i = 0; i < tmpfs->count; i++) {
		const char *covered = draft_covered(draft, tmpfs->items[i]);

		if (covered)
			return policy_item_error(draft->policy, err, "filesystem.tmpfs", i, NULL,
				"\"%s\" would cover the root's %s", tmpfs->items[i], covered);
		tmpfs_mount(draft, tmpfs->items[i], "mode=1777");
	}
	return 0;
}

/* Each place in `exec` must be a tmpfs there is, so that no typing error goes unseen. */
static int exec_check(const struct draft *draft, struct err *err)
{
	const struct strings *exec = &draft->policy->filesystem.exec;

	for (size_t i = 0; i < exec->count; i++) {
		const struct config_mount *mount = draft_covering(draft, exec->items[i]);

		if (!mount || strcmp(mount->type, "tmpfs") ||
			strcmp(mount->destination, exec->items[i]))
			return policy_item_error(draft->policy, err, "filesystem.exec", i, NULL,
				"\"%s\" is none of the writable places; name /tmp, the workdir, or "
				"one of tmpfs (a volume has its own noexec)",
				exec->items[i]);
	}
	return 0;
}

/* Moves the last mount before those below it, which it would cover: a store may lie in /tmp. */
static void last_mount_lower(struct draft *draft)
{
	struct config_mount *mounts = draft->config->mounts;
	size_t last = draft->config->mounts_count - 1, at = 0;
	struct config_mount mount = mounts[last];

	while (at < last && !path_below(mounts[at].destination, mount.destination))
		at++;
	memmove(&mounts[at + 1], &mounts[at], (last - at) * sizeof(*mounts));
	mounts[at] = mount;
}

static int filesystem_translate(struct draft *draft, struct err *err)
{
	draft->root_entries = draft->config->mounts_count;
	system_mounts(draft);
	if (!place_claimed(draft->policy, "/tmp")) {
		tmpfs_mount(draft, "/tmp", "mode=1777");
		last_mount_lower(draft);
	}
	if (workdir_mount(draft, err) < 0 || tmpfs_mounts(draft, err) < 0 ||
		home_mount(draft, err) < 0)
		return -1;
	return exec_check(draft, err);
}

int filesystem_grant(struct draft *draft, struct err *err)
{
	system_mounts(draft);
	if (!place_claimed(draft->policy, "/tmp"))
		tmpfs_mount(draft, "/tmp", "mode=1777");
	if (tmpfs_mounts(draft, err) < 0)
		return -1;
	return exec_check(draft, err);
}

const struct section filesystem_section = { filesystem_check, filesystem_translate };
