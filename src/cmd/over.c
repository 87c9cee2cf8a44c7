/*
 * Policies laid over a client's bundle: which ones, in what order, and what is seen of them. The
 * command line counts first, then the administrator's file, then the bundle's own annotation, which
 * can only name what the administrator has. What is mandatory is applied besides. The bundle's
 * sources are followed to where they are, once, so that what is checked is what is mounted.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/lists.h"
#include "cmd/prepare.h"
#include "config/check.h"
#include "config/narrow.h"
#include "policy/admin.h"

struct laying {
	const struct call *call;
	struct run *run;
	struct config *config;
	struct admin *admin;
	struct arena *arena;
	struct err *err;
	struct strings names, digests;
	bool settled;
	bool hushed; /* who reads the errors may not read the policies */
};

static const char *absolute(const struct laying *laying, const char *path)
{
	return path[0] == '/' ? path
			      : arena_printf(laying->arena, "%s/%s", laying->run->bundle, path);
}

/* Where a source is; a link that is itself mounted is not followed. What is not there stays. */
static const char *source_follow(const struct laying *laying, const struct config_mount *mount)
{
	const char *path = absolute(laying, mount->source), *slash = strrchr(path, '/');
	char real[PATH_MAX];
	struct stat status;

	if (mount_has_option(mount, "copy-symlink") && lstat(path, &status) == 0 &&
		S_ISLNK(status.st_mode)) {
		const char *dir = arena_copy(laying->arena, path, (size_t)(slash - path));

		return realpath(*dir ? dir : "/", real)
			? arena_printf(laying->arena, "%s%s", strcmp(real, "/") ? real : "", slash)
			: path;
	}
	return realpath(path, real) ? arena_strdup(laying->arena, real) : path;
}

/* Memory that a client mounted to be shared among containers, by the one name it has everywhere;
 * anything else that is there is no place to write. */
static bool in_memory(const struct laying *laying, const char *path)
{
	enum { MAGIC_TMPFS = 0x01021994 };
	const char *slash = strrchr(path, '/');
	struct stat here, above;
	struct statfs seen;

	if (strcmp(slash, "/shm") != 0 || stat(path, &here) < 0 ||
		stat(arena_copy(laying->arena, path, (size_t)(slash - path)), &above) < 0 ||
		here.st_dev == above.st_dev)
		return false;
	return statfs(path, &seen) == 0 && (long)seen.f_type == MAGIC_TMPFS;
}

static int places_settle(struct laying *laying)
{
	struct config *config = laying->config;
	char real[PATH_MAX];

	for (size_t i = 0; i < config->mounts_count; i++) {
		struct config_mount *mount = &config->mounts[i];

		if (!mount_binds(mount) || mount_has_option(mount, "remount"))
			continue;
		mount->source = source_follow(laying, mount);
		if (!strcmp(mount->destination, "/dev/shm") && !in_memory(laying, mount->source))
			return err_set(laying->err, EINVAL,
				"mounts[%zu].source: under a policy /dev/shm is memory of its own, "
				"and \"%.200s\" is none",
				i, mount->source);
	}
	if (config->root_tmpfs.set)
		return 0;
	if (!realpath(absolute(laying, config->root.path), real))
		return err_errno(laying->err, "root.path: %.200s", config->root.path);
	config->root.path = arena_strdup(laying->arena, real);
	return 0;
}

/* Of the policy's writable places those that the root has. */
static int granted_settle(struct laying *laying, struct config *granted)
{
	const char *path = laying->config->root_tmpfs.set ? NULL : laying->config->root.path;
	autoclose root = path ? open(path, O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;
	size_t kept = 0;

	if (path && root < 0)
		return err_errno(laying->err, "root.path: %.200s", path);
	for (size_t i = 0; i < granted->mounts_count; i++) {
		const struct config_mount *mount = &granted->mounts[i];
		bool place = !mount_binds(mount) && !strcmp(mount->type, "tmpfs") &&
			strncmp(mount->destination, "/dev", 4) != 0;
		autoclose found = place && root >= 0
			? file_open_in_root(root, mount->destination, O_PATH | O_DIRECTORY, 0)
			: -1;

		if (!place || found >= 0)
			granted->mounts[kept++] = *mount;
	}
	granted->mounts_count = kept;
	return 0;
}

/* One warning says in a few words each what is narrower now. */
static void notes_keep(struct laying *laying, const char *name, const struct strings *notes)
{
	const char *text = "";

	for (size_t i = 0; i < notes->count; i++)
		text = arena_printf(laying->arena, "%s%s%s", text, i ? "; " : "", notes->items[i]);
	if (*text)
		strings_add(&laying->config->warnings, laying->arena,
			arena_printf(laying->arena, "policy \"%s\": %s", name, text));
}

static int policy_lay(struct laying *laying, const struct policy *policy, const char *name,
	const char *sha256, int mode, bool hushed)
{
	struct translation translation = {
		.state_root = laying->call->root, .mode = mode, .uid = geteuid(), .gid = getegid()
	};
	struct config granted = { 0 };
	struct strings notes = { 0 };

	if (policy_over(
		    policy, &translation, laying->config, &granted, laying->arena, laying->err) < 0)
		return hushed ? admin_hush(arena_printf(laying->arena, "policy \"%s\"", name),
					policy->file, laying->err)
			      : -1;
	if ((!laying->settled && places_settle(laying) < 0) ||
		granted_settle(laying, &granted) < 0 ||
		config_narrow(laying->config, &granted, &notes, laying->arena, laying->err) < 0)
		return err_where(laying->err, "policy \"%s\"", name);
	laying->settled = true;
	for (size_t i = 0; i < translation.warnings.count && !hushed; i++)
		strings_add(
			&laying->config->warnings, laying->arena, translation.warnings.items[i]);
	notes_keep(laying, name, &notes);
	strings_add(&laying->names, laying->arena, name);
	strings_add(&laying->digests, laying->arena, arena_strdup(laying->arena, sha256));
	return 0;
}

/* by: who named it, for errors. */
static int named_lay(struct laying *laying, const char *name, const char *pinned, const char *by)
{
	char sha256[SHA256_TEXT_SIZE];
	const struct policy *policy = admin_policy(
		laying->admin, name, pinned, laying->hushed, sha256, laying->arena, laying->err);

	if (!policy)
		return err_where(laying->err, "%s", by);
	for (size_t i = 0; i < laying->names.count; i++)
		if (!strcmp(laying->names.items[i], name))
			return 0;
	return policy_lay(laying, policy, name, sha256, MODE_UNSET, laying->hushed);
}

static int file_lay(struct laying *laying, const char *file, int mode)
{
	const char *text = policy_builtin(file);
	unsigned char sum[SHA256_SIZE];
	char sha256[SHA256_TEXT_SIZE];
	const struct policy *policy;
	struct bytes bytes = { (char *)text, text ? strlen(text) : 0 };

	if (!text &&
		file_read(AT_FDCWD, file, NULL, POLICY_SIZE_MOST, laying->arena, &bytes,
			laying->err) < 0)
		return -1;
	digest_bytes(bytes.text, bytes.length, sum);
	digest_text(sum, sha256);
	policy = policy_read_text(bytes.text, bytes.length,
		text ? arena_printf(laying->arena, "%s (built in)", file) : file, laying->arena,
		laying->err);
	return policy ? policy_lay(laying, policy, file, sha256, mode, false) : -1;
}

/* Every mandatory rule that matches; of the others the first is what follows, or NULL. */
static int rules_lay(struct laying *laying, const struct admin_rule **first)
{
	const struct admin *admin = laying->admin;

	for (size_t i = 0; i < admin->rule_count; i++) {
		const struct admin_rule *rule = &admin->rule[i];

		if (!admin_rule_matches(
			    rule, laying->call->root, laying->config, laying->call->arena))
			continue;
		if (!rule->mandatory.value && !*first)
			*first = rule;
		if (rule->mandatory.value &&
			named_lay(laying, rule->policy, rule->sha256, admin->file) < 0)
			return -1;
	}
	return 0;
}

static const char *joined(const struct laying *laying, const struct strings *list)
{
	const char *text = NULL;

	for (size_t i = 0; i < list->count; i++)
		text = text ? arena_printf(laying->arena, "%s,%s", text, list->items[i])
			    : list->items[i];
	return text;
}

#define ANNOTATION "annotations." ANNOTATION_PREFIX "policy"

/* What the bundle asked for, once that is known not to be what counts. */
static void asked_warn(struct laying *laying, const char *asked)
{
	if (asked)
		strings_add(&laying->config->warnings, laying->arena,
			ANNOTATION ": not looked at, as the policy was chosen already");
}

static int further_lay(struct laying *laying, const char *asked, const char *pinned, int mode)
{
	const char *file = call_option(laying->call, "policy");
	const struct admin_rule *rule = NULL;

	if (rules_lay(laying, &rule) < 0)
		return -1;
	if (file || rule)
		asked_warn(laying, asked);
	if (file)
		return file_lay(laying, file, mode);
	if (rule)
		return named_lay(laying, rule->policy, rule->sha256, laying->admin->file);
	if (!asked && pinned)
		return err_set(laying->err, EINVAL,
			ANNOTATION ".sha256: pins a policy, and " ANNOTATION_PREFIX
				   "policy names none");
	return asked ? named_lay(laying, asked, pinned, ANNOTATION) : 0;
}

int over_apply(
	const struct call *call, int mode, struct config *config, struct run *run, struct err *err)
{
	const char *file = call_option(call, "admin-config");
	const char *asked = config->policy, *pinned = config->policy_sha256;
	struct laying laying = {
		.call = call, .run = run, .config = config, .arena = call->arena, .err = err
	};

	/* A client hands on what a create says; who calls plan reads with his own rights. */
	laying.hushed = strcmp(call->command->name, "plan") != 0;
	config->policy = config->policy_sha256 = NULL;
	laying.admin = admin_read(
		file ? file : ADMIN_CONFIG, file != NULL, laying.hushed, call->arena, err);
	if (!laying.admin || further_lay(&laying, asked, pinned, mode) < 0)
		return -1;
	if (!laying.names.count)
		return 0;
	config->policy = joined(&laying, &laying.names);
	config->policy_sha256 = joined(&laying, &laying.digests);
	return config_check(config, err);
}
