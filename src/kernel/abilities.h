#pragma once
/* What the tables of this floor and the running kernel are able to do, for `nucleus features`. */
#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"

/* A mount option that is honoured, maybe in arena; "" for an index that has none, NULL at the end.
 */
const char *mount_option_name(size_t index, struct arena *arena);

/* The kernel's Landlock ABI; 0 if it has none. */
int landlock_abi(void);

/* True if the kernel loads filters with this flag ("SECCOMP_FILTER_FLAG_LOG"). */
bool seccomp_flag_supported(const char *name);

/* The version of libseccomp, in arena. */
const char *seccomp_library(struct arena *arena);
