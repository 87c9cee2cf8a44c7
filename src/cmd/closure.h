#pragma once
/* The verbs of `nucleus closure`, a file each for those that need one. */
#include "cmd/command.h"
#include "nucleus/config.h"

/* The closure that the call names, with its digest and the signatures beside its list. 0 or -1. */
int closure_named(struct call *call, struct config_closure *closure, struct err *err);

int closure_pack(struct call *call, struct err *err);
int closure_sign(struct call *call, struct err *err);
int closure_verify_signed(struct call *call, struct err *err);
