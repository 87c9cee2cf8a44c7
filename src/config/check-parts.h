#pragma once
/* The parts of config_check, one file each, and the few tests they share. */
#include <errno.h>
#include <stddef.h>

#include "base/err.h"
#include "nucleus/config.h"

int process_check(const struct config *config, struct err *err);
int attributes_check(const struct config *config, struct err *err);
int namespaces_check(const struct config *config, struct err *err);
int mappings_check(const struct config *config, struct err *err);
int net_devices_check(const struct config *config, struct err *err);
int sysctl_check(const struct config *config, struct err *err);
int mounts_check(const struct config *config, struct err *err);
int devices_check(const struct config *config, struct err *err);
int seccomp_check(const struct config *config, struct err *err);
int hooks_check(const struct config *config, struct err *err);
int landlock_check(const struct config *config, struct err *err);
int closure_check(const struct config *config, struct err *err);
int stop_check(const struct config *config, struct err *err);
int files_check(const struct config *config, struct err *err);
int trees_check(const struct config *config, struct err *err);
int mode_check(const struct config *config, struct err *err);

/* Sets "place: what is wrong"; returns -1. */
#define fault(err, ...) err_set(err, EINVAL, __VA_ARGS__)

/* 0 if the kernel takes the maps; key names their place. */
int id_maps_check(
	const struct config_idmapping *maps, size_t count, const char *key, struct err *err);

/* 0 if value is absent or within the bounds; the rest names its place. */
int bound_check(struct maybe_int value, int64_t least, int64_t most, struct err *err,
	const char *place, ...) __attribute__((format(printf, 5, 6)));

/* True if text is one of the names, which end with NULL. */
bool name_known(const char *const *names, const char *text);

/* 0 if each item of the list is one of the names of what there is; the rest names its place. */
int names_check(const struct strings *list, const char *const *names, const char *what,
	struct err *err, const char *place, ...) __attribute__((format(printf, 5, 6)));

/* True if a component of path is "..". */
bool path_climbs(const char *path);

/* User and group numbers: all but the one that means "unchanged". Numbers of devices: MKDEV. */
#define ID_MOST 4294967294
enum { MAJOR_MOST = 4095, MINOR_MOST = 1048575 };
