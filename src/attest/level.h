#pragma once
/* How thoroughly a closure is verified, as its config says: `full`, `cached` or `off`. */
#include "attest/closure.h"
#include "attest/verify.h"

/*
 * Verifies what work->jobs lead to at the closure's level; how closely it looks is set here. A
 * record that cannot be used, or that something differs from, is noted and every byte verified.
 * Fills report. 0 or -1.
 */
int level_verify(const struct config_closure *closure, const struct attest_means *means,
	struct verify_work *work, struct attest_report *report, struct err *err);
