/*
 * Stopping a container: its own way to end first, then SIGKILL. Whether it has ended is what its
 * pidfd says. It must never leave a process behind that shares the container's namespaces.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>

#include "base/clock.h"
#include "base/err.h"
#include "kernel/cgroup-processes.h"
#include "run/life.h"
#include "run/processes.h"
#include "run/signals.h"

/* What SIGKILL, or an init whose time is up, still takes; milliseconds. */
enum { GRACE = 5000 };

/* True if the first process ends within so many milliseconds. */
static bool ends_within(const struct run *run, int64_t milliseconds)
{
	struct pollfd first = { .fd = run->pidfd, .events = POLLIN };
	const long long deadline = clock_milliseconds() + milliseconds;
	int ready;

	do {
		long long left = deadline - clock_milliseconds();

		ready = poll(&first, 1, left > 0 ? (int)left : 0);
	} while (ready < 0 && errno == EINTR);
	return ready == 1;
}

static int kill_rest(struct run *run, struct err *err)
{
	if (processes_signal(run, SIGKILL, err) < 0 && err->code != ESRCH)
		return -1;
	if (cgroup_thaw(&run->cgroup, err) < 0)
		return -1;
	if (ends_within(run, GRACE))
		return 0;
	return err_set(err, ETIMEDOUT,
		"container \"%.80s\" has not ended %d s after SIGKILL; its first process is %d",
		run->id, GRACE / 1000, run->pid);
}

int life_stop(struct run *run, int64_t timeout, struct err *err)
{
	struct state state;
	enum status status;

	if (state_open(run, &state, err) < 0)
		return -1;
	status = state_status(run, &state);
	if (status == STATUS_STOPPED)
		return 0;
	if (run->pidfd < 0)
		return state_not_running(run, status, err);
	if (state_read_config(run, err) < 0)
		return -1;
	/* Nothing of the workload runs before `start`. */
	if (status == STATUS_CREATED || status == STATUS_CREATING)
		return kill_rest(run, err);
	if (timeout < 0)
		timeout = config_stop_timeout(run->config) + (run->config->init ? GRACE : 0);
	signals_send(run, config_stop_signal(run->config));
	if (cgroup_thaw(&run->cgroup, err) < 0)
		return -1;
	/* With its first process the kernel ends a pid namespace; in one of others nobody does. */
	return ends_within(run, timeout) && config_has_new_namespace(run->config, NAMESPACE_PID)
		? 0
		: kill_rest(run, err);
}
