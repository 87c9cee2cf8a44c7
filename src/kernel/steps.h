#pragma once
/*
 * What this floor does to the kernel. Each mechanism is one file, or a few that begin with its
 * name; its functions have the forms of struct step's members, and run/steps.c knows when which of
 * them runs.
 */
#include "nucleus/config.h"
#include "nucleus/run.h"

struct arena;
struct err;
struct node;

typedef bool step_wanted(const struct config *config);
typedef int step_apply(struct run *run, struct err *err);
typedef int step_undo(struct run *run, struct err *err);
typedef void step_print(const struct config *config, struct node *params, struct arena *arena);

/* caps.c: all five sets exactly as asked, and no_new_privs. */
step_wanted no_new_privs_wanted;
step_apply no_new_privs_apply, caps_apply;
step_print caps_print;

/* cgroup.c: made and limited before the clone, joined after it on v1, removed by the same path. */
step_wanted cgroup_attach_wanted;
step_apply cgroup_apply, cgroup_attach_apply;
step_undo cgroup_undo;
step_print cgroup_print;

/* console.c: the sandbox's terminal, when its config asks for one. */
step_wanted console_wanted;
step_apply console_apply;
step_print console_print;

/* dev.c: the host's nodes, checked before the container exists; the container's /dev. */
step_apply null_apply, devices_apply;
step_print devices_print;

/* exec.c: where the workload starts, and what it is. */
step_apply cwd_apply, exec_apply;
step_print cwd_print, exec_print;

/* identity.c: session and keyring at first, the workload's user at last. */

step_apply session_apply, become_root_apply, identity_apply;
step_print identity_print;

/* idmap.c: the user namespace's id maps, written from outside. */
step_wanted idmap_wanted;
step_apply idmap_apply;
step_print idmap_print;

/* landlock.c: what of its own files, ports and neighbours a process may use. */
step_wanted landlock_wanted;
step_apply landlock_apply;
step_print landlock_print;

/* mask.c: paths the workload sees empty, and paths it sees read-only. */
step_wanted masks_wanted;
step_apply masks_apply;
step_print masks_print;

/* mount-source.c: the root and bind sources, cloned on the host; ids for those that are mapped. */
step_wanted idmap_mounts_wanted;
step_apply sources_apply, idmap_mounts_apply;
step_print sources_print;

/* mount.c, mount-types.c: a procfs of our own; every mount, attached and later read back. */
step_wanted mounts_wanted, verify_mounts_wanted;
step_apply procfs_apply, mounts_apply, verify_mounts_apply;
step_print mounts_print;

/* ns.c: which namespaces are new, and what is set inside them. */
step_wanted timens_wanted, cgroupns_wanted, loopback_wanted, hostname_wanted;
step_apply timens_apply, cgroupns_apply, loopback_apply, hostname_apply;
step_print ns_print, timens_print, hostname_print;
/* The clone3(2) flags for the new namespaces of config, but the cgroup one (see cgroupns_apply). */
uint64_t ns_clone_flags(const struct config *config);

/* rlimit.c: resource limits of the first process, and its place in the queue of the OOM killer. */
step_wanted oom_score_wanted, rlimits_wanted;
step_apply oom_score_apply, rlimits_apply;
step_print oom_score_print, rlimits_print;

/* rootfs.c: the new root, attached over the old one, entered when everything is mounted in it. */
step_apply rootfs_apply, pivot_apply;
step_print rootfs_print;

/*
 * seccomp.c: the filter, compiled or taken from the cache, and loaded; early, before the
 * capabilities are dropped, if the kernel asks for CAP_SYS_ADMIN instead of no_new_privs.
 */
step_wanted filter_wanted, seccomp_early_wanted, seccomp_wanted;
step_apply filter_apply, seccomp_apply;
step_print filter_print, seccomp_print;

/* sysctl.c: kernel parameters of the container's own namespaces. */
step_wanted sysctl_wanted;
step_apply sysctl_apply;
step_print sysctl_print;
