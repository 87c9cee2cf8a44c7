/*
 * Checks of a seccomp profile; see check.h. Whether this kernel and libseccomp know a system call
 * is no matter of the config and not asked here.
 */
#include <stdio.h>
#include <string.h>

#include "config/check-parts.h"
#include "config/check.h"

/* Names of the OCI runtime specification 1.3; the number is the largest errnoRet, 0: it has none.
 */
static const struct {
	const char *name;
	int errno_most;
} actions[] = {
	{ "SCMP_ACT_KILL", 0 },
	{ "SCMP_ACT_KILL_PROCESS", 0 },
	{ "SCMP_ACT_KILL_THREAD", 0 },
	{ "SCMP_ACT_TRAP", 0 },
	/* The kernel cuts a larger value down to its MAX_ERRNO. */
	{ "SCMP_ACT_ERRNO", 4095 },
	{ "SCMP_ACT_TRACE", 65535 },
	{ "SCMP_ACT_ALLOW", 0 },
	{ "SCMP_ACT_LOG", 0 },
	{ "SCMP_ACT_NOTIFY", 0 },
};

const char *const seccomp_architectures[] = { "SCMP_ARCH_X86", "SCMP_ARCH_X86_64", "SCMP_ARCH_X32",
	"SCMP_ARCH_ARM", "SCMP_ARCH_AARCH64", "SCMP_ARCH_LOONGARCH64", "SCMP_ARCH_M68K",
	"SCMP_ARCH_MIPS", "SCMP_ARCH_MIPS64", "SCMP_ARCH_MIPS64N32", "SCMP_ARCH_MIPSEL",
	"SCMP_ARCH_MIPSEL64", "SCMP_ARCH_MIPSEL64N32", "SCMP_ARCH_PPC", "SCMP_ARCH_PPC64",
	"SCMP_ARCH_PPC64LE", "SCMP_ARCH_S390", "SCMP_ARCH_S390X", "SCMP_ARCH_PARISC",
	"SCMP_ARCH_PARISC64", "SCMP_ARCH_RISCV64", "SCMP_ARCH_SH", "SCMP_ARCH_SHEB", NULL };

const char *const seccomp_flags[] = { "SECCOMP_FILTER_FLAG_TSYNC", "SECCOMP_FILTER_FLAG_LOG",
	"SECCOMP_FILTER_FLAG_SPEC_ALLOW", "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV", NULL };

const char *const seccomp_operators[] = { "SCMP_CMP_NE", "SCMP_CMP_LT", "SCMP_CMP_LE",
	"SCMP_CMP_EQ", "SCMP_CMP_GE", "SCMP_CMP_GT", "SCMP_CMP_MASKED_EQ", NULL };

const char *seccomp_action(size_t index)
{
	return index < sizeof(actions) / sizeof(*actions) ? actions[index].name : NULL;
}

static int action_check(const char *action, struct maybe_int errno_ret, const char *place,
	const char *key, const char *errno_key, struct err *err)
{
	if (!action)
		return fault(err, "%s.%s: missing", place, key);
	for (size_t i = 0; i < sizeof(actions) / sizeof(*actions); i++) {
		if (strcmp(actions[i].name, action) != 0)
			continue;
		if (errno_ret.set && !actions[i].errno_most)
			return fault(err, "%s.%s: %s has none", place, errno_key, action);
		return bound_check(
			errno_ret, 0, actions[i].errno_most, err, "%s.%s", place, errno_key);
	}
	return fault(err, "%s.%s: \"%.60s\" is no action of seccomp", place, key, action);
}

static int arg_check(
	const struct config_syscall_arg *arg, size_t rule, size_t index, struct err *err)
{
	char text[80];

	snprintf(text, sizeof(text), "linux.seccomp.syscalls[%zu].args[%zu]", rule, index);
	if (!arg->index.set || !arg->value.set || !arg->op)
		return fault(err, "%s: needs index, value and op", text);
	if (bound_check(arg->index, 0, 5, err, "%s.index", text) < 0)
		return -1;
	if (!name_known(seccomp_operators, arg->op))
		return fault(err, "%s.op: \"%.60s\" is no comparison of seccomp", text, arg->op);
	return 0;
}

static int rule_check(const struct config_syscall *rule, size_t index, struct err *err)
{
	char place[60];

	snprintf(place, sizeof(place), "linux.seccomp.syscalls[%zu]", index);
	if (!rule->names.count)
		return fault(err, "%s.names: missing", place);
	if (action_check(rule->action, rule->errno_ret, place, "action", "errnoRet", err) < 0)
		return -1;
	for (size_t i = 0; i < rule->args_count; i++)
		if (arg_check(&rule->args[i], index, i, err) < 0)
			return -1;
	return 0;
}

static int listener_check(const struct config_seccomp *seccomp, struct err *err)
{
	const char *path = seccomp->listener_path, *metadata = seccomp->listener_metadata;

	if (path && *path)
		return path[0] == '/' ? 0
				      : fault(err,
						"linux.seccomp.listenerPath: \"%.200s\" is not "
						"absolute",
						path);
	if (metadata && *metadata)
		return fault(err, "linux.seccomp.listenerMetadata: needs listenerPath");
	if (seccomp_notifies(seccomp))
		return fault(err, "linux.seccomp.listenerPath: missing: SCMP_ACT_NOTIFY needs it");
	return 0;
}

static int profile_check(const struct config_seccomp *seccomp, struct err *err)
{
	if (action_check(seccomp->default_action, seccomp->default_errno_ret, "linux.seccomp",
		    "defaultAction", "defaultErrnoRet", err) < 0 ||
		names_check(&seccomp->architectures, seccomp_architectures, "architecture", err,
			"linux.seccomp.architectures") < 0 ||
		names_check(&seccomp->flags, seccomp_flags, "flag of a filter", err,
			"linux.seccomp.flags") < 0)
		return -1;
	for (size_t i = 0; i < seccomp->syscalls_count; i++)
		if (rule_check(&seccomp->syscalls[i], i, err) < 0)
			return -1;
	return listener_check(seccomp, err);
}

#define MORE "annotations." ANNOTATION_PREFIX "seccomp-more"

int seccomp_check(const struct config *config, struct err *err)
{
	if (config->seccomp && profile_check(config->seccomp, err) < 0)
		return -1;
	if (config->seccomp_more_count >= FILTERS_MOST)
		return fault(err, MORE ": more than %d profiles", FILTERS_MOST - 1);
	for (size_t i = 0; i < config->seccomp_more_count; i++) {
		const struct config_seccomp *more = &config->seccomp_more[i];

		if (profile_check(more, err) < 0)
			return err_where(err, MORE "[%zu]", i);
		if (seccomp_notifies(more))
			return fault(err, MORE "[%zu]: only linux.seccomp has a listener", i);
	}
	return 0;
}
