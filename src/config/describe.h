#pragma once
/* What a sandbox may do, for the one inside. */
#include "base/arena.h"
#include "nucleus/config.h"

/* The text of POLICY_FILE, in arena: JSON, whose members are explained in nucleus(1). */
const char *config_describe(const struct config *config, struct arena *arena);
