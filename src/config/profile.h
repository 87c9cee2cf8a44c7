#pragma once
/*
 * Rows of the documents that both readers meet: a seccomp profile stands in config.json and in a
 * file that a policy names, Landlock rules and the closure travel in dev.nucleus.* annotations.
 */
#include "format/rows.h"

/* Fills struct config_seccomp; names as in the OCI runtime specification. */
extern const struct key seccomp_keys[];
/* Fills struct config_syscall_arg. */
extern const struct key syscall_arg_keys[];

/* Fills struct config_landlock: the value of dev.nucleus.landlock. */
extern const struct key landlock_keys[];

/* Fills struct config_stop: the value of dev.nucleus.stop. */
extern const struct key stop_keys[];
/* Fills struct config_secret: an item of dev.nucleus.secrets. */
extern const struct key secret_keys[];

/* Fills struct config_manifest: the value of dev.nucleus.manifest. */
extern const struct key manifest_keys[];

/* Fills struct config_closure, all but the paths: the value of dev.nucleus.closure. */
extern const struct key closure_keys[];

/* Fills struct config_tree: the values of dev.nucleus.workspace and dev.nucleus.context. */
extern const struct key tree_keys[];
