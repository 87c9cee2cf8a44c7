/*
 * When the workload's processes get a processor, which one, and when their I/O is done:
 * sched_setattr(2), ioprio_set(2), sched_setaffinity(2). The host's CAP_SYS_NICE counts, which
 * nobody in a user namespace has: in a start the parent does it, for the process whose number is
 * still its own; in an exec the new process, before it enters the container. Debian 12's C library
 * has none of the structures.
 */
#include <errno.h>
#include <linux/ioprio.h>
#include <linux/sched/types.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/err.h"
#include "config/bits.h"
#include "format/node.h"
#include "kernel/steps.h"

/* 0 is the caller. */
static pid_t subject(const struct run *run)
{
	return run->side == PARENT ? run->pid : 0;
}

bool scheduler_wanted(const struct config *config)
{
	return config->process.scheduler != NULL;
}

static int scheduler_error(const struct config_scheduler *scheduler, struct err *err)
{
	err_errno(err, "sched_setattr to %s", scheduler_policies[scheduler->policy]);
	if (err->code == EPERM)
		err_hint(err,
			"it takes CAP_SYS_NICE on the host; realtime policies in a cpu cgroup of version 1 "
			"also linux.resources.cpu.realtimeRuntime");
	if (err->code == EOPNOTSUPP)
		err_hint(err, "this kernel has no utilization clamping");
	return -1;
}

/*
 * scheduler_apply - give the first process its scheduling policy
 *
 * Needs:  the process in its cgroup; on the host CAP_SYS_NICE for what raises it
 * Leaves: the policy, inherited by everything the process starts unless its flags say no
 * Mustn't run before a container is set up: under some policies no process may fork
 */
int scheduler_apply(struct run *run, struct err *err)
{
	const struct config_scheduler *scheduler = run->config->process.scheduler;
	struct sched_attr attr = {
		.size = sizeof(attr),
		.sched_policy = (uint32_t)(scheduler->policy - 1),
		.sched_nice = (int32_t)scheduler->nice.value,
		.sched_priority = (uint32_t)scheduler->priority.value,
		.sched_runtime = scheduler->runtime.value,
		.sched_deadline = scheduler->deadline.value,
		.sched_period = scheduler->period.value,
	};
	uint64_t flags;
	size_t unknown;

	if (!bits_named(&scheduler->flags, scheduler_flags, &flags, &unknown))
		return err_set(err, EINVAL, "unknown flag");
	attr.sched_flags = flags;
	return syscall(SYS_sched_setattr, subject(run), &attr, 0) < 0
		? scheduler_error(scheduler, err)
		: 0;
}

static void put_nanoseconds(
	struct node *params, const char *key, struct maybe_uint value, struct arena *arena)
{
	if (value.set)
		node_put(arena, params, key,
			node_printf(arena, "%llu", (unsigned long long)value.value));
}

void scheduler_print(const struct config *config, struct node *params, struct arena *arena)
{
	const struct config_scheduler *scheduler = config->process.scheduler;

	node_put_string(arena, params, "policy", scheduler_policies[scheduler->policy]);
	node_put_integer(arena, params, "nice", scheduler->nice.value);
	node_put_integer(arena, params, "priority", scheduler->priority.value);
	node_put_strings(arena, params, "flags", &scheduler->flags);
	put_nanoseconds(params, "runtime", scheduler->runtime, arena);
	put_nanoseconds(params, "deadline", scheduler->deadline, arena);
	put_nanoseconds(params, "period", scheduler->period, arena);
}

bool io_priority_wanted(const struct config *config)
{
	return config->process.io_priority != NULL;
}

/*
 * io_priority_apply - give the first process its place in the queues of block devices
 *
 * Needs:  on the host CAP_SYS_NICE or CAP_SYS_ADMIN for the realtime class
 * Leaves: class and priority, inherited by everything the first process starts
 */
int io_priority_apply(struct run *run, struct err *err)
{
	const struct config_io_priority *io = run->config->process.io_priority;
	int value = IOPRIO_PRIO_VALUE(io->class, (int)io->priority.value);

	if (syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, subject(run), value) == 0)
		return 0;
	return err_errno(
		err, "ioprio_set to %s, %d", io_classes[io->class], (int)io->priority.value);
}

void io_priority_print(const struct config *config, struct node *params, struct arena *arena)
{
	const struct config_io_priority *io = config->process.io_priority;

	node_put_string(arena, params, "class", io_classes[io->class]);
	node_put_integer(arena, params, "priority", io->priority.value);
}

static bool list_given(const char *list)
{
	return list && *list;
}

bool affinity_initial_wanted(const struct config *config)
{
	return list_given(config->process.exec_cpu_affinity.initial);
}

bool affinity_final_wanted(const struct config *config)
{
	return list_given(config->process.exec_cpu_affinity.final);
}

/* The calling process onto the listed processors; the kernel leaves out those that are not there.
 */
static int affinity_set(const char *list, struct err *err)
{
	uint64_t bits[BITS_MOST / BITS_WORD];

	if (bits_listed(list, bits) > 0 &&
		syscall(SYS_sched_setaffinity, 0, sizeof(bits), bits) == 0)
		return 0;
	err_errno(err, "run on the processors %s", list);
	if (err->code == EINVAL)
		err_hint(err, "none of them is there, or none is in the cgroup's cpuset");
	return -1;
}

/*
 * affinity_initial_apply - have exec's parent, and what it makes, on the listed processors
 *
 * Mustn't run after the new process is in the container's cgroup, nor for a container's first
 *         process: the property is about exec alone
 */
int affinity_initial_apply(struct run *run, struct err *err)
{
	return affinity_set(run->config->process.exec_cpu_affinity.initial, err);
}

/*
 * affinity_final_apply - have the process that exec adds on the listed processors
 *
 * Needs:  to be that process, in the container's cgroup
 */
int affinity_final_apply(struct run *run, struct err *err)
{
	return affinity_set(run->config->process.exec_cpu_affinity.final, err);
}

void affinity_initial_print(const struct config *config, struct node *params, struct arena *arena)
{
	node_put_string(arena, params, "cpus", config->process.exec_cpu_affinity.initial);
}

void affinity_final_print(const struct config *config, struct node *params, struct arena *arena)
{
	node_put_string(arena, params, "cpus", config->process.exec_cpu_affinity.final);
}
