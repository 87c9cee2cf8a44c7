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

/* Sends a signal (0 probes) to a created or running container. */
int life_kill(struct run *run, int signal, struct err *err);

/* Removes what is left of a stopped container; with force, of any, and an unknown id is no error.
 */
int life_delete(struct run *run, bool force, struct err *err);

/* The state document. */
struct node *life_state(struct run *run, struct err *err);
