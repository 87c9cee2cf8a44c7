/*
 * Findings about what the sandbox may do: places, capabilities, system calls, limits, and where the
 * policy makes a wall lower than its mode's best.
 */
#include <string.h>

#include "base/names.h"
#include "policy/lint-rules.h"
#include "policy/seccomp-default.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

void lint_writable_executable(struct lint *lint)
{
	const struct policy *policy = lint->policy;
	struct share share;

	for (size_t i = 0; share_at(policy, i, &share); i++)
		if (share.writable && share.exec)
			lint_find(lint, share.key,
				"what is written to %s can be executed; leave out what makes it so "
				"(%s), or keep it read-only",
				share.target, share.exec_key);
	for (size_t i = 0; i < policy->filesystem.exec.count; i++)
		lint_find(lint, lint_item(lint, "filesystem.exec", i, NULL),
			"what is written to %s can be executed", policy->filesystem.exec.items[i]);
	if (lint_mode(lint)->workdir_exec && !policy->filesystem.exec.set)
		lint_find(lint, "mode",
			"what is written to the workdir can be executed, as it is agent mode's "
			"way; filesystem.exec = [] takes that away");
}

static bool limits_given(const struct policy *policy)
{
	return rows_node(policy->document, "limits") != policy->document;
}

static bool user_given(const struct policy *policy)
{
	return !policy->process.user || strcmp(policy->process.user, "0") != 0;
}

static bool volume_writable(const struct policy *policy)
{
	struct share share;

	for (size_t i = 0; share_at(policy, i, &share); i++)
		if (share.writable)
			return true;
	return false;
}

static bool always(const struct policy *policy)
{
	(void)policy;
	return true;
}

static const struct undoing {
	const char *capability;
	bool (*matters)(const struct policy *policy);
	const char *what;
} undoings[] = {
	{ "CAP_DAC_OVERRIDE", always,
		"files can be read and written whatever their owner and mode say" },
	{ "CAP_DAC_READ_SEARCH", always, "files can be read whatever their owner and mode say" },
	{ "CAP_SETUID", user_given, "it can become any user, so process.user means nothing" },
	{ "CAP_SETGID", user_given, "it can join any group, so process.user means nothing" },
	{ "CAP_SETPCAP", always, "it can change its capability sets" },
	{ "CAP_SETFCAP", always, "it can hand capabilities on through files" },
	{ "CAP_CHOWN", volume_writable, "files of a writable volume can be given to other users" },
	{ "CAP_FOWNER", volume_writable,
		"modes of others' files in a writable volume can be changed" },
	{ "CAP_SYS_RESOURCE", limits_given,
		"it can raise its limits again, so [limits] means nothing" },
	{ "CAP_SYS_PTRACE", always, "it can read and change every other process of the sandbox" },
	{ "CAP_SYS_ADMIN", always, "it can undo much of [filesystem] and [namespaces]" },
	{ "CAP_NET_ADMIN", always,
		"it can change its network, so [network] means less than it says" },
	{ "CAP_NET_RAW", always, "it can send any packet, whatever address that names" },
	{ "CAP_SYS_MODULE", always, "it could change the kernel, which all else rests on" },
	{ "CAP_SYS_RAWIO", always, "it could reach devices and memory, which all else rests on" },
	{ "CAP_BPF", always, "it can load programs into the kernel" },
	{ "CAP_PERFMON", always, "it can look into the kernel and other processes" },
};

void lint_capability_undoes(struct lint *lint)
{
	const struct strings *keep = &lint->policy->capabilities.keep;

	for (size_t i = 0; i < keep->count; i++)
		for (size_t j = 0; j < COUNT(undoings); j++)
			if (capability_number(keep->items[i]) ==
					capability_number(undoings[j].capability) &&
				undoings[j].matters(lint->policy))
				lint_find(lint, lint_item(lint, "capabilities.keep", i, NULL),
					"with %s %s", undoings[j].capability, undoings[j].what);
}

/* A call that the kernel refuses to everybody without the capability. */
static const struct privileged {
	const char *call, *capability;
} privileged[] = {
	{ "acct", "CAP_SYS_PACCT" },
	{ "adjtimex", "CAP_SYS_TIME" },
	{ "chroot", "CAP_SYS_CHROOT" },
	{ "clock_settime", "CAP_SYS_TIME" },
	{ "delete_module", "CAP_SYS_MODULE" },
	{ "finit_module", "CAP_SYS_MODULE" },
	{ "fsmount", "CAP_SYS_ADMIN" },
	{ "fsopen", "CAP_SYS_ADMIN" },
	{ "init_module", "CAP_SYS_MODULE" },
	{ "kexec_load", "CAP_SYS_BOOT" },
	{ "mount", "CAP_SYS_ADMIN" },
	{ "mount_setattr", "CAP_SYS_ADMIN" },
	{ "move_mount", "CAP_SYS_ADMIN" },
	{ "open_by_handle_at", "CAP_DAC_READ_SEARCH" },
	{ "pivot_root", "CAP_SYS_ADMIN" },
	{ "quotactl", "CAP_SYS_ADMIN" },
	{ "reboot", "CAP_SYS_BOOT" },
	{ "setdomainname", "CAP_SYS_ADMIN" },
	{ "sethostname", "CAP_SYS_ADMIN" },
	{ "settimeofday", "CAP_SYS_TIME" },
	{ "swapoff", "CAP_SYS_ADMIN" },
	{ "swapon", "CAP_SYS_ADMIN" },
	{ "umount2", "CAP_SYS_ADMIN" },
	{ "vhangup", "CAP_SYS_TTY_CONFIG" },
};

/* The capability that the call needs and the sandbox has not got; or NULL. */
static const char *capability_missing(const struct lint *lint, const char *call)
{
	const struct strings *keep = &lint->policy->capabilities.keep;

	for (size_t i = 0; i < COUNT(privileged); i++) {
		if (strcmp(privileged[i].call, call))
			continue;
		for (size_t j = 0; j < keep->count; j++)
			if (capability_number(keep->items[j]) ==
				capability_number(privileged[i].capability))
				return NULL;
		return privileged[i].capability;
	}
	return NULL;
}

/* Whether a rule of the built-in profile permits the call, and whatever its arguments. */
static bool default_permits(const char *call, bool any_arguments)
{
	for (size_t i = 0; i < seccomp_default.syscalls_count; i++) {
		const struct config_syscall *rule = &seccomp_default.syscalls[i];

		if (!strcmp(rule->action, "SCMP_ACT_ALLOW") && strings_hold(&rule->names, call) &&
			(!rule->args_count || !any_arguments))
			return true;
	}
	return false;
}

void lint_call_without_effect(struct lint *lint)
{
	const struct policy_seccomp *seccomp = &lint->policy->seccomp;
	bool builtin = !seccomp->profile || !strcmp(seccomp->profile, "default");

	for (size_t i = 0; i < seccomp->allow.count; i++) {
		const char *call = seccomp->allow.items[i];
		const char *missing = capability_missing(lint, call);
		const char *path = lint_item(lint, "seccomp.allow", i, NULL);

		if (builtin && default_permits(call, true))
			lint_find(lint, path, "the built-in profile allows %s already", call);
		else if (missing)
			lint_find(lint, path, "%s needs %s, which capabilities.keep has not got",
				call, missing);
	}
	for (size_t i = 0; builtin && i < seccomp->deny.count; i++)
		if (!default_permits(seccomp->deny.items[i], false))
			lint_find(lint, lint_item(lint, "seccomp.deny", i, NULL),
				"the built-in profile refuses %s already", seccomp->deny.items[i]);
}

void lint_egress_one_family(struct lint *lint)
{
	const struct strings *egress = &lint->policy->network.egress;
	size_t four = 0, six = 0, first = 0;

	for (size_t i = 0; i < egress->count; i++) {
		const char *text = egress->items[i];
		size_t digits = strspn(text, "0123456789.");
		/* Names have letters, and what has two colons is an address of IPv6. */
		bool is_six = *text == '[' ||
			(strchr(text, ':') && strchr(strchr(text, ':') + 1, ':'));
		bool is_four = !is_six && digits > 0 && strchr("/:", text[digits]);

		if (is_four && !four++)
			first = i;
		six += is_six;
	}
	if (four && !six)
		lint_find(lint, lint_item(lint, "network.egress", first, NULL),
			"addresses of IPv4 alone: what has an IPv6 address too is not reached "
			"there; name it as well, or use host names");
}

void lint_not_enforceable(struct lint *lint)
{
	const char *key = network_unsupported(lint->policy);

	if (key)
		lint_find(lint, key, "this version cannot enforce it, so a run refuses the policy");
}

void lint_no_limit(struct lint *lint)
{
	const struct policy_resources *resources = &lint->policy->resources;

	if (!resources->memory.set)
		lint_find(lint, "resources.memory",
			"is not given: the sandbox may use all of the host's memory");
	if (!resources->pids.set && !lint_mode(lint)->pids)
		lint_find(lint, "resources.pids",
			"is not given: the sandbox may use all of the host's process numbers");
}

void lint_degraded(struct lint *lint)
{
	const struct policy_landlock *landlock = &lint->policy->landlock;

	if (landlock->enabled.set && !landlock->enabled.value)
		lint_find(lint, "landlock.enabled", "files are guarded by mounts alone");
	if (landlock->best_effort.value)
		lint_find(lint, "landlock.best_effort",
			"an older kernel guards less than the policy says");
	if (seccomp_permissive(lint->policy))
		lint_find(lint, "seccomp.default_action",
			"every call passes that no rule names, also those of later kernels");
}

void lint_shared(struct lint *lint)
{
	const struct policy_namespaces *own = &lint->policy->namespaces;
	const struct {
		const char *path;
		const struct maybe_bool *own;
	} rows[] = { { "namespaces.user", &own->user }, { "namespaces.pid", &own->pid },
		{ "namespaces.uts", &own->uts }, { "namespaces.ipc", &own->ipc },
		{ "namespaces.cgroup", &own->cgroup }, { "namespaces.time", &own->time } };

	for (size_t i = 0; i < COUNT(rows); i++)
		if (rows[i].own->set && !rows[i].own->value)
			lint_find(lint, rows[i].path, "is the host's own");
}

static void maps_look(
	struct lint *lint, const struct policy_idmap *maps, size_t count, const char *list)
{
	for (size_t i = 0; i < count; i++)
		if (!maps[i].host.value)
			lint_find(lint, lint_item(lint, list, i, "host"),
				"0 is the host's root; map ids that own nothing");
}

void lint_host_root(struct lint *lint)
{
	const struct policy_namespaces *own = &lint->policy->namespaces;

	maps_look(lint, own->uid_map, own->uid_map_count, "namespaces.uid_map");
	maps_look(lint, own->gid_map, own->gid_map_count, "namespaces.gid_map");
}

void lint_unattested(struct lint *lint)
{
	if (lint->policy->closure.attestation == ATTESTATION_OFF)
		lint_find(lint, "closure.attestation",
			"nobody looks whether its files are what they were");
}
