#pragma once
/* Places of the host that are not for a sandbox, not even to be read. */
#include "base/arena.h"

/*
 * Why path (absolute, without links and dots) may not be shared with a sandbox, as half a sentence
 * in arena; NULL if it may. It lies in such a place, is one, or holds one.
 */
const char *host_place_fault(const char *path, struct arena *arena);
