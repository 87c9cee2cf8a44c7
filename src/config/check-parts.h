#pragma once
/* The parts of config_check, one file each, and the few tests they share. */
#include "base/err.h"
#include "nucleus/config.h"

int process_check(const struct config *config, struct err *err);
int namespaces_check(const struct config *config, struct err *err);
int mappings_check(const struct config *config, struct err *err);
int sysctl_check(const struct config *config, struct err *err);
int mounts_check(const struct config *config, struct err *err);
int devices_check(const struct config *config, struct err *err);
int resources_check(const struct config *config, struct err *err);
int seccomp_check(const struct config *config, struct err *err);
int landlock_check(const struct config *config, struct err *err);
int closure_check(const struct config *config, struct err *err);

/* 0 if value is absent or within the bounds; the rest names its place. */
int bounds_check(struct maybe_int value, int64_t least, int64_t most, struct err *err,
	const char *place, ...) __attribute__((format(printf, 5, 6)));

/* True if text is one of the names, which end with NULL. */
bool name_known(const char *const *names, const char *text);

/* True if a component of path is "..". */
bool path_climbs(const char *path);

/* True if the mount is a bind by type or options. */
bool mount_binds(const struct config_mount *mount);

/* User and group numbers: all but the one that means "unchanged". */
#define ID_MOST 4294967294
