#pragma once
/*
 * A process that verifies a closure from outside of the user namespace that its parent has entered:
 * in there host root looks like every other owner who is not mapped, and none of them is trusted.
 */
#include "attest/level.h"
#include "nucleus/run.h"

/* That process's whole task; end is its own of a SOCK_SEQPACKET pair. */
void outside_serve(const struct config_closure *closure, const struct attest_means *means, int end);

/* As level_verify, by the process at run->outside, which has ended on return; every job has its
 * own descriptor. */
int outside_verify(struct run *run, const struct verify_work *work, struct attest_report *report,
	struct err *err);
