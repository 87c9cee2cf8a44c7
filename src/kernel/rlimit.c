/* getrlimit(2), proc(5)'s oom_score_adj. What the config does not name stays the caller's. */
#include <errno.h>
#include <stdio.h>
#include <sys/resource.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/names.h"
#include "format/node.h"
#include "kernel/process-dir.h"
#include "kernel/steps.h"

bool rlimits_wanted(const struct config *config)
{
	/* With mounts there may be a limit to restore. */
	return config->process.rlimits_count > 0 || config->mounts_count > 0;
}

/* What sources_apply raised for its descriptors, and later steps made use of. */
static int descriptors_restore(const struct run *run, struct err *err)
{
	struct rlimit limit;

	if (!run->nofile_soft)
		return 0;
	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return err_errno(err, "read the limit of open files");
	limit.rlim_cur = run->nofile_soft;
	if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
		return err_errno(err, "restore the limit of open files");
	return 0;
}

static int limit_set(const struct config_rlimit *limit, struct err *err)
{
	struct rlimit both = { .rlim_cur = limit->soft.value, .rlim_max = limit->hard.value };
	int number = rlimit_number(limit->type);

	if (setrlimit((__rlimit_resource_t)number, &both) == 0)
		return 0;
	err_errno(err, "set %s to soft %llu, hard %llu", limit->type,
		(unsigned long long)limit->soft.value, (unsigned long long)limit->hard.value);
	if (err->code == EPERM)
		err_hint(err,
			"raising a hard limit takes CAP_SYS_RESOURCE in the host's user namespace");
	return -1;
}

bool oom_score_wanted(const struct config *config)
{
	return config->process.oom_score_adj.set;
}

/*
 * oom_score_apply - say how soon the kernel's out-of-memory killer should take the sandbox
 *
 * Needs:  the first process waiting; CAP_SYS_RESOURCE to go below what the caller has
 * Leaves: the score, inherited by everything the first process starts
 * Mustn't run after session_apply: the files of a process that is not dumpable belong to the host's
 *         root, whom nobody in a user namespace is
 */
int oom_score_apply(struct run *run, struct err *err)
{
	char text[32];

	autoclose process = process_dir_open(run->pid, err);
	if (process < 0)
		return -1;
	snprintf(text, sizeof(text), "%lld", (long long)run->config->process.oom_score_adj.value);
	if (file_write_beneath(process, "oom_score_adj", text) == 0)
		return 0;
	err_errno(err, "set oom_score_adj to %s", text);
	if (err->code == EACCES || err->code == EPERM)
		err_hint(err, "lowering it takes CAP_SYS_RESOURCE in the host's user namespace");
	return -1;
}

void oom_score_print(const struct config *config, struct node *params, struct arena *arena)
{
	node_put_integer(arena, params, "oomScoreAdj", config->process.oom_score_adj.value);
}

/*
 * rlimits_apply - set the limits of the workload and all it starts
 *
 * Needs:  CAP_SYS_RESOURCE to raise what the caller has
 * Mustn't run before the mounts are made: a tiny RLIMIT_NOFILE would stop those
 */
int rlimits_apply(struct run *run, struct err *err)
{
	const struct config_process *process = &run->config->process;

	if (descriptors_restore(run, err) < 0)
		return -1;
	for (size_t i = 0; i < process->rlimits_count; i++)
		if (limit_set(&process->rlimits[i], err) < 0)
			return -1;
	return 0;
}

void rlimits_print(const struct config *config, struct node *params, struct arena *arena)
{
	const struct config_process *process = &config->process;

	for (size_t i = 0; i < process->rlimits_count; i++)
		node_put(arena, params, process->rlimits[i].type,
			node_printf(arena, "%llu %llu",
				(unsigned long long)process->rlimits[i].soft.value,
				(unsigned long long)process->rlimits[i].hard.value));
}
