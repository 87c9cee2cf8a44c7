#pragma once
/* Readiness, sd_notify(3): from the workload to the service manager that started the runtime. */
#include "nucleus/run.h"

struct err;

/* The socket of the service manager that waits for us to be ready, or NULL. */
const char *ready_manager(void);

/*
 * For a caller with a NOTIFY_SOCKET; before the start. Sets run->notify_socket, and unless
 * run->ready_at_start adds to the config a directory of the state, bound read-only, and the
 * variable that names the socket in it.
 */
void ready_settle(struct run *run, struct config *config);

/* Once the workload runs: tells the service manager, if run->ready_at_start. */
void ready_started(const struct run *run);

/* Makes the directory, and the socket too unless `start` will. The state directory is there. */
int ready_apply(struct run *run, struct err *err);
/* Takes both back; allocates nothing. 0, or -1 with errno. */
int ready_remove(int state_dir);

/* Makes run->ready, the socket a workload writes to, if ready_apply made its directory. */
int ready_listen(struct run *run, struct err *err);

/* Reads what came and tells the service manager if it says READY=1: true then. Closes it after. */
bool ready_forward(struct run *run);

/* For a container that goes on without us: waits until it is ready or has ended. */
void ready_wait(struct run *run);
