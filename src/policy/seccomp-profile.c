/*
 * Seccomp profiles as people have them: OCI's form, and what docker's and podman's own files add to
 * it - a map of processors, and rules for some capabilities, processors or kernels only. Such
 * conditions are decided here, for this sandbox on this machine; what is left is plain OCI. Nothing
 * is passed over but comments. Sources: OCI runtime specification 1.3, config-linux.md; docker's
 * documentation of seccomp profiles; seccomp(2).
 */
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include "base/names.h"
#include "config/check.h"
#include "config/profile.h"
#include "format/json.h"
#include "policy/sections.h"

/* When a rule counts, or does not. */
struct filter_rows {
	struct strings caps, arches;
	const char *min_kernel; /* "4.8" */
};

struct rule_rows {
	struct config_syscall rule;
	const char *name, *error; /* "EPERM" */
	struct filter_rows includes, excludes;
};

struct arch_rows {
	const char *architecture;
	struct strings more;
};

struct profile_rows {
	struct config_seccomp config;
	const char *default_error;
	struct arch_rows *arch_map;
	size_t arch_map_count;
	struct rule_rows *rules;
	size_t rules_count;
};

/* clang-format off */
static const struct key filter_keys[] = {
	KEY(struct filter_rows, caps, "capabilities of the sandbox's bounding set"),
	KEY(struct filter_rows, arches, "processors, as amd64"),
	NAMED("minKernel", struct filter_rows, min_kernel, "the oldest kernel, as 4.8"),
	{ 0 }
};

static const struct key rule_keys[] = {
	NAMED("names", struct rule_rows, rule.names, "the calls this rule is for"),
	KEY(struct rule_rows, name, "the one call, instead of names"),
	NAMED("action", struct rule_rows, rule.action, "what happens to them"),
	NAMED("errnoRet", struct rule_rows, rule.errno_ret, "the error number of SCMP_ACT_ERRNO"),
	NAMED("errno", struct rule_rows, error, "its name"),
	LIST("args", struct rule_rows, rule.args, syscall_arg_keys, "conditions, all of which must hold"),
	TABLE("includes", struct rule_rows, includes, filter_keys, "where alone it counts"),
	TABLE("excludes", struct rule_rows, excludes, filter_keys, "where it does not"),
	IGNORED("comment", "for people"),
	{ 0 }
};

static const struct key arch_keys[] = {
	KEY(struct arch_rows, architecture, "SCMP_ARCH_X86_64 and so on"),
	NAMED("subArchitectures", struct arch_rows, more, "others whose calls such a processor can make"),
	{ 0 }
};

static const struct key profile_keys[] = {
	NAMED("defaultAction", struct profile_rows, config.default_action, "what happens to all other calls"),
	NAMED("defaultErrnoRet", struct profile_rows, config.default_errno_ret, "the error number of SCMP_ACT_ERRNO"),
	NAMED("defaultErrno", struct profile_rows, default_error, "its name"),
	NAMED("architectures", struct profile_rows, config.architectures, "SCMP_ARCH_X86_64 and so on"),
	LIST("archMap", struct profile_rows, arch_map, arch_keys, "the same for each kind of machine"),
	NAMED("flags", struct profile_rows, config.flags, "SECCOMP_FILTER_FLAG_LOG and so on"),
	LIST("syscalls", struct profile_rows, rules, rule_keys, "one rule each"),
	NAMED("listenerPath", struct profile_rows, config.listener_path, "the host's socket that receives the listener"),
	NAMED("listenerMetadata", struct profile_rows, config.listener_metadata, "handed on with the listener"),
	IGNORED("comment", "for people"),
	{ 0 }
};

/* What uname(2), such files' conditions and OCI call one processor; a machine of NULL is never it. */
static const struct processor {
	const char *name, *machine, *architecture;
} processors[] = {
	{ "amd64",       "x86_64",      "SCMP_ARCH_X86_64" },
	{ "arm64",       "aarch64",     "SCMP_ARCH_AARCH64" },
	{ "riscv64",     "riscv64",     "SCMP_ARCH_RISCV64" },
	{ "ppc64le",     "ppc64le",     "SCMP_ARCH_PPC64LE" },
	{ "s390x",       "s390x",       "SCMP_ARCH_S390X" },
	{ "loong64",     "loongarch64", "SCMP_ARCH_LOONGARCH64" },
	{ "loongarch64", NULL,          NULL },
	{ "x86",         NULL,          NULL },
	{ "x32",         NULL,          NULL },
	{ "arm",         NULL,          NULL },
	{ "s390",        NULL,          NULL },
	{ "ppc",         NULL,          NULL },
	{ "ppc64",       NULL,          NULL },
	{ "mips",        NULL,          NULL },
	{ "mipsel",      NULL,          NULL },
	{ "mips64",      NULL,          NULL },
	{ "mips64n32",   NULL,          NULL },
	{ "mipsel64",    NULL,          NULL },
	{ "mipsel64n32", NULL,          NULL },
	{ NULL,          NULL,          NULL },
};
/* clang-format on */

struct reading {
	const struct draft *draft;
	struct named named;
	struct utsname host;
	const struct processor *processor; /* NULL: none that has a name */
	struct err *err;
};

/* path is printed into text, as "syscalls[2].action". */
#define fault(reading, path, ...)                                                          \
	rows_fault((reading)->named.document, (reading)->named.file, path, (reading)->err, \
		__VA_ARGS__)
#define place(reading, ...) arena_printf((reading)->draft->arena, __VA_ARGS__)

static bool is_one_of(const char *const *words, const char *word)
{
	for (; *words; words++)
		if (!strcmp(*words, word))
			return true;
	return false;
}

static int arches_check(
	const struct reading *reading, const struct filter_rows *filter, const char *path)
{
	for (size_t i = 0; i < filter->arches.count; i++) {
		const struct processor *known = processors;

		while (known->name && strcmp(known->name, filter->arches.items[i]) != 0)
			known++;
		if (!known->name)
			return fault(reading, place(reading, "%s.arches[%zu]", path, i),
				"\"%s\" is no processor; \"amd64\" and \"arm64\" are",
				filter->arches.items[i]);
	}
	for (size_t i = 0; i < filter->caps.count; i++)
		if (capability_number(filter->caps.items[i]) < 0)
			return fault(reading, place(reading, "%s.caps[%zu]", path, i),
				"\"%s\" is no capability; capabilities(7) lists them",
				filter->caps.items[i]);
	return 0;
}

static bool arch_meant(const struct reading *reading, const struct filter_rows *filter)
{
	return reading->processor && strings_hold(&filter->arches, reading->processor->name);
}

static size_t caps_held(const struct reading *reading, const struct filter_rows *filter)
{
	const struct config_process *process = &reading->draft->config->process;
	size_t held = 0;

	for (size_t i = 0; i < filter->caps.count; i++)
		held += strings_hold(&process->capabilities->bounding,
			capability_name(capability_number(filter->caps.items[i])));
	return held;
}

/* Whether the kernel is at least the filter's; 1, 0, or -1 with err. */
static int kernel_meant(
	const struct reading *reading, const struct filter_rows *filter, const char *path)
{
	unsigned wanted[2], had[2];
	char end;

	if (sscanf(filter->min_kernel, "%u.%u%c", &wanted[0], &wanted[1], &end) != 2)
		return fault(reading, place(reading, "%s.minKernel", path),
			"\"%s\" is no version of the kernel; write one as \"4.8\"",
			filter->min_kernel);
	if (sscanf(reading->host.release, "%u.%u", &had[0], &had[1]) != 2)
		return fault(reading, place(reading, "%s.minKernel", path),
			"this kernel calls itself %s, which does not tell", reading->host.release);
	return had[0] != wanted[0] ? had[0] > wanted[0] : had[1] >= wanted[1];
}

/* Whether the rule counts here: one excluding condition is enough, all including ones must hold. */
static int rule_counts(
	const struct reading *reading, const struct rule_rows *rule, const char *path)
{
	const struct filter_rows *in = &rule->includes, *out = &rule->excludes;
	const char *in_path = place(reading, "%s.includes", path);
	const char *out_path = place(reading, "%s.excludes", path);
	int young = 0, old = 1;

	if (arches_check(reading, in, in_path) < 0 || arches_check(reading, out, out_path) < 0)
		return -1;
	if (out->min_kernel)
		young = kernel_meant(reading, out, out_path);
	if (in->min_kernel)
		old = kernel_meant(reading, in, in_path);
	if (young < 0 || old < 0)
		return -1;
	return !young && old && !arch_meant(reading, out) && !caps_held(reading, out) &&
		(!in->arches.count || arch_meant(reading, in)) &&
		caps_held(reading, in) == in->caps.count;
}

/* The error's name and its number, of which either may be missing. */
static int error_settle(
	const struct reading *reading, const char *name, struct maybe_int *number, const char *path)
{
	int named = name && *name ? errno_number(name) : 0;

	if (!name || !*name)
		return 0;
	if (!named)
		return fault(reading, path, "\"%s\" is no error of errno(3)", name);
	if (number->set && number->value != named)
		return fault(reading, path, "%s is %d, and the number beside it is %ld", name,
			named, (long)number->value);
	*number = (struct maybe_int){ true, named };
	return 0;
}

static int action_check(const struct reading *reading, const char *action, const char *path)
{
	for (size_t i = 0; action && seccomp_action(i); i++)
		if (!strcmp(seccomp_action(i), action))
			return 0;
	return action ? fault(reading, path, "\"%s\" is no action of seccomp", action)
		      : fault(reading, path, "missing; a rule that allows has \"SCMP_ACT_ALLOW\"");
}

static int args_check(
	const struct reading *reading, const struct config_syscall *rule, const char *path)
{
	for (size_t i = 0; i < rule->args_count; i++) {
		const struct config_syscall_arg *arg = &rule->args[i];

		if (!arg->index.set || !arg->value.set || !arg->op)
			return fault(reading, place(reading, "%s.args[%zu]", path, i),
				"needs index, value and op");
		if (arg->index.value < 0 || arg->index.value > 5)
			return fault(reading, place(reading, "%s.args[%zu].index", path, i),
				"must be from 0 to 5");
		if (!is_one_of(seccomp_operators, arg->op))
			return fault(reading, place(reading, "%s.args[%zu].op", path, i),
				"\"%s\" is no comparison of seccomp", arg->op);
	}
	return 0;
}

/* What the rule says, whether it counts here or not. */
static int rule_check(const struct reading *reading, struct rule_rows *rule, const char *path)
{
	struct config_syscall *call = &rule->rule;

	if (rule->name && *rule->name && call->names.count)
		return fault(reading, place(reading, "%s.name", path),
			"there is names too; keep that one alone");
	if (rule->name && *rule->name)
		strings_add(&call->names, reading->draft->arena, rule->name);
	if (!call->names.count)
		return fault(reading, path, "names no system call");
	if (action_check(reading, call->action, place(reading, "%s.action", path)) < 0 ||
		error_settle(reading, rule->error, &call->errno_ret,
			place(reading, "%s.errno", path)) < 0)
		return -1;
	return args_check(reading, call, path);
}

static int architectures_check(
	const struct reading *reading, const struct strings *list, const char *path)
{
	for (size_t i = 0; i < list->count; i++)
		if (!is_one_of(seccomp_architectures, list->items[i]))
			return fault(reading, place(reading, "%s[%zu]", path, i),
				"\"%s\" is no architecture of seccomp", list->items[i]);
	return 0;
}

/* The one entry that is for this machine; without one, the native calls alone can be made. */
static int arch_map_settle(struct reading *reading, struct profile_rows *rows)
{
	struct strings *architectures = &rows->config.architectures;

	if (rows->arch_map_count && architectures->count)
		return fault(reading, "archMap", "there is architectures too; keep one of them");
	for (size_t i = 0; i < rows->arch_map_count; i++) {
		struct arch_rows *entry = &rows->arch_map[i];
		const char *path = place(reading, "archMap[%zu].architecture", i);

		if (!entry->architecture || !is_one_of(seccomp_architectures, entry->architecture))
			return fault(reading, path, "names no architecture of seccomp");
		path = place(reading, "archMap[%zu].subArchitectures", i);
		if (architectures_check(reading, &entry->more, path) < 0)
			return -1;
		if (architectures->count || !reading->processor ||
			strcmp(entry->architecture, reading->processor->architecture) != 0)
			continue;
		strings_add(architectures, reading->draft->arena, entry->architecture);
		for (size_t k = 0; k < entry->more.count; k++)
			strings_add(architectures, reading->draft->arena, entry->more.items[k]);
	}
	return architectures_check(reading, architectures, "architectures");
}

static int rules_settle(struct reading *reading, struct profile_rows *rows)
{
	struct config_seccomp *config = &rows->config;

	config->syscalls = arena_alloc(
		reading->draft->arena, rows->rules_count, sizeof(*config->syscalls));
	for (size_t i = 0; i < rows->rules_count; i++) {
		const char *path = place(reading, "syscalls[%zu]", i);
		int counts = rule_check(reading, &rows->rules[i], path) < 0
			? -1
			: rule_counts(reading, &rows->rules[i], path);

		if (counts < 0)
			return -1;
		if (counts)
			config->syscalls[config->syscalls_count++] = rows->rules[i].rule;
	}
	return 0;
}

static int host_find(struct reading *reading)
{
	if (uname(&reading->host) < 0)
		return err_errno(reading->err, "ask the kernel for its version");
	for (const struct processor *known = processors; known->name; known++)
		if (known->machine && !strcmp(known->machine, reading->host.machine))
			reading->processor = known;
	return 0;
}

int seccomp_profile_read(const struct draft *draft, const char *path, const char *sha256,
	struct config_seccomp *profile, struct err *err)
{
	struct reading reading = { .draft = draft, .err = err };
	struct profile_rows rows = { 0 };

	if (named_read(draft, "seccomp.profile", path, sha256, json_read, &reading.named, err) <
			0 ||
		rows_read(profile_keys, reading.named.document, &rows, draft->arena,
			UNKNOWN_REFUSED, reading.named.file, err) < 0)
		return -1;
	if (!rows.config.default_action)
		return fault(&reading, "defaultAction",
			"missing; \"SCMP_ACT_ERRNO\" refuses every call that no rule names");
	if (host_find(&reading) < 0 ||
		action_check(&reading, rows.config.default_action, "defaultAction") < 0 ||
		error_settle(&reading, rows.default_error, &rows.config.default_errno_ret,
			"defaultErrno") < 0 ||
		arch_map_settle(&reading, &rows) < 0 || rules_settle(&reading, &rows) < 0)
		return -1;
	*profile = rows.config;
	return 0;
}
