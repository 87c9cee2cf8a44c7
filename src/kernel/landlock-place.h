#pragma once
/* The places of Landlock rules in a container whose processes may have moved them. */
#include "nucleus/run.h"

struct err;

/*
 * Notes in run->target which directories landlock lets the container's processes change; handled
 * are the file system rights it restricts.
 */
void landlock_places_find(
	struct run *run, const struct config_landlock *landlock, uint64_t handled);

/*
 * An O_PATH descriptor of what path named when the container was started; -1 with err if nobody can
 * know. LANDLOCK_PLACE_NEEDLESS: there need not be a rule, as there is no such place in a sandbox
 * that may lack some, or since it may be something else by now but all of access is allowed there
 * by a rule for what is above.
 */
int landlock_place_open(const struct run *run, const char *path, uint64_t access, struct err *err);
enum { LANDLOCK_PLACE_NEEDLESS = -2 };
