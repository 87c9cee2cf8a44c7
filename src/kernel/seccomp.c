/*
 * The seccomp filter as steps: the parent makes the program, the child loads it. The only file that
 * names libseccomp, which is asked for nothing but its tables of architectures and call numbers.
 *
 * It must never load a program that was not verified against the profile's rules when it was made,
 * and never go on without a filter that was asked for. seccomp(2).
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/digest.h"
#include "base/err.h"
#include "format/node.h"
#include "kernel/abilities.h"
#include "kernel/seccomp-cache.h"
#include "kernel/seccomp-program.h"
#include "kernel/seccomp-rules.h"
#include "kernel/steps.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Calls younger than libseccomp 2.5.4 as Debian 12 ships it, by number; the same everywhere. */
enum { FIRST_YOUNG = 451 };
static const char *const young_calls[] = { "cachestat", "fchmodat2", "map_shadow_stack",
	"futex_wake", "futex_wait", "futex_requeue", "statmount", "listmount", "lsm_get_self_attr",
	"lsm_set_self_attr", "lsm_list_modules", "mseal", "setxattrat", "getxattrat", "listxattrat",
	"removexattrat", "open_tree_attr", "file_getattr", "file_setattr" };

enum { X32_BIT = 0x40000000 };

static const struct flag_name {
	const char *name;
	unsigned flag;
} flags[] = {
	{ "SECCOMP_FILTER_FLAG_TSYNC", SECCOMP_FILTER_FLAG_TSYNC },
	{ "SECCOMP_FILTER_FLAG_LOG", SECCOMP_FILTER_FLAG_LOG },
	{ "SECCOMP_FILTER_FLAG_SPEC_ALLOW", SECCOMP_FILTER_FLAG_SPEC_ALLOW },
	{ "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV", SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV },
};

/* These two are x86_64's alone. */
static int probe_number(const char *name)
{
	if (!strcmp(name, "uretprobe"))
		return 335;
	return !strcmp(name, "uprobe") ? 336 : CALL_UNKNOWN;
}

static const uint32_t tokens[] = { [CALL_ABI_X86_64] = SCMP_ARCH_X86_64,
	[CALL_ABI_I386] = SCMP_ARCH_X86,
	[CALL_ABI_X32] = SCMP_ARCH_X32 };

int seccomp_call_number(enum call_abi abi, const char *name)
{
	int number = seccomp_syscall_resolve_name_arch(tokens[abi], name);

	if (number != __NR_SCMP_ERROR)
		return number;
	for (int i = 0; i < (int)COUNT(young_calls); i++)
		if (!strcmp(name, young_calls[i]))
			return (FIRST_YOUNG + i) | (abi == CALL_ABI_X32 ? X32_BIT : 0);
	number = probe_number(name);
	return number >= 0 && abi != CALL_ABI_X86_64 ? CALL_ELSEWHERE : number;
}

const char *seccomp_call_name(enum call_abi abi, int number, struct arena *arena)
{
	char *known = seccomp_syscall_resolve_num_arch(tokens[abi], number);
	const char *name = known ? arena_strdup(arena, known) : NULL;
	int young = (number & ~X32_BIT) - FIRST_YOUNG;

	free(known);
	/* libseccomp has names for some that no kernel has. */
	if (number < 0)
		return NULL;
	if (!name && young >= 0 && young < (int)COUNT(young_calls))
		name = young_calls[young];
	if (!name && abi == CALL_ABI_X86_64 && (number == 335 || number == 336))
		name = number == 335 ? "uretprobe" : "uprobe";
	return name;
}

bool seccomp_flag_supported(const char *name)
{
	unsigned flag = 0;

	for (size_t i = 0; i < COUNT(flags); i++)
		if (!strcmp(name, flags[i].name))
			flag = flags[i].flag;
	if (flag == SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV)
		flag |= SECCOMP_FILTER_FLAG_NEW_LISTENER;
	/* A kernel that knows the flag goes on to miss the program. */
	return flag && syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flag, NULL) < 0 &&
		errno == EFAULT;
}

const char *seccomp_library(struct arena *arena)
{
	const struct scmp_version *version = seccomp_version();

	return arena_printf(arena, "%u.%u.%u", version->major, version->minor, version->micro);
}

/* The config's profiles, linux.seccomp's first; their number. */
static size_t profiles_of(
	const struct config *config, const struct config_seccomp *profiles[static FILTERS_MOST])
{
	size_t count = 0;

	if (config->seccomp)
		profiles[count++] = config->seccomp;
	for (size_t i = 0; i < config->seccomp_more_count && count < FILTERS_MOST; i++)
		profiles[count++] = &config->seccomp_more[i];
	return count;
}

static unsigned profile_flags(const struct config_seccomp *profile)
{
	unsigned all = 0;

	for (size_t i = 0; i < profile->flags.count; i++)
		for (size_t j = 0; j < COUNT(flags); j++)
			if (!strcmp(profile->flags.items[i], flags[j].name))
				all |= flags[j].flag;
	return all;
}

/* What each asks for; a protection is given up only if all do. */
static unsigned flags_of(const struct config *config)
{
	const struct config_seccomp *profiles[FILTERS_MOST];
	size_t count = profiles_of(config, profiles);
	unsigned any = 0, every = ~0U;

	for (size_t i = 0; i < count; i++) {
		any |= profile_flags(profiles[i]);
		every &= profile_flags(profiles[i]);
	}
	return any & (every | ~(unsigned)SECCOMP_FILTER_FLAG_SPEC_ALLOW);
}

int filter_compile(const struct config_seccomp *const *profiles, size_t count, struct arena *arena,
	struct filter *filter, struct err *err)
{
	struct call_rules *rules = arena_alloc(arena, count, sizeof(*rules));

	for (size_t i = 0; i < count; i++)
		if (rules_resolve(profiles[i], arena, &rules[i], err) < 0)
			return err_where(err, "seccomp");
	if (program_make(rules, count, arena, filter, err) < 0 ||
		program_verify(filter, rules, count, err) < 0)
		return err_where(err, "seccomp");
	return 0;
}

int filter_make(
	const struct config *config, struct arena *arena, struct filter *filter, struct err *err)
{
	const struct config_seccomp *profiles[FILTERS_MOST];
	size_t count = profiles_of(config, profiles);

	*filter = (struct filter){ 0 };
	return count ? filter_compile(profiles, count, arena, filter, err) : 0;
}

bool filter_wanted(const struct config *config)
{
	return config->seccomp || config->seccomp_more_count;
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
	const struct config_seccomp *profiles[FILTERS_MOST];
	size_t count = profiles_of(run->config, profiles);
	unsigned char key[SHA256_SIZE];

	cache_key(profiles, count,
		arena_printf(run->arena, "libseccomp %s", seccomp_library(run->arena)), key);
	if (cache_read(run->state_root, key, run->arena, &run->filter))
		return 0;
	if (filter_compile(profiles, count, run->arena, &run->filter, err) < 0)
		return -1;
	cache_write(run->state_root, key, &run->filter, run->arena);
	return 0;
}

static void profile_print(
	const struct config_seccomp *profile, struct node *params, struct arena *arena)
{
	unsigned char sum[SHA256_SIZE];
	char text[SHA256_TEXT_SIZE];

	profile_digest(profile, sum);
	digest_text(sum, text);
	node_put_string(arena, params, "default_action", profile->default_action);
	if (profile->default_errno_ret.set)
		node_put_integer(arena, params, "default_errno", profile->default_errno_ret.value);
	if (profile->architectures.count)
		node_put_strings(arena, params, "architectures", &profile->architectures);
	node_put_integer(arena, params, "rules", (int64_t)profile->syscalls_count);
	node_put_string(arena, params, "profile_sha256", text);
}

void filter_print(const struct config *config, struct node *params, struct arena *arena)
{
	struct node *more = node_new(arena, NODE_ARRAY);

	if (config->seccomp)
		profile_print(config->seccomp, params, arena);
	for (size_t i = 0; i < config->seccomp_more_count; i++) {
		struct node *own = node_new(arena, NODE_TABLE);

		profile_print(&config->seccomp_more[i], own, arena);
		node_append(more, own);
	}
	if (config->seccomp_more_count)
		node_put(arena, params, "more", more);
}

bool seccomp_early_wanted(const struct config *config)
{
	return filter_wanted(config) && !config->process.no_new_privileges;
}

bool seccomp_wanted(const struct config *config)
{
	return filter_wanted(config) && config->process.no_new_privileges;
}

static int filter_load(const struct run *run, unsigned all, struct err *err)
{
	const struct sock_fprog program = { run->filter.length, run->filter.program };
	int listener = (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, all, &program);

	if (listener >= 0)
		return listener;
	err_errno(
		err, "load the seccomp filter of %d instructions with flags %#x", program.len, all);
	return err->code == EBUSY
		? err_hint(err,
			  "nucleus itself runs under a filter with a listener, and Linux allows one")
		: -1;
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
	unsigned all = flags_of(run->config);

	/* About waiting for a listener's answer: the kernel takes it only together with one. */
	return filter_load(run, all & ~SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV, err);
}

int seccomp_load_listener(struct run *run, struct err *err)
{
	unsigned all = flags_of(run->config);

	/* The kernel does not take both; of this process one thread alone is to be filtered. */
	all &= ~SECCOMP_FILTER_FLAG_TSYNC;
	return filter_load(run, all | SECCOMP_FILTER_FLAG_NEW_LISTENER, err);
}

void seccomp_print(const struct config *config, struct node *params, struct arena *arena)
{
	if (config->seccomp && config->seccomp->flags.count)
		node_put_strings(arena, params, "flags", &config->seccomp->flags);
	if (config->seccomp && seccomp_notifies(config->seccomp))
		node_put_string(arena, params, "listener", config->seccomp->listener_path);
}
