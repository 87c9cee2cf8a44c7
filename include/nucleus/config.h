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

/* The newest specification whose properties are known. */
#define OCI_VERSION "1.3.0"
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
	NAMESPACE_TYPES
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

struct config_scheduler {
	int policy; /* of scheduler_policies */
	struct maybe_int nice, priority;
	struct strings flags;                        /* of scheduler_flags */
	struct maybe_uint runtime, deadline, period; /* nanoseconds */
};
/* The kernel's number and one more: 0 is absent. */
extern const char *const scheduler_policies[];
extern const char *const scheduler_flags[]; /* bit 0 first, no hole */

struct config_io_priority {
	int class; /* of io_classes, the kernel's number */
	struct maybe_int priority;
};
extern const char *const io_classes[];

/* Lists like "0-3,7". */
struct config_affinity {
	const char *initial; /* before the process is in the container's cgroup */
	const char *final;
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
	const char *apparmor_profile, *selinux_label; /* NULL or "": none */
	struct config_scheduler *scheduler;
	struct config_io_priority *io_priority;
	struct config_affinity exec_cpu_affinity; /* of a process that exec adds */
	/* The specification's open proposal; a domain within that of config.landlock. */
	struct config_landlock *landlock;
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
	/* The mount's own mapping, of the source's ids; none: with "idmap" the container's. */
	struct config_idmapping *uid_mappings, *gid_mappings;
	size_t uid_mappings_count, gid_mappings_count;
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

/* A network device of the runtime's namespace to be moved into the container's. */
struct config_net_device {
	const char *device;
	const char *name; /* what it is called there; NULL: as it is called here */
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

/* Profiles that one config may have. */
enum { FILTERS_MOST = 4 };

struct config_seccomp {
	const char *default_action;
	struct maybe_int default_errno_ret;
	struct strings architectures; /* "SCMP_ARCH_X86_64" ...; absent: the native one */
	struct strings flags;         /* "SECCOMP_FILTER_FLAG_LOG" ... */
	const char *listener_path;    /* the host's socket of who answers SCMP_ACT_NOTIFY */
	const char *listener_metadata;
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

/* For packets of one network interface that leave the container. */
struct config_interface_priority {
	const char *name; /* "eth0" */
	struct maybe_uint priority;
};

struct config_rdma_limit {
	const char *device; /* "mlx5_1" */
	struct maybe_uint hca_handles, hca_objects;
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
		struct maybe_int kernel, kernel_tcp;       /* bytes, v1 alone */
		struct maybe_uint swappiness;              /* 0..100, v1 alone */
		struct maybe_bool disable_oom_killer;      /* v1 alone */
		bool check_before_update;
	} memory;
	struct {
		struct maybe_uint shares, period, burst;
		struct maybe_int quota, idle;
		struct maybe_uint realtime_period; /* microseconds, v1 alone as the next */
		struct maybe_int realtime_runtime;
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
	struct {              /* v1 alone */
		struct maybe_uint class_id;
		struct config_interface_priority *priorities;
		size_t priorities_count;
	} network;
	struct config_rdma_limit *rdma;
	size_t rdma_count;
};

struct config_memory_policy {
	int mode;             /* of memory_modes, the kernel's number and one more */
	const char *nodes;    /* "0-3,7" */
	struct strings flags; /* of memory_flags */
};
extern const char *const memory_modes[];
extern const char *const memory_flags[]; /* from bit MEMORY_FLAGS_SHIFT on, no hole */
enum { MEMORY_FLAGS_SHIFT = 13 };

struct config_rdt {
	const char *clos_id; /* NULL: a class of the container's own; "/": the default class */
	const char *l3_cache_schema, *mem_bw_schema;
	struct strings schemata; /* lines */
	bool enable_monitoring;
};

enum personality { PERSONALITY_UNSET, PERSONALITY_LINUX, PERSONALITY_LINUX32 };
extern const char *const personality_names[];

struct config_landlock_rule {
	const char *path;      /* inside the root */
	struct strings access; /* names of kernel/landlock.c, "read" "write" ... */
	struct strings paths;  /* those of a rule of process.landlock */
};

struct config_landlock_port {
	struct maybe_int port;
	struct strings access; /* "bind" "connect" */
};

/* Bits in process.landlock: the kernel's names in lower case, bit 0 first, no hole. */
extern const char *const landlock_fs_rights[];
extern const char *const landlock_net_rights[];
extern const char *const landlock_scopes[];

/*
 * Handled rights are always everything the kernel's ABI knows; a rule list that is present but
 * empty therefore denies everything. NULL in struct config: no Landlock domain at all. In
 * process.landlock only the rights of ruleset are handled, by the kernel's names or in decimal, and
 * best effort is the default.
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
	/* process.landlock alone: what is handled, and that what the kernel lacks is an error. */
	struct strings handled_fs, handled_net;
	bool disable_best_effort;
};

/*
 * How a closure is held against its store, the strictest first. FULL: every byte is hashed. CACHED:
 * the same once, then metadata is held against the record made of that. OFF: owners, modes and
 * types alone, which all of them look at.
 */
enum attestation { ATTESTATION_UNSET, ATTESTATION_FULL, ATTESTATION_CACHED, ATTESTATION_OFF };
extern const char *const attestation_names[];

/*
 * Where the host's ids behind a new user namespace come from: absent, the mappings say it. AUTO: a
 * range that no other sandbox has, picked at the start. KEEP: the caller's own, under the same
 * number, and with ids_size the others from such a range. The mappings are then what a runtime that
 * does not know the word would use.
 */
enum ids { IDS_UNSET, IDS_AUTO, IDS_KEEP };
extern const char *const ids_names[];

/* Who makes the container's cgroup, as the caller says: absent, nucleus itself. */
enum cgroup_manager {
	MANAGER_UNSET,
	MANAGER_CGROUPFS,
	MANAGER_SYSTEMD,
	MANAGER_DELEGATED,
	MANAGER_DISABLED
};
extern const char *const manager_names[];

/* What a packed closure shows at path: that of its root of that number. */
struct config_image_entry {
	const char *path;
	struct maybe_int root;
	bool symlink;
};

/* NULL in struct config: the root is no closure. */
struct config_closure {
	int attestation; /* enum attestation */
	/* The list, absolute or relative to the bundle, and the closure digest. */
	const char *registration;
	const char *sha256;
	/* The store paths whose top-level entries appear at "/". */
	struct strings roots;
	const char *store_dir;
	/* "off"; an absolute directory called gcroots or below one; NULL or "auto": where Nix has
	 * it beside the store, if it is there. */
	const char *gc_roots;
	/* The host's directory below which store_dir is, or NULL: it is what it says. */
	const char *store;
	/* Public keys as Nix writes them, and how many of them must have signed (1 if absent). Not
	 * set: nobody need have. */
	struct strings trusted_keys;
	struct maybe_int signatures_needed;
	/* Of all bytes of registration, which then is a packed closure: its list, and its store as
	 * a file system; see config/image-trailer.h. NULL: the store is the host's. */
	const char *image_sha256;
	/* Read from registration, and from the signatures beside it; not written. */
	struct closure closure;
	struct config_image_entry *image_entries;
	size_t image_entries_count;
};

/*
 * A small file of the workload's own that the runtime fills from its source and nobody else gets to
 * see. A config says where from, never what.
 */
struct config_secret {
	const char *name;
	const char *target; /* a file inside the root */
	/* The source, one of: a file of the host by its real path; a file in the caller's
	 * $CREDENTIALS_DIRECTORY; a descriptor of the caller's. */
	const char *file, *credential;
	struct maybe_int fd;
};
/* Where the descriptors of a caller that can be a secret's source end; bytes of a secret. */
enum { CALLER_FDS = 64, SECRET_SIZE_MOST = 1 << 20, SECRETS_MOST = 256 };
#define SECRETS_DIR "/run/secrets"

/* Where a sandbox can read what it may do, see config/describe.c. */
#define POLICY_FILE_DIR "/run/nucleus"
#define POLICY_FILE POLICY_FILE_DIR "/policy.json"

/*
 * A copy of a tree of the host, made before the start in a fresh tmpfs: that of the mount at
 * target. For a runtime that does not know the word that place is empty.
 */
struct config_tree {
	const char *source;      /* a directory of the host, absolute, reached without a symlink */
	const char *target;      /* the destination of one of the mounts */
	struct strings exclude;  /* patterns of what is not copied, see kernel/tree-copy.c */
	struct maybe_size size;  /* bytes: the most the tree may hold, there and on the way back */
	struct maybe_uint files; /* entries, likewise */
	const char *sha256;      /* what the copy must hash to, in 64 digits; NULL: anything */
	bool leave_out;          /* what may not come back does not keep the rest from it */
};

/* NULL in struct config: nothing vouches for a plain root. */
struct config_manifest {
	const char *root;   /* the directory that is the root, absolute, on the host */
	const char *sha256; /* of the manifest at its top */
};

/* The six moments at which a hook may run. */
enum hook_kind {
	HOOK_PRESTART,
	HOOK_CREATE_RUNTIME,
	HOOK_CREATE_CONTAINER,
	HOOK_START_CONTAINER,
	HOOK_POSTSTART,
	HOOK_POSTSTOP,
	HOOK_KINDS
};
extern const char *const hook_names[]; /* OCI's: prestart createRuntime ... */

struct config_hook {
	const char *path;         /* absolute; of the host, startContainer's of the container */
	struct strings args;      /* args[0] too; absent: path alone */
	struct strings env;       /* "NAME=value", and nothing else */
	struct maybe_int timeout; /* seconds */
};

struct config_hooks {
	struct config_hook *items;
	size_t items_count;
};

/* How `stop` ends the container, and its init what is left after that. */
struct config_stop {
	const char *signal;       /* NULL: SIGTERM */
	struct maybe_int timeout; /* milliseconds; absent: STOP_TIMEOUT */
};
enum { STOP_TIMEOUT = 10000, STOP_TIMEOUT_MOST = 24 * 3600 * 1000 };

struct config {
	const char *oci_version;
	struct config_root root;
	struct config_process process;
	const char *hostname, *domainname;
	struct config_mount *mounts;
	size_t mounts_count;
	struct pairs
		annotations; /* the caller's own; dev.nucleus.* are read into the members below */
	struct config_hooks hooks[HOOK_KINDS];

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
	struct config_net_device *net_devices;
	size_t net_devices_count;
	struct config_seccomp *seccomp;
	struct strings masked_paths, readonly_paths;
	const char *mount_label; /* SELinux's context of the mounts; NULL or "": none */
	int personality;         /* enum personality */
	struct config_memory_policy *memory_policy;
	struct config_rdt *rdt;

	/* dev.nucleus.* */
	int mode;           /* enum mode; MODE_UNSET for a bundle that is none of ours */
	int cgroup_manager; /* enum cgroup_manager */
	/*
	 * dev.nucleus.root-tmpfs: the root is a fresh tmpfs of this many bytes that holds nothing
	 * but the mount points; root.path is then only a skeleton for other runtimes.
	 */
	struct maybe_size root_tmpfs;
	bool init; /* a small PID 1 that reaps and forwards signals */
	struct config_stop *stop;
	/* The policy names the degradation: limits that this caller cannot set are left out,
	 * loudly.
	 */
	bool limits_best_effort;
	bool verify_mounts; /* read each mount's flags back after set-up */
	int ids;            /* enum ids */
	/* So many ids, from 0; absent: 65536, or fewer where there are few, and with KEEP one. */
	struct maybe_int ids_size;
	bool ids_best_effort; /* the caller's groups are kept where they cannot be dropped */
	bool policy_file;     /* what the sandbox may do stands in POLICY_FILE */
	struct config_secret *secrets;
	size_t secrets_count;
	struct config_landlock *landlock;
	struct config_closure *closure;
	struct config_manifest *manifest;
	/* The workload's own copy, whose changes come back when it has ended; NULL: none. */
	struct config_tree *workspace;
	/* A copy to read, the same for everybody who has the same files; NULL: none. */
	struct config_tree *context;
	/* The policies laid over a client's bundle, by name, and the digests of their files. */
	const char *policy, *policy_sha256;
	/* What these brought beside the bundle's own: of all answers to a system call the strictest
	 * counts, and files and ports may be used as far as every rule set allows. */
	struct config_seccomp *seccomp_more;
	size_t seccomp_more_count;
	struct config_landlock *landlock_more;
	size_t landlock_more_count;

	/* What a reader left out as the specification asks, in whole sentences; cmd/ prints them.
	 */
	struct strings warnings;
};

/* True for a client's bundle, which relies on the specification's manners, policy or not. */
bool config_is_foreign(const struct config *config);

/* True if a call is left to the listener. */
bool seccomp_notifies(const struct config_seccomp *seccomp);

/* True if a new namespace of this type is asked for; joining one by path does not count. */
bool config_has_new_namespace(const struct config *config, enum namespace_type type);
/* True if the container's namespace of this type is not simply the runtime's: new or joined. */
bool config_has_namespace(const struct config *config, enum namespace_type type);
/* The path of the namespace of this type that is joined, or NULL. */
const char *config_joined_namespace(const struct config *config, enum namespace_type type);
/* Which namespace a sysctl belongs to; NAMESPACE_UNSET: the whole host. */
enum namespace_type config_sysctl_namespace(const char *key);

/* The signal that asks the container to end. */
int config_stop_signal(const struct config *config);
/* Milliseconds from that signal until what is left of it is killed. */
int64_t config_stop_timeout(const struct config *config);

bool mount_has_option(const struct config_mount *mount, const char *option);
/* True if the mount is a bind by type or options. */
bool mount_binds(const struct config_mount *mount);
/* True if what it binds is in the store of a packed closure, or is that: never the host's. */
bool mount_is_packed(const struct config *config, const struct config_mount *mount);
