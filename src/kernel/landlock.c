/*
 * Landlock (landlock(7), Documentation/userspace-api/landlock.rst) up to ABI 7, by bare system
 * calls: Debian 12's headers stop at ABI 2. Every right the running kernel knows is handled, so
 * what no rule allows is denied. What a config needs and the kernel lacks is an error unless the
 * config itself says best_effort.
 */
#include "kernel/landlock-rights.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/file.h"
#include "format/node.h"
#include "kernel/landlock-place.h"
#include "kernel/steps.h"

enum {
	RULE_PATH_BENEATH = 1,
	RULE_NET_PORT = 2,
	RESTRICT_LOG_NEW_EXEC_ON = 1 << 1, /* ABI 7 */
	ABI_LOG = 7,
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

bool landlock_wanted(const struct config *config)
{
	return config->landlock || config->landlock_more_count || config->process.landlock;
}

/* The kernel's ABI, once it is known to be enough; 0 to do without; -1 with err otherwise. */
static int abi_check(
	const struct config *config, const struct config_landlock *landlock, struct err *err)
{
	const char *what;
	int needed = landlock_abi_needed(config, landlock, &what);
	int64_t least = landlock_is_best_effort(config, landlock) ? landlock->min_abi.value
								  : needed;
	long abi = landlock_abi_ask();
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
		landlock_is_proposed(config, landlock)
			? "run a newer kernel, or do without disableBestEffort"
			: "run a newer kernel; in agent mode [landlock] best_effort = true does without");
}

static int path_allow(int ruleset, uint64_t access, int place, const char *name, struct err *err)
{
	struct path_rule rule = { .access = access, .parent = place };

	/* A rule that allows nothing says nothing: the kernel calls it ENOMSG. */
	if (access && syscall(SYS_landlock_add_rule, ruleset, RULE_PATH_BENEATH, &rule, 0) < 0)
		return err_errno(err, "add the rule for %s", name);
	return 0;
}

static int rule_add_path(
	int ruleset, const struct run *run, const char *path, uint64_t access, struct err *err)
{
	struct stat stat;
	autoclose target = -1;

	if (run->target.entered) {
		target = landlock_place_open(run, path, access, err);
		if (target < 0)
			return target == LANDLOCK_PLACE_NEEDLESS ? 0 : -1;
	} else {
		target = file_open_in_root(run->rootfs, path, O_PATH, 0);
	}
	if (target < 0 && errno == ENOENT && run->config->mode == MODE_AGENT)
		return 0;
	if (target < 0 || fstat(target, &stat) < 0) {
		err_errno(err, "rule for %s", path);
		return err_hint(
			err, "a rule names a place inside the sandbox that exists when it starts");
	}
	if (!S_ISDIR(stat.st_mode))
		access &= file_rights;
	return path_allow(ruleset, access, target, path, err);
}

static int rule_add(int ruleset, const struct run *run, const struct config_landlock_rule *rule,
	bool proposed, uint64_t handled, struct err *err)
{
	uint64_t access = landlock_rule_access(proposed, &rule->access) & handled;

	if (!proposed)
		return rule_add_path(ruleset, run, rule->path, access, err);
	for (size_t i = 0; i < rule->paths.count; i++)
		if (rule_add_path(ruleset, run, rule->paths.items[i], access, err) < 0)
			return -1;
	return 0;
}

static int rules_add(int ruleset, const struct run *run, const struct config_landlock *landlock,
	const struct ruleset *handled, struct err *err)
{
	bool proposed = landlock_is_proposed(run->config, landlock);

	for (size_t i = 0; i < landlock->rules_count; i++)
		if (rule_add(ruleset, run, &landlock->rules[i], proposed, handled->fs, err) < 0)
			return -1;
	for (size_t i = 0; i < landlock->net_count && handled->net; i++) {
		struct port_rule port = {
			.access = handled->net &
				landlock_port_access(proposed, &landlock->net[i].access),
			.port = (uint64_t)landlock->net[i].port.value,
		};

		if (port.access &&
			syscall(SYS_landlock_add_rule, ruleset, RULE_NET_PORT, &port, 0) < 0)
			return err_errno(
				err, "add the rule for port %llu", (unsigned long long)port.port);
	}
	/* An init asks its own procfs, which nothing else can reach, how its workload ended. */
	return run->config->init ? path_allow(ruleset, FS_READ_FILE & handled->fs, run->procfs,
					   "the init's procfs", err)
				 : 0;
}

static int domain_enter(struct run *run, const struct config_landlock *landlock, struct err *err)
{
	int abi = abi_check(run->config, landlock, err);
	struct ruleset handled = landlock_handled(run->config, landlock, abi);
	size_t size = abi >= ABI_SCOPE ? sizeof(handled)
		: abi >= ABI_NET       ? 2 * sizeof(uint64_t)
				       : sizeof(uint64_t);

	if (abi <= 0)
		return abi;
	/* The kernel makes no domain that restricts nothing. */
	if (!handled.fs && !handled.net && !handled.scope)
		return 0;
	autoclose ruleset = (int)syscall(SYS_landlock_create_ruleset, &handled, size, 0);
	if (ruleset < 0)
		return err_errno(err, "create the rule set");
	if (run->target.entered)
		landlock_places_find(run, landlock, handled.fs);
	if (rules_add(ruleset, run, landlock, &handled, err) < 0)
		return -1;
	if (syscall(SYS_landlock_restrict_self, ruleset,
		    abi >= ABI_LOG ? RESTRICT_LOG_NEW_EXEC_ON : 0) < 0)
		return err_errno(err, "restrict this process");
	return 0;
}

/*
 * landlock_apply - confine files, ports and signals to what the config allows; where it says so in
 * several places, to what all of them allow
 *
 * Needs:  no_new_privs or CAP_SYS_ADMIN, the new root, every path already mounted
 * Leaves: no way to widen access for this process or its children
 * Mustn't run after seccomp: the filter need not allow landlock's calls
 */
int landlock_apply(struct run *run, struct err *err)
{
	const struct config *config = run->config;

	if (config->landlock && domain_enter(run, config->landlock, err) < 0)
		return -1;
	for (size_t i = 0; i < config->landlock_more_count; i++)
		if (domain_enter(run, &config->landlock_more[i], err) < 0)
			return -1;
	return config->process.landlock ? domain_enter(run, config->process.landlock, err) : 0;
}

static struct node *path_node(const struct config_landlock_rule *rule, struct arena *arena)
{
	struct node *node = node_new(arena, NODE_TABLE);

	node_put_string(arena, node, "path", rule->path);
	if (rule->paths.set)
		node_put_strings(arena, node, "paths", &rule->paths);
	node_put_strings(arena, node, "access", &rule->access);
	return node;
}

static void domain_print(
	const struct config_landlock *landlock, struct node *params, struct arena *arena)
{
	struct node *rules = node_new(arena, NODE_ARRAY), *ports = node_new(arena, NODE_ARRAY);

	if (landlock->min_abi.set)
		node_put_integer(arena, params, "min_abi", landlock->min_abi.value);
	if (landlock->best_effort)
		node_put(arena, params, "best_effort", node_bool(arena, true));
	for (size_t i = 0; i < landlock->rules_count; i++)
		node_append(rules, path_node(&landlock->rules[i], arena));
	node_put(arena, params, "rules", rules);
	for (size_t i = 0; i < landlock->net_count; i++) {
		struct node *port = node_new(arena, NODE_TABLE);

		node_put_integer(arena, port, "port", landlock->net[i].port.value);
		node_put_strings(arena, port, "access", &landlock->net[i].access);
		node_append(ports, port);
	}
	if (landlock->net_handled || landlock->net_count)
		node_put(arena, params, "ports", ports);
	node_put_strings(arena, params, "scope", &landlock->scope);
}

void landlock_print(const struct config *config, struct node *params, struct arena *arena)
{
	const struct config_landlock *proposed = config->process.landlock;
	struct node *more = node_new(arena, NODE_ARRAY), *own;

	if (config->landlock)
		domain_print(config->landlock, params, arena);
	for (size_t i = 0; i < config->landlock_more_count; i++) {
		own = node_new(arena, NODE_TABLE);
		domain_print(&config->landlock_more[i], own, arena);
		node_append(more, own);
	}
	if (config->landlock_more_count)
		node_put(arena, params, "more", more);
	if (!proposed)
		return;
	own = node_new(arena, NODE_TABLE);
	node_put_strings(arena, own, "handledAccessFS", &proposed->handled_fs);
	node_put_strings(arena, own, "handledAccessNet", &proposed->handled_net);
	node_put(arena, own, "disableBestEffort", node_bool(arena, proposed->disable_best_effort));
	domain_print(proposed, own, arena);
	node_put(arena, params, "process", own);
}
