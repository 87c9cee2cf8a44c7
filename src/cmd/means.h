#pragma once
/* What a command lends to the verification of a closure. */
#include "attest/closure.h"
#include "cmd/command.h"

/* Where records are, who is told what on standard error; in the call's arena. */
const struct attest_means *means_make(const struct call *call);
