#pragma once
/*
 * What is kept of a container between commands: <root>/<id>/state.json, the socket `start`, and the
 * snapshot of its config. Written by the executor, read by everyone else.
 */
#include "nucleus/plan.h"
#include "run/process.h"

struct arena;

struct state {
	const char *oci_version, *id, *bundle, *rootfs;
	const char *created; /* RFC 3339, UTC */
	struct maybe_int pid;
	/* Field 22 of proc(5)'s stat: with it a reused pid is not taken for ours. */
	struct maybe_uint pid_started;
	const char *cgroup;   /* path below each hierarchy, for delete */
	const char *host_ids; /* "FIRST-SIZE", for delete; NULL: none are held */
	const char *gc_roots; /* what holds its store paths, for delete; NULL: nothing */
	const char *resctrl;  /* path below resctrl, for delete; NULL: nothing */
	const char *unit;     /* systemd's scope around it, of the user's manager or not */
	bool unit_of_user;
	struct maybe_uint cgroup_id;  /* inode of that scope's directory */
	struct maybe_int exit_status; /* known once somebody saw it end */
	struct pairs annotations;
	const char *plan_sha256;
	const char *attestation, *closure_sha256;
	const char *context_sha256; /* of what was copied for [context] */
	struct maybe_int context_excluded;
	bool has_hooks; /* that `start` or `delete` have to run */
	/* Not kept: what procfs says now of the first process, if it is still there. */
	struct process process;
};

/* What config.json of the state directory is called while an update is not done. */
#define STATE_CONFIG_DRAFT ".config.json"

enum status { STATUS_CREATING, STATUS_CREATED, STATUS_RUNNING, STATUS_PAUSED, STATUS_STOPPED };
const char *status_name(enum status status);

/* "id" holds nothing but [A-Za-z0-9_+.-], does not begin with a dot, 1 to 1,024 bytes. */
int state_check_id(const char *id, struct err *err);

/* An error if nobody said, nor is it known, where state is kept. */
int state_root_check(const struct run *run, struct err *err);
/* Makes it with its parents; opens it as run->root_dir. 0 or -1. */
int state_root_make(const struct run *run, struct err *err);
int state_root_open(struct run *run, struct err *err);

/* An error if others can write in the directory, which path names. */
int state_dir_check(int directory, const char *path, struct err *err);

/* Step state: reserves <root>/<id>; an id in use is an error. Undo removes it. */
int state_apply(struct run *run, struct err *err);
int state_undo(struct run *run, struct err *err);

/* Step record: writes state.json, from which on other commands find the container. */
int record_apply(struct run *run, struct err *err);

/*
 * Opens the container for one command: fills run->state_dir, run->pidfd (-1 if the first process is
 * gone), run->cgroup.path and state. ENOENT "container does not exist" if there is none.
 */
int state_open(struct run *run, struct state *state, struct err *err);

/* The same by run->name, the name of a directory in the state root, whatever its id is. */
int state_open_named(struct run *run, struct state *state, struct err *err);

/* Sets run->config to the config the container was created with; after state_open. */
int state_read_config(struct run *run, struct err *err);

/* Waits for whoever works on the container, and reads all that state_open reads once more. */
int state_lock(struct run *run, struct state *state, struct err *err);

/* True if somebody else removed the container; waits for whoever may be doing that. */
bool state_deleted(const struct run *run);

/* Notes that the first process, waited for here, ended with this exit status. */
int state_ended(struct run *run, int status, struct err *err);

/* Makes or overwrites a file of the state directory. */
int state_file_write(const struct run *run, const char *name, const char *text, struct err *err);

/* Replaces state.json, unless somebody else is working on the container. */
int state_write(struct run *run, const struct state *state, struct err *err);

/* What the container is doing now; may learn state->exit_status from a first process that ended. */
enum status state_status(const struct run *run, struct state *state);

/* ESRCH "container not running", and what it is; returns -1. */
int state_not_running(const struct run *run, enum status status, struct err *err);

/* The name of the user whose container it is, or the number if there is none. */
const char *state_owner(const struct run *run);

/* What a hook or a seccomp agent is told of the container: the specification's own members alone.
 */
struct node *state_brief(const struct run *run, enum status status, pid_t pid);

/* The OCI state document, extended by our own members, as a table. */
struct node *state_document(const struct state *state, enum status status, struct arena *arena);
