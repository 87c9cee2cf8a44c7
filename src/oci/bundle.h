#pragma once
/* A config written as a complete OCI bundle that other runtimes can run too. */
#include "base/arena.h"
#include "base/err.h"
#include "nucleus/config.h"

/*
 * Writes config.json, a rootfs with every mount point and, for a closure, a copy of its
 * registration into dir, which is made if it does not exist and must be empty if it does. On
 * failure nothing is left of what was made. 0 or -1.
 */
int bundle_write(
	const char *dir, const struct config *config, struct arena *arena, struct err *err);
