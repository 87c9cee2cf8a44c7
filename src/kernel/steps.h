#pragma once
/*
 * What this floor does to the kernel, in the order of run/steps.c, the table that knows when. Each
 * mechanism is one file, or a few that begin with its name; its functions have the forms of struct
 * step's members: whether the config wants it, doing it, taking it back, printing its parameters.
 */
#include "nucleus/config.h"
#include "nucleus/run.h"

struct arena;
struct err;
struct node;

/* dev.c: the host's device nodes, opened and checked before the container exists. */
int null_apply(struct run *run, struct err *err);

/* mount-source.c: the root and every bind source, cloned on the host as detached mounts. */
int sources_apply(struct run *run, struct err *err);
void sources_print(const struct config *config, struct node *params, struct arena *arena);

/* seccomp.c: the filter, compiled or taken from the cache. */
bool filter_wanted(const struct config *config);
int filter_apply(struct run *run, struct err *err);
void filter_print(const struct config *config, struct node *params, struct arena *arena);

/* cgroup.c: made and limited before the first process is cloned, removed by the same path. */
int cgroup_apply(struct run *run, struct err *err);
int cgroup_undo(struct run *run, struct err *err);
void cgroup_print(const struct config *config, struct node *params, struct arena *arena);

/* ns.c: a time namespace whose clocks are shifted. */
bool timens_wanted(const struct config *config);
int timens_apply(struct run *run, struct err *err);
void timens_print(const struct config *config, struct node *params, struct arena *arena);

/* ns.c: the clone3(2) flags for the new namespaces of config but the cgroup one (see cgroupns). */
uint64_t ns_clone_flags(const struct config *config);
void ns_print(const struct config *config, struct node *params, struct arena *arena);

/* rlimit.c: how soon the OOM killer should take the sandbox. */
bool oom_score_wanted(const struct config *config);
int oom_score_apply(struct run *run, struct err *err);
void oom_score_print(const struct config *config, struct node *params, struct arena *arena);

/* idmap.c: the user namespace's id maps, written from outside. */
bool idmap_wanted(const struct config *config);
int idmap_apply(struct run *run, struct err *err);
void idmap_print(const struct config *config, struct node *params, struct arena *arena);

/* mount-source.c: the same ids for the files of "idmap" mounts. */
bool idmap_mounts_wanted(const struct config *config);
int idmap_mounts_apply(struct run *run, struct err *err);

/* cgroup.c: the first process moves itself into v1's hierarchies. */
bool cgroup_attach_wanted(const struct config *config);
int cgroup_attach_apply(struct run *run, struct err *err);

/* identity.c: what ties a new process to its caller is cut. */
int session_apply(struct run *run, struct err *err);

/* ns.c: the cgroup the process is in becomes the root it sees. */
bool cgroupns_wanted(const struct config *config);
int cgroupns_apply(struct run *run, struct err *err);

/* ns.c: loopback up, nothing else in a new network namespace. */
bool loopback_wanted(const struct config *config);
int loopback_apply(struct run *run, struct err *err);

/* ns.c: host and NIS domain name. */
bool hostname_wanted(const struct config *config);
int hostname_apply(struct run *run, struct err *err);
void hostname_print(const struct config *config, struct node *params, struct arena *arena);

/* mount-types.c: a procfs that nothing can be mounted over. */
int procfs_apply(struct run *run, struct err *err);

/* sysctl.c: kernel parameters of the container's own namespaces. */
bool sysctl_wanted(const struct config *config);
int sysctl_apply(struct run *run, struct err *err);
void sysctl_print(const struct config *config, struct node *params, struct arena *arena);

/* rootfs.c: the new root, attached over the old one. */
int rootfs_apply(struct run *run, struct err *err);
void rootfs_print(const struct config *config, struct node *params, struct arena *arena);

/* mount.c: every mount in it. */
bool mounts_wanted(const struct config *config);
int mounts_apply(struct run *run, struct err *err);
void mounts_print(const struct config *config, struct node *params, struct arena *arena);

/* dev.c: the container's /dev. */
int devices_apply(struct run *run, struct err *err);
void devices_print(const struct config *config, struct node *params, struct arena *arena);

/* console.c: the sandbox's terminal, when its config asks for one. */
bool console_wanted(const struct config *config);
int console_apply(struct run *run, struct err *err);
void console_print(const struct config *config, struct node *params, struct arena *arena);

/* mask.c: paths the workload sees empty, and paths it sees read-only. */
bool masks_wanted(const struct config *config);
int masks_apply(struct run *run, struct err *err);
void masks_print(const struct config *config, struct node *params, struct arena *arena);

/* rootfs.c: the new root entered, the old one unmounted. */
int pivot_apply(struct run *run, struct err *err);

/* mount.c: each mount's flags read back. */
bool verify_mounts_wanted(const struct config *config);
int verify_mounts_apply(struct run *run, struct err *err);

/* identity.c: the workload's user and groups. */
int identity_apply(struct run *run, struct err *err);
void identity_print(const struct config *config, struct node *params, struct arena *arena);

/* exec.c: where the workload starts. */
int cwd_apply(struct run *run, struct err *err);
void cwd_print(const struct config *config, struct node *params, struct arena *arena);

/* caps.c */
bool no_new_privs_wanted(const struct config *config);
int no_new_privs_apply(struct run *run, struct err *err);

/* landlock.c: what of its own files, ports and neighbours a process may use. */
bool landlock_wanted(const struct config *config);
int landlock_apply(struct run *run, struct err *err);
void landlock_print(const struct config *config, struct node *params, struct arena *arena);

/* rlimit.c: resource limits of the first process. */
bool rlimits_wanted(const struct config *config);
int rlimits_apply(struct run *run, struct err *err);
void rlimits_print(const struct config *config, struct node *params, struct arena *arena);

/*
 * seccomp.c: the filter loaded; early, before the capabilities are dropped, if the kernel asks for
 * CAP_SYS_ADMIN instead of no_new_privs.
 */
bool seccomp_early_wanted(const struct config *config);
bool seccomp_wanted(const struct config *config);
int seccomp_apply(struct run *run, struct err *err);
void seccomp_print(const struct config *config, struct node *params, struct arena *arena);

/* caps.c: all five sets exactly as asked. */
int caps_apply(struct run *run, struct err *err);
void caps_print(const struct config *config, struct node *params, struct arena *arena);

/* exec.c: the workload. */
int exec_apply(struct run *run, struct err *err);
void exec_print(const struct config *config, struct node *params, struct arena *arena);
