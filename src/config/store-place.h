#pragma once
/*
 * A store whose files lie at another physical place (a chroot store): /nix/store/... of the list is
 * STORE/nix/store/... of the host. Whatever is opened in it stays below STORE. A store of NULL is
 * the host's own.
 */
#include "base/arena.h"
#include "base/err.h"

/* Where the path of the list is on the host. */
const char *store_place(const char *store, const char *path, struct arena *arena);

/* The path of the list that is at this place of the host; NULL if it lies outside the store's root.
 */
const char *store_path_at(const char *store, const char *place);

/* Opens it; the last component is never followed if flags have O_NOFOLLOW. -1 with errno. */
int store_open(const char *store, const char *path, int flags);

/*
 * The store path of store_dir that name leads to, over symlinks of the host and of the store; the
 * store path itself need not be there, and is not followed. NULL with err.
 */
const char *store_follow(const char *store, const char *store_dir, const char *name,
	struct arena *arena, struct err *err);
