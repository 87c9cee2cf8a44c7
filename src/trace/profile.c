/*
 * From calls to rules, in the form every OCI runtime reads: an "allow" for all calls whose
 * arguments do not matter, then one for each set of arguments that was seen. clone3 hides its flags
 * from every filter: it is answered with ENOSYS, as it was while it was traced, and C libraries go
 * on with clone. Nothing may depend on the order of what was seen.
 */
#include "trace/profile.h"

#include <errno.h>
#include <string.h>

#include "base/lists.h"
#include "config/profile.h"
#include "format/json.h"

const char *const profile_base[] = { "execve", "exit", "exit_group", "futex", "restart_syscall",
	"rt_sigreturn", "sched_yield", NULL };

struct making {
	struct arena *arena;
	struct config_seccomp *seccomp;
	struct strings *plain; /* the names of the first rule */
};

static void rule_add(struct making *making, struct config_syscall rule)
{
	struct config_seccomp *seccomp = making->seccomp;

	seccomp->syscalls = arena_grow(making->arena, seccomp->syscalls, seccomp->syscalls_count,
		sizeof(*seccomp->syscalls));
	seccomp->syscalls[seccomp->syscalls_count++] = rule;
}

/* Sorted, and once each. */
static void plain_add(struct making *making, const char *name)
{
	struct strings *plain = making->plain;
	size_t at = plain->count;

	if (strings_hold(plain, name))
		return;
	strings_add(plain, making->arena, name);
	for (; at > 0 && strcmp(plain->items[at - 1], name) > 0; at--)
		plain->items[at] = plain->items[at - 1];
	plain->items[at] = name;
}

/* The one argument that decides about all of these calls, or -1. */
static int lone_argument(const struct seen *const *calls, size_t count)
{
	int lone = -1;

	for (int i = 0; i < CALL_ARGS; i++) {
		if (!calls[0]->call.facets[i])
			continue;
		if (lone >= 0)
			return -1;
		lone = i;
	}
	for (size_t i = 1; i < count; i++)
		if (memcmp(calls[i]->call.facets, calls[0]->call.facets,
			    sizeof(calls[0]->call.facets)))
			return -1;
	return lone;
}

/* True if every value was seen that the argument may have. */
static bool all_seen(const struct seen *const *calls, size_t count)
{
	int index = lone_argument(calls, count);

	return index >= 0 && __builtin_popcountll(calls[0]->call.facets[index]->mask) < 8 &&
		count == 1U << __builtin_popcountll(calls[0]->call.facets[index]->mask);
}

/* Flags come together in ever new ways: what is held is that there are no others. */
static void flags_add(struct making *making, const struct seen *const *calls, size_t count)
{
	struct config_syscall rule = traced_rule(&calls[0]->call, making->arena);
	uint64_t all = 0;

	for (size_t i = 0; i < count; i++)
		all |= calls[i]->call.args[0];
	rule.args[0].value.value &= ~all;
	rule.args[0].value_two.value = 0;
	rule_add(making, rule);
}

/* All learnt calls of one name, each with other arguments. */
static void calls_add(struct making *making, const struct seen *const *calls, size_t count)
{
	const char *name = calls[0]->call.name;

	for (size_t i = 0; i < count; i++)
		if (!traced_rule(&calls[i]->call, making->arena).args_count) {
			plain_add(making, name);
			return;
		}
	if (all_seen(calls, count)) {
		plain_add(making, name);
		return;
	}
	if (!strcmp(name, "clone")) {
		flags_add(making, calls, count);
		return;
	}
	for (size_t i = 0; i < count; i++)
		rule_add(making, traced_rule(&calls[i]->call, making->arena));
}

/* The calls of one name from item `from` on that are learnt, each once; gives where the next name
 * begins. */
static size_t name_collect(const struct trace_floor *floor, const struct set *set, size_t from,
	bool dangerous, struct profile *profile, const struct seen **calls, size_t *count)
{
	const char *name = set->items[from].call.name, *reason;
	size_t at = from;

	*count = 0;
	for (; at < set->count; at++) {
		const struct seen *seen = &set->items[at];

		if (!seen->call.name != !name || (name && strcmp(seen->call.name, name) != 0))
			break;
		reason = floor_reason(floor, &seen->call);
		if (name && !strcmp(name, "clone3"))
			continue;
		if (reason && (!dangerous || !name)) {
			profile->left_out = arena_grow(set->arena, profile->left_out,
				profile->left_out_count, sizeof(*profile->left_out));
			profile->left_out[profile->left_out_count++] = (struct left_out){ seen,
				reason };
			continue;
		}
		profile->abis |= 1U << seen->call.abi;
		if (!*count ||
			memcmp(calls[*count - 1]->call.args, seen->call.args,
				sizeof(seen->call.args)) ||
			memcmp(calls[*count - 1]->call.facets, seen->call.facets,
				sizeof(seen->call.facets)))
			calls[(*count)++] = seen;
	}
	return at;
}

static void architectures_add(struct profile *profile, struct arena *arena)
{
	static const char *const names[] = { [CALL_ABI_X86_64] = "SCMP_ARCH_X86_64",
		[CALL_ABI_I386] = "SCMP_ARCH_X86",
		[CALL_ABI_X32] = "SCMP_ARCH_X32" };

	for (unsigned i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (i == CALL_ABI_X86_64 || profile->abis & 1U << i)
			strings_add(&profile->seccomp.architectures, arena, names[i]);
}

/* What answers clone3: see above. */
static struct config_syscall clone3_rule(struct arena *arena)
{
	struct config_syscall rule = { .action = "SCMP_ACT_ERRNO", .errno_ret = { true, ENOSYS } };

	strings_add(&rule.names, arena, "clone3");
	return rule;
}

void profile_make(
	const struct trace_floor *floor, struct set *set, bool dangerous, struct profile *profile)
{
	struct config_syscall first = { .action = "SCMP_ACT_ALLOW" };
	struct making making = { set->arena, &profile->seccomp, &first.names };
	const struct seen **calls = arena_alloc(set->arena, set->count + 1, sizeof(void *));
	size_t at = 0, count;

	*profile = (struct profile){ .seccomp.default_action = "SCMP_ACT_ERRNO" };
	set_sort(set);
	rule_add(&making, first);
	for (const char *const *name = profile_base; *name; name++)
		plain_add(&making, *name);
	while (at < set->count) {
		at = name_collect(floor, set, at, dangerous, profile, calls, &count);
		if (count)
			calls_add(&making, calls, count);
	}
	profile->seccomp.syscalls[0].names = first.names;
	rule_add(&making, clone3_rule(set->arena));
	architectures_add(profile, set->arena);
}

const char *profile_write(const struct profile *profile, struct arena *arena)
{
	struct node *table = rows_write(seccomp_keys, &profile->seccomp, arena);

	return arena_printf(arena, "%s\n", json_write(arena, table, true));
}
