#pragma once
/* Landlock rules that follow from the mounts. */
#include "base/arena.h"
#include "nucleus/config.h"

/* Adds a rule for path with one word of access, or two. */
void landlock_rule_add(struct config_landlock *landlock, struct arena *arena, const char *path,
	const char *access, const char *more);

/*
 * Gives landlock the rules that follow from config's mounts: everything can be read, only programs
 * of mounts that are not noexec executed, only writable mounts written. root_exec: what lies in
 * the root itself may be executed too, and its own /dev used.
 */
void landlock_derive(struct config_landlock *landlock, const struct config *config, bool root_exec,
	struct arena *arena);
