/*
 * What happens to a container, told one by one: what it uses, every so often, and the work of the
 * OOM killer. Ends with the container.
 */
#include <errno.h>
#include <poll.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/err.h"
#include "format/node.h"
#include "kernel/cgroup-processes.h"
#include "run/life.h"

static struct node *event_make(const struct run *run, const char *type, struct arena *arena)
{
	struct node *event = node_new(arena, NODE_TABLE);

	node_put_string(arena, event, "type", type);
	node_put_string(arena, event, "id", run->id);
	return event;
}

static int stats_tell(const struct run *run, int (*tell)(const struct node *event, struct err *err),
	struct err *err)
{
	autoarena arena = { 0 };
	struct node *event = event_make(run, "stats", &arena);

	node_put(&arena, event, "data", cgroup_stats(&run->cgroup, &arena));
	return tell(event, err);
}

static int oom_tell(const struct run *run, int (*tell)(const struct node *event, struct err *err),
	struct err *err)
{
	autoarena arena = { 0 };

	return tell(event_make(run, "oom", &arena), err);
}

static int watch(const struct run *run, struct cgroup_oom *oom, uint64_t interval,
	int (*tell)(const struct node *event, struct err *err), struct err *err)
{
	struct pollfd sources[] = { { run->pidfd, POLLIN, 0 }, { oom->wake, oom->events, 0 } };
	uint64_t next = clock_now() + interval;

	for (;;) {
		uint64_t now = clock_now();
		int milliseconds = next > now ? (int)((next - now) / 1000000) + 1 : 0;

		if (poll(sources, 2, milliseconds) < 0 && errno != EINTR)
			return err_errno(err, "wait for events");
		if (sources[1].revents && cgroup_oom_happened(oom) && oom_tell(run, tell, err) < 0)
			return -1;
		if (sources[0].revents)
			return 0;
		if (clock_now() < next)
			continue;
		if (stats_tell(run, tell, err) < 0)
			return -1;
		next += interval;
	}
}

int life_events(struct run *run, uint64_t interval,
	int (*tell)(const struct node *event, struct err *err), struct err *err)
{
	struct cgroup_oom oom;
	struct state state;
	enum status status;
	int result;

	if (state_open(run, &state, err) < 0)
		return -1;
	status = state_status(run, &state);
	if (status == STATUS_CREATING || status == STATUS_STOPPED)
		return state_not_running(run, status, err);
	if (cgroup_find(&run->cgroup, err) < 0)
		return err_where(err, "container \"%.80s\"", run->id);
	if (!interval)
		return stats_tell(run, tell, err);
	result = cgroup_oom_watch(&run->cgroup, &oom, err);
	if (result == 0)
		result = watch(run, &oom, interval, tell, err);
	cgroup_oom_release(&oom);
	return result;
}
