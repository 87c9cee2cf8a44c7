#pragma once
/* The network namespace: loopback up, nothing else in it. */
#include "nucleus/config.h"
#include "nucleus/run.h"

struct err;

bool loopback_wanted(const struct config *config);
int loopback_apply(struct run *run, struct err *err);
