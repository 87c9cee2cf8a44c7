#pragma once
/*
 * The intersection of two configs: what a client's bundle asks for, as far as a policy allows it
 * too. Nothing that the result allows is refused by one of them.
 */
#include "base/arena.h"
#include "base/err.h"
#include "nucleus/config.h"

/*
 * Narrows config, a whole one, by policy, of which only what restricts matters: capabilities,
 * namespaces, mounts, masks, filters, Landlock, limits, mode. Of policy's mounts a bind says which
 * places of the host may be seen or written, and a tmpfs which places of the root: where the root
 * could be written it is mounted there. Landlock rules that are NULL follow from the mounts.
 * Sources of binds in config must be absolute, without links and dots. What was narrowed is added
 * to notes, a few words each; a config that cannot be narrowed is an error that begins with the
 * faulty value's place. Touches nothing but config; text lives in arena or in either config.
 */
int config_narrow(struct config *config, const struct config *policy, struct strings *notes,
	struct arena *arena, struct err *err);

/* The part of it that is about linux.resources; notes are left out. 0 or -1. */
int limits_narrow(
	struct config *config, const struct config *policy, struct arena *arena, struct err *err);

/* Those of names that most has too, in arena. */
struct strings capabilities_within(
	const struct strings *names, const struct strings *most, struct arena *arena);
