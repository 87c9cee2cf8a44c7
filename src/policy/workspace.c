/*
 * [workspace]: the tree of the host that the workload is there to work on. It is mounted, by the
 * rules of volumes; or the workload gets a copy, and what it made of that comes back when it has
 * ended. Either way what is written there is on the host afterwards, so what the next run rests on
 * may not lie in it, and nothing in it is executed unless the policy says so.
 */
#include <string.h>

#include "format/node.h"
#include "policy/sections.h"

enum { MODE_BIND_RO = 1, MODE_COPY, MODE_BIND_RW };
static const char *const workspace_modes[] = { NULL, "bind-ro", "copy-in-out", "bind-rw", NULL };

enum { REFUSED_NOTHING = 1, REFUSED_LEAVE_OUT };
static const char *const refused_words[] = { NULL, "nothing", "leave-out", NULL };

/* clang-format off */
const struct key workspace_keys[] = {
	KEY(struct policy_workspace, source, "a directory of the host by its real path; only agent mode follows symlinks", .order = ORDER_FIXED),
	KEY(struct policy_workspace, target, "where it appears; the workdir if absent", .order = ORDER_FIXED),
	CHOICE("mode", struct policy_workspace, mode, workspace_modes, "bind-ro (if absent): it can be read; copy-in-out: the workload changes a copy in memory, and the changes come back when it has ended, with `nucleus run` in the foreground only; bind-rw: it changes the tree itself", .order = ORDER_LESS),
	KEY(struct policy_workspace, exec, "files in it can be executed; false if absent, and cannot be true in production unless bind-ro", .order = ORDER_LESS),
	KEY(struct policy_workspace, size, "the most bytes a copy may hold; \"1G\" if absent", .order = ORDER_LESS, .absent = "\"1G\""),
	BOUND("files", struct policy_workspace, files, 1, 2147483647, "the most files, directories and links a copy may hold; 200000 if absent", .order = ORDER_LESS, .absent = "200000"),
	KEY(struct policy_workspace, exclude, "what is not copied: names, or ends of paths, with * ? [] as in a shell", .order = ORDER_SUPERSET),
	CHOICE("refused", struct policy_workspace, refused, refused_words, "what comes back if the workload left something that may not: nothing (if absent), or with leave-out all the rest", .order = ORDER_LESS),
	{ 0 }
};
/* clang-format on */

/* If the policy says nothing. */
enum { SIZE_MOST = 1 << 30, FILES_MOST = 200000 };

const char *workspace_target(const struct policy *policy)
{
	return policy->workspace.target ? policy->workspace.target : policy_workdir(policy);
}

bool workspace_share(const struct policy *policy, struct share *share)
{
	const struct policy_workspace *workspace = &policy->workspace;

	*share = (struct share){
		.key = "workspace",
		.source = workspace->source,
		.target = workspace_target(policy),
		.writable = workspace->mode > MODE_BIND_RO,
		.exec = workspace->exec.value,
		.exec_key = "exec",
		.safer = "mode = \"bind-ro\"",
	};
	return workspace->source != NULL;
}

/* What only a copy has. */
static int copy_keys_check(const struct policy *policy, struct err *err)
{
	const struct policy_workspace *workspace = &policy->workspace;
	const char *given = workspace->size.set ? "workspace.size"
		: workspace->files.set          ? "workspace.files"
		: workspace->exclude.set        ? "workspace.exclude"
		: workspace->refused            ? "workspace.refused"
						: NULL;

	if (workspace->mode != MODE_COPY && given)
		return policy_error(policy, err, given,
			"goes with mode = \"copy-in-out\"; nothing is copied in any other");
	return tree_keys_check(policy, "workspace", &workspace->size, &workspace->exclude, err);
}

/* Mounts follow one another by section: none may lie where a later one covers it. */
static int places_check(const struct policy *policy, const char *target, struct err *err)
{
	const struct strings *tmpfs = &policy->filesystem.tmpfs;

	for (size_t i = 0; i < policy->volume_count; i++)
		if (policy->volume[i].target && path_below(target, policy->volume[i].target))
			return policy_error(policy, err, "workspace.target",
				"\"%s\" would be covered by the volume at %s", target,
				policy->volume[i].target);
	for (size_t i = 0; i < tmpfs->count; i++)
		if (path_below(tmpfs->items[i], target))
			return policy_item_error(policy, err, "filesystem.tmpfs", i, NULL,
				"\"%s\" would be covered by the workspace at %s", tmpfs->items[i],
				target);
	if (policy->filesystem.home && path_below(policy->filesystem.home, target))
		return policy_error(policy, err, "filesystem.home",
			"\"%s\" lies in the workspace at %s, which is the host's",
			policy->filesystem.home, target);
	return 0;
}

static int workspace_check(
	const struct policy *policy, const struct mode_rules *rules, struct err *err)
{
	const struct maybe_bool *pid = &policy->namespaces.pid;
	struct share share;

	if (!workspace_share(policy, &share))
		return node_get(policy->document, "workspace")
			? policy_error(policy, err, "workspace",
				  "needs a source, the directory that is worked on")
			: 0;
	if (share_check(policy, rules, &share, err) < 0 || copy_keys_check(policy, err) < 0)
		return -1;
	if (policy->workspace.mode == MODE_COPY && pid->set && !pid->value)
		return policy_error(policy, err, "workspace.mode",
			"copy-in-out needs namespaces.pid: whoever writes in the copy must have "
			"ended before it is read");
	return places_check(policy, share.target, err);
}

static int copy_translate(struct draft *draft, const struct share *share, struct err *err)
{
	const struct policy_workspace *workspace = &draft->policy->workspace;
	const struct config_user *user = &draft->config->process.user;
	struct config_tree *tree = arena_alloc(draft->arena, 1, sizeof(*tree));

	if (share_place(draft, share, &tree->source, err) < 0)
		return -1;
	tree->target = share->target;
	tree->exclude = workspace->exclude;
	tree->size.value = workspace->size.set ? workspace->size.value : SIZE_MOST;
	tree->files.value = workspace->files.set ? workspace->files.value : FILES_MOST;
	tree->size.set = tree->files.set = true;
	tree->leave_out = workspace->refused == REFUSED_LEAVE_OUT;
	draft->config->workspace = tree;
	draft_mount(draft, tree->target, "tmpfs", "tmpfs",
		arena_printf(draft->arena,
			"nosuid,nodev%s,size=%lu,nr_inodes=%lu,mode=0755,uid=%ld,gid=%ld",
			share->exec ? "" : ",noexec", (unsigned long)tree->size.value,
			(unsigned long)tree->files.value + 1, (long)user->uid.value,
			(long)user->gid.value));
	return 0;
}

static int workspace_translate(struct draft *draft, struct err *err)
{
	struct share share;

	if (!workspace_share(draft->policy, &share))
		return 0;
	return draft->policy->workspace.mode == MODE_COPY ? copy_translate(draft, &share, err)
							  : share_mount(draft, &share, err);
}

const struct section workspace_section = { workspace_check, workspace_translate };
