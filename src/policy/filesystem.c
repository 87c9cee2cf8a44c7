/*
 * [filesystem]: what the sandbox sees beside its root: /tmp, the workdir and other tmpfs places,
 * and volumes of the host. Writable places hold no devices, no setuid programs, and nothing that
 * can be executed unless the policy says so.
 */
#include <stdlib.h>
#include <string.h>

#include "base/fd.h"
#include "policy/sections.h"

enum { ACCESS_RO = 1, ACCESS_RW = 2 };
static const char *const access_names[] = { NULL, "ro", "rw", NULL };

/* Bytes of each tmpfs if the policy says nothing; its pages count as the sandbox's memory. */
enum { TMPFS_SIZE = 256 << 20 };

/* clang-format off */
static const struct key volume_keys[] = {
	KEY(struct policy_volume, source, "a directory or file of the host"),
	KEY(struct policy_volume, target, "where it appears"),
	CHOICE("access", struct policy_volume, access, access_names, "ro (if absent) or rw"),
	KEY(struct policy_volume, noexec, "nothing in it can be executed; true if absent"),
	{ 0 }
};

const struct key filesystem_keys[] = {
	KEY(struct policy_filesystem, root, "a plain directory as the root; the host's own /usr if absent and there is no closure"),
	KEY(struct policy_filesystem, tmpfs, "writable places, empty at the start, besides /tmp and the workdir"),
	KEY(struct policy_filesystem, tmpfs_size, "the most each of them may hold; \"256M\" if absent"),
	KEY(struct policy_filesystem, exec, "those of them whose files may be executed; if absent, in agent mode the workdir, else none"),
	LIST("volume", struct policy_filesystem, volume, volume_keys, "directories and files of the host"),
	{ 0 }
};
/* clang-format on */

/* Trees of the sandbox's own: nothing else may be mounted there or below. */
static const char *const own_trees[] = { "/dev", "/proc", "/sys" };

/* Places of the host whose change would change the host itself: never a writable volume. */
static const char *const host_places[] = { "/bin", "/boot", "/etc", "/home", "/lib", "/lib32",
	"/lib64", "/libx32", "/nix", "/nix/store", "/root", "/run", "/sbin", "/usr", "/var" };

static const char *place_fault(const struct policy *policy, const char *path)
{
	const char *store = policy->closure.store_dir ? policy->closure.store_dir : "/nix/store";

	if (path_fault(path))
		return path_fault(path);
	if (!strcmp(path, "/"))
		return "is the root itself";
	for (size_t i = 0; i < sizeof(own_trees) / sizeof(*own_trees); i++)
		if (path_below(path, own_trees[i]))
			return "lies where the sandbox mounts its own";
	if (path_below(path, store) || path_below(store, path))
		return "would cover the Nix store";
	return NULL;
}

static const char *source_fault(const struct policy_volume *volume)
{
	const char *source = volume->source;

	if (path_fault(source))
		return path_fault(source);
	if (!strcmp(source, "/"))
		return "is the whole host; name a directory in it";
	for (size_t i = 0; i < sizeof(own_trees) / sizeof(*own_trees); i++)
		if (path_below(source, own_trees[i]))
			return "belongs to the kernel; a volume holds files";
	for (size_t i = 0; i < sizeof(host_places) / sizeof(*host_places); i++)
		if (volume->access == ACCESS_RW && !strcmp(source, host_places[i]))
			return "is a part of the host that no sandbox may write; name a "
			       "directory in it, or set access = \"ro\"";
	return NULL;
}

static int volume_check(const struct policy *policy, size_t index, struct err *err)
{
	const struct policy_volume *volumes = policy->filesystem.volume, *volume = &volumes[index];

	if (!volume->source || !volume->target)
		return policy_item_error(
			policy, err, "filesystem.volume", index, NULL, "needs source and target");
	if (source_fault(volume))
		return policy_item_error(policy, err, "filesystem.volume", index, "source",
			"\"%s\" %s", volume->source, source_fault(volume));
	if (place_fault(policy, volume->target))
		return policy_item_error(policy, err, "filesystem.volume", index, "target",
			"\"%s\" %s", volume->target, place_fault(policy, volume->target));
	for (size_t i = 0; i < index; i++)
		if (!strcmp(volumes[i].target, volume->target))
			return policy_item_error(policy, err, "filesystem.volume", index, "target",
				"\"%s\" is an earlier volume's target", volume->target);
	return 0;
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
	if (tmpfs_check(policy, err) < 0)
		return -1;
	for (size_t i = 0; i < filesystem->volume_count; i++)
		if (volume_check(policy, i, err) < 0)
			return -1;
	return 0;
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
	for (size_t i = 0; i < policy->filesystem.volume_count; i++)
		if (path_below(path, policy->filesystem.volume[i].target))
			return true;
	return false;
}

/* A workdir that neither the root nor the policy provides is a tmpfs of the user's own. */
static void workdir_mount(struct draft *draft)
{
	const struct config_process *process = &draft->config->process;

	if (!strcmp(process->cwd, "/") || draft_covering(draft, process->cwd) ||
		place_claimed(draft->policy, process->cwd))
		return;
	tmpfs_mount(draft, process->cwd,
		arena_printf(draft->arena, "mode=0755,uid=%ld,gid=%ld",
			(long)process->user.uid.value, (long)process->user.gid.value));
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

/* A workload that can write what its next run rests on chooses what it may do then. */
static int volume_safe(const struct draft *draft, const struct policy_volume *volume, size_t index,
	struct err *err)
{
	const struct policy *policy = draft->policy;
	const struct config_closure *closure = draft->config->closure;
	const char *const needed[] = {
		policy->builtin ? NULL : policy->file,
		seccomp_file(policy, draft->arena),
		draft->root,
		closure ? closure->registration : NULL,
		closure ? closure->store_dir : NULL,
	};
	autofree char *source = realpath(volume->source, NULL);

	for (size_t i = 0; source && i < sizeof(needed) / sizeof(*needed); i++) {
		autofree char *path = needed[i] ? realpath(needed[i], NULL) : NULL;
		bool store = closure && needed[i] == closure->store_dir;

		if (path && (path_below(path, source) || (store && path_below(source, path))))
			return policy_item_error(policy, err, "filesystem.volume", index, "source",
				"the workload could write %s, on which its next run rests; keep "
				"that out of writable volumes, or set access = \"ro\"",
				store ? source : path);
	}
	return 0;
}

static int volume_mount(struct draft *draft, size_t index, struct err *err)
{
	const struct policy_volume *volume = &draft->policy->filesystem.volume[index];
	bool writable = volume->access == ACCESS_RW;
	/* Only root may map ids of mounts; anybody else's mapping keeps their files theirs anyway.
	 */
	bool mapped = writable && draft->config->uid_mappings_count && draft->translation->uid == 0;

	if (writable && volume_safe(draft, volume, index, err) < 0)
		return -1;
	draft_mount(draft, volume->target, "bind", volume->source,
		arena_printf(draft->arena, "rbind,%s,nosuid,nodev%s%s", writable ? "rw" : "ro",
			volume->noexec.set && !volume->noexec.value ? "" : ",noexec",
			mapped ? ",idmap" : ""));
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
	const struct policy_filesystem *filesystem = &draft->policy->filesystem;

	system_mounts(draft);
	if (!place_claimed(draft->policy, "/tmp")) {
		tmpfs_mount(draft, "/tmp", "mode=1777");
		last_mount_lower(draft);
	}
	workdir_mount(draft);
	for (size_t i = 0; i < filesystem->tmpfs.count; i++)
		tmpfs_mount(draft, filesystem->tmpfs.items[i], "mode=1777");
	if (exec_check(draft, err) < 0)
		return -1;
	for (size_t i = 0; i < filesystem->volume_count; i++)
		if (volume_mount(draft, i, err) < 0)
			return -1;
	return 0;
}

const struct section filesystem_section = { filesystem_check, filesystem_translate };
