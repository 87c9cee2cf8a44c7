#pragma once
/* Layered images are refused outright, each with what was recognised and what to do instead. */
#include "base/err.h"
#include "nucleus/config.h"

/*
 * Refuses a bundle directory that is or came from a layered image, annotations that say so, and a
 * root (absolute, or relative to bundle_dir) that is one, is an archive, or lies on an overlay of
 * several lower directories outside the Nix store. A root that cannot be opened passes. bundle_dir
 * may be -1, root_path and config NULL: what is absent is not looked at. 0 or -1.
 */
int image_refuse(
	int bundle_dir, const char *root_path, const struct config *config, struct err *err);
