#pragma once
/* The life of a container as verbs. Each takes a struct run whose arena, id, state_root and report
 * are set; those that start one also config, bundle and bundle_dir. */
#include "nucleus/run.h"
#include "run/state.h"

struct err;

/* Starts, waits, takes everything down; *status is the workload's. */
int life_run(struct run *run, int *status, struct err *err);

/* Takes down what this process started, as far as it is still its own. */
int life_undo(struct run *run, struct err *err);

/*
 * Builds the sandbox; its first process waits for `start`. run->pid is set. A config with a
 * terminal needs the path of a socket that takes it, any other a console_socket of NULL.
 */
int life_create(struct run *run, const char *console_socket, struct err *err);

/* Lets a created container's first process become the workload. */
int life_start(struct run *run, struct err *err);

/*
 * Sends a signal (0 probes) to the first process of a container that is not over, or to all its
 * processes, which may outlive it; SIGKILL always goes to all that would.
 */
int life_kill(struct run *run, int signal, bool all, struct err *err);

/*
 * Asks a container to end, and kills what is left of it after `timeout` milliseconds; -1 is the
 * time of its config, which an init keeps in any case. One that is over already is no error.
 * Returns when its first process has ended.
 */
int life_stop(struct run *run, int64_t timeout, struct err *err);

/* Stops all processes of a created or running container, and lets them go on. */
int life_pause(struct run *run, struct err *err);
int life_resume(struct run *run, struct err *err);

/* Limits a container that is not over in what is set in more, but for devices. */
int life_update(struct run *run, const struct config_resources *more, struct err *err);

/* The numbers of all processes of a container, in run->arena. */
int life_processes(struct run *run, struct numbers *pids, struct err *err);

/*
 * Tells what the container uses every `interval` nanoseconds, and of its OOM kills, until it ends;
 * with an interval of 0 only the first, once.
 */
int life_events(struct run *run, uint64_t interval,
	int (*tell)(const struct node *event, struct err *err), struct err *err);

/* Removes what is left of a stopped container; with force, of any, and an unknown id is no error.
 */
int life_delete(struct run *run, bool force, struct err *err);

/* The state document. */
struct node *life_state(struct run *run, struct err *err);
/* The same of a container that is open already. */
struct node *life_document(struct run *run, struct state *state, struct err *err);

/*
 * The documents of all containers of a state root, by name. like: a struct run as for one of them,
 * without an id; like->report is told what is wrong with one that cannot be read.
 */
struct node *life_list(const struct run *like, struct err *err);
