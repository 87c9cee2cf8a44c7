#pragma once
/* The registration of a closure: closureInfo's format and nix-store --dump-db's, both read. */
#include "base/arena.h"
#include "base/err.h"
#include "nucleus/closure.h"

/*
 * Fills closure (sorted, text in arena) from length bytes; closure->store_dir must be set before.
 * file is named in errors ("FILE:LINE: ..."). Refuses records without a hash, duplicates,
 * references that are not listed, paths outside store_dir, trailing garbage. 0 or -1.
 */
int registration_read(const char *text, size_t length, const char *file, struct closure *closure,
	struct arena *arena, struct err *err);

/* The listed path, or NULL. */
const struct store_path *closure_find(const struct closure *closure, const char *path);
