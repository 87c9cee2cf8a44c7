/*
 * systemd makes a scope only around a process and forgets it with the last one. So one stands in
 * from before the clone until the container's first process is in the cgroup: it waits for the end
 * of a pipe whose other end both sides of the start hold. It must do nothing else; being made by a
 * plain fork it holds no descriptor but the pipe's. A unit is stopped only when it is known to be
 * ours: by systemd's answer, by the stand-in being in it, or by the state.
 */
#include "run/scope.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "format/node.h"
#include "kernel/cgroup-parts.h"
#include "kernel/systemd.h"
#include "run/spawn.h"

/* How long a unit that was asked for may take until the stand-in is in it. */
enum { TRIES = 20, PAUSE_NANOSECONDS = 10 * 1000 * 1000 };

bool scope_wanted(const struct config *config)
{
	return config->cgroup_manager == MANAGER_SYSTEMD;
}

void scope_print(const struct config *config, struct node *params, struct arena *arena)
{
	struct systemd_names names;
	struct err err;

	if (systemd_names(config, "<id>", arena, &names, &err) < 0) {
		node_put_string(arena, params, "invalid", err.text);
		return;
	}
	node_put_string(arena, params, "unit", names.unit);
	if (*names.slice)
		node_put_string(arena, params, "slice", names.slice);
	for (size_t i = 0; i < config->annotations.count; i++) {
		const struct pair *pair = &config->annotations.items[i];

		if (!strncmp(pair->key, SYSTEMD_ANNOTATION, strlen(SYSTEMD_ANNOTATION)))
			node_put_string(
				arena, params, pair->key + strlen(SYSTEMD_ANNOTATION), pair->value);
	}
}

static _Noreturn void stand_in(int end)
{
	sigset_t all;
	char byte;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	setsid();
	prctl(PR_SET_NAME, "nucleus-scope");
	if (dup2(end, STDIN_FILENO) == STDIN_FILENO) {
		close_range(1, ~0U, 0);
		while (read(STDIN_FILENO, &byte, 1) < 0 && errno == EINTR)
			continue;
	}
	_exit(EXIT_SUCCESS);
}

static int stand_in_start(struct run *run, struct err *err)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return err_errno(err, "make a pipe");
	autoclose end = ends[0];
	run->scope_hold = ends[1];
	run->scope_pid = spawn_fork();
	if (run->scope_pid == 0)
		stand_in(end);
	if (run->scope_pid > 0)
		run->scope_process = (int)syscall(SYS_pidfd_open, run->scope_pid, 0);
	if (run->scope_process < 0)
		return err_errno(err, "fork the process that stands in");
	return 0;
}

/*
 * scope_apply - have systemd make the container's cgroup
 *
 * Needs:  nothing but the config
 * Leaves: run->cgroup's unit, path and what systemd made of it; a process in it, for as long as
 *         run->scope_hold is open in this process or a copy of it
 * Mustn't run after the cgroup step, which sets the limits in what it finds here
 */
int scope_apply(struct run *run, struct err *err)
{
	struct systemd_names names;

	if (systemd_names(run->config, run->name, run->arena, &names, err) < 0 ||
		stand_in_start(run, err) < 0 || systemd_start(run, &names, run->scope_pid, err) < 0)
		return -1;
	return cgroup_scope_read(&run->cgroup, run->scope_pid, err);
}

static void hold_end(struct run *run)
{
	fd_close(&run->scope_hold);
	fd_close(&run->cgroup.named);
}

int scope_enter_apply(struct run *run, struct err *err)
{
	(void)err;
	hold_end(run);
	fd_close(&run->scope_process);
	return 0;
}

/*
 * scope_keep_apply - let the stand-in go
 *
 * Needs:  the clone; the child comes to scope-enter without waiting for the parent
 * Leaves: the scope alive by the container's own processes alone
 */
int scope_keep_apply(struct run *run, struct err *err)
{
	hold_end(run);
	if (pidfd_reap(run->scope_process) < 0)
		return err_errno(err, "wait for the process that stood in");
	fd_close(&run->scope_process);
	return 0;
}

/* If systemd has not come to it by then, it finds the process dead and makes nothing of it. */
static bool stand_in_entered(struct run *run)
{
	const struct timespec pause = { .tv_nsec = PAUSE_NANOSECONDS };
	struct err ignored;

	for (int tries = 0; tries < TRIES; tries++) {
		if (cgroup_scope_read(&run->cgroup, run->scope_pid, &ignored) == 0)
			return true;
		nanosleep(&pause, NULL);
	}
	return false;
}

static void stand_in_end(struct run *run)
{
	if (run->scope_process < 0)
		return;
	pidfd_signal(run->scope_process, SIGKILL);
	/* In the janitor it is not ours to wait for. */
	pidfd_reap(run->scope_process);
	hold_end(run);
	fd_close(&run->scope_process);
}

/*
 * scope_undo - stop the container's scope
 *
 * Needs:  run->cgroup.unit, as apply left it or as read from the state; the first process dead.
 *         Apply may have been killed while systemd was asked, so nothing is allocated
 * Leaves: no unit of the container's, nor a process that stands in
 */
int scope_undo(struct run *run, struct err *err)
{
	struct run_cgroup *cgroup = &run->cgroup;

	if (cgroup->unit[0] && !cgroup->unit_ours && run->scope_process >= 0)
		cgroup->unit_ours = stand_in_entered(run);
	stand_in_end(run);
	if (cgroup->unit[0] && cgroup->unit_ours && systemd_stop(cgroup, err) < 0)
		return -1;
	cgroup->unit[0] = '\0';
	return 0;
}
