/*
 * A policy as it is laid over a client's bundle: what it restricts, and nothing of what it would
 * run. The result is no whole config: it is what config_narrow takes for the policy's side. A key
 * that would have to change what the client has set up is an error, so that no policy says more
 * than it does; those that the policies built in give as plain defaults are left to the bundle.
 */
#include <stdlib.h>
#include <string.h>

#include "policy/sections.h"

/* Keys that hold over a bundle, with all that is below them. */
static const char *const meant[] = { "version", "mode", "may_widen", "extends", "include",
	"filesystem.tmpfs", "filesystem.tmpfs_size", "filesystem.exec", "volume", "namespaces.user",
	"namespaces.pid", "namespaces.mount", "namespaces.network", "namespaces.uts",
	"namespaces.ipc", "namespaces.cgroup", "namespaces.time", "resources", "capabilities",
	"seccomp", "landlock", "network", "limits", "process.umask", "process.policy_file",
	"closure.trusted_keys", "closure.signatures_needed" };

/* Keys that are left to the bundle: its client says what is run, where, and whose ids it has. */
static const char *const left[] = { "check", "closure.attestation", "env", "namespaces.gid_map",
	"namespaces.ids", "namespaces.uid_map", "process.cwd", "process.hostname" };

#define HOLDS(list, text) list_holds(list, sizeof(list) / sizeof(*(list)), text)

static bool list_holds(const char *const *list, size_t count, const char *text)
{
	for (size_t i = 0; i < count; i++)
		if (!strcmp(list[i], text))
			return true;
	return false;
}

static int keys_check(const struct policy *policy, const struct node *table, const char *above,
	struct arena *arena, struct err *err)
{
	for (const struct node *child = table->first; child; child = child->next) {
		const char *path = arena_printf(
			arena, "%s%s%s", above, *above ? "." : "", child->key);

		if (HOLDS(meant, path) || HOLDS(left, path))
			continue;
		if (!*above && child->kind == NODE_TABLE) {
			if (keys_check(policy, child, path, arena, err) < 0)
				return -1;
			continue;
		}
		return policy_error(policy, err, path,
			"cannot be laid over an OCI bundle, which says itself what is run; remove "
			"it from a policy for bundles");
	}
	return 0;
}

/* The bundle's list is held against the policy's keys, too. */
static void trust_lay(struct draft *draft)
{
	if (!draft->policy->closure.trusted_keys.set)
		return;
	draft->config->closure = arena_alloc(draft->arena, 1, sizeof(*draft->config->closure));
	closure_trust_grant(draft->policy, draft->config->closure);
}

static int attested_check(const struct policy *policy, const struct mode_rules *rules,
	const struct config *bundle, struct err *err)
{
	if (!rules->closure_required ||
		(bundle->closure && bundle->closure->attestation != ATTESTATION_OFF))
		return 0;
	return policy_error(policy, err, "mode",
		"production mode runs nothing but an attested closure, and the bundle is none");
}

/* A volume says which place of the host a bundle may share, and how; where is the bundle's word. */
static int volumes_grant(struct draft *draft, struct err *err)
{
	struct share share;

	for (size_t i = 0; i < draft->policy->volume_count && share_at(draft->policy, i, &share);
		i++) {
		const char *place;

		if (share_place(draft, &share, &place, err) < 0)
			return -1;
		draft_mount(draft, share.target, "bind", place,
			arena_printf(draft->arena, "rbind,%s,nosuid,nodev%s",
				share.writable ? "rw" : "ro", share.exec ? "" : ",noexec"));
	}
	return 0;
}

/* Users are the bundle's, unless the policy itself names them. */
static int namespaces_grant(struct draft *draft, struct err *err)
{
	struct config *config = draft->config;
	size_t kept = 0;

	if (namespaces_section.translate(draft, err) < 0)
		return -1;
	for (size_t i = 0; i < config->namespaces_count; i++)
		if (config->namespaces[i].type != NAMESPACE_USER ||
			draft->policy->namespaces.user.set)
			config->namespaces[kept++] = config->namespaces[i];
	config->namespaces_count = kept;
	config->uid_mappings_count = config->gid_mappings_count = 0;
	return 0;
}

/* The last two have no such word, but make sockets all the same. */
static const char *socket_names[] = { "socket" };
static const char *other_names[] = { "socketcall", "io_uring_setup" };

/*
 * Any family but AF_UNIX, which is 1. The kernel looks at the lower half of the argument alone, so
 * what is 1 there with something above it is refused too, needlessly.
 */
static struct config_syscall_arg family_above = {
	.index = { true, 0 },
	.value = { true, 1 },
	.op = "SCMP_CMP_GT",
};

static struct config_syscall_arg family_below = {
	.index = { true, 0 },
	.value = { true, 1 },
	.op = "SCMP_CMP_LT",
};

/*
 * network.mode = "none" where the client may have brought a network: nothing but Unix sockets can
 * be made. Where the bundle has a network of its own that nobody can have put anything in, there
 * is nothing to do.
 */
static void network_grant(struct draft *draft, const struct config *bundle)
{
	static struct config_syscall refused[] = {
		{ { true, 1, socket_names }, "SCMP_ACT_ERRNO", { true, 97 }, &family_above, 1 },
		{ { true, 1, socket_names }, "SCMP_ACT_ERRNO", { true, 97 }, &family_below, 1 },
		{ { true, 2, other_names }, "SCMP_ACT_ERRNO", { true, 38 }, NULL, 0 },
	};
	static const char *architectures[] = { "SCMP_ARCH_X86_64", "SCMP_ARCH_X86",
		"SCMP_ARCH_X32" };
	static struct config_seccomp sockets = {
		.default_action = "SCMP_ACT_ALLOW",
		.architectures = { true, 3, architectures },
		.syscalls = refused,
		.syscalls_count = sizeof(refused) / sizeof(*refused),
	};
	bool hooks = false;

	for (size_t kind = 0; kind < HOOK_KINDS; kind++)
		hooks |= bundle->hooks[kind].items_count > 0;
	if (!draft->policy->network.mode)
		draft_warn(draft, "network.mode is absent: the network is the client's");
	else if (hooks || bundle->net_devices_count ||
		!config_has_new_namespace(bundle, NAMESPACE_NETWORK)) {
		draft->config->seccomp_more = &sockets;
		draft->config->seccomp_more_count = 1;
	}
}

static int landlock_grant(struct draft *draft, struct err *err)
{
	struct config_landlock *landlock;

	if (landlock_section.translate(draft, err) < 0 || !draft->config->landlock)
		return draft->config->landlock ? -1 : 0;
	landlock = draft->config->landlock;
	/* Rules that are NULL follow from the mounts; an empty list allows nothing. */
	if (!landlock_rules_given(draft->policy))
		landlock->rules_count = 0;
	if (!landlock->rules_count)
		landlock->rules = landlock_rules_given(draft->policy)
			? arena_alloc(draft->arena, 1, sizeof(*landlock->rules))
			: NULL;
	return 0;
}

static int process_grant(struct draft *draft, struct err *err)
{
	struct config_process *process = &draft->config->process;
	struct config_capabilities *capabilities;

	process->no_new_privileges = true;
	/* A client's root is prepared for it only where the policy says so. */
	draft->config->policy_file = draft->policy->process.policy_file.value;
	if (draft->policy->process.umask)
		process->user.umask = (struct maybe_int){ true,
			strtol(draft->policy->process.umask, NULL, 8) };
	if (capabilities_section.translate(draft, err) < 0)
		return -1;
	capabilities = process->capabilities;
	capabilities->inheritable = capabilities->ambient = capabilities->bounding;
	return limits_section.translate(draft, err);
}

int policy_over(const struct policy *policy, struct translation *translation,
	const struct config *bundle, struct config *config, struct arena *arena, struct err *err)
{
	struct draft draft = {
		.policy = policy, .translation = translation, .config = config, .arena = arena
	};

	config->mode = translation->mode ? translation->mode : policy->mode;
	if (config->mode == MODE_UNSET)
		config->mode = MODE_STRICT_AGENT;
	draft.rules = mode_find(config->mode);
	if (policy_check(policy, translation->mode, err) < 0 ||
		keys_check(policy, policy->document, "", arena, err) < 0 ||
		attested_check(policy, draft.rules, bundle, err) < 0)
		return -1;
	config->oci_version = bundle->oci_version;
	config->root.readonly = true;
	config->process.cwd = "/";
	config->verify_mounts = draft.rules->verify_mounts;
	network_grant(&draft, bundle);
	trust_lay(&draft);
	if (namespaces_grant(&draft, err) < 0 || filesystem_grant(&draft, err) < 0 ||
		volumes_grant(&draft, err) < 0 || process_grant(&draft, err) < 0 ||
		resources_section.translate(&draft, err) < 0 ||
		seccomp_section.translate(&draft, err) < 0)
		return -1;
	return landlock_grant(&draft, err);
}
