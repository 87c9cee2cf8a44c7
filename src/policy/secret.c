/*
 * [[secret]]: passwords and keys for the workload, each a file that only it can read, in memory and
 * gone with the sandbox. The policy names where a secret comes from and never what it is; it is
 * read when the sandbox is started, by kernel/files.c.
 */
#include <string.h>

#include "policy/sections.h"

/* clang-format off */
const struct key secret_policy_keys[] = {
	KEY(struct policy_secret, name, "what it is called: letters, digits, _, - and .", .order = ORDER_FIXED),
	KEY(struct policy_secret, file, "its source: a file of the host by its real path, which only its owner, root or the caller, can read (agent mode warns)", .order = ORDER_FIXED),
	KEY(struct policy_secret, credential, "or: a file in $CREDENTIALS_DIRECTORY, where systemd puts LoadCredential= of a service", .order = ORDER_FIXED),
	BOUND("fd", struct policy_secret, fd, 3, CALLER_FDS - 1, "or: an open descriptor of who calls nucleus, a file or a pipe", .order = ORDER_FIXED),
	KEY(struct policy_secret, target, "where it appears, 0400 and the workload's own; " SECRETS_DIR "/NAME if absent", .order = ORDER_FIXED),
	{ 0 }
};
/* clang-format on */

#define secret_error(policy, err, index, member, ...) \
	policy_item_error(policy, err, "secret", index, member, __VA_ARGS__)

static bool name_valid(const char *name, const char *more)
{
	static const char plain[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.";
	const char *at = name;

	while (*at && (strchr(plain, *at) || strchr(more, *at)))
		at++;
	return !*at && at > name && at - name <= 255 && name[0] != '.';
}

static int source_check(const struct policy *policy, size_t index, struct err *err)
{
	const struct policy_secret *secret = &policy->secret[index];
	int sources = (secret->file != NULL) + (secret->credential != NULL) + secret->fd.set;

	if (sources != 1)
		return secret_error(policy, err, index, NULL,
			sources ? "has %d sources; keep one of file, credential and fd"
				: "has no source; name a file, a credential or an fd",
			sources);
	if (secret->file && path_fault(secret->file))
		return secret_error(policy, err, index, "file", "\"%s\" %s", secret->file,
			path_fault(secret->file));
	if (secret->credential && !name_valid(secret->credential, "@:+"))
		return secret_error(policy, err, index, "credential",
			"\"%s\" is no name of a credential, as LoadCredential= gives it",
			secret->credential);
	return 0;
}

static const char *secret_target(const struct policy_secret *secret, struct arena *arena)
{
	return secret->target ? secret->target
			      : arena_printf(arena, SECRETS_DIR "/%s", secret->name);
}

/* Whether both would be the same file: one by its name, the other by its target perhaps. */
static bool same_target(const struct policy_secret *left, const struct policy_secret *right)
{
	const char *in_place = SECRETS_DIR "/";
	const struct policy_secret *named = left->target ? right : left;
	const char *target = left->target ? left->target : right->target;

	if (!left->target == !right->target)
		return target ? !strcmp(left->target, right->target)
			      : !strcmp(left->name, right->name);
	return !strncmp(target, in_place, strlen(in_place)) &&
		!strcmp(target + strlen(in_place), named->name);
}

static int others_check(const struct policy *policy, size_t index, struct err *err)
{
	const struct policy_secret *secret = &policy->secret[index];

	for (size_t i = 0; i < index; i++) {
		const struct policy_secret *other = &policy->secret[i];

		if (!strcmp(other->name, secret->name))
			return secret_error(policy, err, index, "name",
				"\"%s\" is an earlier secret's name", secret->name);
		if (same_target(other, secret))
			return secret_error(
				policy, err, index, "target", "is where an earlier secret goes");
		if (other->fd.set && secret->fd.set && other->fd.value == secret->fd.value)
			return secret_error(policy, err, index, "fd",
				"%d is read for an earlier secret, and only once",
				(int)secret->fd.value);
	}
	return 0;
}

static int one_check(const struct policy *policy, size_t index, struct err *err)
{
	const struct policy_secret *secret = &policy->secret[index];
	const char *fault = secret->target ? place_fault(policy, secret->target) : NULL;

	if (!secret->name)
		return secret_error(policy, err, index, NULL, "needs a name");
	if (!name_valid(secret->name, ""))
		return secret_error(policy, err, index, "name",
			"\"%s\" cannot be a file's name; use letters, digits, _, - and ., but "
			"that not first",
			secret->name);
	if (source_check(policy, index, err) < 0)
		return -1;
	if (fault)
		return secret_error(
			policy, err, index, "target", "\"%s\" %s", secret->target, fault);
	if (secret->target && path_below(SECRETS_DIR, secret->target))
		return secret_error(policy, err, index, "target",
			"\"%s\" is the directory of other secrets; name a file", secret->target);
	if (secret->target && path_below(secret->target, SECRETS_DIR) &&
		strchr(secret->target + strlen(SECRETS_DIR "/"), '/'))
		return secret_error(policy, err, index, "target",
			"\"%s\" lies deeper in " SECRETS_DIR " than a secret's own file",
			secret->target);
	return others_check(policy, index, err);
}

static int secret_check(
	const struct policy *policy, const struct mode_rules *rules, struct err *err)
{
	(void)rules;
	if (policy->secret_count > SECRETS_MOST)
		return policy_error(policy, err, "secret", "there are more than %d", SECRETS_MOST);
	for (size_t i = 0; i < policy->secret_count; i++)
		if (one_check(policy, i, err) < 0)
			return -1;
	return 0;
}

/* What is made for a secret must be made in the sandbox's own memory, not among somebody's files.
 */
static int target_check(
	const struct draft *draft, size_t index, const char *target, struct err *err)
{
	const struct config_mount *mount = draft_covering(draft, target);

	if (!mount || !mount_binds(mount))
		return 0;
	return secret_error(draft->policy, err, index,
		draft->policy->secret[index].target ? "target" : "name",
		"\"%s\" lies in %s, which is not the sandbox's own; choose a target in a "
		"directory that neither the root nor a volume has",
		target, mount->destination);
}

bool secret_places_wanted(const struct policy *policy)
{
	return !policy->process.policy_file.set || policy->process.policy_file.value ||
		policy->secret_count;
}

/* A mount that the file's directory would have to be made in is somebody else's. */
static int policy_file_translate(struct draft *draft, struct err *err)
{
	const struct maybe_bool *wanted = &draft->policy->process.policy_file;
	const struct config_mount *mount = draft_covering(draft, POLICY_FILE_DIR);
	struct config *config = draft->config;

	if (wanted->set && !wanted->value)
		return 0;
	if (mount && mount_binds(mount))
		return policy_error(draft->policy, err, "process.policy_file",
			POLICY_FILE " would lie in %s, which is not the sandbox's own; mount that "
				    "elsewhere, or set this to false",
			mount->destination);
	config->policy_file = true;
	strings_add(&config->process.env, draft->arena, "NUCLEUS_POLICY=" POLICY_FILE);
	return 0;
}

static int secret_translate(struct draft *draft, struct err *err)
{
	const struct policy *policy = draft->policy;
	struct config *config = draft->config;

	if (policy_file_translate(draft, err) < 0)
		return -1;
	if (!policy->secret_count)
		return 0;
	config->secrets_count = policy->secret_count;
	config->secrets = arena_alloc(draft->arena, policy->secret_count, sizeof(*config->secrets));
	for (size_t i = 0; i < policy->secret_count; i++) {
		const struct policy_secret *secret = &policy->secret[i];
		const char *target = secret_target(secret, draft->arena);

		if (target_check(draft, i, target, err) < 0)
			return -1;
		config->secrets[i] = (struct config_secret){ .name = secret->name,
			.target = target,
			.file = secret->file,
			.credential = secret->credential,
			.fd = secret->fd };
	}
	return 0;
}

const struct section secret_section = { secret_check, secret_translate };
