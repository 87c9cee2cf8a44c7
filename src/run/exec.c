/*
 * exec: from an id to a process in the container. No lock is taken, as a hook may call it while a
 * `start` has that: what could be removed or given to somebody else is held by descriptors, the
 * first process by its pidfd and the cgroup by its directories, and the state directory, which a
 * delete removes last, is looked at again after that. A delete that comes later makes the join
 * fail; it never leads elsewhere. Nothing of the runtime's stays behind once the program runs.
 */
#include "run/exec.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/err.h"
#include "base/fd.h"
#include "run/announce.h"
#include "run/progress.h"
#include "run/seal.h"
#include "run/signals.h"
#include "run/state.h"
#include "run/terminal.h"
#include "run/walk.h"

static int status_check(struct run *run, struct state *state, bool ignore_paused, struct err *err)
{
	enum status status = state_status(run, state);

	if (status == STATUS_CREATED || status == STATUS_RUNNING ||
		(status == STATUS_PAUSED && ignore_paused))
		return 0;
	if (status != STATUS_PAUSED)
		return state_not_running(run, status, err);
	err_set(err, EBUSY, "container \"%.80s\" is paused", run->id);
	return err_hint(err, "resume it first, or use --ignore-paused to wait until somebody does");
}

static int users_compare(const struct run *run, bool *shared, struct err *err)
{
	char path[32];
	struct stat theirs, ours;

	snprintf(path, sizeof(path), "/proc/%d/ns/user", run->target.pid);
	if (stat(path, &theirs) < 0 || stat("/proc/self/ns/user", &ours) < 0)
		return err_errno(err, "look at the container's user namespace");
	*shared = theirs.st_ino == ours.st_ino || seal_wanted(run->target.pid);
	return 0;
}

/* What failed because the container ended meanwhile has its end as the reason. */
static int blame_end(const struct run *run, struct err *err)
{
	struct pollfd process = { .fd = run->target.process, .events = POLLIN };

	if (poll(&process, 1, 0) == 1)
		err_set(err, ESRCH, "container not running: \"%.80s\" has just ended", run->id);
	return -1;
}

int exec_open(struct run *run, bool ignore_paused, bool *ids_shared, struct err *err)
{
	struct state state;
	char root[32];

	if (state_open(run, &state, err) < 0 || status_check(run, &state, ignore_paused, err) < 0)
		return -1;
	run->bundle = state.bundle;
	run->target.entered = true;
	run->target.pid = run->pid;
	run->pid = getpid();
	run->target.process = take_fd(&run->pidfd);
	snprintf(root, sizeof(root), "/proc/%d/root", run->target.pid);
	run->target.root = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (run->target.root < 0)
		err_errno(err, "open the root of container \"%.80s\"", run->id);
	else if (users_compare(run, ids_shared, err) == 0)
		return 0;
	return blame_end(run, err);
}

int exec_hold_apply(struct run *run, struct err *err)
{
	struct stat ours;

	if (fstat(run->state_dir, &ours) < 0)
		return err_errno(err, "stat the state directory");
	if (ours.st_nlink == 0)
		return err_set(err, ENOENT, "container \"%.80s\" does not exist", run->id);
	fd_close(&run->state_dir);
	return 0;
}

/* The process is made or not; what failed is said, and it is gone. */
static int give_up(struct run *run, struct err *err)
{
	struct err undo_err;

	if (walk_down(run, &undo_err) < 0)
		err_hint(err, "clearing up failed too: %s", undo_err.text);
	return blame_end(run, err);
}

static int foreground(struct run *run, int *status, struct err *err)
{
	int result = terminal_attach(run, err);

	if (result == 0)
		result = signals_wait(run, status, err);
	terminal_detach(run);
	return result < 0 ? give_up(run, err) : 0;
}

int exec_run(struct run *run, const char *console_socket, int *status, struct err *err)
{
	run->steps = exec_steps;
	run->progress = progress_new(err);
	if (!run->progress || terminal_prepare(run, console_socket, err) < 0 ||
		(!run->target.detached && signals_block(err) < 0))
		return -1;
	if (walk_up(run, err) < 0 || announce(run, err) < 0)
		return give_up(run, err);
	return run->target.detached ? 0 : foreground(run, status, err);
}
