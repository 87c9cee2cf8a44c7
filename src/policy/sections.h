#pragma once
/*
 * The sections of a policy, each in the file of its name: its rows, its check and its line of
 * translation. The table of them stands in policy.c, the order of translation with it.
 */
#include "base/lists.h"
#include "policy/policy.h"

/* The workdir of a policy that names none. */
#define WORKDIR "/workspace"

/* One mode: what a policy must say, may not say, and what holds where it says nothing. */
struct mode_rules {
	/*
	 * A closure, attested in full; a plain directory or the host's own is refused, and so is
	 * running what a volume was given meanwhile.
	 */
	bool closure_required;
	/* A sha256 beside each file that the policy names. */
	bool pins_required;
	/* resources.memory and resources.cpus. */
	bool limits_required;
	/* Namespaces switched off, ids of the host's root, volumes behind symlinks. */
	bool sharing_refused;
	/* Landlock off or at best effort; system calls allowed by default or from the floor. */
	bool degrading_refused;
	/* Capabilities that lead out. */
	bool dangerous_refused;
	/* Programs may be run from the writable workdir. */
	bool workdir_exec;
	/* Without a word about TCP in the policy, none, not even over loopback. */
	bool tcp_denied;
	/* Set up without being asked. */
	bool init, verify_mounts, hidepid;
	/* The limit where the policy names none; 0 leaves it open. */
	int64_t pids;
};

/* MODE_UNSET has the rules of strict-agent. */
const struct mode_rules *mode_find(int mode);

/* What the mode means by the absence of the key at path, as .absent of its row; or NULL. */
const char *mode_absent(int mode, const char *path, struct arena *arena);

/* A translation while it happens. */
struct draft {
	const struct policy *policy;
	const struct mode_rules *rules;
	struct translation *translation;
	struct config *config;
	struct arena *arena;
	struct strings roots; /* absolute, on the host; one unless it is a closure */
	bool packing;         /* what any policy may need of the roots */
	size_t root_entries;  /* how many of the mounts, from the first, make the root */
};

struct section {
	/* Faults in the section's values, and what its mode refuses; looks at no other file. */
	int (*check)(const struct policy *policy, const struct mode_rules *rules, struct err *err);
	int (*translate)(struct draft *draft, struct err *err);
};

extern const struct key process_keys[], closure_policy_keys[], env_keys[], filesystem_keys[],
	volume_keys[], workspace_keys[], context_keys[], secret_policy_keys[], namespaces_keys[],
	resources_keys[], capabilities_keys[], seccomp_policy_keys[], landlock_policy_keys[],
	network_keys[], limits_keys[], check_keys[];
extern const struct section process_section, env_section, closure_section, filesystem_section,
	volume_section, workspace_section, context_section, secret_section, namespaces_section,
	resources_section, capabilities_section, seccomp_section, landlock_section, network_section,
	limits_section, check_section, layers_section;

/* Sets err to FILE:LINE:COLUMN: PATH: text, for the value at path ("seccomp.allow[2]"); -1. */
#define policy_error(policy, err, path, ...) \
	rows_fault((policy)->document, (policy)->file, path, err, __VA_ARGS__)

/* As above for "list[index].member", or "list[index]" if member is NULL. */
int policy_item_error(const struct policy *policy, struct err *err, const char *list, size_t index,
	const char *member, const char *format, ...) __attribute__((format(printf, 6, 7)));

/* What keeps path from being absolute and in normal form, as half a sentence; or NULL. */
const char *path_fault(const char *path);

/* True if path is tree or lies below it; both absolute, in normal form. */
bool path_below(const char *path, const char *tree);

/* sha256, if given, must be 64 hexadecimal digits; where pins are required it must be given. */
int pin_check(const struct policy *policy, const struct mode_rules *rules, const char *sha256,
	const char *path, struct err *err);

/*
 * A file that the value at key ("seccomp.profile", "secret[1].file") names: absolute, or relative
 * to the directory of the very file that says so, which may be a layer below the policy.
 */
const char *policy_path(
	const struct policy *policy, const char *key, const char *path, struct arena *arena);

/* A file that the policy names. */
struct named {
	const char *file; /* as errors call it */
	struct node *document;
};

typedef struct node *document_read(
	struct arena *arena, const char *text, size_t length, struct err *err);

/*
 * Reads the file that the policy names at key ("capabilities.file"), whose bytes must have the
 * digest sha256 if that is not NULL. 0 or -1.
 */
int named_read(const struct draft *draft, const char *key, const char *path, const char *sha256,
	document_read *read, struct named *named, struct err *err);

/* Where that file is; NULL if path is. */
const char *named_path(
	const struct policy *policy, const char *key, const char *path, struct arena *arena);

/*
 * A named file and its pin beside each other: a pin without a file is a mistake, and of the file
 * and what stands here instead of it (NULL: nothing does) there may be one. The keys are given as
 * "section.key".
 */
int named_check(const struct policy *policy, const struct mode_rules *rules, const char *section,
	const char *file, const char *sha256, const char *instead, struct err *err);

/* capabilities-file.c: all five sets, from the file that the policy names. */
int capabilities_file_read(struct draft *draft, struct config_capabilities *sets, struct err *err);

/* True if the capability, as "CAP_...", leads out of a sandbox. */
bool capability_dangerous(const char *name);

/* launch.c: the document of the policy that a launch request stands for; NULL with err. */
struct node *launch_translate(
	const struct launch *launch, const char **name, struct arena *arena, struct err *err);

/* closure-trust.c: whose signatures a closure needs, and whether it has them. */
int closure_trust_check(const struct policy *policy, struct err *err);
void closure_trust_grant(const struct policy *policy, struct config_closure *closure);
int closure_trust_translate(struct draft *draft, struct config_closure *closure, struct err *err);

/* manifest.c: what a plain root says of itself in two files. */
int manifest_check(const struct policy *policy, const struct mode_rules *rules, struct err *err);
int manifest_translate(struct draft *draft, struct err *err);

/* landlock-file.c: the rules and min_abi of the file that the policy names. */
int landlock_file_read(struct draft *draft, struct err *err);

extern const struct key landlock_rule_keys[];

/* Faults in the rules of the list that the policy, or a file, has under this name. */
int landlock_rules_check(const struct policy *policy, const char *list,
	const struct policy_landlock_rule *rules, size_t count, struct err *err);

/* seccomp-profile.c: the profile in OCI JSON at path as this sandbox, processor and kernel have it.
 */
int seccomp_profile_read(const struct draft *draft, const char *path, const char *sha256,
	struct config_seccomp *profile, struct err *err);

/* What the policy rests on: the files of all its layers, and every file that one of its values
 * names by a row with .is_file. */
struct strings policy_files(const struct policy *policy, struct arena *arena);

/* The seccomp profile's file, or NULL if it is the built-in one. */
const char *seccomp_file(const struct policy *policy, struct arena *arena);

/* filesystem.c: the writable places and the kernel's file systems, without a root or a workdir. */
int filesystem_grant(struct draft *draft, struct err *err);

/* landlock.c: whether the policy names rules, or they follow from the mounts. */
bool landlock_rules_given(const struct policy *policy);

/* Adds one line to the translation's warnings. */
void draft_warn(struct draft *draft, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The key of the first thing in [network] that cannot be enforced; NULL if there is none. */
const char *network_unsupported(const struct policy *policy);

/* True if the policy lets calls pass that no rule of its profile names. */
bool seccomp_permissive(const struct policy *policy);

/* Appends a mount; options are separated by commas. */
void draft_mount(struct draft *draft, const char *destination, const char *type, const char *source,
	const char *options);

/* The mount so far that is path or above it, the last one of them; NULL if none is. */
const struct config_mount *draft_covering(const struct draft *draft, const char *path);

/* mounts.c: /proc, /dev and /sys. */
void system_mounts(struct draft *draft);

/* closure.c: the roots that the policy names, where it means them. */
struct strings closure_roots(const struct policy *policy, struct arena *arena);

/* root.c: the entries of the draft's roots, at "/"; directories of one name become one. */
int root_mounts(struct draft *draft, struct err *err);
/* The same as a packed closure names them. */
int root_entries_mount(struct draft *draft, const struct config_closure *closure, struct err *err);
/* The root of that index, a directory; -1 with errno. */
int root_open(const struct draft *draft, size_t index, int flags);
/* A part of a root or of a closure, with what such a mount may do; mode says whether it is a link.
 */
void root_bind(struct draft *draft, const char *destination, const char *source, mode_t mode);

/* host.c: the host's own programs, read-only, as the root. */
int host_mounts(struct draft *draft, struct err *err);

/* True for the trees of the kernel's own file systems, on the host and in the sandbox. */
bool kernel_place(const char *path);

/* What is wrong with a place for a volume or a tmpfs, as half a sentence; or NULL. */
const char *place_fault(const struct policy *policy, const char *path);

/* What programs of the root a mount at path would cover; NULL if none. */
const char *draft_covered(const struct draft *draft, const char *path);

/* process.c: where the workload starts. */
const char *policy_workdir(const struct policy *policy);

/* filesystem.c: what HOME is if the policy does not set it. */
const char *policy_home(const struct policy *policy);

/* workspace.c: where the workspace appears; the workdir if the policy does not say. */
const char *workspace_target(const struct policy *policy);

/* volume.c: a place of the host that the sandbox sees: a volume, or the workspace. */
struct share {
	char key[32]; /* where the policy says it: "volume[0]" */
	const char *source, *target;
	bool writable, exec;
	struct maybe_bool idmap; /* absent: if it is writable and the caller is root */
	const char *exec_key;    /* what makes exec true */
	const char *safer;       /* what would make it read-only, as a line of the policy */
};
/* The shares of a policy, by index; false after the last. */
bool share_at(const struct policy *policy, size_t index, struct share *share);
int share_check(const struct policy *policy, const struct mode_rules *rules,
	const struct share *share, struct err *err);
/* Where the share really is, if that can be shared like this; what follows may write there. */
int share_place(
	const struct draft *draft, const struct share *share, const char **place, struct err *err);
int share_mount(struct draft *draft, const struct share *share, struct err *err);
/* workspace.c: false if there is none. */
bool workspace_share(const struct policy *policy, struct share *share);

/* context.c: what every tree that is copied may say, by the name of its section. */
int tree_keys_check(const struct policy *policy, const char *section, const struct maybe_size *size,
	const struct strings *exclude, struct err *err);

/* secret.c: whether the sandbox is given files of the runtime's making. */
bool secret_places_wanted(const struct policy *policy);

/* moved.c: puts what stands where earlier policies had it to where it stands now. */
int policy_move(struct policy *policy, struct arena *arena, struct err *err);

/* account.c: numbers of a user and of its groups as the root's /etc/passwd and /etc/group say. */
int account_user(
	const struct draft *draft, const char *user, int64_t *uid, int64_t *gid, struct err *err);
int account_group(const struct draft *draft, const char *group, int64_t *gid, struct err *err);
