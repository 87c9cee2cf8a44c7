#pragma once
/*
 * The registration of a closure: closureInfo's format and nix-store --dump-db's, both read; and the
 * closure directory (`registration` beside `rootfs`) that --closure names.
 */
#include "base/arena.h"
#include "base/err.h"
#include "config/store-path.h"
#include "nucleus/closure.h"

/* Bytes; a registration of a hundred thousand paths has about forty million. */
enum { REGISTRATION_SIZE_MOST = 64 << 20 };

/*
 * Fills closure (sorted, text in arena) from length bytes; closure->store_dir must be set before.
 * file is named in errors ("FILE:LINE: ..."). Refuses records without a hash, duplicates,
 * references that are not listed, paths outside store_dir, trailing garbage. 0 or -1.
 */
int registration_read(const char *text, size_t length, const char *file, struct closure *closure,
	struct arena *arena, struct err *err);

/* The listed path, or NULL. */
const struct store_path *closure_find(const struct closure *closure, const char *path);

/*
 * Reads the closure directory dir: its file `registration` into closure (its store_dir is set to
 * store_dir), and into root the listed store path that the symlink `rootfs` leads to, through
 * further symlinks outside the store if need be. Text lives in arena. 0 or -1.
 */
int closure_read_dir(const char *dir, const char *store_dir, struct closure *closure,
	const char **root, struct arena *arena, struct err *err);
