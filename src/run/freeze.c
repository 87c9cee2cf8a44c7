/* Pausing a container and letting it go on: its state is what its cgroup says, kept nowhere else.
 */
#include <errno.h>

#include "base/err.h"
#include "kernel/cgroup-processes.h"
#include "run/life.h"

/* Opens and locks the container; its status. */
static int open_locked(struct run *run, enum status *status, struct err *err)
{
	struct state state;

	if (state_open(run, &state, err) < 0 || state_lock(run, &state, err) < 0)
		return -1;
	*status = state_status(run, &state);
	return 0;
}

int life_pause(struct run *run, struct err *err)
{
	enum status status;

	if (open_locked(run, &status, err) < 0)
		return -1;
	if (status != STATUS_CREATED && status != STATUS_RUNNING)
		return state_not_running(run, status, err);
	if (cgroup_freeze(&run->cgroup, err) == 0)
		return 0;
	return err_where(err, "pause container \"%.80s\"", run->id);
}

int life_resume(struct run *run, struct err *err)
{
	enum status status;

	if (open_locked(run, &status, err) < 0)
		return -1;
	if (status != STATUS_PAUSED)
		return err_set(err, EINVAL, "container not paused: \"%.80s\" is %s", run->id,
			status_name(status));
	return cgroup_thaw(&run->cgroup, err);
}
