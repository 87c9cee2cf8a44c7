#pragma once
/* Whether a finished config makes sense as a whole, whoever made it. */
#include "base/err.h"
#include "nucleus/config.h"

/*
 * 0, or -1 with an err text that begins with the faulty value's place in config.json
 * ("linux.namespaces[2]: ..."), so that rows_locate() finds its line. Touches nothing.
 */
int config_check(const struct config *config, struct err *err);

/* The part of it that is about config->process: all there is to check of one that exec adds. */
int config_check_process(const struct config *config, struct err *err);

/* The part of it that is about linux.resources and linux.cgroupsPath. */
int resources_check(const struct config *config, struct err *err);

/* The closed lists of a seccomp profile; each ends with NULL, and so does the action's index. */
extern const char *const seccomp_architectures[], *const seccomp_operators[],
							  *const seccomp_flags[];
const char *seccomp_action(size_t index);
