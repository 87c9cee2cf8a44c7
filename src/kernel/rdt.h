#pragma once
/* Shares of a processor's caches and memory bandwidth, below an opened resctrl file system. */
#include <stdbool.h>
#include <sys/types.h>

#include "nucleus/config.h"
#include "nucleus/run.h"

struct arena;
struct err;

/*
 * Puts process pid into the groups that rdt asks for, made where they are to be made. made becomes
 * the path of what has to be removed with the container, or empty. 0, or -1 with err.
 */
int rdt_join(int resctrl, const struct config_rdt *rdt, const char *id, pid_t pid,
	char made[static RESCTRL_PATH_SIZE], struct arena *arena, struct err *err);

/* True if each value that the lines of wanted name is the one in schemata. */
bool rdt_schema_held(const char *schemata, const char *wanted);
