#pragma once
/* The janitor: nothing stays behind when the runtime itself is killed. */
#include "nucleus/run.h"

/*
 * Step janitor: a process sharing this one's memory and descriptors that does nothing but wait; if
 * this process is killed, it undoes the start (walk_down) in its stead.
 */
int janitor_apply(struct run *run, struct err *err);
/* Dismisses it: what was started is now somebody else's to undo. */
int janitor_undo(struct run *run, struct err *err);
