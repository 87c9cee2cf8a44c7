#pragma once
/* Where a path inside a sandbox leads, from its config alone. */
#include "base/arena.h"
#include "nucleus/config.h"

/* path without doubled slashes, ".", ".." and a slash at its end; absolute. In arena. */
const char *path_normal(struct arena *arena, const char *path);
/* True if normal path is place or below it. */
bool path_is_below(const char *path, const char *place);

/* The mount that covers normal path, or NULL: the root does. */
const struct config_mount *place_mount(
	const struct config *config, struct arena *arena, const char *path);

/* The normal path that path leads to once every link that is known has been followed. */
const char *place_followed(const struct config *config, struct arena *arena, const char *path);

/* True if it is certain that nothing lies at normal path or below it when the sandbox starts. */
bool place_is_empty(const struct config *config, struct arena *arena, const char *path);
