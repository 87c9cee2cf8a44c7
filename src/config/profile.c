/*
 * The rows of a seccomp profile, a Landlock rule set and a closure, shared by src/policy/ and
 * src/oci/, which do not know one another. Tables only: what a value means is checked by its
 * readers. seccomp: OCI runtime specification 1.3, config-linux.md; the other two are our own.
 */
#include "config/profile.h"

#include "nucleus/config.h"

/* clang-format off */
const struct key syscall_arg_keys[] = {
	KEY(struct config_syscall_arg, index, "which argument, 0 to 5"),
	KEY(struct config_syscall_arg, value, "what it is compared with"),
	NAMED("valueTwo", struct config_syscall_arg, value_two, "what the masked argument must equal"),
	KEY(struct config_syscall_arg, op, "the comparison, SCMP_CMP_EQ and so on"),
	{ 0 }
};

static const struct key syscall_keys[] = {
	KEY(struct config_syscall, names, "the calls this rule is for"),
	KEY(struct config_syscall, action, "what happens to them, SCMP_ACT_ALLOW and so on"),
	NAMED("errnoRet", struct config_syscall, errno_ret, "the error number of SCMP_ACT_ERRNO"),
	LIST("args", struct config_syscall, args, syscall_arg_keys, "conditions, all of which must hold"),
	{ 0 }
};

const struct key seccomp_keys[] = {
	NAMED("defaultAction", struct config_seccomp, default_action, "what happens to all other calls"),
	NAMED("defaultErrnoRet", struct config_seccomp, default_errno_ret, "the error number of SCMP_ACT_ERRNO"),
	KEY(struct config_seccomp, architectures, "SCMP_ARCH_X86_64 and so on; the native one if absent"),
	KEY(struct config_seccomp, flags, "SECCOMP_FILTER_FLAG_LOG and so on"),
	LIST("syscalls", struct config_seccomp, syscalls, syscall_keys, "one rule each"),
	NAMED("listenerPath", struct config_seccomp, listener_path, "the host's socket that receives the listener"),
	NAMED("listenerMetadata", struct config_seccomp, listener_metadata, "handed on with the listener"),
	{ 0 }
};

static const struct key landlock_rule_keys[] = {
	KEY(struct config_landlock_rule, path, "a tree inside the root"),
	KEY(struct config_landlock_rule, access, "what may be done there"),
	{ 0 }
};

static const struct key landlock_port_keys[] = {
	KEY(struct config_landlock_port, port, "a TCP port"),
	KEY(struct config_landlock_port, access, "bind, connect"),
	{ 0 }
};

const struct key landlock_keys[] = {
	NAMED("minAbi", struct config_landlock, min_abi, "the oldest Landlock ABI that will do"),
	NAMED("bestEffort", struct config_landlock, best_effort, "leave out what the kernel lacks"),
	LIST("rules", struct config_landlock, rules, landlock_rule_keys, "trees that may be used"),
	NAMED("netHandled", struct config_landlock, net_handled, "TCP ports are restricted to those in net"),
	LIST("net", struct config_landlock, net, landlock_port_keys, "TCP ports that may be used"),
	KEY(struct config_landlock, scope, "abstract_unix_socket, signal"),
	{ 0 }
};

const struct key stop_keys[] = {
	KEY(struct config_stop, signal, "what asks it to end; SIGTERM if absent"),
	NAMED("timeoutMs", struct config_stop, timeout, "milliseconds until it is killed; 10000 if absent"),
	{ 0 }
};

const struct key secret_keys[] = {
	KEY(struct config_secret, name, "what it is called"),
	KEY(struct config_secret, target, "a file inside the root"),
	KEY(struct config_secret, file, "of the host, by its real path"),
	KEY(struct config_secret, credential, "a file in the caller's $CREDENTIALS_DIRECTORY"),
	KEY(struct config_secret, fd, "a descriptor of the caller"),
	{ 0 }
};

const struct key manifest_keys[] = {
	KEY(struct config_manifest, root, "the directory that is the root"),
	KEY(struct config_manifest, sha256, "what the manifest at its top must hash to"),
	{ 0 }
};

const struct key closure_keys[] = {
	CHOICE("attestation", struct config_closure, attestation, attestation_names, "full, cached or off"),
	KEY(struct config_closure, registration, "the file that lists the store paths"),
	KEY(struct config_closure, sha256, "the closure digest, which names the environment"),
	SINGLE("root", struct config_closure, roots, "the store paths whose entries appear at /"),
	NAMED("storeDir", struct config_closure, store_dir, "where store paths live"),
	NAMED("gcRoots", struct config_closure, gc_roots, "auto, off or where Nix keeps what it does not collect"),
	KEY(struct config_closure, store, "the host's directory below which that is"),
	NAMED("trustedKeys", struct config_closure, trusted_keys, "public keys that must have signed"),
	NAMED("signaturesNeeded", struct config_closure, signatures_needed, "how many of them"),
	NAMED("imageSha256", struct config_closure, image_sha256, "of the file that is list and store in one"),
	{ 0 }
};

const struct key tree_keys[] = {
	KEY(struct config_tree, source, "the host's directory that is copied"),
	KEY(struct config_tree, target, "the mount that holds the copy"),
	KEY(struct config_tree, exclude, "patterns of what is not copied"),
	KEY(struct config_tree, size, "the most bytes it may hold"),
	KEY(struct config_tree, files, "the most entries it may hold"),
	KEY(struct config_tree, sha256, "what the copy must hash to"),
	NAMED("leaveOut", struct config_tree, leave_out, "what may not come back is left out"),
	{ 0 }
};
/* clang-format on */
