/*
 * [seccomp]: the built-in profile or a file in OCI JSON, with calls added and taken away. Of all
 * rules that match a call the strictest wins, so an allowed name is taken out of the rules that
 * refuse it without conditions. A short list of calls that are ways out is not allowed by any
 * policy of a strict mode, whatever file says so; with a condition that means something where the
 * arguments decide. See seccomp(2) and the OCI specification.
 */
#include <errno.h>
#include <string.h>

#include "policy/seccomp-default.h"
#include "policy/sections.h"
#include "policy/syscalls.h"

#define ACTION_ALLOW "SCMP_ACT_ALLOW"
#define ACTION_ERRNO "SCMP_ACT_ERRNO"

/* The strictest first. */
enum { DEFAULT_KILL = 1, DEFAULT_ERRNO, DEFAULT_LOG, DEFAULT_ALLOW };
static const char *const action_names[] = { NULL, "kill", "errno", "log", "allow", NULL };
static const char *const actions[] = {
	[DEFAULT_KILL] = "SCMP_ACT_KILL_PROCESS",
	[DEFAULT_ERRNO] = ACTION_ERRNO,
	[DEFAULT_LOG] = "SCMP_ACT_LOG",
	[DEFAULT_ALLOW] = ACTION_ALLOW,
};

/* clang-format off */
const struct key seccomp_policy_keys[] = {
	KEY(struct policy_seccomp, profile, "\"default\" (if absent), or a file in OCI JSON", .is_file = true, .order = ORDER_FIXED, .absent = "\"default\""),
	KEY(struct policy_seccomp, sha256, "what that file must hash to; required in production", .order = ORDER_ONCE),
	CHOICE("default_action", struct policy_seccomp, default_action, action_names, "for calls in no rule; the profile's own if absent", .order = ORDER_LESS),
	KEY(struct policy_seccomp, allow, "calls allowed besides the profile's, whatever their arguments", .order = ORDER_SUBSET, .absent = "[]"),
	KEY(struct policy_seccomp, deny, "calls refused although the profile allows them", .order = ORDER_SUPERSET, .absent = "[]"),
	{ 0 }
};

/* clang-format on */

/* Known ways out of a sandbox, or around its other walls, and what sets the whole machine. */
static const char *const floor_calls[] = { "acct", "add_key", "adjtimex", "bpf", "chroot",
	"clock_adjtime", "clock_settime", "clone3", "delete_module", "fanotify_init",
	"finit_module", "fsconfig", "fsmount", "fsopen", "fspick", "init_module", "io_uring_enter",
	"io_uring_register", "io_uring_setup", "ioperm", "iopl", "kcmp", "kexec_file_load",
	"kexec_load", "keyctl", "lookup_dcookie", "modify_ldt", "mount", "mount_setattr",
	"move_mount", "name_to_handle_at", "open_by_handle_at", "open_tree", "open_tree_attr",
	"perf_event_open", "pidfd_getfd", "pivot_root", "process_vm_readv", "process_vm_writev",
	"ptrace", "quotactl", "quotactl_fd", "reboot", "request_key", "setns", "settimeofday",
	"swapoff", "swapon", "syslog", "umount2", "unshare", "uselib", "userfaultfd", "vhangup" };

/* Ways out with some values of one argument: a rule must fix it, or clear these bits of it. */
static const struct condition {
	const char *name;
	int64_t index;
	uint64_t clear;
} conditions[] = {
	{ "clone", 0, CLONE_NEW_ANY },
	{ "mknod", 1, MODE_DEVICE_BIT },
	{ "mknodat", 2, MODE_DEVICE_BIT },
	{ "personality", 0, 0 },
};

static bool list_holds(const char *const *list, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (!strcmp(list[i], name))
			return true;
	return false;
}

#define HOLDS(list, name) list_holds(list, sizeof(list) / sizeof(*(list)), name)

static bool condition_met(const struct condition *condition, const struct config_syscall *rule)
{
	for (size_t i = 0; i < rule->args_count; i++) {
		const struct config_syscall_arg *arg = &rule->args[i];

		if (arg->index.value != condition->index || !arg->op)
			continue;
		if (!strcmp(arg->op, "SCMP_CMP_EQ"))
			return !(arg->value.value & condition->clear);
		if (!strcmp(arg->op, "SCMP_CMP_MASKED_EQ"))
			return condition->clear && !(condition->clear & ~arg->value.value) &&
				!(condition->clear & arg->value_two.value);
	}
	return false;
}

bool seccomp_floor_refuses(const char *name, const struct config_syscall *rule)
{
	for (size_t i = 0; i < sizeof(conditions) / sizeof(*conditions); i++)
		if (!strcmp(conditions[i].name, name))
			return !condition_met(&conditions[i], rule);
	return HOLDS(floor_calls, name);
}

/* True if the built-in profile allows the call, and never without looking at its arguments. */
static bool call_conditional(const char *name)
{
	bool found = false;

	for (size_t i = 0; i < seccomp_default.syscalls_count; i++) {
		const struct config_syscall *rule = &seccomp_default.syscalls[i];

		if (strcmp(rule->action, ACTION_ALLOW) || !strings_hold(&rule->names, name))
			continue;
		if (!rule->args_count)
			return false;
		found = true;
	}
	return found;
}

bool seccomp_default_asks(const char *name)
{
	for (size_t i = 0; i < seccomp_default.syscalls_count; i++) {
		const struct config_syscall *rule = &seccomp_default.syscalls[i];

		if (rule->args_count && strings_hold(&rule->names, name))
			return true;
	}
	return false;
}

/* A rule that asks no argument. */
static const struct config_syscall always;

/* Why a strict mode does not allow a call whatever its arguments are; NULL if it may. */
static const char *allow_fault(const char *name)
{
	if (call_conditional(name))
		return "is harmless with some arguments only, and those the built-in profile "
		       "allows";
	return seccomp_floor_refuses(name, &always) ? "is a known way out of a sandbox" : NULL;
}

/* Known to the headers this was built with, or, if younger than they are, to the profile. */
static bool call_known(const char *name)
{
	for (const char *const *known = syscall_names; *known; known++)
		if (!strcmp(*known, name))
			return true;
	for (size_t i = 0; i < seccomp_default.syscalls_count; i++)
		if (strings_hold(&seccomp_default.syscalls[i].names, name))
			return true;
	return false;
}

static bool profile_builtin(const struct policy_seccomp *seccomp)
{
	return !seccomp->profile || !strcmp(seccomp->profile, "default");
}

static int action_check(
	const struct policy *policy, const struct mode_rules *rules, struct err *err)
{
	int action = policy->seccomp.default_action;

	if (action < DEFAULT_LOG || !rules->degrading_refused)
		return 0;
	return policy_error(policy, err, "seccomp.default_action",
		"\"%s\" lets every call pass that no rule names; only agent mode may",
		action_names[action]);
}

static int calls_check(
	const struct policy *policy, const struct strings *calls, const char *path, struct err *err)
{
	for (size_t i = 0; i < calls->count; i++)
		if (!call_known(calls->items[i]))
			return policy_item_error(policy, err, path, i, NULL,
				"\"%s\" is no system call; syscalls(2) lists them",
				calls->items[i]);
	return 0;
}

static int seccomp_check(
	const struct policy *policy, const struct mode_rules *rules, struct err *err)
{
	const struct policy_seccomp *seccomp = &policy->seccomp;

	if (action_check(policy, rules, err) < 0 ||
		calls_check(policy, &seccomp->allow, "seccomp.allow", err) < 0 ||
		calls_check(policy, &seccomp->deny, "seccomp.deny", err) < 0)
		return -1;
	for (size_t i = 0; i < seccomp->allow.count; i++) {
		const char *name = seccomp->allow.items[i];

		if (strings_hold(&seccomp->deny, name))
			return policy_item_error(policy, err, "seccomp.allow", i, NULL,
				"\"%s\" is in deny too; remove it from one of them", name);
		if (rules->degrading_refused && allow_fault(name))
			return policy_item_error(policy, err, "seccomp.allow", i, NULL,
				"%s %s; only agent mode may allow it", name, allow_fault(name));
	}
	if (profile_builtin(seccomp) && seccomp->sha256)
		return policy_error(policy, err, "seccomp.sha256",
			"pins a file, and the profile is the built-in one; remove this line");
	return profile_builtin(seccomp)
		? 0
		: pin_check(policy, rules, seccomp->sha256, "seccomp.sha256", err);
}

bool seccomp_permissive(const struct policy *policy)
{
	return policy->seccomp.default_action >= DEFAULT_LOG;
}

const char *seccomp_file(const struct policy *policy, struct arena *arena)
{
	return profile_builtin(&policy->seccomp)
		? NULL
		: policy_path(policy, "seccomp.profile", policy->seccomp.profile, arena);
}

static void names_remove(struct strings *names, const struct strings *removed)
{
	size_t kept = 0;

	for (size_t i = 0; i < names->count; i++)
		if (!strings_hold(removed, names->items[i]))
			names->items[kept++] = names->items[i];
	names->count = kept;
}

static void rule_add(struct config_seccomp *profile, const struct strings *names,
	const char *action, struct maybe_int errno_ret)
{
	if (names->count)
		profile->syscalls[profile->syscalls_count++] = (struct config_syscall){
			.names = *names, .action = action, .errno_ret = errno_ret
		};
}

/* A copy of the profile's rules that may be written to, with room for three more. */
static void rules_copy(struct draft *draft, struct config_seccomp *profile)
{
	const struct config_syscall *from = profile->syscalls;
	size_t count = profile->syscalls_count;

	profile->syscalls = arena_alloc(draft->arena, count + 3, sizeof(*profile->syscalls));
	for (size_t i = 0; i < count; i++) {
		struct strings *names = &profile->syscalls[i].names;

		profile->syscalls[i] = from[i];
		names->items = arena_alloc(draft->arena, names->count, sizeof(*names->items));
		memcpy(names->items, from[i].names.items, names->count * sizeof(*names->items));
	}
}

static bool action_permits(const char *action)
{
	static const char *const refusing[] = { ACTION_ERRNO, "SCMP_ACT_KILL",
		"SCMP_ACT_KILL_PROCESS", "SCMP_ACT_KILL_THREAD", "SCMP_ACT_TRAP" };

	return !HOLDS(refusing, action ? action : "");
}

static bool rules_name(const struct config_seccomp *profile, const char *name)
{
	for (size_t i = 0; i < profile->syscalls_count; i++)
		if (strings_hold(&profile->syscalls[i].names, name))
			return true;
	return false;
}

/*
 * What is denied and left to no rule. C libraries take clone3 for refused on old kernels' word
 * alone, which is ENOSYS; with another they would start no thread.
 */
static void denied_add(struct draft *draft, struct config_seccomp *profile, bool same)
{
	static const char clone3[] = "clone3";
	const struct strings *deny = &draft->policy->seccomp.deny;
	struct strings others = { 0 }, one = { 0 };

	for (size_t i = 0; i < deny->count; i++)
		if (strcmp(deny->items[i], clone3) != 0)
			strings_add(&others, draft->arena, deny->items[i]);
	if (!same)
		rule_add(profile, &others, ACTION_ERRNO, (struct maybe_int){ true, EPERM });
	if (strings_hold(deny, clone3) && !rules_name(profile, clone3)) {
		strings_add(&one, draft->arena, clone3);
		rule_add(profile, &one, ACTION_ERRNO, (struct maybe_int){ true, ENOSYS });
	}
}

/*
 * The built-in profile's rule that keeps the first process from outliving who started it. Below an
 * init that process is none of the workload's, and servers tell their own children when to die.
 */
static bool rule_needless(const struct draft *draft, const struct config_syscall *rule)
{
	return draft->config->init && profile_builtin(&draft->policy->seccomp) &&
		strings_hold(&rule->names, "prctl") && rule->action &&
		!strcmp(rule->action, ACTION_ERRNO);
}

/* The policy's lists into the profile's rules; a rule left without names goes. */
static void rules_edit(struct draft *draft, struct config_seccomp *profile)
{
	const struct policy_seccomp *policy = &draft->policy->seccomp;
	bool same = !strcmp(profile->default_action, ACTION_ERRNO) &&
		(!profile->default_errno_ret.set || profile->default_errno_ret.value == EPERM);
	size_t kept = 0;

	rules_copy(draft, profile);
	for (size_t i = 0; i < profile->syscalls_count; i++) {
		struct config_syscall *rule = &profile->syscalls[i];
		bool allows = rule->action && !strcmp(rule->action, ACTION_ALLOW);

		if (allows || !rule->args_count)
			names_remove(&rule->names, &policy->allow);
		if (action_permits(rule->action))
			names_remove(&rule->names, &policy->deny);
		if (rule->names.count && !rule_needless(draft, rule))
			profile->syscalls[kept++] = *rule;
	}
	profile->syscalls_count = kept;
	rule_add(profile, &policy->allow, ACTION_ALLOW, (struct maybe_int){ 0 });
	denied_add(draft, profile, same);
}

/* Each call that the profile permits and that opens a way out. */
static struct strings refused_calls(struct draft *draft, const struct config_seccomp *profile)
{
	struct strings calls = { 0 };

	for (size_t i = 0; i < profile->syscalls_count; i++) {
		const struct config_syscall *rule = &profile->syscalls[i];

		for (size_t j = 0; j < rule->names.count && action_permits(rule->action); j++)
			if (seccomp_floor_refuses(rule->names.items[j], rule) &&
				!strings_hold(&calls, rule->names.items[j]))
				strings_add(&calls, draft->arena, rule->names.items[j]);
	}
	return calls;
}

static bool call_has_condition(const char *name)
{
	for (size_t i = 0; i < sizeof(conditions) / sizeof(*conditions); i++)
		if (!strcmp(conditions[i].name, name))
			return true;
	return false;
}

/* Those of the calls that some arguments make harmless, or the others, in one line. */
static const char *calls_list(
	const struct draft *draft, const struct strings *calls, bool condition, const char *quote)
{
	const char *list = "";

	for (size_t i = 0; i < calls->count; i++)
		if (call_has_condition(calls->items[i]) == condition)
			list = arena_printf(draft->arena, "%s%s%s%s%s", list, *list ? ", " : "",
				quote, calls->items[i], quote);
	return list;
}

static int calls_fault(
	struct draft *draft, const struct strings *calls, const char *file, struct err *err)
{
	const char *hopeless = calls_list(draft, calls, false, "\"");
	const char *conditional = calls_list(draft, calls, true, "");

	policy_error(draft->policy, err, "seccomp.profile",
		calls->count > 1
			? "%s allows %s and %zu more known ways out of a sandbox; only "
			  "agent mode may"
			: "%s allows %s, a known way out of a sandbox; only agent mode may",
		file ? file : "it", calls->items[0], calls->count - 1);
	if (*hopeless)
		err_hint(err, "add to [seccomp]: deny = [%s]", hopeless);
	if (*conditional)
		err_hint(err, "in the profile, allow by their arguments only: %s", conditional);
	return -1;
}

/* What any profile, wherever it is from, may not do in a strict mode. */
static int floor_check(struct draft *draft, const struct config_seccomp *profile, const char *file,
	struct err *err)
{
	struct strings calls = refused_calls(draft, profile);
	const char *list = "";

	if (calls.count && draft->rules->degrading_refused)
		return calls_fault(draft, &calls, file, err);
	for (size_t i = 0; i < calls.count; i++)
		list = arena_printf(draft->arena, "%s%s%s", list, i ? ", " : "", calls.items[i]);
	if (calls.count)
		draft_warn(draft, "seccomp allows %s, %s", list,
			calls.count > 1 ? "known ways out of a sandbox"
					: "a known way out of a sandbox");
	if (!action_permits(profile->default_action))
		return 0;
	if (draft->rules->degrading_refused)
		return policy_error(draft->policy, err, "seccomp.profile",
			"%s lets every call pass that no rule names; only agent mode may",
			file ? file : "it");
	draft_warn(draft, "seccomp lets every call pass that no rule names");
	return 0;
}

/* What agent mode lets pass and floor_check has no word for. */
static void allow_warn(struct draft *draft)
{
	const struct strings *allow = &draft->policy->seccomp.allow;

	for (size_t i = 0; i < allow->count; i++)
		if (call_conditional(allow->items[i]) &&
			!seccomp_floor_refuses(allow->items[i], &always))
			draft_warn(draft, "seccomp.allow: %s %s", allow->items[i],
				allow_fault(allow->items[i]));
}

static int seccomp_translate(struct draft *draft, struct err *err)
{
	const struct policy_seccomp *policy = &draft->policy->seccomp;
	struct config_seccomp *profile = arena_alloc(draft->arena, 1, sizeof(*profile));
	const char *own = seccomp_file(draft->policy, draft->arena);
	const char *given = draft->translation->seccomp_profile;

	draft->config->seccomp = profile;
	if (given)
		return seccomp_profile_read(draft, given, NULL, profile, err) < 0
			? -1
			: floor_check(draft, profile, given, err);
	if (!own)
		*profile = seccomp_default;
	else if (seccomp_profile_read(draft, policy->profile, policy->sha256, profile, err) < 0)
		return -1;
	if (policy->default_action) {
		profile->default_action = actions[policy->default_action];
		profile->default_errno_ret.set = false;
	}
	rules_edit(draft, profile);
	allow_warn(draft);
	return floor_check(draft, profile, own, err);
}

const struct section seccomp_section = { seccomp_check, seccomp_translate };
