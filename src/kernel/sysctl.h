#pragma once
/* Where a kernel parameter lies. */
#include <stdbool.h>

enum { SYSCTL_PATH_SIZE = 256 };

/*
 * The parameter's path below /proc/sys. Whichever of "." and "/" comes first in key separates, the
 * other one is part of a name. False if a component is empty, "." or "..", or the key too long.
 */
bool sysctl_path(const char *key, char path[static SYSCTL_PATH_SIZE]);
