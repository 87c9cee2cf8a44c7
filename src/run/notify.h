#pragma once
/* The listener of a profile that notifies: from the filtered process to who answers for it. */
#include "nucleus/run.h"

struct err;

/* Steps seccomp-early and seccomp: seccomp_apply, and the listener delivered before it returns. */
int notify_load_apply(struct run *run, struct err *err);

/*
 * The runtime's part, after BATON_LENDS: takes the listener, sends it to the socket that the config
 * names, and hands the turn back. 0, or -1: the other side is told and ends.
 */
int notify_serve(struct run *run, struct err *err);
