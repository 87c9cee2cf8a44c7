/*
 * New limits for a container that lives. Only what is mentioned is written, as what the result of
 * old and new asks for; everything that can be checked is checked before the first write, and after
 * a failure what was written is written back. A hierarchy of v1 that the container is not in, as no
 * limit needed it, is joined now: its memory stays accounted where it was. Device rules stay.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/fd.h"
#include "kernel/cgroup-parts.h"
#include "kernel/cgroup-processes.h"

unsigned cgroup_mounted_v1(void)
{
	struct cgroup_hierarchy all[CGROUP_CONTROLLERS + 1];
	unsigned mounted = cgroup_hierarchies_open(all);

	cgroup_hierarchies_close(all);
	return mounted;
}

static bool limits_hold(const struct cgroup_writes *writes, const char *limit)
{
	for (size_t i = 0; i < writes->count; i++)
		if (!strcmp(writes->items[i].limit, limit))
			return true;
	return false;
}

/* The writes of `all` that `given` speaks of; swap counts memory too, and goes with it. */
static int list_writes(const struct config_resources *all, const struct config_resources *given,
	struct cgroup_writes *writes, struct err *err)
{
	struct config_resources asked = *given;
	struct cgroup_writes mentioned = { .arena = writes->arena, .on_v1 = writes->on_v1 };
	size_t kept = 0;

	if (asked.memory.swap.set || asked.memory.limit.set) {
		asked.memory.swap = all->memory.swap;
		asked.memory.limit = all->memory.limit;
	}
	if (cgroup_limits(all, writes, err) < 0 || cgroup_limits(&asked, &mentioned, err) < 0)
		return -1;
	for (size_t i = 0; i < writes->count; i++) {
		writes->items[i].late = false;
		if (limits_hold(&mentioned, writes->items[i].limit))
			writes->items[kept++] = writes->items[i];
	}
	writes->count = kept;
	return 0;
}

/* A directory of the container in the hierarchy of a v1 controller, with all its processes. */
static int join_v1(struct run *run, int controller, struct err *err)
{
	autohierarchy hierarchy = cgroup_hierarchy_open(controller);
	autoclose dir = cgroup_tree_make(&hierarchy, run->cgroup.path, 0, 0, false, err);

	if (dir < 0 || cgroup_move(&run->cgroup, dir, run->arena, err) < 0)
		return -1;
	run->cgroup.v1[controller] = take_fd(&dir);
	return 0;
}

static int join_v2(
	struct run *run, unsigned controllers, const struct cgroup_writes *writes, struct err *err)
{
	autohierarchy v2 = cgroup_hierarchy_open(CGROUP_NONE);

	if (cgroup_check_v2(v2.root, controllers, writes, err) < 0)
		return -1;
	fd_close(&run->cgroup.v2);
	run->cgroup.v2 = cgroup_tree_make(&v2, run->cgroup.path, controllers, 0, true, err);
	return run->cgroup.v2 < 0 ? -1 : 0;
}

/* That every write has a directory with its controller. */
static int join(struct run *run, const struct cgroup_writes *writes, struct err *err)
{
	unsigned on_v2 = 0;

	for (size_t i = 0; i < writes->count; i++) {
		int controller = writes->items[i].controller;

		if (!(writes->on_v1 >> controller & 1))
			on_v2 |= 1u << controller & ~(1u << CGROUP_NONE);
		else if (run->cgroup.v1[controller] < 0 && join_v1(run, controller, err) < 0)
			return -1;
	}
	return on_v2 ? join_v2(run, on_v2, writes, err) : 0;
}

/* v1 refuses such a limit itself; v2 would call the OOM killer. */
static int check_usage(const struct run *run, const struct config_resources *all,
	const struct cgroup_writes *writes, struct err *err)
{
	bool v1 = writes->on_v1 >> CGROUP_MEMORY & 1;
	int64_t limit = all->memory.limit.value;
	char text[64];

	if (!all->memory.check_before_update || !limits_hold(writes, "memory.limit") || limit < 0)
		return 0;
	if (cgroup_read(v1 ? run->cgroup.v1[CGROUP_MEMORY] : run->cgroup.v2,
		    v1 ? "memory.usage_in_bytes" : "memory.current", text, sizeof(text)) < 0)
		return err_errno(err, "read how much memory is in use");
	if (strtoll(text, NULL, 10) <= limit)
		return 0;
	return err_set(err, EBUSY,
		"resources.memory.limit: %lld is less than the %s bytes in use, and "
		"checkBeforeUpdate is set",
		(long long)limit, text);
}

int cgroup_update(struct run *run, const struct config_resources *all,
	const struct config_resources *given, struct err *err)
{
	struct cgroup_writes writes = { .arena = run->arena, .on_v1 = cgroup_mounted_v1() };

	if (cgroup_find(&run->cgroup, err) < 0)
		return -1;
	if (run->cgroup.v2 < 0)
		writes.on_v1 |= 1u << CGROUP_NONE;
	if (list_writes(all, given, &writes, err) < 0 || join(run, &writes, err) < 0 ||
		check_usage(run, all, &writes, err) < 0 ||
		cgroup_writes_save(&run->cgroup, &writes, err) < 0)
		return -1;
	if (cgroup_write_limits(&run->cgroup, &writes, false, err) == 0)
		return 0;
	cgroup_write_back(&run->cgroup, &writes);
	return -1;
}
