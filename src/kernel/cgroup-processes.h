#pragma once
/*
 * A container's cgroup once it is there: which processes live in it and below it, stopping them
 * all, signals to all of them. Everything works from run_cgroup.path alone; what is open is used.
 */
#include <stdbool.h>

#include "base/arena.h"
#include "base/err.h"
#include "nucleus/run.h"

struct node;

/*
 * Opens cgroup->path wherever it exists. ENOENT if there is none: such a container has no cgroup of
 * its own. 0 or -1.
 */
int cgroup_find(struct run_cgroup *cgroup, struct err *err);

/* The processes in a found cgroup and all below it, sorted, in our pid namespace's numbers. */
int cgroup_processes(const struct run_cgroup *cgroup, struct arena *arena, struct numbers *pids,
	struct err *err);

/* Moves all processes of a found cgroup into the directory dir of another hierarchy. */
int cgroup_move(const struct run_cgroup *cgroup, int dir, struct arena *arena, struct err *err);

/*
 * Stops every process, within five seconds, or none of them and an error. Needs no cgroup_find, as
 * the next two; EOPNOTSUPP where nothing can freeze it.
 */
int cgroup_freeze(const struct run_cgroup *cgroup, struct err *err);
/* Neither allocates nor fails if there is nothing frozen. */
int cgroup_thaw(const struct run_cgroup *cgroup, struct err *err);
/* True if somebody froze this very cgroup. */
bool cgroup_is_frozen(const struct run_cgroup *cgroup);

/*
 * Limits a living container, whose limits shall now be `all`, in what `given` mentions; device
 * rules stay. 0, or -1 with err, and everything as it was as far as that can be.
 */
int cgroup_update(struct run *run, const struct config_resources *all,
	const struct config_resources *given, struct err *err);

/*
 * Sends a signal to every process of a found cgroup, those that are being made included; *count is
 * the number of them, 0 if there was none, or the number before the kernel killed them.
 */
int cgroup_signal(const struct run_cgroup *cgroup, int signal, struct arena *arena, size_t *count,
	struct err *err);

/* What a found cgroup has used, as the "data" of an event of type "stats"; in arena. */
struct node *cgroup_stats(const struct run_cgroup *cgroup, struct arena *arena);

/* The OOM killer in a found cgroup. wake is for poll(2), -1 if there is nothing to wait for. */
struct cgroup_oom {
	int wake;
	short events;
	int file;
	uint64_t seen;
};

int cgroup_oom_watch(const struct run_cgroup *cgroup, struct cgroup_oom *oom, struct err *err);
/* After poll: true if it has killed since this was asked last. */
bool cgroup_oom_happened(struct cgroup_oom *oom);
void cgroup_oom_release(struct cgroup_oom *oom);
