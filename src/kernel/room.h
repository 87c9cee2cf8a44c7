#pragma once
/* How many mounts there may be. */
#include <stdint.h>

#include "base/err.h"

/* Adds what ENOSPC means to the error of a mount that could not be attached; returns -1. */
int room_explain(struct err *err);

/* An error if fs.mount-max, `most`, leaves no room for so many mounts beside those present. */
int room_mounts_check(uint64_t most, uint64_t present, uint64_t wanted, struct err *err);
