/*
 * [context]: a tree of the host that the workload may read, copied before it starts. Projects hold
 * keys and tokens that nobody meant to hand to a program, so what usually is one stays behind; and
 * what was copied has one digest, so that two runs can be known to have seen the same.
 */
#include <stdio.h>
#include <string.h>

#include "base/digest.h"
#include "format/node.h"
#include "policy/sections.h"

/* clang-format off */
const struct key context_keys[] = {
	KEY(struct policy_context, source, "a directory of the host by its real path; only agent mode follows symlinks", .order = ORDER_FIXED),
	KEY(struct policy_context, target, "where the copy appears, read-only; /context if absent", .order = ORDER_FIXED),
	KEY(struct policy_context, exclude, "what is not copied besides secrets: names, or ends of paths, with * ? [] as in a shell", .order = ORDER_SUPERSET),
	KEY(struct policy_context, exclude_secrets, "leave out what usually is a secret, such as .env, *.pem, id_rsa*, .ssh and .git/config; true if absent", .order = ORDER_MORE),
	KEY(struct policy_context, sha256, "what the copy must hash to, as `nucleus run --dry-run` prints it; required in production", .order = ORDER_ONCE),
	KEY(struct policy_context, size, "the most bytes it may hold; \"256M\" if absent", .order = ORDER_LESS, .absent = "\"256M\""),
	BOUND("files", struct policy_context, files, 1, 2147483647, "the most files, directories and links; 50000 if absent", .order = ORDER_LESS, .absent = "50000"),
	{ 0 }
};
/* clang-format on */

/* If the policy says nothing. */
enum { SIZE_MOST = 256 << 20, FILES_MOST = 50000 };
#define TARGET "/context"

/* What proves who somebody is, and what remembers it, by name or end of path; case is no matter. */
static const char *const secrets[] = {
	/* of projects */
	".env",
	".env.*",
	"*.env",
	".envrc",
	".secrets",
	"secrets.json",
	"secrets.toml",
	"secrets.yaml",
	"secrets.yml",
	".htpasswd",
	"*.tfstate",
	"*.tfstate.*",
	"*.tfvars",
	"*.tfvars.json",
	"auth.json",
	"credentials.json",
	".credentials.json",
	"client_secret*.json",
	"service-account*.json",
	"service_account*.json",
	/* of git, whose configuration has credentials in addresses and headers */
	".git/config",
	".git/config.worktree",
	".git/modules/*/config",
	".git-credentials",
	".gitconfig",
	/* keys */
	"*.pem",
	"*.key",
	"*.p8",
	"*.p12",
	"*.pfx",
	"*.ppk",
	"*.jks",
	"*.keystore",
	"*.kdbx",
	"*.gpg",
	"id_rsa*",
	"id_dsa*",
	"id_ecdsa*",
	"id_ed25519*",
	"*_rsa",
	"*_ed25519",
	".ssh",
	".gnupg",
	".pki",
	".password-store",
	".age",
	".sops",
	/* of clouds and registries */
	".aws",
	".azure",
	".gcloud",
	"gcloud",
	".kube",
	"kubeconfig",
	"*.kubeconfig",
	".docker",
	".dockercfg",
	".dockerconfigjson",
	".terraform.d",
	".terraformrc",
	".vault-token",
	".netrc",
	"_netrc",
	".npmrc",
	".yarnrc",
	".yarnrc.yml",
	".pypirc",
	".gem/credentials",
	".cargo/credentials",
	".cargo/credentials.toml",
	".m2/settings.xml",
	"nuget.config",
	".boto",
	".s3cfg",
	"rclone.conf",
	".config/gh",
	".config/hub",
	".config/op",
	".databrickscfg",
	".snowsql",
	/* of databases, browsers and desktops */
	".pgpass",
	".my.cnf",
	".mylogin.cnf",
	".mozilla",
	".thunderbird",
	"google-chrome",
	"chromium",
	"keyrings",
	".claude.json",
	/* what was typed */
	".bash_history",
	".zsh_history",
	".histfile",
	".python_history",
	".psql_history",
	".mysql_history",
	".sqlite_history",
	".node_repl_history",
	".lesshst",
	".viminfo",
};

static struct share context_share(const struct policy *policy)
{
	return (struct share){
		.key = "context",
		.source = policy->context.source,
		.target = policy->context.target ? policy->context.target : TARGET,
	};
}

int tree_keys_check(const struct policy *policy, const char *section, const struct maybe_size *size,
	const struct strings *exclude, struct err *err)
{
	char path[64];

	snprintf(path, sizeof(path), "%s.size", section);
	if (size->set && (size->value < 4096 || size->value > INT64_MAX))
		return policy_error(
			policy, err, path, "must be at least 4K, one page, and below 2^63 bytes");
	snprintf(path, sizeof(path), "%s.exclude", section);
	for (size_t i = 0; i < exclude->count; i++) {
		const char *pattern = exclude->items[i];
		size_t length = strlen(pattern);

		if (!length || *pattern == '/' || pattern[length - 1] == '/')
			return policy_item_error(policy, err, path, i, NULL,
				"\"%s\" must be a name or the end of a path, with no slash before "
				"or after it",
				pattern);
	}
	return 0;
}

static bool overlap(const char *one, const char *other)
{
	return path_below(one, other) || path_below(other, one);
}

/* A copy is filled before anything is mounted, and nothing can be made in it afterwards. */
static int places_check(const struct policy *policy, const char *target, struct err *err)
{
	const char *workspace = policy->workspace.source ? workspace_target(policy) : NULL;
	const char *other = workspace && overlap(target, workspace) ? workspace : NULL;

	for (size_t i = 0; !other && i < policy->volume_count; i++)
		if (policy->volume[i].target && overlap(target, policy->volume[i].target))
			other = policy->volume[i].target;
	for (size_t i = 0; !other && i < policy->filesystem.tmpfs.count; i++)
		if (path_below(policy->filesystem.tmpfs.items[i], target))
			other = policy->filesystem.tmpfs.items[i];
	if (!other && path_below(policy_workdir(policy), target))
		other = policy_workdir(policy);
	if (!other && path_below(policy_home(policy), target))
		other = policy_home(policy);
	return other ? policy_error(policy, err, "context.target",
			       "\"%s\" and what is at %s cannot lie in one another", target, other)
		     : 0;
}

static int pin_given_check(
	const struct policy *policy, const struct mode_rules *rules, struct err *err)
{
	const char *sha256 = policy->context.sha256;
	unsigned char sum[SHA256_SIZE];

	if (sha256 && !digest_read(sha256, sum))
		return policy_error(policy, err, "context.sha256",
			"must be the 64 hexadecimal digits that `nucleus run --dry-run` prints");
	if (!sha256 && rules->pins_required)
		return policy_error(policy, err, "context.sha256",
			"missing; production mode pins what a policy names: add the digest that "
			"`nucleus run --dry-run` prints in another mode");
	return 0;
}

static int context_check(
	const struct policy *policy, const struct mode_rules *rules, struct err *err)
{
	const struct policy_context *context = &policy->context;
	const struct share share = context_share(policy);

	if (!context->source)
		return node_get(policy->document, "context")
			? policy_error(policy, err, "context",
				  "needs a source, the directory that is copied")
			: 0;
	if (share_check(policy, rules, &share, err) < 0 ||
		tree_keys_check(policy, "context", &context->size, &context->exclude, err) < 0 ||
		pin_given_check(policy, rules, err) < 0)
		return -1;
	return places_check(policy, share.target, err);
}

static void exclude_translate(struct draft *draft, struct strings *exclude)
{
	const struct policy_context *context = &draft->policy->context;

	if (context->exclude_secrets.set && !context->exclude_secrets.value)
		draft_warn(draft,
			"context.exclude_secrets is false: keys and tokens in %s are copied too",
			context->source);
	else
		for (size_t i = 0; i < sizeof(secrets) / sizeof(*secrets); i++)
			strings_add(exclude, draft->arena, secrets[i]);
	for (size_t i = 0; i < context->exclude.count; i++)
		strings_add(exclude, draft->arena, context->exclude.items[i]);
}

static int context_translate(struct draft *draft, struct err *err)
{
	const struct policy_context *context = &draft->policy->context;
	const struct share share = context_share(draft->policy);
	struct config_tree *tree;

	if (!context->source)
		return 0;
	tree = arena_alloc(draft->arena, 1, sizeof(*tree));
	if (share_place(draft, &share, &tree->source, err) < 0)
		return -1;
	tree->target = share.target;
	exclude_translate(draft, &tree->exclude);
	tree->sha256 = context->sha256;
	tree->size.value = context->size.set ? context->size.value : SIZE_MOST;
	tree->files.value = context->files.set ? context->files.value : FILES_MOST;
	tree->size.set = tree->files.set = true;
	draft->config->context = tree;
	draft_mount(draft, tree->target, "tmpfs", "tmpfs",
		arena_printf(draft->arena,
			"ro,nosuid,nodev,noexec,size=%lu,nr_inodes=%lu,mode=0555",
			(unsigned long)tree->size.value, (unsigned long)tree->files.value + 1));
	return 0;
}

const struct section context_section = { context_check, context_translate };
