#pragma once
/* Whether a finished config makes sense as a whole, whoever made it. */
#include "base/err.h"
#include "nucleus/config.h"

/*
 * 0, or -1 with an err text that begins with the faulty value's place in config.json
 * ("linux.namespaces[2]: ..."), so that rows_locate() finds its line. Touches nothing.
 */
int config_check(const struct config *config, struct err *err);
