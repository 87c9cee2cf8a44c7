#pragma once
/* What mount-source.c and rootfs.c know of one another: what is cloned when, and where it goes. */
#include "base/err.h"
#include "nucleus/run.h"

/*
 * Puts a detached mount of the bind's source, with its flags set, into *source, if sources_apply
 * left that to the mount namespace's own copy of the host's tree; else leaves *source. 0 or -1.
 */
int source_clone_late(
	struct run *run, const struct config_mount *mount, int *source, struct err *err);

/* True if hooks look at the new root before it is entered: it is then attached at the path the
 * bundle names. */
bool root_is_seen(const struct config *config);
