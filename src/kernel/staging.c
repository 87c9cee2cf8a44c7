/*
 * Copies of trees of the host, each in a tmpfs of its own that is attached nowhere until the
 * sandbox's root is built: it vanishes with the last descriptor, whoever is killed. When the
 * workload and all who were in its pid namespace have ended, the workspace's tmpfs is made
 * read-only as a whole, which fails while anybody can still write in it; only then is it read, and
 * only if all of it may come back is anything written to the host. fsopen, fspick (no manual pages
 * in Debian 12), tmpfs(5).
 */
#include "kernel/staging.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/fd.h"
#include "base/file.h"
#include "format/node.h"
#include "kernel/ids.h"
#include "kernel/lsm.h"
#include "kernel/mount-api.h"
#include "kernel/mount-options.h"
#include "kernel/mount-types.h"
#include "kernel/steps.h"

/* Names in one warning, warnings about one tree. */
enum { NAMES_MOST = 5, WARNINGS_MOST = 20 };

static int owner_find(const struct run *run, bool root, struct tree_rules *rules, struct err *err)
{
	const struct config_user *user = &run->config->process.user;

	return ids_owner(run, root ? 0 : user->uid.value, root ? 0 : user->gid.value, &rules->uid,
		&rules->gid, err);
}

static size_t mount_index(const struct config *config, const struct config_tree *tree)
{
	size_t index = config->mounts_count - 1;

	while (index > 0 && strcmp(config->mounts[index].destination, tree->target) != 0)
		index--;
	return index;
}

/* The tmpfs, with the mount's flags but for "ro", which follows when it is filled. */
static int tmpfs_make(const struct run *run, const struct config_tree *tree,
	const struct config_mount *mount, struct err *err)
{
	struct mount_options options;
	char size[40], files[40];
	const char *const parameters[] = { size, files, "mode=0700", lsm_context(run, run->arena),
		NULL };

	mount_options_read(run->config, mount, &options);
	snprintf(size, sizeof(size), "size=%llu", (unsigned long long)tree->size.value);
	snprintf(files, sizeof(files), "nr_inodes=%llu", (unsigned long long)tree->files.value + 1);
	return mount_make("tmpfs", "tmpfs", parameters,
		(options.top.set | options.below.set) & ~(uint64_t)MOUNT_ATTR_RDONLY, err);
}

static void names_warn(
	const struct run *run, const char *what, const char *why, const struct strings *paths)
{
	char text[800];
	size_t used;

	if (!paths->count)
		return;
	used = (size_t)snprintf(
		text, sizeof(text), "%s: not copied, as %s: %zu (", what, why, paths->count);
	for (size_t i = 0; i < paths->count && i < NAMES_MOST; i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%.100s",
			i ? ", " : "", paths->items[i]);
	snprintf(text + used, sizeof(text) - used, "%s)", paths->count > NAMES_MOST ? ", ..." : "");
	run->warn(text);
}

static struct node *copied_node(
	const struct config_tree *tree, const struct staged *staged, struct arena *arena)
{
	struct node *node = node_new(arena, NODE_TABLE);

	node_put_string(arena, node, "source", tree->source);
	node_put_string(arena, node, "target", tree->target);
	node_put_string(arena, node, "sha256", staged->sha256);
	node_put_integer(arena, node, "files", (int64_t)staged->tree.count);
	node_put_integer(arena, node, "bytes", (int64_t)staged->tree.bytes);
	node_put(arena, node, "excluded", node_strings(arena, &staged->tree.excluded));
	node_put(arena, node, "notFiles", node_strings(arena, &staged->tree.odd));
	return node;
}

static int digest_check(const struct config_tree *tree, struct staged *staged, struct err *err)
{
	unsigned char sum[SHA256_SIZE], wanted[SHA256_SIZE];

	tree_digest(&staged->tree, sum);
	digest_text(sum, staged->sha256);
	if (!tree->sha256 ||
		(digest_read(tree->sha256, wanted) && !memcmp(sum, wanted, sizeof(sum))))
		return 0;
	return err_set(err, EINVAL, "the sha256 of what is copied from %s is %s, not the pinned %s",
		tree->source, staged->sha256, tree->sha256);
}

static int tree_open(const struct config_tree *tree, struct err *err)
{
	int fd = file_open_plain(AT_FDCWD, tree->source, O_RDONLY | O_DIRECTORY);

	if (fd >= 0)
		return fd;
	err_errno(err, "open %s", tree->source);
	return err->code == ELOOP
		? err_hint(err, "a symlink is on the way; name the place it leads to")
		: -1;
}

static int tree_stage(struct run *run, const struct config_tree *tree, struct staged *staged,
	const char *what, struct tree_rules rules, struct err *err)
{
	size_t index = mount_index(run->config, tree);
	const struct config_mount *mount = &run->config->mounts[index];
	autoclose made = tmpfs_make(run, tree, mount, err);

	if (made < 0)
		return -1;
	staged->source = tree_open(tree, err);
	if (staged->source < 0)
		return -1;
	staged->root = openat(made, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (staged->root < 0)
		return err_errno(err, "open the copy's place");
	rules.bytes_most = tree->size.value;
	rules.files_most = tree->files.value;
	rules.exclude = &tree->exclude;
	if (tree_copy(staged->source, staged->root, &rules, &staged->tree, run->arena, err) < 0)
		return err_where(err, "%s", tree->source);
	names_warn(run, what, "they may hold secrets or are named in `exclude`",
		&staged->tree.excluded);
	names_warn(run, what, "they are no files, directories or links, or on another mount",
		&staged->tree.odd);
	if (digest_check(tree, staged, err) < 0)
		return -1;
	if (rules.plain && mount_make_readonly(made, 0) < 0)
		return err_errno(err, "make the copy read-only");
	run->sources[index] = take_fd(&made);
	return 0;
}

bool stage_wanted(const struct config *config)
{
	return config->workspace || config->context;
}

/*
 * stage_apply - copy the trees that the sandbox is given
 *
 * Needs:  run->sources; the ids that the sandbox will have
 * Leaves: in run->sources what mounts_apply attaches; run->staging
 * Mustn't run after the clone: the host's files are read with the caller's rights
 */
int stage_apply(struct run *run, struct err *err)
{
	const struct config *config = run->config;
	struct staging *staging = arena_alloc(run->arena, 1, sizeof(*staging));
	struct tree_rules rules = { 0 };

	if (config->workspace && run->detached) {
		err_set(err, EINVAL,
			"a workspace that is copied comes back only from a run in the foreground");
		return err_hint(err,
			"use `nucleus run` without --detach, or mode = \"bind-rw\" in [workspace]");
	}
	*staging = (struct staging){ .workspace = { .source = -1, .root = -1 },
		.context = { .source = -1, .root = -1 },
		.draft = { .dir = -1 },
		.report = node_new(run->arena, NODE_TABLE) };
	run->staging = staging;
	if (config->context) {
		rules.plain = true;
		if (owner_find(run, true, &rules, err) < 0 ||
			tree_stage(run, config->context, &staging->context, "context", rules, err) <
				0)
			return err_where(err, "context");
		fd_close(&staging->context.root);
		fd_close(&staging->context.source);
		node_put(run->arena, staging->report, "context",
			copied_node(config->context, &staging->context, run->arena));
	}
	if (!config->workspace)
		return 0;
	rules.plain = false;
	if (owner_find(run, false, &rules, err) < 0 ||
		tree_stage(run, config->workspace, &staging->workspace, "workspace", rules, err) <
			0)
		return err_where(err, "workspace");
	return 0;
}

static void tree_print(
	const struct config_tree *tree, const char *what, struct node *params, struct arena *arena)
{
	struct node *node;

	if (!tree)
		return;
	node = node_new(arena, NODE_TABLE);
	node_put_string(arena, node, "source", tree->source);
	node_put_string(arena, node, "target", tree->target);
	node_put_integer(arena, node, "size", (int64_t)tree->size.value);
	node_put_integer(arena, node, "files", (int64_t)tree->files.value);
	node_put_string(arena, node, "sha256", tree->sha256);
	if (tree->exclude.count)
		node_put_strings(arena, node, "exclude", &tree->exclude);
	node_put(arena, params, what, node);
}

void stage_print(const struct config *config, struct node *params, struct arena *arena)
{
	tree_print(config->context, "context", params, arena);
	tree_print(config->workspace, "workspace", params, arena);
}

bool bring_back_wanted(const struct config *config)
{
	return config->workspace != NULL;
}

/* Nobody writes in the copy any more, not even who got a descriptor out of the sandbox. */
static int freeze(int root, struct err *err)
{
	const struct timespec moment = { .tv_nsec = 20000000 };
	autoclose context = fspick(root, "", FSPICK_CLOEXEC | FSPICK_EMPTY_PATH);

	if (context < 0 || fsconfig(context, FSCONFIG_SET_FLAG, "ro", NULL, 0) < 0)
		return err_errno(err, "take hold of the copy");
	for (int tries = 0; tries < 50; tries++) {
		if (fsconfig(context, FSCONFIG_CMD_RECONFIGURE, NULL, NULL, 0) == 0)
			return 0;
		if (errno != EBUSY)
			return err_errno(err, "make the copy read-only");
		nanosleep(&moment, NULL);
	}
	return err_set(err, EBUSY,
		"somebody outside the sandbox still has a file of the copy open for writing; "
		"nothing was brought back");
}

static const char *kind_name(mode_t mode)
{
	return S_ISDIR(mode)    ? "directory"
		: S_ISLNK(mode) ? "link"
		: S_ISREG(mode) ? "file"
				: "other";
}

static struct node *change_node(const struct tree_change *change, struct arena *arena)
{
	const struct tree_entry *entry = change->now ? change->now : change->was;
	struct node *node = node_new(arena, NODE_TABLE);

	node_put_string(arena, node, "path", entry->path);
	node_put_string(arena, node, "kind", kind_name(entry->mode));
	if (S_ISREG(entry->mode))
		node_put_integer(arena, node, "size", (int64_t)entry->size);
	if (change->was && change->now && S_ISREG(change->was->mode))
		node_put_integer(arena, node, "before", (int64_t)change->was->size);
	node_put_string(arena, node, "link", entry->link);
	return node;
}

static void why_put(
	struct node *list, const struct tree_change *change, const char *why, struct arena *arena)
{
	struct node *node = change_node(change, arena);

	node_put_string(arena, node, "why", why);
	node_append(list, node);
}

/* Everything that differs, by what would become of it; the number of conflicts. */
static size_t report_changes(const struct tree_return *back, const struct tree_changes *changes,
	struct node *report, struct arena *arena)
{
	static const char *const names[] = { "added", "changed", "deleted", "refused",
		"conflicts" };
	struct node *lists[5];

	for (size_t i = 0; i < 5; i++) {
		lists[i] = node_new(arena, NODE_ARRAY);
		node_put(arena, report, names[i], lists[i]);
	}
	for (size_t i = 0; i < changes->count; i++) {
		const struct tree_change *change = &changes->items[i];
		const char *conflict;

		if (change->refused) {
			why_put(lists[3], change, change->refused, arena);
			continue;
		}
		conflict = tree_conflict(back, change);
		if (conflict)
			why_put(lists[4], change, conflict, arena);
		node_append(lists[!change->was            ? 0
					    : change->now ? 1
							  : 2],
			change_node(change, arena));
	}
	return lists[4]->count;
}

/* Says each of them, up to a bound. */
static void list_warn(
	const struct run *run, const struct node *report, const char *name, const char *where)
{
	size_t said = 0;

	for (const struct node *one = node_get(report, name)->first; one; one = one->next) {
		char text[900];

		if (said++ == WARNINGS_MOST) {
			snprintf(text, sizeof(text), "workspace: and %zu more",
				node_get(report, name)->count - WARNINGS_MOST);
			run->warn(text);
			return;
		}
		snprintf(text, sizeof(text), "workspace: \"%.300s\" %s%s",
			node_get(one, "path")->text, node_get(one, "why")->text, where);
		run->warn(text);
	}
}

/* What is there now, read and compared. */
static int changes_find(struct run *run, struct tree_changes *changes, struct err *err)
{
	const struct config_tree *tree = run->config->workspace;
	struct staged *staged = &run->staging->workspace;
	const struct tree_rules rules = { .bytes_most = tree->size.value,
		.files_most = tree->files.value };
	struct tree *now = arena_alloc(run->arena, 1, sizeof(*now));

	if (freeze(staged->root, err) < 0)
		return -1;
	if (tree_copy(staged->root, -1, &rules, now, run->arena, err) < 0)
		return err_where(err, "what the workload left cannot come back, and nothing did");
	tree_compare(&staged->tree, now, staged->root, changes, run->arena);
	return 0;
}

/* The directory that was copied must still be the one of that name. */
static int source_check(const struct run *run, struct err *err)
{
	const struct config_tree *tree = run->config->workspace;
	autoclose now = tree_open(tree, err);

	if (now < 0)
		return -1;
	return file_is_same(now, run->staging->workspace.source)
		? 0
		: err_set(err, ESTALE, "%s is another directory than the one that was copied",
			  tree->source);
}

static int refuse_all(size_t refused, size_t conflicts, struct err *err)
{
	if (refused) {
		err_set(err, EPERM,
			"nothing was brought back: %zu entries may not leave the sandbox", refused);
		return err_hint(
			err, "with refused = \"leave-out\" in [workspace] all the rest does");
	}
	return err_set(err, ESTALE,
		"nothing was brought back: %zu entries were changed on the host meanwhile",
		conflicts);
}

static int changes_return(struct run *run, struct err *err)
{
	struct staging *staging = run->staging;
	struct tree_changes changes = { 0 };
	struct tree_return back = { .host = staging->workspace.source,
		.root = staging->workspace.root,
		.was = &staging->workspace.tree,
		.draft = &staging->draft,
		.arena = run->arena };
	struct node *report = copied_node(run->config->workspace, &staging->workspace, run->arena);
	bool leave_out = run->config->workspace->leave_out;
	size_t conflicts;

	if (changes_find(run, &changes, err) < 0 || source_check(run, err) < 0)
		return -1;
	conflicts = report_changes(&back, &changes, report, run->arena);
	node_put(run->arena, staging->report, "workspace", report);
	if (run->dry_run)
		return 0;
	list_warn(run, report, "refused", leave_out ? " and is left out" : "");
	list_warn(run, report, "conflicts", " on the host meanwhile");
	if ((changes.refused && !leave_out) || conflicts)
		return refuse_all(leave_out ? 0 : changes.refused, conflicts, err);
	return tree_bring_back(&back, &changes, err);
}

/*
 * bring_back_apply - write to the host what the workload changed in its copy of the workspace
 *
 * Needs:  everybody in the sandbox has ended
 * Leaves: the host's tree as the workload left its copy, or as it was
 * Mustn't run in undo: who was killed does not know how it ended
 */
int bring_back_apply(struct run *run, struct err *err)
{
	return changes_return(run, err) < 0 ? err_where(err, "workspace") : 0;
}

int bring_back_undo(struct run *run, struct err *err)
{
	(void)err;
	if (run->staging)
		tree_draft_remove(&run->staging->draft);
	return 0;
}
