/*
 * The only interpreter of the table of steps. Parent and child hold the same config and walk the
 * same table; where the side changes, the turn passes. A failure always finds a listener: the
 * child's goes to the parent (or to `start`), the parent's to its caller.
 */
#include "run/walk.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/err.h"
#include "run/baton.h"
#include "run/notify.h"
#include "run/progress.h"
#include "run/spawn.h"

/* The other side ended without a word: says in which step, and how. */
static int other_side_died(struct run *run, struct err *err)
{
	const char *step = run->progress ? progress_step_name(run, CHILD) : "start";
	const char *which = run->target.entered ? "new" : "first";
	int status = 0;

	if (run->side == CHILD)
		return err_set(err, EPIPE, "the runtime ended before the start was done");
	if (spawn_reap(run, &status) < 0 || !WIFSIGNALED(status))
		return err_set(err, EPIPE, "%s: the sandbox's %s process ended without a word",
			step, which);
	return err_set(err, EINTR, "%s: the sandbox's %s process was killed by signal %d (%s)",
		step, which, WTERMSIG(status), strsignal(WTERMSIG(status)));
}

/* Waits for the other side, and does for it what it cannot do there. */
static enum baton listen(struct run *run, struct err *err)
{
	enum baton heard;

	while ((heard = baton_await(run->baton, err)) == BATON_LENDS)
		if (notify_serve(run, err) < 0)
			return BATON_FAILED;
	return heard;
}

static int turn_change(struct run *run, enum side from, struct err *err)
{
	if (run->side == from) {
		if (baton_pass(run->baton, err) == 0)
			return 0;
		return err->code == EPIPE ? other_side_died(run, err) : -1;
	}
	switch (listen(run, err)) {
	case BATON_TURN:
		return 0;
	case BATON_FAILED:
		return -1;
	default:
		return other_side_died(run, err);
	}
}

static int step_do(struct run *run, int index, struct err *err)
{
	int result;

	progress_begin(run->progress, run->side, index);
	result = run->steps[index].apply(run, err);
	progress_end(run->progress, index);
	return result < 0 ? err_where(err, "%s", run->steps[index].name) : 0;
}

static int walk_all(struct run *run, struct err *err)
{
	enum side turn = PARENT;

	for (int i = 0; run->steps[i].name; i++) {
		const struct step *step = &run->steps[i];

		if (step->side >= AFTER || (step->wanted && !step->wanted(run->config)))
			continue;
		if (step->side == BESIDE || step->side == ASIDE) {
			enum side whose = step->side == BESIDE ? CHILD : PARENT;

			if (run->side == whose && step_do(run, i, err) < 0)
				return -1;
			continue;
		}
		if (step->side != turn && turn_change(run, turn, err) < 0)
			return -1;
		turn = step->side;
		if (step->side == run->side && step_do(run, i, err) < 0)
			return -1;
	}
	return 0;
}

/* Only in the last step does the closing of the baton mean that the workload has begun. */
static bool child_reached_end(const struct run *run)
{
	int step = run->progress ? run->progress->step[CHILD] : -1;
	const struct step *next = &run->steps[step + 1];

	return !run->progress || (step >= 0 && (!next->name || next->side >= AFTER));
}

/* A later command has the config if there is anything to be done. */
static int walk_side(struct run *run, enum side side, struct err *err)
{
	for (const struct step *step = run->steps; run->config && step->name; step++)
		if (step->side == side && step->wanted(run->config) && step->apply(run, err) < 0)
			return err_where(err, "%s", step->name);
	return 0;
}

int walk_ended(struct run *run, struct err *err)
{
	return walk_side(run, ENDED, err);
}

int walk_await_end(struct run *run, struct err *err)
{
	switch (listen(run, err)) {
	case BATON_FAILED:
		return -1;
	case BATON_TURN:
		return 0;
	default:
		break;
	}
	if (run->detached || !child_reached_end(run) || spawn_died_before_exec(run))
		return other_side_died(run, err);
	return walk_side(run, AFTER, err);
}

int walk_up(struct run *run, struct err *err)
{
	int result = walk_all(run, err);

	if (run->side == CHILD) {
		/* A child that comes back here has failed: a successful walk ends in execve. */
		baton_fail(run->baton, err);
		_exit(EXIT_FAILURE);
	}
	if (result == 0)
		return walk_await_end(run, err);
	/* What went wrong on the other side is why it went wrong here. */
	if (run->baton >= 0)
		baton_heard(run->baton, err);
	return -1;
}

int walk_down(struct run *run, struct err *err)
{
	struct err one;
	int count = 0, result = 0;

	while (run->steps[count].name)
		count++;
	while (count-- > 0) {
		/* Once more if it fails: what is in the way may be gone by then. */
		if (!run->steps[count].undo || run->steps[count].undo(run, &one) == 0 ||
			run->steps[count].undo(run, &one) == 0)
			continue;
		if (result == 0) {
			*err = one;
			err_where(err, "%s", run->steps[count].name);
		}
		result = -1;
	}
	return result;
}
