#pragma once
/*
 * The list of a closure, in every form it comes in: read, recognised by its content, and never
 * guessed. What is listed has the same checks whichever form it was.
 */
#include "base/arena.h"
#include "base/err.h"
#include "base/file.h"
#include "config/store-path.h"
#include "nucleus/config.h"

/* Bytes; a registration of a hundred thousand paths has about forty million. */
enum { REGISTRATION_SIZE_MOST = 64 << 20 };

/*
 * Fills closure (sorted, text in arena) from length bytes; closure->store_dir must be set before.
 * The text is closureInfo's or nix-store --dump-db's, or JSON of nix path-info or
 * exportReferencesGraph. file is named in errors ("FILE:LINE: ..."). Refuses records without a
 * hash, duplicates, references that are not listed, paths outside store_dir, trailing garbage. 0 or
 * -1.
 */
int registration_read(const char *text, size_t length, const char *file, struct closure *closure,
	struct arena *arena, struct err *err);

/* The listed path, or NULL. */
const struct store_path *closure_find(const struct closure *closure, const char *path);

/* What somebody asks for. */
struct closure_request {
	int dir_fd; /* what a relative list is relative to */
	/* A directory with `registration` and `rootfs`, a file, the directory of a binary cache, or
	 * a packed closure. */
	const char *list;
	const char *store_dir; /* NULL: /nix/store */
	const char *store;     /* the root of a chroot store, or NULL */
	/* Store paths, or names that lead to one; none: the `rootfs` of the directory, if any. */
	const struct strings *roots;
	/* What a packed closure must hash to: nobody looks yet. NULL: whatever it does. Of
	 * anything else it is an error. */
	const char *image_sha256;
};

/*
 * Fills closure but its attestation and digest: what lists it, its roots, each of them listed, and
 * its paths. Adds a line to notes for each root that was followed. Text lives in arena or in the
 * request. 0 or -1.
 */
int closure_read(const struct closure_request *request, struct config_closure *closure,
	struct strings *notes, struct arena *arena, struct err *err);
