/*
 * From the moment a filter with a listener is loaded, any system call may wait for an answer that
 * nobody can give yet: write, sendmsg and close too. So the filtered thread makes none until the
 * listener is delivered, it only watches a word in memory; a second thread, made before and never
 * filtered, lends the listener to the runtime, which sends it on. A workload whose listener was not
 * delivered must never run: then the second thread ends both. execve ends it at the latest.
 * seccomp_unotify(2); runtime-spec config-linux.md "The Container Process State".
 */
#include "run/notify.h"

#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/socket.h"
#include "format/json.h"
#include "kernel/steps.h"
#include "run/baton.h"
#include "run/spawn.h"
#include "run/state.h"

/* Where the two threads meet. The listener is a descriptor, or one of these. */
enum { NOT_YET = -2, NOT_LOADED = -1 };
static atomic_int loaded = NOT_YET;
static atomic_bool delivered;

static void *lender_main(void *argument)
{
	struct run *run = argument;
	struct err err;
	int listener;

	while ((listener = atomic_load(&loaded)) == NOT_YET)
		sched_yield();
	if (listener == NOT_LOADED)
		return NULL;
	if (baton_lend(run->baton, listener, &err) < 0 ||
		baton_await(run->baton, &err) != BATON_TURN)
		_exit(EXIT_FAILURE);
	close(listener);
	atomic_store(&delivered, true);
	return NULL;
}

/*
 * notify_load_apply - put the filter over this thread for good, with a listener if it notifies
 *
 * Needs:  what seccomp_apply needs; the runtime listening on the baton
 * Leaves: no descriptor of the listener here; its own filter is nothing the other thread has
 * Mustn't make a system call between loading and delivery
 */
int notify_load_apply(struct run *run, struct err *err)
{
	int listener;

	/* At the early place much is still to come, and an init to block signals. */
	if (run->config->process.no_new_privileges && exec_prepare(run, err) < 0)
		return -1;
	if (!run->config->seccomp || !seccomp_notifies(run->config->seccomp))
		return seccomp_apply(run, err);
	if (spawn_thread(lender_main, run) < 0)
		return err_errno(err, "start the thread that lends the seccomp listener");
	listener = seccomp_load_listener(run, err);
	atomic_store(&loaded, listener < 0 ? NOT_LOADED : listener);
	if (listener < 0)
		return -1;
	while (!atomic_load(&delivered))
		__builtin_ia32_pause();
	return 0;
}

/* The specification's container process state. */
static const char *message(struct run *run)
{
	struct arena *arena = run->arena;
	struct node *table = node_new(arena, NODE_TABLE), *fds = node_new(arena, NODE_ARRAY);

	node_append(fds, node_string(arena, "seccompFd"));
	node_put_string(arena, table, "ociVersion", run->config->oci_version);
	node_put(arena, table, "fds", fds);
	node_put_integer(arena, table, "pid", run->pid);
	node_put_string(arena, table, "metadata", run->config->seccomp->listener_metadata);
	node_put(arena, table, "state",
		run->target.entered ? state_brief(run, STATUS_RUNNING, run->target.pid)
				    : state_brief(run, STATUS_CREATED, run->pid));
	return json_write(arena, table, false);
}

static int deliver(struct run *run, struct err *err)
{
	autoclose listener = socket_receive_fd(run->baton, "the seccomp listener", err);
	const char *path, *text;

	if (listener >= 0 && run->answer)
		return run->answer(run, take_fd(&listener), err);
	if (listener < 0 || (!run->config && state_read_config(run, err) < 0))
		return -1;
	path = run->config->seccomp->listener_path;
	autoclose agent = socket_connect(path, "seccomp listener", err);
	if (agent < 0)
		return -1;
	text = message(run);
	if (socket_send_fd(agent, listener, text, strlen(text)) < 0)
		return err_errno(err, "send the listener to the seccomp listener %s", path);
	return 0;
}

int notify_serve(struct run *run, struct err *err)
{
	if (deliver(run, err) == 0)
		return baton_pass(run->baton, err);
	baton_fail(run->baton, err);
	return err_where(err, "seccomp");
}
