/*
 * The verbs of the OCI runtime contract on top of the walk and the state. Order of checks is the
 * specification's: does it exist, is it in the right state, then act.
 */
#include "run/life.h"

#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/fd.h"
#include "format/node.h"
#include "kernel/cgroup-parts.h"
#include "kernel/cgroup-processes.h"
#include "run/announce.h"
#include "run/baton.h"
#include "run/hooks.h"
#include "run/janitor.h"
#include "run/processes.h"
#include "run/progress.h"
#include "run/ready.h"
#include "run/signals.h"
#include "run/terminal.h"
#include "run/walk.h"

void run_init(struct run *run)
{
	*run = (struct run){
		.steps = steps,
		.bundle_dir = -1,
		.root_dir = -1,
		.state_dir = -1,
		.baton = -1,
		.listener = -1,
		.pidfd = -1,
		.target = { .process = -1, .root = -1 },
		.joiner = -1,
		.self = -1,
		.janitor = -1,
		.maker = getpid(),
		.rootless = geteuid() != 0,
		.ids = { .records = -1 },
		.gc_roots = { .ours = -1, .lock = -1 },
		.outside = { .end = -1 },
		.files = { .policy = -1, .secrets = -1, .loose = -1 },
		.root_source = -1,
		.rootfs = -1,
		.procfs = -1,
		.null_device = -1,
		.ready = -1,
		.console_socket = -1,
		.console_near = -1,
		.terminal = -1,
		.cgroup = { .v2 = -1, .named = -1 },
		.scope_hold = -1,
		.scope_process = -1,
	};
	for (int i = 0; i < CGROUP_CONTROLLERS_MOST; i++)
		run->cgroup.v1[i] = -1;
	for (int i = 0; i < NAMESPACE_TYPES; i++)
		run->namespaces[i] = -1;
}

void run_release(struct run *run)
{
	fd_close(&run->bundle_dir);
	fd_close(&run->root_dir);
	fd_close(&run->state_dir);
	fd_close(&run->baton);
	fd_close(&run->listener);
	fd_close(&run->pidfd);
	fd_close(&run->target.process);
	fd_close(&run->target.root);
	fd_close(&run->console_socket);
	fd_close(&run->ready);
	fd_close(&run->outside.end);
	for (int i = 0; i < NAMESPACE_TYPES; i++)
		fd_close(&run->namespaces[i]);
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

int life_undo(struct run *run, struct err *err)
{
	/*
	 * Somebody else may have deleted the container meanwhile, and another one may have its id
	 * and with it the path of its cgroup: then only what is held by descriptors is still ours.
	 */
	if (run->state_dir >= 0 && state_deleted(run)) {
		fd_close(&run->state_dir);
		run->claimed = false;
		if (run->cgroup.unit[0])
			cgroup_scope_check(&run->cgroup, run->cgroup.unit_inode);
		run->cgroup.path[0] = '\0';
	}
	return walk_down(run, err);
}

/* What failed is what the user must see; an undo that fails as well adds to it. */
static int undo_after(struct run *run, struct err *err)
{
	struct err undo_err;

	if (life_undo(run, &undo_err) < 0)
		err_hint(err, "clearing up failed too: %s", undo_err.text);
	return -1;
}

int life_run(struct run *run, int *status, struct err *err)
{
	int result;

	if (start_begin(run, err) < 0 || terminal_prepare(run, NULL, err) < 0 ||
		signals_block(err) < 0)
		return -1;
	if (walk_up(run, err) < 0)
		return undo_after(run, err);
	result = announce(run, err);
	if (result == 0)
		result = terminal_attach(run, err);
	if (result == 0)
		ready_started(run);
	if (result == 0)
		result = signals_wait(run, status, err);
	run->progress->ended = clock_now();
	terminal_detach(run);
	if (result == 0)
		result = walk_ended(run, err);
	if (result < 0)
		return undo_after(run, err);
	if (run->keep)
		return state_ended(run, *status, err) < 0 ? undo_after(run, err)
							  : janitor_undo(run, err);
	result = life_undo(run, err);
	run->progress->undone = clock_now();
	return result;
}

int life_create(struct run *run, const char *console_socket, struct err *err)
{
	run->detached = true;
	if (start_begin(run, err) < 0 || terminal_prepare(run, console_socket, err) < 0)
		return -1;
	if (walk_up(run, err) < 0 || announce(run, err) < 0)
		return undo_after(run, err);
	return janitor_undo(run, err);
}

/* From here on the container is this command's to take down; what that takes is read. */
static int claim(struct run *run, const struct state *state, struct err *err)
{
	run->claimed = true;
	run->bundle = state->bundle;
	if (!state->has_hooks)
		return 0;
	if (state_read_config(run, err) < 0)
		return -1;
	return poststop_wanted(run->config) ? poststop_apply(run, err) : 0;
}

/* A hook that failed takes the container with it. */
static int start_result(struct run *run, struct err *err)
{
	int result = walk_await_end(run, err);

	return result < 0 && err->code == ECANCELED ? undo_after(run, err) : result;
}

int life_start(struct run *run, struct err *err)
{
	struct state state;
	enum status status;

	if (state_open(run, &state, err) < 0 || state_lock(run, &state, err) < 0)
		return -1;
	status = state_status(run, &state);
	if (status != STATUS_CREATED)
		return err_set(err, EINVAL,
			"container \"%.80s\" is %s; only a created one can be started", run->id,
			status_name(status));
	if (claim(run, &state, err) < 0 || ready_listen(run, err) < 0)
		return -1;
	run->baton = baton_connect(run->state_dir, err);
	if (run->baton < 0 || baton_pass(run->baton, err) < 0 || start_result(run, err) < 0)
		return -1;
	/* With the lock: others may work on a container that takes its time to be ready. */
	fd_close(&run->state_dir);
	run->detached = true;
	ready_started(run);
	ready_wait(run);
	return 0;
}

static int signal_send(const struct run *run, int signal, struct err *err)
{
	if (pidfd_signal(run->pidfd, signal) < 0)
		return err_errno(err, "send signal %d to container \"%.80s\"", signal, run->id);
	return 0;
}

/* SIGKILL to the first process would leave those running that are in a namespace of others. */
static bool shares_pids(struct run *run)
{
	struct err ignored;

	return state_read_config(run, &ignored) == 0 &&
		!config_has_new_namespace(run->config, NAMESPACE_PID);
}

int life_kill(struct run *run, int signal, bool all, struct err *err)
{
	struct state state;
	enum status status;
	bool over;

	if (state_open(run, &state, err) < 0)
		return -1;
	status = state_status(run, &state);
	over = status == STATUS_STOPPED || run->pidfd < 0;
	if (all || (signal == SIGKILL && !over && shares_pids(run)))
		return processes_signal(run, signal, err);
	if (over)
		return state_not_running(run, status, err);
	if (signal_send(run, signal, err) < 0)
		return -1;
	/* Frozen on v1, it could not even die. */
	return status == STATUS_PAUSED && signal == SIGKILL ? cgroup_thaw(&run->cgroup, err) : 0;
}

static int delete_locked(struct run *run, struct state *state, bool force, struct err *err)
{
	enum status status;

	if (state_lock(run, state, err) < 0)
		return -1;
	status = state_status(run, state);
	/* A start that ended half-way; while its first process is there, somebody is at it. */
	if (status == STATUS_CREATING && run->pidfd < 0)
		status = STATUS_STOPPED;
	if (status == STATUS_STOPPED || force) {
		/* Without the config there is no hook to run; all else goes. */
		if (claim(run, state, err) < 0)
			run->warn(err->text);
		return walk_down(run, err);
	}
	err_set(err, EBUSY, "container \"%.80s\" is %s, not stopped", run->id, status_name(status));
	return err_hint(err, "kill it first, or use `nucleus delete --force %.80s`", run->id);
}

int life_delete(struct run *run, bool force, struct err *err)
{
	struct state state;
	int result = state_open(run, &state, err);

	/* Before the lock, which a `start` may hold that waits for this very process. */
	if (result == 0 && force && run->pidfd >= 0 && !process_ended(&state.process))
		result = signal_send(run, SIGKILL, err);
	if (result == 0)
		result = delete_locked(run, &state, force, err);
	return result < 0 && force && err->code == ENOENT ? 0 : result;
}

struct node *life_document(struct run *run, struct state *state, struct err *err)
{
	bool learnt = state->exit_status.set;
	enum status status = state_status(run, state);
	struct node *document;

	/* A zombie tells its status only until it is waited for. */
	if (!learnt && state->exit_status.set && state_write(run, state, err) < 0)
		return NULL;
	document = state_document(state, status, run->arena);
	node_put_string(run->arena, document, "owner", state_owner(run));
	return document;
}

struct node *life_state(struct run *run, struct err *err)
{
	struct state state;

	return state_open(run, &state, err) < 0 ? NULL : life_document(run, &state, err);
}
