#pragma once
/* Which of a config's mounts show the store, and whether they show what was verified. */
#include "attest/verify.h"
#include "nucleus/run.h"

/*
 * Gives each job (one per path of config->closure->closure, in its order) the descriptor of the
 * mount that shows the path at its own place. Refuses a path that no mount shows, and every mount
 * that would show something of the store that is not verified, or lets the workload write to it.
 */
int sources_match(const struct run *run, struct verify_work *work, struct err *err);

/*
 * Every other mount with a source in the store, and the root if it is in there, must be the very
 * inode that the verified descriptors lead to. 0 or -1.
 */
int sources_check_same(const struct run *run, const struct verify_work *work, struct err *err);
