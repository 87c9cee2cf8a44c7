#pragma once
/*
 * A file system image of store paths, for mounting read-only. The same paths give the same bytes,
 * wherever and in whatever order they lie on a disk.
 */
#include "base/arena.h"
#include "base/err.h"
#include "nucleus/config.h"

/*
 * Writes to fd, from its beginning, an erofs that has the closure's paths at their places, owned by
 * root, of the modes and the time that a store has. *size is what was written, whole blocks. The
 * paths must have been verified. 0 or -1.
 */
int erofs_write(int fd, const struct config_closure *closure, uint64_t *size, struct arena *arena,
	struct err *err);
