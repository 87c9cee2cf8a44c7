#pragma once
/* The runtime's own binary, out of reach of what it starts. */
#include "nucleus/config.h"

struct err;

/*
 * Makes sure that this program runs from a read-only mount before it starts a sandbox whose root
 * user could otherwise write the host's file through /proc/PID/exe (CVE-2019-5736): such a sandbox
 * shares the host's user ids. Executes itself again with the same arguments if it must; returns 0
 * when there is nothing (more) to do, -1 with err if it cannot be done.
 */
int seal_self(const struct config *config, char **argv, struct err *err);

/*
 * Seals before the config of a bundle is read, which would be read twice otherwise. Whether it had
 * to be is known only then: what fails here is left to seal_self.
 */
void seal_early(char **argv);

/* The same for whoever knows that the ids are shared. */
int seal_program(char **argv, struct err *err);
