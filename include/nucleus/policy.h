#pragma once
/*
 * What an operator says about a sandbox, as written in a TOML policy. One struct per section; the
 * section's rows, checks and translation stand in src/policy/<section>.c. Nothing here is a kernel
 * word: the translation into struct config is where meaning becomes mechanism.
 */
#include "nucleus/config.h"
#include "nucleus/types.h"

struct node;

struct policy_process {
	struct strings command; /* argv; the command line's own replaces it */
	const char *cwd;
	const char *user;      /* number or name inside the root */
	struct strings groups; /* first is the primary one; numbers or names */
	const char *umask;     /* octal text, "0022" */
	const char *hostname;
	struct maybe_bool terminal;
	struct maybe_bool init;
	const char *stop_signal, *stop_timeout; /* "TERM"; "10s" */
	struct maybe_bool policy_file;
};

struct policy_env {
	struct pairs set;
	struct strings pass; /* names, from the caller's environment */
	struct maybe_int from_fd;
};

struct policy_closure {
	const char *registration, *store_dir, *store, *gc_roots;
	struct strings roots;
	int attestation; /* enum attestation */
	const char *sha256, *image_sha256;
	struct strings trusted_keys;
	struct maybe_int signatures_needed;
};

struct policy_volume {
	const char *source, *target;
	int access; /* 0 absent, 1 ro, 2 rw */
	struct maybe_bool noexec, idmap;
};

struct policy_secret {
	const char *name;
	const char *file, *credential; /* one of these */
	struct maybe_int fd;           /* or this */
	const char *target;
};

struct policy_workspace {
	const char *source, *target;
	int mode; /* 1 bind-ro, 2 copy-in-out, 3 bind-rw */
	struct maybe_bool exec;
	struct maybe_size size; /* bytes */
	struct maybe_uint files;
	struct strings exclude;
	int refused; /* 1 nothing, 2 leave-out */
};

struct policy_context {
	const char *source, *target;
	struct strings exclude;
	struct maybe_bool exclude_secrets;
	const char *sha256;
	struct maybe_size size; /* bytes */
	struct maybe_uint files;
};

struct policy_filesystem {
	const char *root;                        /* a plain directory; refused in production */
	struct maybe_bool manifest, store_paths; /* the files of these names at its top */
	const char *manifest_sha256;
	struct strings tmpfs;
	struct maybe_size tmpfs_size; /* bytes, each writable tmpfs */
	struct strings exec;          /* the tmpfs places whose files may be executed */
	const char *home;
};

struct policy_idmap {
	struct maybe_int container, host, size;
};

struct policy_namespaces {
	struct maybe_bool user, pid, mount, network, uts, ipc, cgroup, time;
	int ids; /* enum ids */
	struct maybe_int ids_size;
	struct policy_idmap *uid_map, *gid_map;
	size_t uid_map_count, gid_map_count;
};

struct policy_io_limit {
	const char *device; /* "8:0" or a path in /dev */
	struct maybe_size read_bps, write_bps;
	struct maybe_int read_iops, write_iops;
};

struct policy_hugetlb {
	const char *page_size;
	struct maybe_size limit;
};

struct policy_resources {
	struct maybe_size memory, swap; /* bytes; swap is what may be used beyond memory */
	struct maybe_real cpus;
	struct maybe_bool best_effort;
	struct maybe_int cpu_weight; /* 1..10000, as cgroup v2 */
	struct maybe_int pids;
	struct policy_io_limit *io;
	size_t io_count;
	struct policy_hugetlb *hugetlb;
	size_t hugetlb_count;
};

struct policy_capabilities {
	struct strings keep;
	const char *file, *sha256; /* instead of keep: all five sets, in TOML */
};

struct policy_seccomp {
	const char *profile; /* "default" or a file in OCI JSON */
	const char *sha256;
	int default_action; /* kill, errno, log, allow: instead of the profile's */
	struct strings allow, deny;
};

struct policy_landlock_rule {
	const char *path;
	struct strings access;
};

struct policy_landlock_net {
	struct maybe_int port;
	struct strings access;
};

struct policy_landlock {
	struct maybe_bool enabled;
	struct maybe_int min_abi;
	struct maybe_bool best_effort;
	const char *file, *sha256; /* instead of rule: min_abi and rules, in TOML */
	struct policy_landlock_rule *rule;
	size_t rule_count;
	struct policy_landlock_net *net;
	size_t net_count;
	struct strings scope;
};

struct policy_network {
	int mode; /* 1 none; the others are refused for now */
	struct strings egress;
};

struct policy_limits {
	struct maybe_uint nofile, nproc, fsize, core, memlock, stack, cpu, as, data, sigpending,
		msgqueue;
};

/* What its author says to `nucleus check`. */
struct policy_check {
	struct strings accept;
};

/* Another policy that this one names: in extends or [[include]]. */
struct policy_part {
	const char *file; /* or the name of a built-in policy */
	const char *sha256;
};

/* One of the files that a policy is made of, the lowest first and the policy itself last. */
struct policy_layer {
	const char *file; /* as errors call it */
	bool builtin, included, pinned;
	/* The bytes that were parsed, and the document they are. */
	const char *text;
	size_t length;
	struct node *document;
	struct strings may_widen;
	/* Where it is named: in which layer, and at which key; NULL for the policy itself. */
	const struct policy_layer *up;
	const char *named;
};

struct policy {
	const char *file; /* for errors: the name the user gave */
	/* What was read, all layers merged, for the positions of faults found later. */
	struct node *document;
	bool builtin; /* read from the program itself, not from a file */
	struct policy_layer **layers;
	size_t layers_count;
	struct maybe_int version;
	int mode; /* enum mode */
	struct policy_part *extends, *include;
	size_t extends_count, include_count;
	struct strings may_widen;
	struct policy_process process;
	struct policy_env env;
	struct policy_closure closure;
	struct policy_filesystem filesystem;
	struct policy_volume *volume;
	size_t volume_count;
	struct policy_secret *secret;
	size_t secret_count;
	struct policy_workspace workspace;
	struct policy_context context;
	struct policy_namespaces namespaces;
	struct policy_resources resources;
	struct policy_capabilities capabilities;
	struct policy_seccomp seccomp;
	struct policy_landlock landlock;
	struct policy_network network;
	struct policy_limits limits;
	struct policy_check check;
};
