/*
 * set_mempolicy(2), by bare system call: its wrapper is in a library of its own. A policy belongs
 * to the thread that sets it and is inherited across fork and execve.
 */
#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/err.h"
#include "config/bits.h"
#include "format/node.h"
#include "kernel/steps.h"

bool memory_policy_wanted(const struct config *config)
{
	return config->memory_policy != NULL;
}

/*
 * memory_policy_apply - say from which nodes the workload's memory comes
 *
 * Needs:  the container's cgroup, whose cpuset may have fewer nodes
 * Leaves: the policy, for this process and all it starts
 * Mustn't run after seccomp: the filter need not allow set_mempolicy
 */
int memory_policy_apply(struct run *run, struct err *err)
{
	const struct config_memory_policy *policy = run->config->memory_policy;
	uint64_t bits[BITS_MOST / BITS_WORD], flags;
	int nodes = policy->nodes ? bits_listed(policy->nodes, bits) : 0;
	size_t unknown;

	if (nodes < 0 || !bits_named(&policy->flags, memory_flags, &flags, &unknown))
		return err_set(err, EINVAL, "the nodes or flags are not understood");
	/* The kernel takes one bit less than it is told there are. */
	if (syscall(SYS_set_mempolicy, (policy->mode - 1) | (int)(flags << MEMORY_FLAGS_SHIFT),
		    nodes ? bits : NULL, nodes ? nodes + 1 : 0) == 0)
		return 0;
	err_errno(err, "set_mempolicy to %s%s%s", memory_modes[policy->mode],
		nodes ? " on nodes " : "", nodes ? policy->nodes : "");
	if (err->code == EINVAL)
		err_hint(err,
			"the kernel may not know the mode or its flags, or have no such node in the cgroup's "
			"cpuset");
	return -1;
}

void memory_policy_print(const struct config *config, struct node *params, struct arena *arena)
{
	const struct config_memory_policy *policy = config->memory_policy;

	node_put_string(arena, params, "mode", memory_modes[policy->mode]);
	node_put_string(arena, params, "nodes", policy->nodes);
	node_put_strings(arena, params, "flags", &policy->flags);
}
