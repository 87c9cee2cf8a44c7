#pragma once
/*
 * The waist: everything the executor will do to start one sandbox, and nothing else. Two readers
 * fill it (policy/ from TOML and a closure, oci/ from config.json and our annotations), one writer
 * prints it as a valid OCI config.json. Member names follow the OCI runtime specification 1.3;
 * what the specification has no word for stands at the end and travels in dev.nucleus.*
 * annotations. The config lives in one arena; all text is NUL-terminated.
 */
#include <sys/types.h>

#include "nucleus/closure.h"
#include "nucleus/types.h"

#define ANNOTATION_PREFIX "dev.nucleus."

enum mode { MODE_UNSET, MODE_AGENT, MODE_STRICT_AGENT, MODE_PRODUCTION };
extern const char *const mode_names[]; /* config/names.c */

enum namespace_type {
	NAMESPACE_UNSET,
	NAMESPACE_USER,
	NAMESPACE_PID,
	NAMESPACE_NETWORK,
	NAMESPACE_MOUNT,
	NAMESPACE_IPC,
	NAMESPACE_UTS,
	NAMESPACE_CGROUP,
	NAMESPACE_TIME,
};
extern const char *const namespace_names[]; /* OCI's: user pid network mount ipc uts cgroup time */

struct config_root {
	/* A directory, absolute or relative to the bundle. */
	const char *path;
	bool readonly;
};

struct config_user {
	struct maybe_int uid, gid; /* inside the container; the specification requires both */
	struct maybe_int umask;
	struct numbers additional_gids;
};

struct config_rlimit {
	const char *type; /* "RLIMIT_NOFILE" */
	struct maybe_uint soft, hard;
};

/* Each absent list is an empty set. Names as in "CAP_NET_BIND_SERVICE". */
struct config_capabilities {
	struct strings bounding, effective, inheritable, permitted, ambient;
};

struct config_console_size {
	struct maybe_int height, width; /* characters */
};

struct config_process {
	bool terminal;
	struct config_console_size console_size;
	const char *cwd;
	struct strings env;  /* "NAME=value" */
	struct strings args; /* args[0] is looked up in env's PATH */
	struct config_user user;
	struct config_rlimit *rlimits;
	size_t rlimits_count;
	struct config_capabilities *capabilities; /* NULL: none given, all sets empty */
	bool no_new_privileges;
	struct maybe_int oom_score_adj;
};

struct config_idmapping {
	struct maybe_int container_id, host_id, size;
};

struct config_mount {
	const char *destination; /* inside the root */
	const char *type;       /* a file system; "bind" or absent with (r)bind among the options */
	const char *source;     /* for binds relative to the bundle or absolute on the host */
	struct strings options; /* as mount(8); what kernel/mount.c does not know goes to the file
				   system */
};

struct config_namespace {
	int type;         /* enum namespace_type */
	const char *path; /* NULL: a new one */
};

struct config_device {
	const char *path;
	const char *type; /* "c" "b" "u" "p" */
	struct maybe_int major, minor, file_mode, uid, gid;
};

struct config_time_offset {
	struct maybe_int secs, nanosecs;
};

struct config_syscall_arg {
	struct maybe_int index; /* 0..5 */
	struct maybe_uint value, value_two;
	const char *op; /* "SCMP_CMP_EQ" ... */
};

struct config_syscall {
	struct strings names;
	const char *action; /* "SCMP_ACT_ALLOW" ... */
	struct maybe_int errno_ret;
	struct config_syscall_arg *args;
	size_t args_count;
};

struct config_seccomp {
	const char *default_action;
	struct maybe_int default_errno_ret;
	struct strings architectures; /* "SCMP_ARCH_X86_64" ...; absent: the native one */
	struct strings flags;         /* "SECCOMP_FILTER_FLAG_LOG" ... */
	struct config_syscall *syscalls;
	size_t syscalls_count;
};

/* A rule for one block device, "major:minor", for weight and throttle limits. */
struct config_block_limit {
	struct maybe_int major, minor;
	struct maybe_uint rate;  /* bytes or operations a second */
	struct maybe_int weight; /* 10..1000 */
};

struct config_block_io {
	struct maybe_int weight; /* 10..1000 */
	struct config_block_limit *weight_device, *read_bps, *write_bps, *read_iops, *write_iops;
	size_t weight_device_count, read_bps_count, write_bps_count, read_iops_count,
		write_iops_count;
};

struct config_hugepage_limit {
	const char *page_size;   /* "2MB" */
	struct maybe_uint limit; /* bytes */
};

struct config_device_rule {
	bool allow;
	const char *type; /* "a" "b" "c" */
	struct maybe_int major, minor;
	const char *access; /* of "rwm" */
};

/* OCI's linux.resources; -1 is unlimited where the specification says so. */
struct config_resources {
	struct {
		struct maybe_int limit, reservation, swap; /* bytes; swap counts memory+swap */
	} memory;
	struct {
		struct maybe_uint shares, period, burst;
		struct maybe_int quota, idle;
		const char *cpus, *mems;
	} cpu;
	struct {
		struct maybe_int limit;
	} pids;
	struct config_block_io block_io;
	struct config_hugepage_limit *hugepage_limits;
	size_t hugepage_limits_count;
	struct config_device_rule *devices;
	size_t devices_count;
	struct pairs unified; /* cgroup v2 file name = value */
};

struct config_landlock_rule {
	const char *path; /* inside the root */
	struct strings
		access; /* names of kernel/landlock.c: "read" "write" ... or the kernel's own */
};

struct config_landlock_port {
	struct maybe_int port;
	struct strings access; /* "bind" "connect" */
};

/*
 * Handled rights are always everything the kernel's ABI knows; a rule list that is present but
 * empty therefore denies everything. NULL in struct config: no Landlock domain at all.
 */
struct config_landlock {
	struct maybe_int min_abi;
	/* The policy names the degradation: rights the kernel lacks are left out, loudly. */
	bool best_effort;
	struct config_landlock_rule *rules;
	size_t rules_count;
	/* net absent: TCP ports are not handled; present and empty: none may be used. */
	bool net_handled;
	struct config_landlock_port *net;
	size_t net_count;
	struct strings scope; /* "abstract_unix_socket" "signal" */
};

enum attestation { ATTESTATION_UNSET, ATTESTATION_FULL, ATTESTATION_OFF };
extern const char *const attestation_names[];

/* NULL in struct config: the root is no closure. */
struct config_closure {
	int attestation; /* enum attestation */
	/* The registration's file (absolute or relative to the bundle) and the digest of its bytes.
	 */
	const char *registration;
	const char *sha256;
	/* The store path whose top-level entries appear at "/". */
	const char *root;
	const char *store_dir;
	/* Read from registration; not written. */
	struct closure closure;
};

struct config {
	const char *oci_version;
	struct config_root root;
	struct config_process process;
	const char *hostname, *domainname;
	struct config_mount *mounts;
	size_t mounts_count;
	struct pairs
		annotations; /* the caller's own; dev.nucleus.* are read into the members below */

	/* config.json's "linux" */
	struct config_namespace *namespaces;
	size_t namespaces_count;
	struct config_idmapping *uid_mappings, *gid_mappings;
	size_t uid_mappings_count, gid_mappings_count;
	struct {
		struct config_time_offset monotonic, boottime;
	} time_offsets;
	struct config_device *devices;
	size_t devices_count;
	const char *cgroups_path;
	struct config_resources resources;
	const char *rootfs_propagation;
	struct pairs sysctl;
	struct config_seccomp *seccomp;
	struct strings masked_paths, readonly_paths;

	/* dev.nucleus.* */
	int mode; /* enum mode; MODE_UNSET for a bundle that is none of ours */
	/*
	 * dev.nucleus.root-tmpfs: the root is a fresh tmpfs of this many bytes that holds nothing
	 * but the mount points; root.path is then only a skeleton for other runtimes.
	 */
	struct maybe_size root_tmpfs;
	bool init;          /* a small PID 1 that reaps and forwards signals */
	bool verify_mounts; /* read each mount's flags back after set-up */
	struct config_landlock *landlock;
	struct config_closure *closure;

	/* What a reader left out as the specification asks, in whole sentences; cmd/ prints them.
	 */
	struct strings warnings;
};

/* True if a new namespace of this type is asked for; joining one by path does not count. */
bool config_has_new_namespace(const struct config *config, enum namespace_type type);

bool mount_has_option(const struct config_mount *mount, const char *option);
/* True if the mount is a bind by type or options. */
bool mount_binds(const struct config_mount *mount);
