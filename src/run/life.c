/*
 * The verbs of the OCI runtime contract on top of the walk and the state. Order of checks is the
 * specification's: does it exist, is it in the right state, then act.
 */
#include "run/life.h"

#include <errno.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "run/baton.h"
#include "run/janitor.h"
#include "run/progress.h"
#include "run/signals.h"
#include "run/terminal.h"
#include "run/walk.h"

void run_init(struct run *run)
{
	*run = (struct run){
		.bundle_dir = -1,
		.root_dir = -1,
		.state_dir = -1,
		.baton = -1,
		.listener = -1,
		.pidfd = -1,
		.self = -1,
		.janitor = -1,
		.maker = getpid(),
		.root_source = -1,
		.rootfs = -1,
		.procfs = -1,
		.null_device = -1,
		.console_socket = -1,
		.console_near = -1,
		.terminal = -1,
		.cgroup = { .v2 = -1 },
	};
	for (int i = 0; i < CGROUP_CONTROLLERS_MOST; i++)
		run->cgroup.v1[i] = -1;
}

void run_release(struct run *run)
{
	fd_close(&run->bundle_dir);
	fd_close(&run->root_dir);
	fd_close(&run->state_dir);
	fd_close(&run->baton);
	fd_close(&run->listener);
	fd_close(&run->pidfd);
	fd_close(&run->console_socket);
	progress_release(run->progress);
	run->progress = NULL;
}

/* The checks and the page every start begins with. */
static int start_begin(struct run *run, struct err *err)
{
	if (state_check_id(run->id, err) < 0)
		return -1;
	if (!run->progress)
		run->progress = progress_new(err);
	return run->progress ? 0 : -1;
}

int life_run(struct run *run, int *status, struct err *err)
{
	struct err undo_err;
	int result;

	if (start_begin(run, err) < 0 || terminal_prepare(run, NULL, err) < 0 ||
		signals_block(err) < 0 || walk_up(run, err) < 0)
		return -1;
	result = state_publish(run, err);
	if (result == 0)
		result = terminal_attach(run, err);
	if (result == 0)
		result = signals_wait(run, status, err);
	run->progress->ended = progress_now();
	terminal_detach(run);
	if (walk_down(run, result < 0 ? &undo_err : err) < 0)
		result = -1;
	run->progress->undone = progress_now();
	return result;
}

int life_create(struct run *run, const char *console_socket, struct err *err)
{
	struct err undo_err;

	run->detached = true;
	if (start_begin(run, err) < 0 || terminal_prepare(run, console_socket, err) < 0 ||
		walk_up(run, err) < 0)
		return -1;
	if (state_publish(run, err) < 0) {
		walk_down(run, &undo_err);
		return -1;
	}
	return janitor_undo(run, err);
}

int life_start(struct run *run, struct err *err)
{
	struct state state;
	enum status status;

	if (state_open(run, &state, err) < 0)
		return -1;
	status = state_status(run, &state);
	if (status != STATUS_CREATED)
		return err_set(err, EINVAL,
			"container \"%.80s\" is %s; only a created one can be started", run->id,
			status_name(status));
	run->baton = baton_connect(run->state_dir, err);
	if (run->baton < 0)
		return -1;
	state.started = true;
	if (state_write(run, &state, err) < 0 || baton_pass(run->baton, err) < 0)
		return -1;
	return walk_await_end(run, err);
}

int life_kill(struct run *run, int signal, struct err *err)
{
	struct state state;
	enum status status;

	if (state_open(run, &state, err) < 0)
		return -1;
	status = state_status(run, &state);
	if (status != STATUS_CREATED && status != STATUS_RUNNING)
		return err_set(err, ESRCH, "container not running: \"%.80s\" is %s", run->id,
			status_name(status));
	if (syscall(SYS_pidfd_send_signal, run->pidfd, signal, NULL, 0) < 0)
		return err_errno(err, "send signal %d to container \"%.80s\"", signal, run->id);
	return 0;
}

int life_delete(struct run *run, bool force, struct err *err)
{
	struct state state;
	enum status status;

	if (state_open(run, &state, err) < 0)
		return force && err->code == ENOENT ? 0 : -1;
	status = state_status(run, &state);
	if (status != STATUS_STOPPED && !force) {
		err_set(err, EBUSY, "container \"%.80s\" is %s, not stopped", run->id,
			status_name(status));
		return err_hint(err, "kill it first, or use `nucleus delete --force %s`", run->id);
	}
	return walk_down(run, err);
}

struct node *life_state(struct run *run, struct err *err)
{
	struct state state;
	enum status status;
	bool learnt;

	if (state_open(run, &state, err) < 0)
		return NULL;
	learnt = state.exit_status.set;
	status = state_status(run, &state);
	/* A first process seen as a zombie tells its status once; whoever asks next may be too
	 * late. */
	if (!learnt && state.exit_status.set && state_write(run, &state, err) < 0)
		return NULL;
	return state_document(&state, status, run->arena);
}
