#pragma once
/* What the files about namespaces share. */
#include <stdint.h>

#include "nucleus/config.h"

struct err;

/* The clone flag of each type, and its name in /proc/PID/ns. */
extern const uint64_t ns_flags[NAMESPACE_TYPES];
extern const char *const ns_files[NAMESPACE_TYPES];

/* True if new clocks are to be shifted; timens_make then makes the time namespace that the calling
 * process's children are born into. 0 or -1. */
bool timens_wanted(const struct config *config);
int timens_make(const struct config *config, struct err *err);
