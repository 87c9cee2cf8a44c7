#pragma once
/* What a mount's own words say that can only be the same or not, and its limits. */
#include "base/arena.h"
#include "kernel/mount-options.h"
#include "nucleus/config.h"

/* "bind of /srv", "tmpfs". */
const char *mount_contents(struct arena *arena, const struct config_mount *mount);

/* The options of a file system whose numbers are limits; ends with NULL. */
extern const char *const mount_limits[];
/* What the option says; UINT64_MAX: no limit, or none that can be read as a number. */
uint64_t mount_limit(const struct config_mount *mount, const char *name);

/* All options for the file system that are no limits, in alphabetical order. */
const char *mount_words(struct arena *arena, const struct config_mount *mount);

/* The mount's id maps. */
const char *mount_maps(
	struct arena *arena, const struct mount_options *options, const struct config_mount *mount);
