/*
 * The seccomp filter as steps: the parent makes the program, the child loads it. The only file that
 * names libseccomp, which is asked for nothing but its tables of architectures and call numbers.
 *
 * It must never load a program that was not verified against the profile's rules when it was made,
 * and never go on without a filter that was asked for. seccomp(2).
 */
#include "kernel/seccomp.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/digest.h"
#include "base/err.h"
#include "format/node.h"
#include "kernel/seccomp-cache.h"
#include "kernel/seccomp-program.h"
#include "kernel/seccomp-rules.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Calls younger than libseccomp 2.5.4 as Debian 12 ships it; -1: not there. */
static const struct young_call {
	const char *name;
	int x86_64, others;
} young_calls[] = {
	{ "uretprobe", 335, -2 },
	{ "uprobe", 336, -2 },
	{ "cachestat", 451, 451 },
	{ "fchmodat2", 452, 452 },
	{ "map_shadow_stack", 453, 453 },
	{ "futex_wake", 454, 454 },
	{ "futex_wait", 455, 455 },
	{ "futex_requeue", 456, 456 },
	{ "statmount", 457, 457 },
	{ "listmount", 458, 458 },
	{ "lsm_get_self_attr", 459, 459 },
	{ "lsm_set_self_attr", 460, 460 },
	{ "lsm_list_modules", 461, 461 },
	{ "mseal", 462, 462 },
	{ "setxattrat", 463, 463 },
	{ "getxattrat", 464, 464 },
	{ "listxattrat", 465, 465 },
	{ "removexattrat", 466, 466 },
	{ "open_tree_attr", 467, 467 },
	{ "file_getattr", 468, 468 },
	{ "file_setattr", 469, 469 },
};

enum { X32_BIT = 0x40000000 };

static const struct flag_name {
	const char *name;
	unsigned flag;
} flags[] = {
	{ "SECCOMP_FILTER_FLAG_TSYNC", SECCOMP_FILTER_FLAG_TSYNC },
	{ "SECCOMP_FILTER_FLAG_LOG", SECCOMP_FILTER_FLAG_LOG },
	{ "SECCOMP_FILTER_FLAG_SPEC_ALLOW", SECCOMP_FILTER_FLAG_SPEC_ALLOW },
	/* About waiting for a listener's answer; the kernel takes it only together with one. */
	{ "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV", 0 },
};

int seccomp_call_number(enum call_abi abi, const char *name)
{
	static const uint32_t tokens[] = { [CALL_ABI_X86_64] = SCMP_ARCH_X86_64,
		[CALL_ABI_I386] = SCMP_ARCH_X86,
		[CALL_ABI_X32] = SCMP_ARCH_X32 };
	int number = seccomp_syscall_resolve_name_arch(tokens[abi], name);

	for (size_t i = 0; number == __NR_SCMP_ERROR && i < COUNT(young_calls); i++) {
		if (strcmp(name, young_calls[i].name))
			continue;
		number = abi == CALL_ABI_X86_64 ? young_calls[i].x86_64 : young_calls[i].others;
		return abi == CALL_ABI_X32 && number >= 0 ? number | X32_BIT : number;
	}
	return number == __NR_SCMP_ERROR ? CALL_UNKNOWN : number;
}

bool seccomp_arch_known(const char *name)
{
	static const char prefix[] = "SCMP_ARCH_";
	/* In the specification, not in libseccomp 2.5.4. */
	static const char *const others[] = { "LOONGARCH64", "M68K", "SH", "SHEB" };
	char lower[32] = "";
	size_t length;

	if (strncmp(name, prefix, sizeof(prefix) - 1))
		return false;
	name += sizeof(prefix) - 1;
	for (size_t i = 0; i < COUNT(others); i++)
		if (!strcmp(name, others[i]))
			return true;
	length = strlen(name);
	if (length >= sizeof(lower))
		return false;
	for (size_t i = 0; i < length; i++) {
		if (name[i] >= 'a' && name[i] <= 'z')
			return false;
		lower[i] = name[i] >= 'A' && name[i] <= 'Z' ? (char)(name[i] | 0x20) : name[i];
	}
	return !strcmp(name, "NATIVE") || seccomp_arch_resolve_name(lower) != 0;
}

static int flags_read(const struct config_seccomp *profile, unsigned *all, struct err *err)
{
	*all = 0;
	for (size_t i = 0; i < profile->flags.count; i++) {
		const char *name = profile->flags.items[i];
		size_t j = 0;

		while (j < COUNT(flags) && strcmp(name, flags[j].name))
			j++;
		if (j == COUNT(flags))
			return err_set(err, EINVAL, "seccomp: unknown flag \"%.80s\"", name);
		*all |= flags[j].flag;
	}
	return 0;
}

int filter_compile(const struct config_seccomp *profile, struct arena *arena, struct filter *filter,
	struct err *err)
{
	struct call_rules rules;

	if (rules_resolve(profile, arena, &rules, err) < 0 ||
		program_make(&rules, arena, filter, err) < 0 ||
		program_verify(filter, &rules, err) < 0)
		return err_where(err, "seccomp");
	return 0;
}

bool filter_wanted(const struct config *config)
{
	return config->seccomp != NULL;
}

/*
 * filter_apply - make the program the child will load
 *
 * Needs:  nothing; reads and writes only the cache below the state root
 * Leaves: run->filter, verified when it was compiled
 * Mustn't run in the child: the cache is the host's
 */
int filter_apply(struct run *run, struct err *err)
{
	const struct config_seccomp *profile = run->config->seccomp;
	const struct scmp_version *version = seccomp_version();
	unsigned char key[SHA256_SIZE];
	unsigned all;

	if (flags_read(profile, &all, err) < 0)
		return -1;
	cache_key(profile,
		arena_printf(run->arena, "libseccomp %u.%u.%u", version->major, version->minor,
			version->micro),
		key);
	if (cache_read(run->state_root, key, run->arena, &run->filter))
		return 0;
	if (filter_compile(profile, run->arena, &run->filter, err) < 0)
		return -1;
	cache_write(run->state_root, key, &run->filter, run->arena);
	return 0;
}

static struct node *strings_node(const struct strings *strings, struct arena *arena)
{
	struct node *array = node_new(arena, NODE_ARRAY);

	for (size_t i = 0; i < strings->count; i++)
		node_append(array, node_string(arena, strings->items[i]));
	return array;
}

void filter_print(const struct config *config, struct node *params, struct arena *arena)
{
	const struct config_seccomp *profile = config->seccomp;
	unsigned char sum[SHA256_SIZE];
	char text[SHA256_TEXT_SIZE];

	profile_digest(profile, sum);
	digest_text(sum, text);
	if (profile->default_action)
		node_put(arena, params, "default_action",
			node_string(arena, profile->default_action));
	if (profile->default_errno_ret.set)
		node_put(arena, params, "default_errno",
			node_integer(arena, profile->default_errno_ret.value));
	if (profile->architectures.count)
		node_put(arena, params, "architectures",
			strings_node(&profile->architectures, arena));
	node_put(arena, params, "rules", node_integer(arena, (int64_t)profile->syscalls_count));
	node_put(arena, params, "profile_sha256", node_string(arena, text));
}

bool seccomp_early_wanted(const struct config *config)
{
	return config->seccomp && !config->process.no_new_privileges;
}

bool seccomp_wanted(const struct config *config)
{
	return config->seccomp && config->process.no_new_privileges;
}

/*
 * seccomp_apply - put the filter over this process for good
 *
 * Needs:  run->filter; no_new_privs, or CAP_SYS_ADMIN at the early place
 * Leaves: only what the profile allows; of the set-up only what comes after this step is filtered
 * Mustn't run before Landlock, whose calls a profile need not allow
 */
int seccomp_apply(struct run *run, struct err *err)
{
	const struct sock_fprog program = { run->filter.length, run->filter.program };
	unsigned all;

	if (flags_read(run->config->seccomp, &all, err) < 0)
		return -1;
	if (!program.len)
		return err_set(err, EINVAL, "load the seccomp filter: none was compiled");
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, all, &program) != 0)
		return err_errno(err, "load the seccomp filter of %d instructions with flags %#x",
			program.len, all);
	return 0;
}

void seccomp_print(const struct config *config, struct node *params, struct arena *arena)
{
	if (config->seccomp->flags.count)
		node_put(arena, params, "flags", strings_node(&config->seccomp->flags, arena));
}
