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

/* cgroup-enter.c: the container's cgroup, for a process that exec adds. */
step_apply cgroup_enter_apply;
/* Instead of a v2 cgroup that takes no process, since it has given its controllers to cgroups below
 * it: the one of the container's first process. 0 or -1. */
int cgroup_enter_leaf(struct run *run, struct err *err);

/* console.c: the sandbox's terminal, when its config asks for one. */
step_wanted console_wanted;
step_apply console_apply;
step_print console_print;

/* dev.c: the host's nodes, checked before the container exists; the container's /dev. */
step_apply null_apply, devices_apply;
step_print devices_print;

/* enter.c: the namespaces of a running container, for a process that exec adds. */
step_apply enter_look_apply, enter_pid_apply, enter_apply;

/* exec.c: where the workload starts, and what it is. */
step_wanted workdir_wanted;
step_apply workdir_apply, program_apply, cwd_apply, exec_apply;
/* What exec_apply has to do before execve, if it is to be done before a filter is loaded. */
int exec_prepare(struct run *run, struct err *err);
step_print cwd_print, exec_print;

/* files.c: secrets and the file that tells of the policy, made outside, then attached. */
step_wanted files_wanted;
step_apply files_apply, files_attach_apply;
step_print files_print;

/* gc-roots.c: the closure's store paths, held against Nix's garbage collector. */
step_wanted gc_roots_wanted;
step_apply gc_roots_apply;
step_undo gc_roots_undo;
step_print gc_roots_print;

/* home.c: where the workload's user is at home, if its environment does not say. */
step_wanted home_wanted;
step_apply home_apply;

/* identity.c: session and keyring at first, the workload's user at last. */

step_apply session_apply, become_root_apply, identity_apply;
step_print identity_print;

/* ids.c: a range of the host's ids for this sandbox alone. */
step_wanted ids_wanted;
step_apply ids_apply;
step_undo ids_undo;
step_print ids_print;

/* idmap.c: the user namespace's id maps, written from outside; those of a joined one, compared. */
step_wanted idmap_wanted;
step_apply idmap_apply;
step_print idmap_print;

/* landlock.c: what of its own files, ports and neighbours a process may use. */
step_wanted landlock_wanted;
step_apply landlock_apply;
step_print landlock_print;

/* lsm.c: AppArmor's profile and SELinux's label, taken by the workload's execve. */
step_wanted lsm_wanted, label_wanted;
step_apply lsm_apply, label_apply;
step_print lsm_print, label_print;

/* mask.c: paths the workload sees empty, and paths it sees read-only. */
step_wanted masks_wanted;
step_apply masks_apply;
step_print masks_print;

/* memory-policy.c: the nodes of the workload's memory. */
step_wanted memory_policy_wanted;
step_apply memory_policy_apply;
step_print memory_policy_print;

/* mount-source.c: the root and bind sources, cloned on the host. */
step_apply sources_apply;
step_print sources_print;

/* mount.c, mount-types.c: a procfs of our own; every mount, attached and later read back. */
step_wanted mounts_wanted, verify_mounts_wanted;
step_apply procfs_apply, mounts_apply, verify_mounts_apply;
step_print mounts_print;

/* net-devices.c: network devices that move into the container's network namespace. */
step_wanted net_devices_wanted;
step_apply net_devices_apply;
step_print net_devices_print;

/* ns.c: which namespaces are new, and what is set inside them. */
step_wanted loopback_wanted, hostname_wanted;
step_apply loopback_apply, hostname_apply;
step_print ns_print, hostname_print;
/* The clone3(2) flags for the new namespaces of config, but the cgroup one (see cgroupns_apply). */
uint64_t ns_clone_flags(const struct config *config);

/* ns-join.c: which namespaces are joined by path. */
step_wanted namespaces_wanted, join_wanted, cgroupns_wanted;
step_apply namespaces_apply, join_apply, cgroupns_apply;
step_print namespaces_print;
/* True if the first process must be made by one that calls ns_join_first before. */
bool ns_joiner_wanted(const struct config *config);
int ns_join_first(struct run *run, struct err *err);

/* personality.c: the machine uname(2) tells of. */
step_wanted personality_wanted;
step_apply personality_apply;
step_print personality_print;

/* rdt.c: shares of caches and memory bandwidth. */
step_wanted rdt_wanted;
step_apply rdt_apply, rdt_enter_apply;
step_undo rdt_undo;
step_print rdt_print;

/* rlimit.c: resource limits of the first process, and its place in the queue of the OOM killer. */
step_wanted oom_score_wanted, rlimits_wanted;
step_apply oom_score_apply, rlimits_apply;
step_print oom_score_print, rlimits_print;

/* room.c: for many mounts, and a descriptor of each. */
step_wanted room_wanted;
step_apply room_apply;

/* rootfs.c: the new root, attached over the old one, entered when everything is mounted in it. */
step_apply rootfs_apply, pivot_apply;
step_print rootfs_print;

/*
 * scheduler.c: processors, now and in which order, also for I/O. The two of affinity are for a
 * process that exec adds, before and after it is in the container's cgroup.
 */
step_wanted scheduler_wanted, io_priority_wanted, affinity_initial_wanted, affinity_final_wanted;
step_apply scheduler_apply, io_priority_apply, affinity_initial_apply, affinity_final_apply;
step_print scheduler_print, io_priority_print, affinity_initial_print, affinity_final_print;

/*
 * seccomp.c: the filter, compiled or taken from the cache, and loaded; early, before the
 * capabilities are dropped, if the kernel asks for CAP_SYS_ADMIN instead of no_new_privs.
 */
step_wanted filter_wanted, seccomp_early_wanted, seccomp_wanted;
step_apply filter_apply, seccomp_apply;
/* As seccomp_apply, for a profile that notifies: the listener's descriptor, or -1. */
int seccomp_load_listener(struct run *run, struct err *err);
step_print filter_print, seccomp_print;

/* staging.c: trees of the host that are copied in, and one that comes back. */
step_wanted stage_wanted, bring_back_wanted;
step_apply stage_apply, bring_back_apply;
step_undo bring_back_undo;
step_print stage_print;

/* sysctl.c: kernel parameters of the container's own namespaces. */
step_wanted sysctl_wanted;
step_apply sysctl_apply;
step_print sysctl_print;
