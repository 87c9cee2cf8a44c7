#pragma once
/* Waiting for a foreground sandbox: its end, and the signals on the way to it. */
#include "nucleus/run.h"

struct err;

/* Blocks every signal that can be, so that none is lost between start and wait; call it first. */
int signals_block(struct err *err);

/*
 * Passes on each signal this process gets until the first process has ended; *status is the
 * workload's exit status, 128+n if signal n ended it.
 */
int signals_wait(struct run *run, int *status, struct err *err);
