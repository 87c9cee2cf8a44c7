#pragma once
/* Where the child pauses for `start`, and what ties an undetached one to its parent's life. */
#include "nucleus/run.h"

struct err;

/*
 * Step await-start: a detached child tells `create` that all is built, then waits until `start`
 * connects; from then on `start` holds the near end of the baton. Nothing to do when attached.
 */
int await_start_apply(struct run *run, struct err *err);

/*
 * Step lifeline: an attached child is killed when its parent ends. Needs: identity and
 * capabilities changed (that clears the setting). Mustn't come after init's fork.
 */
int lifeline_apply(struct run *run, struct err *err);
