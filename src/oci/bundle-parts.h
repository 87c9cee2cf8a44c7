#pragma once
/* The pieces of bundle.h. */
#include "base/err.h"
#include "nucleus/config.h"

/* Makes a place below root_fd for each of the config's mounts. 0 or -1. */
int bundle_root_write(int root_fd, const struct config *config, struct err *err);
