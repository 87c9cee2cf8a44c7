#pragma once
/* The runtime's own binary, out of reach of what it starts. */
#include <stdbool.h>
#include <sys/types.h>

#include "nucleus/config.h"

struct err;

/*
 * Makes sure that nobody can write this program through /proc/PID/exe (CVE-2019-5736) before it
 * starts a sandbox whose root user could: such a sandbox shares the host's user ids, or has that of
 * the program's owner among its own. Executes itself again with the same arguments if it must;
 * returns 0 when there is nothing (more) to do, -1 with err if it cannot be done.
 */
int seal_self(const struct config *config, char **argv, struct err *err);

/*
 * Seals before the config of a bundle is read, which would be read twice otherwise. Whether it had
 * to be is known only then: what fails here is left to seal_self.
 */
void seal_early(char **argv);

/* True if the user namespace of that process, not our own, has whoever may write this program. */
bool seal_wanted(pid_t pid);

/* The same as seal_self for whoever knows that it is needed. */
int seal_program(char **argv, struct err *err);
