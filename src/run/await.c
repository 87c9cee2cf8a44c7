/* The two ways a first process hangs on somebody: on `start`, or on the life of `run`. */
#include "run/await.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>

#include "base/err.h"
#include "base/fd.h"
#include "run/baton.h"
#include "run/progress.h"

int await_start_apply(struct run *run, struct err *err)
{
	enum baton heard = BATON_CLOSED;

	if (!run->detached)
		return 0;
	if (prctl(PR_SET_NAME, AWAIT_COMM) < 0)
		return err_errno(err, "prctl PR_SET_NAME");
	if (baton_pass(run->baton, err) < 0)
		return -1;
	/* A `start` that ends before it hands over has started nothing; the next one may. */
	while (heard == BATON_CLOSED) {
		fd_close(&run->baton);
		run->baton = baton_accept(run->listener, err);
		if (run->baton < 0)
			return -1;
		heard = baton_await(run->baton, err);
	}
	fd_close(&run->listener);
	return heard == BATON_TURN ? 0 : -1;
}

int lifeline_apply(struct run *run, struct err *err)
{
	struct pollfd parent = { .fd = run->baton };

	if (run->detached)
		return 0;
	if (!run->target.detached && prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
		return err_errno(err, "prctl PR_SET_PDEATHSIG");
	/* It may have ended just before; then its end of the baton is closed. */
	if (poll(&parent, 1, 0) > 0 && parent.revents & POLLHUP)
		return err_set(err, EPIPE, "the runtime ended before the start was done");
	return 0;
}

int await_record_apply(struct run *run, struct err *err)
{
	(void)err;
	if (!run->detached)
		progress_await_record(run->progress);
	return 0;
}
