#pragma once
/* One more process in a running container. */
#include "nucleus/plan.h"

struct err;

/* What a caller says about the new process; what it does not say is as the container's own is. */
struct exec_request {
	struct config_process *process; /* --process, instead of all that follows; or NULL */
	const char *user;               /* "USER[:GROUP]" */
	const char *cwd, *apparmor_profile, *selinux_label;
	struct strings groups, env, capabilities, args;
	bool terminal, no_new_privileges;
};

extern const struct step exec_steps[]; /* ends with a name of NULL */

/*
 * Opens a created or running container: its first process and its root, and tells whether its ids
 * are ours, or who may write this program is among them. The config is read by exec_settle. 0 or
 * -1.
 */
int exec_open(struct run *run, bool ignore_paused, bool *ids_shared, struct err *err);

/*
 * Makes config, and run->config, the container's with the new process in it, as far as what it was
 * created with allows that: no_new_privs always stays, and with a policy's mode also the ceiling of
 * capabilities, the limits and the labels. 0 or -1.
 */
int exec_settle(struct run *run, const struct exec_request *request, struct config *config,
	struct err *err);

/* Resolves request->user and groups by the container's own files. */
int exec_user_settle(const struct run *run, const struct exec_request *request,
	struct config_process *process, struct err *err);

/* Step hold: all that is needed of the container is held by descriptors, and was its own. */
int exec_hold_apply(struct run *run, struct err *err);

/*
 * Makes the process. Returns once it has become the program, if run->target.detached, else once it
 * has ended: *status is its exit status, 128+n for signal n. 0, or -1 and there is no process.
 */
int exec_run(struct run *run, const char *console_socket, int *status, struct err *err);
