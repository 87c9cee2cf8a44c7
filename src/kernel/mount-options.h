#pragma once
/* The words among a mount's options and the MOUNT_ATTR_* they stand for; reading them is pure. */
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "nucleus/config.h"

/* What to set and to clear with mount_setattr(2). */
struct mount_flags {
	uint64_t set, clear;
};

struct mount_options {
	bool bind, tree; /* bind or rbind, by option or by type */
	bool remount;    /* changes the flags of what is mounted there already */
	bool idmap, idmap_tree;
	bool copy_up;             /* a tmpfs begins with a copy of what it covers */
	bool copy_symlink;        /* a source that is a link is itself mounted, not followed */
	struct mount_flags top;   /* the mount itself */
	struct mount_flags below; /* the mount and everything below it */
	uint64_t loosen;          /* what "rw" and its kin take back where it is remounted */
	uint64_t propagation;     /* MS_PRIVATE ..., 0 if no option names one */
	bool propagation_tree;
};

/*
 * Reads mount's options. A later word overrides an earlier one that it contradicts; "rw", "suid",
 * "dev" and "exec" only take back such words and never loosen what the source's own mount forbids
 * (their recursive forms do). In a config that has a mode, what restricts an rbind restricts its
 * whole tree.
 */
void mount_options_read(const struct config *config, const struct config_mount *mount,
	struct mount_options *options);

/* Puts "mount SOURCE on DESTINATION" in front of err's text; returns -1. */
int mount_where(const struct config_mount *mount, struct err *err);

/* MS_PRIVATE and so on for one of the words "private", "rprivate", "slave" ...; 0 for others. */
uint64_t mount_propagation(const char *word);

/* True for an option that is the file system's own: "size=64k", "newinstance", "sync". */
bool mount_option_is_for_file_system(const char *option);

/* Sets the flags and the propagation on the mount or detached mount fd; 0 or -1 with errno. */
int mount_options_set(int fd, const struct mount_options *options);
