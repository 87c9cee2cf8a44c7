/*
 * Landlock (landlock(7), Documentation/userspace-api/landlock.rst) up to ABI 7, by bare system
 * calls: Debian 12's headers stop at ABI 2. Every right the running kernel knows is handled, so
 * what no rule allows is denied. What a config needs and the kernel lacks is an error unless the
 * config itself says best_effort.
 */
#include "kernel/landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/file.h"
#include "format/node.h"
#include "kernel/steps.h"

/* linux/landlock.h of Linux 6.15. */
enum {
	FS_EXECUTE = 1 << 0,
	FS_WRITE_FILE = 1 << 1,
	FS_READ_FILE = 1 << 2,
	FS_READ_DIR = 1 << 3,
	FS_REMOVE = 3 << 4,     /* directories, other files */
	FS_MAKE = 0x7f << 6,    /* one right for each type of file */
	FS_REFER = 1 << 13,     /* ABI 2 */
	FS_TRUNCATE = 1 << 14,  /* ABI 3 */
	FS_IOCTL_DEV = 1 << 15, /* ABI 5 */
	FS_ALL = (FS_IOCTL_DEV << 1) - 1,

	NET_BIND_TCP = 1 << 0, /* ABI 4 */
	NET_CONNECT_TCP = 1 << 1,

	SCOPE_ABSTRACT_UNIX_SOCKET = 1 << 0, /* ABI 6 */
	SCOPE_SIGNAL = 1 << 1,

	RULE_PATH_BENEATH = 1,
	RULE_NET_PORT = 2,
	CREATE_RULESET_VERSION = 1 << 0,
	RESTRICT_LOG_NEW_EXEC_ON = 1 << 1, /* ABI 7 */

	ABI_NET = 4,
	ABI_SCOPE = 6,
	ABI_LOG = 7,
};

struct ruleset {
	uint64_t fs, net, scope;
};

struct path_rule {
	uint64_t access;
	int32_t parent;
} __attribute__((packed));

struct port_rule {
	uint64_t access, port;
};

/* What means something for a file that is no directory. */
static const uint64_t file_rights = FS_EXECUTE | FS_WRITE_FILE | FS_READ_FILE | FS_TRUNCATE |
	FS_IOCTL_DEV;

uint64_t landlock_known(int abi)
{
	uint64_t known = FS_REFER - 1;

	if (abi >= 2)
		known |= FS_REFER;
	if (abi >= 3)
		known |= FS_TRUNCATE;
	if (abi >= 5)
		known |= FS_IOCTL_DEV;
	return abi < 1 ? 0 : known;
}

/* One name of a rule's access list. Truncating is part of writing: its ABI is asked for only by
 * name. */
static const struct access_name {
	const char *name;
	uint64_t rights;
	int abi;
} access_names[] = {
	{ "read", FS_READ_FILE, 1 },
	{ "write", FS_WRITE_FILE | FS_TRUNCATE, 1 },
	{ "execute", FS_EXECUTE, 1 },
	{ "create", FS_MAKE, 1 },
	{ "remove", FS_REMOVE, 1 },
	{ "readdir", FS_READ_DIR, 1 },
	{ "refer", FS_REFER, 2 },
	{ "truncate", FS_TRUNCATE, 3 },
	{ "ioctl_dev", FS_IOCTL_DEV, 5 },
	{ "all", FS_ALL, 1 },
	{ "all_except_execute", FS_ALL & ~FS_EXECUTE, 1 },
};

uint64_t landlock_access(const struct strings *names, int *needed_abi)
{
	uint64_t access = 0;

	for (size_t i = 0; i < names->count; i++)
		for (size_t k = 0; k < sizeof(access_names) / sizeof(*access_names); k++) {
			if (strcmp(access_names[k].name, names->items[i]) != 0)
				continue;
			access |= access_names[k].rights;
			if (needed_abi && *needed_abi < access_names[k].abi)
				*needed_abi = access_names[k].abi;
		}
	return access;
}

bool landlock_wanted(const struct config *config)
{
	return config->landlock != NULL;
}

static uint64_t ports_access(const struct strings *names)
{
	uint64_t access = 0;

	for (size_t i = 0; i < names->count; i++)
		access |= !strcmp(names->items[i], "bind") ? NET_BIND_TCP : NET_CONNECT_TCP;
	return access;
}

static uint64_t scopes(const struct strings *names)
{
	uint64_t scope = 0;

	for (size_t i = 0; i < names->count; i++)
		scope |= !strcmp(names->items[i], "signal") ? SCOPE_SIGNAL
							    : SCOPE_ABSTRACT_UNIX_SOCKET;
	return scope;
}

/* The ABI below which something the config says could not be enforced, and what that is. */
static int abi_needed(const struct config_landlock *landlock, const char **what)
{
	/* Before ABI 3 truncating is free for all: a min_abi below it says that this is known. */
	int abi = landlock->min_abi.set ? 1 : 3;

	*what = "denying truncation";
	for (size_t i = 0; i < landlock->rules_count; i++) {
		int before = abi;

		landlock_access(&landlock->rules[i].access, &abi);
		if (abi > before)
			*what = landlock->rules[i].path;
	}
	if (landlock->net_handled && abi < ABI_NET) {
		abi = ABI_NET;
		*what = "TCP ports";
	}
	if (landlock->scope.count && abi < ABI_SCOPE) {
		abi = ABI_SCOPE;
		*what = "scopes";
	}
	if (landlock->min_abi.set && landlock->min_abi.value > abi) {
		abi = (int)landlock->min_abi.value;
		*what = "min_abi";
	}
	return abi;
}

static long kernel_abi(void)
{
	return syscall(SYS_landlock_create_ruleset, NULL, 0, CREATE_RULESET_VERSION);
}

const char *landlock_lack(const struct config *config, struct arena *arena)
{
	const struct config_landlock *landlock = config->landlock;
	const char *what;
	int needed;
	long abi;

	if (!landlock || !landlock->best_effort)
		return NULL;
	needed = abi_needed(landlock, &what);
	abi = kernel_abi();
	if (abi < 0)
		return "this kernel has no Landlock: files are guarded by mounts alone";
	if (abi >= needed)
		return NULL;
	return arena_printf(arena,
		"this kernel's Landlock is ABI %ld, not %d: it guards less than it should (%s)",
		abi, needed, what);
}

/* The kernel's ABI, once it is known to be enough; 0 to do without; -1 with err otherwise. */
static int abi_check(const struct config_landlock *landlock, struct err *err)
{
	const char *what;
	int needed = abi_needed(landlock, &what);
	int64_t least = landlock->best_effort ? landlock->min_abi.value : needed;
	long abi = kernel_abi();
	bool absent = abi < 0 && (errno == ENOSYS || errno == EOPNOTSUPP);

	if (absent && least == 0)
		return 0;
	if (abi < 0)
		err_errno(err, "ask for the kernel's Landlock ABI");
	if (absent)
		return err_hint(err,
			"boot a kernel with CONFIG_SECURITY_LANDLOCK=y and landlock among lsm=");
	if (abi < 0)
		return -1;
	if (abi >= least)
		return (int)abi;
	err_set(err, EOPNOTSUPP, "%s: needs Landlock ABI %d, this kernel has %ld", what, needed,
		abi);
	return err_hint(err,
		"run a newer kernel; in agent mode [landlock] best_effort = true does without");
}

static int path_allow(int ruleset, uint64_t access, int place, const char *name, struct err *err)
{
	struct path_rule rule = { .access = access, .parent = place };

	/* A rule that allows nothing says nothing: the kernel calls it ENOMSG. */
	if (access && syscall(SYS_landlock_add_rule, ruleset, RULE_PATH_BENEATH, &rule, 0) < 0)
		return err_errno(err, "add the rule for %s", name);
	return 0;
}

static int rule_add_path(int ruleset, const struct run *run,
	const struct config_landlock_rule *rule, uint64_t handled, struct err *err)
{
	uint64_t access = landlock_access(&rule->access, NULL) & handled;
	struct stat stat;
	autoclose target = file_open_in_root(run->rootfs, rule->path, O_PATH, 0);

	if (target < 0 && errno == ENOENT && run->config->mode == MODE_AGENT)
		return 0;
	if (target < 0 || fstat(target, &stat) < 0) {
		err_errno(err, "rule for %s", rule->path);
		return err_hint(
			err, "a rule names a place inside the sandbox that exists when it starts");
	}
	if (!S_ISDIR(stat.st_mode))
		access &= file_rights;
	return path_allow(ruleset, access, target, rule->path, err);
}

static int rules_add(
	int ruleset, const struct run *run, const struct ruleset *handled, struct err *err)
{
	const struct config_landlock *landlock = run->config->landlock;

	for (size_t i = 0; i < landlock->rules_count; i++)
		if (rule_add_path(ruleset, run, &landlock->rules[i], handled->fs, err) < 0)
			return -1;
	for (size_t i = 0; i < landlock->net_count && handled->net; i++) {
		struct port_rule port = {
			.access = ports_access(&landlock->net[i].access),
			.port = (uint64_t)landlock->net[i].port.value,
		};

		if (port.access &&
			syscall(SYS_landlock_add_rule, ruleset, RULE_NET_PORT, &port, 0) < 0)
			return err_errno(
				err, "add the rule for port %llu", (unsigned long long)port.port);
	}
	/* An init asks its own procfs, which nothing else can reach, how its workload ended. */
	return run->config->init
		? path_allow(ruleset, FS_READ_FILE, run->procfs, "the init's procfs", err)
		: 0;
}

/*
 * landlock_apply - confine files, ports and signals to what the config allows
 *
 * Needs:  no_new_privs or CAP_SYS_ADMIN, the new root, every path already mounted
 * Leaves: no way to widen access for this process or its children
 * Mustn't run after seccomp: the filter need not allow landlock's calls
 */
int landlock_apply(struct run *run, struct err *err)
{
	const struct config_landlock *landlock = run->config->landlock;
	int abi = abi_check(landlock, err);
	struct ruleset handled = { .fs = landlock_known(abi) };
	size_t size = abi >= ABI_SCOPE ? sizeof(handled)
		: abi >= ABI_NET       ? 2 * sizeof(uint64_t)
				       : sizeof(uint64_t);

	if (abi <= 0)
		return abi;
	if (abi >= ABI_NET && landlock->net_handled)
		handled.net = NET_BIND_TCP | NET_CONNECT_TCP;
	if (abi >= ABI_SCOPE)
		handled.scope = scopes(&landlock->scope);
	autoclose ruleset = (int)syscall(SYS_landlock_create_ruleset, &handled, size, 0);
	if (ruleset < 0)
		return err_errno(err, "create the rule set");
	if (rules_add(ruleset, run, &handled, err) < 0)
		return -1;
	if (syscall(SYS_landlock_restrict_self, ruleset,
		    abi >= ABI_LOG ? RESTRICT_LOG_NEW_EXEC_ON : 0) < 0)
		return err_errno(err, "restrict this process");
	return 0;
}

void landlock_print(const struct config *config, struct node *params, struct arena *arena)
{
	const struct config_landlock *landlock = config->landlock;
	struct node *rules = node_new(arena, NODE_ARRAY), *ports = node_new(arena, NODE_ARRAY);

	if (landlock->min_abi.set)
		node_put_integer(arena, params, "min_abi", landlock->min_abi.value);
	if (landlock->best_effort)
		node_put(arena, params, "best_effort", node_bool(arena, true));
	for (size_t i = 0; i < landlock->rules_count; i++) {
		struct node *rule = node_new(arena, NODE_TABLE);

		node_put_string(arena, rule, "path", landlock->rules[i].path);
		node_put_strings(arena, rule, "access", &landlock->rules[i].access);
		node_append(rules, rule);
	}
	node_put(arena, params, "rules", rules);
	for (size_t i = 0; i < landlock->net_count; i++) {
		struct node *port = node_new(arena, NODE_TABLE);

		node_put_integer(arena, port, "port", landlock->net[i].port.value);
		node_put_strings(arena, port, "access", &landlock->net[i].access);
		node_append(ports, port);
	}
	if (landlock->net_handled)
		node_put(arena, params, "ports", ports);
	node_put_strings(arena, params, "scope", &landlock->scope);
}
