/*
 * Checks of what a process is given beside its rights: scheduling, processors, memory nodes, cache
 * shares; see check.h. What only the kernel can tell is left to it. Sources: sched_setattr(2),
 * ioprio_set(2), set_mempolicy(2), Documentation/arch/x86/resctrl.rst.
 */
#include <string.h>

#include "config/bits.h"
#include "config/check-parts.h"

static int flags_check(const struct strings *flags, const char *const *table, const char *place,
	uint64_t *bits, struct err *err)
{
	size_t unknown = 0;

	if (bits_named(flags, table, bits, &unknown))
		return 0;
	return fault(err, "%s[%zu]: \"%.60s\" is no flag", place, unknown, flags->items[unknown]);
}

static bool policy_is(const struct config_scheduler *scheduler, const char *name)
{
	return !strcmp(scheduler_policies[scheduler->policy], name);
}

static int deadline_check(const struct config_scheduler *scheduler, struct err *err)
{
	uint64_t deadline = scheduler->deadline.value,
		 period = scheduler->period.value ? scheduler->period.value : deadline;

	if (scheduler->runtime.value && scheduler->runtime.value <= deadline && deadline <= period)
		return 0;
	return fault(
		err, "process.scheduler: SCHED_DEADLINE needs 0 < runtime <= deadline <= period");
}

/* What the small init of dev.nucleus.init could not hand on to the workload it forks. */
static int scheduler_init_check(const struct config *config, uint64_t flags, struct err *err)
{
	const struct config_scheduler *scheduler = config->process.scheduler;

	if (!config->init || !(policy_is(scheduler, "SCHED_DEADLINE") || flags & 1))
		return 0;
	return fault(err,
		"process.scheduler: SCHED_DEADLINE and SCHED_FLAG_RESET_ON_FORK do not go with "
		"dev.nucleus.init: the workload would not have them");
}

static int scheduler_check(const struct config *config, struct err *err)
{
	const struct config_scheduler *scheduler = config->process.scheduler;
	bool fixed;
	uint64_t flags;

	if (!scheduler)
		return 0;
	if (!scheduler->policy)
		return fault(err, "process.scheduler.policy: missing");
	if (policy_is(scheduler, "SCHED_ISO"))
		return fault(err, "process.scheduler.policy: no Linux has SCHED_ISO");
	fixed = policy_is(scheduler, "SCHED_FIFO") || policy_is(scheduler, "SCHED_RR");
	if (fixed && !scheduler->priority.set)
		return fault(err, "process.scheduler.priority: missing: %s needs one from 1 to 99",
			scheduler_policies[scheduler->policy]);
	if (bound_check(scheduler->nice, -20, 19, err, "process.scheduler.nice") < 0 ||
		bound_check(scheduler->priority, fixed, fixed ? 99 : 0, err,
			"process.scheduler.priority") < 0 ||
		flags_check(&scheduler->flags, scheduler_flags, "process.scheduler.flags", &flags,
			err) < 0)
		return -1;
	if (policy_is(scheduler, "SCHED_DEADLINE") && deadline_check(scheduler, err) < 0)
		return -1;
	return scheduler_init_check(config, flags, err);
}

static int io_priority_check(const struct config *config, struct err *err)
{
	const struct config_io_priority *io = config->process.io_priority;

	if (!io)
		return 0;
	if (!io->class)
		return fault(err, "process.ioPriority.class: missing");
	if (!io->priority.set)
		return fault(err, "process.ioPriority.priority: missing");
	return bound_check(io->priority, 0, 7, err, "process.ioPriority.priority");
}

static int list_check(const char *list, const char *place, int *most, struct err *err)
{
	uint64_t bits[BITS_MOST / BITS_WORD];

	*most = list ? bits_listed(list, bits) : 0;
	return *most < 0 ? fault(err, "%s: \"%.80s\" is no list like 0-3,7", place, list) : 0;
}

static int affinity_check(const struct config *config, struct err *err)
{
	const struct config_affinity *affinity = &config->process.exec_cpu_affinity;
	int most;

	if (list_check(affinity->initial, "process.execCPUAffinity.initial", &most, err) < 0)
		return -1;
	return list_check(affinity->final, "process.execCPUAffinity.final", &most, err);
}

static int memory_policy_check(const struct config *config, struct err *err)
{
	const struct config_memory_policy *policy = config->memory_policy;
	const char *mode;
	uint64_t flags;
	int nodes;

	if (!policy)
		return 0;
	if (!policy->mode)
		return fault(err, "linux.memoryPolicy.mode: missing");
	mode = memory_modes[policy->mode];
	if (list_check(policy->nodes, "linux.memoryPolicy.nodes", &nodes, err) < 0 ||
		flags_check(&policy->flags, memory_flags, "linux.memoryPolicy.flags", &flags, err) <
			0)
		return -1;
	if (!strcmp(mode, "MPOL_DEFAULT") || !strcmp(mode, "MPOL_LOCAL"))
		return nodes ? fault(err, "linux.memoryPolicy.nodes: %s takes none", mode) : 0;
	return nodes || !strcmp(mode, "MPOL_PREFERRED")
		? 0
		: fault(err, "linux.memoryPolicy: %s needs nodes", mode);
}

/* A directory of resctrl, and not one that it makes itself. */
static bool class_well_formed(const char *name)
{
	static const char *const taken[] = { ".", "..", "info", "mon_groups", "mon_data", NULL };

	return !strcmp(name, "/") ||
		(!strpbrk(name, "/\n") && strlen(name) <= 255 && !name_known(taken, name));
}

static int rdt_check(const struct config *config, struct err *err)
{
	const struct config_rdt *rdt = config->rdt;

	if (!rdt)
		return 0;
	if (rdt->clos_id && *rdt->clos_id && !class_well_formed(rdt->clos_id))
		return fault(err, "linux.intelRdt.closID: \"%.80s\" is no name of a class",
			rdt->clos_id);
	if (rdt->mem_bw_schema &&
		(strncmp(rdt->mem_bw_schema, "MB:", 3) != 0 || strchr(rdt->mem_bw_schema, '\n')))
		return fault(
			err, "linux.intelRdt.memBwSchema: must be one line that begins with MB:");
	for (size_t i = 0; i < rdt->schemata.count; i++)
		if (strchr(rdt->schemata.items[i], '\n'))
			return fault(err, "linux.intelRdt.schemata[%zu]: must be one line", i);
	return 0;
}

int attributes_check(const struct config *config, struct err *err)
{
	if (scheduler_check(config, err) < 0 || io_priority_check(config, err) < 0 ||
		affinity_check(config, err) < 0 || memory_policy_check(config, err) < 0)
		return -1;
	return rdt_check(config, err);
}
