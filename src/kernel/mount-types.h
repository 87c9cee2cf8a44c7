#pragma once
/* File systems made anew for the container: proc, tmpfs, devpts, mqueue, sysfs, cgroup and others.
 */
#include "base/err.h"
#include "kernel/mount-options.h"
#include "nucleus/config.h"
#include "nucleus/run.h"

/*
 * Makes a file system of this type from parameters, "key=value" or a flag each, that end with NULL;
 * a detached mount with the flags, or -1 with an error that carries the kernel's own words.
 */
int mount_make(const char *type, const char *source, const char *const *parameters, uint64_t flags,
	struct err *err);

/*
 * Makes mount's file system as a detached mount with its flags set. destination is the directory it
 * will cover, whose mode and owner a tmpfs takes over unless its options say otherwise. Returns the
 * descriptor, or -1.
 */
int mount_type_make(struct run *run, const struct config_mount *mount,
	const struct mount_options *options, int destination, struct err *err);

/* Changes those options of mount that are the file system's own, on the one mounted at place. */
int mount_reconfigure(const struct config_mount *mount, int place, struct err *err);

/* True for the types "cgroup" and "cgroup2", which mount_cgroup attaches. */
bool mount_is_cgroup(const struct config_mount *mount);

/*
 * Attaches the container's view of its cgroups at destination: one cgroup2, or on a host with
 * version 1 hierarchies a read-only tmpfs with each of them, read-only, below it.
 */
int mount_cgroup(struct run *run, const struct config_mount *mount,
	const struct mount_options *options, int destination, struct err *err);
