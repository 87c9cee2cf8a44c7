#pragma once
/* Which kernel parameters are a namespace's own. */
#include "nucleus/config.h"

/*
 * The namespace that must be new for this parameter to be the container's own; NAMESPACE_UNSET if
 * the parameter is the host's and cannot be set. key as in the config, with dots or slashes.
 */
enum namespace_type sysctl_namespace(const char *key);
