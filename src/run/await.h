#pragma once
/* Where the child pauses for `start`, and what ties an undetached one to its parent's life. */
#include "nucleus/run.h"

struct err;

/* What a first process is called in /proc/PID/comm once its container is built and waits. */
#define AWAIT_COMM "nucleus-created"

/*
 * Step await-start: a detached child tells `create` that all is built, then waits until `start`
 * connects; from then on `start` holds the near end of the baton. Nothing to do when attached.
 */
int await_start_apply(struct run *run, struct err *err);

/*
 * Step lifeline: an attached child is killed when its parent ends;
 * one that exec leaves to itself, if the parent has ended already. Needs: identity and
 * capabilities changed (that clears the setting). Mustn't come after init's fork.
 */
int lifeline_apply(struct run *run, struct err *err);

/*
 * Step await-record: no workload runs that other commands cannot find. Needs: the lifeline, or it
 * would wait for a parent that is gone. Mustn't come after the seccomp filter.
 */
int await_record_apply(struct run *run, struct err *err);
