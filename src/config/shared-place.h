#pragma once
/* Places of the host that no sandbox may be given, whoever asks: a policy's volume, a bundle's
 * bind. */
#include "base/arena.h"

/*
 * What is to be done with it; that a container engine asks, who may share what is its own; or that
 * a bundle does, over which a policy lies: then the places of host-places.h are what counts.
 */
enum { PLACE_WRITTEN = 1, PLACE_OF_ENGINE = 2, PLACE_OF_BUNDLE = 4 };

/*
 * What is wrong with sharing the place that an absolute path in normal form names, as half a
 * sentence ("is a whole home directory ..."); or NULL. Looks at nothing.
 */
const char *shared_name_fault(const char *path, unsigned use);

/*
 * The same of the place that path leads to now, by whatever name: links are followed, and a mount
 * of a place elsewhere is that place. *place is then the name by which it is known, in arena. A
 * path that leads nowhere has no fault but that of its name.
 */
const char *shared_place_fault(
	const char *path, unsigned use, const char **place, struct arena *arena);
