#pragma once
/* The built-in seccomp profile, in the shape of config.json's linux.seccomp. */
#include "nucleus/config.h"

/* Static storage, never written to; a policy's own allow and deny lists are added to a copy. */
extern const struct config_seccomp seccomp_default;
