/*
 * [limits]: the resource limits of each process, soft and hard alike. What the policy does not
 * name stays as the caller has it, because raising a hard limit is a privilege; only core dumps
 * are off unless asked for. See getrlimit(2).
 */
#include <stddef.h>

#include "policy/sections.h"

/* clang-format off */
const struct key limits_keys[] = {
	KEY(struct policy_limits, nofile, "open files", .order = ORDER_LESS),
	KEY(struct policy_limits, nproc, "processes and threads of the same user", .order = ORDER_LESS),
	KEY(struct policy_limits, fsize, "bytes of a file that is written", .order = ORDER_LESS),
	KEY(struct policy_limits, core, "bytes of a core dump; 0 if absent", .order = ORDER_LESS, .absent = "0"),
	KEY(struct policy_limits, memlock, "bytes locked in memory", .order = ORDER_LESS),
	KEY(struct policy_limits, stack, "bytes of the first thread's stack", .order = ORDER_LESS),
	KEY(struct policy_limits, cpu, "seconds of processor time", .order = ORDER_LESS),
	KEY(struct policy_limits, as, "bytes of address space", .order = ORDER_LESS),
	KEY(struct policy_limits, data, "bytes of data", .order = ORDER_LESS),
	KEY(struct policy_limits, sigpending, "signals that wait", .order = ORDER_LESS),
	KEY(struct policy_limits, msgqueue, "bytes in message queues", .order = ORDER_LESS),
	{ 0 }
};

static const struct limit {
	const char *type;
	size_t member;
} limits[] = {
	{ "RLIMIT_AS",         offsetof(struct policy_limits, as) },
	{ "RLIMIT_CORE",       offsetof(struct policy_limits, core) },
	{ "RLIMIT_CPU",        offsetof(struct policy_limits, cpu) },
	{ "RLIMIT_DATA",       offsetof(struct policy_limits, data) },
	{ "RLIMIT_FSIZE",      offsetof(struct policy_limits, fsize) },
	{ "RLIMIT_MEMLOCK",    offsetof(struct policy_limits, memlock) },
	{ "RLIMIT_MSGQUEUE",   offsetof(struct policy_limits, msgqueue) },
	{ "RLIMIT_NOFILE",     offsetof(struct policy_limits, nofile) },
	{ "RLIMIT_NPROC",      offsetof(struct policy_limits, nproc) },
	{ "RLIMIT_SIGPENDING", offsetof(struct policy_limits, sigpending) },
	{ "RLIMIT_STACK",      offsetof(struct policy_limits, stack) },
};
/* clang-format on */

static int limits_check(
	const struct policy *policy, const struct mode_rules *rules, struct err *err)
{
	(void)rules;
	if (policy->limits.nofile.set && policy->limits.nofile.value < 3)
		return policy_error(policy, err, "limits.nofile",
			"must be at least 3: input, output and errors are open already");
	return 0;
}

static int limits_translate(struct draft *draft, struct err *err)
{
	struct config_process *process = &draft->config->process;
	struct policy_limits wanted = draft->policy->limits;

	(void)err;
	wanted.core.set = true;
	for (size_t i = 0; i < sizeof(limits) / sizeof(*limits); i++) {
		const struct maybe_uint *limit = (const void *)((const char *)&wanted +
			limits[i].member);

		if (!limit->set)
			continue;
		process->rlimits = arena_grow(draft->arena, process->rlimits,
			process->rlimits_count, sizeof(*process->rlimits));
		process->rlimits[process->rlimits_count++] = (struct config_rlimit){
			.type = limits[i].type, .soft = *limit, .hard = *limit
		};
	}
	return 0;
}

const struct section limits_section = { limits_check, limits_translate };
