#pragma once
/* The one text of a closure, and its digest: the name of the environment. */
#include "base/arena.h"
#include "base/err.h"
#include "base/file.h"
#include "nucleus/config.h"

/*
 * The manifest: the same bytes for the same closure, whichever form it was read from. Lines, each
 * ended by a newline:
 *
 *	nucleus-closure-1
 *	the number of roots, and each root, sorted
 *	for each path, sorted: the path, sha256:<base16>, its NAR size, an empty line, the number of
 *	references, and each reference, sorted
 *
 * So what follows the roots is a registration. Derivers and signatures are no part of it. In arena.
 */
struct bytes closure_manifest(const struct config_closure *closure, struct arena *arena);

/* The manifest's records alone: a registration that closureInfo could have written. In arena. */
struct bytes closure_registration(const struct closure *closure, struct arena *arena);

/*
 * Sets closure->sha256 to the closure digest, the SHA-256 of the manifest, in arena. False if that
 * is not wanted, a digest as digest_read() takes it; with a wanted of NULL any will do.
 */
bool closure_identify(struct config_closure *closure, const char *wanted, struct arena *arena);
