#pragma once
/* Signals to a sandbox's first process, and waiting for the end of a foreground one. */
#include "nucleus/run.h"

struct err;

/* Blocks every signal that can be, so that none is lost between start and wait; call it first. */
int signals_block(struct err *err);

/*
 * Sends a signal that somebody means to the first process; one that a PID 1 without a handler would
 * not notice has its default meaning all the same. Returns it if it was turned into SIGKILL, else
 * 0. Needs run->config, pid and pidfd.
 */
int signals_send(const struct run *run, int signal);

/*
 * Passes on each signal this process gets until the first process has ended; *status is the
 * workload's exit status, 128+n if signal n ended it.
 */
int signals_wait(struct run *run, int *status, struct err *err);
