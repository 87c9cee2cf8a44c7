/* "process" of config.json. Source: OCI runtime specification 1.3, config.md. */
#include <fcntl.h>
#include <string.h>

#include "base/fd.h"
#include "base/file.h"
#include "base/lists.h"
#include "base/names.h"
#include "config/check.h"
#include "format/json.h"
#include "oci/parts.h"
#include "oci/spec.h"

/* clang-format off */
static const struct key console_size_keys[] = {
	KEY(struct config_console_size, height, "lines"),
	KEY(struct config_console_size, width, "columns"),
	{ 0 }
};

static const struct key user_keys[] = {
	KEY(struct config_user, uid, "user inside the container"),
	KEY(struct config_user, gid, "group inside the container"),
	KEY(struct config_user, umask, "file mode mask"),
	NAMED("additionalGids", struct config_user, additional_gids, "further groups"),
	IGNORED("username", "for Windows"),
	{ 0 }
};

static const struct key rlimit_keys[] = {
	KEY(struct config_rlimit, type, "RLIMIT_NOFILE and so on"),
	KEY(struct config_rlimit, soft, "what is enforced"),
	KEY(struct config_rlimit, hard, "how far soft may be raised"),
	{ 0 }
};

static const struct key capabilities_keys[] = {
	KEY(struct config_capabilities, bounding, "what may ever be held"),
	KEY(struct config_capabilities, effective, "what is in force"),
	KEY(struct config_capabilities, inheritable, "what a file may pass on"),
	KEY(struct config_capabilities, permitted, "what may be put in force"),
	KEY(struct config_capabilities, ambient, "what survives execve"),
	{ 0 }
};

static const struct key scheduler_keys[] = {
	CHOICE("policy", struct config_scheduler, policy, scheduler_policies, "SCHED_OTHER and so on"),
	KEY(struct config_scheduler, nice, "-20 to 19"),
	KEY(struct config_scheduler, priority, "1 to 99 for SCHED_FIFO and SCHED_RR"),
	KEY(struct config_scheduler, flags, "SCHED_FLAG_RESET_ON_FORK and so on"),
	KEY(struct config_scheduler, runtime, "nanoseconds, for SCHED_DEADLINE"),
	KEY(struct config_scheduler, deadline, "nanoseconds, for SCHED_DEADLINE"),
	KEY(struct config_scheduler, period, "nanoseconds, for SCHED_DEADLINE"),
	{ 0 }
};

static const struct key io_priority_keys[] = {
	CHOICE("class", struct config_io_priority, class, io_classes, "IOPRIO_CLASS_BE and so on"),
	KEY(struct config_io_priority, priority, "0 (highest) to 7"),
	{ 0 }
};

static const struct key affinity_keys[] = {
	KEY(struct config_affinity, initial, "processors of exec before it is in the container's cgroup"),
	KEY(struct config_affinity, final, "processors of a process that exec adds"),
	{ 0 }
};

static const struct key ruleset_keys[] = {
	WORDS("handledAccessFS", struct config_landlock, handled_fs, "file rights that need a rule, by name or bits"),
	WORDS("handledAccessNet", struct config_landlock, handled_net, "rights to TCP ports that need a rule (ours)"),
	WORDS("scoped", struct config_landlock, scope, "abstract_unix_socket, signal: not beyond the container (ours)"),
	{ 0 }
};

static const struct key path_rule_keys[] = {
	WORDS("allowedAccess", struct config_landlock_rule, access, "what may be done there"),
	KEY(struct config_landlock_rule, paths, "files or trees inside the container"),
	{ 0 }
};

static const struct key port_rule_keys[] = {
	WORDS("allowedAccess", struct config_landlock_port, access, "bind_tcp, connect_tcp"),
	KEY(struct config_landlock_port, port, "a TCP port"),
	{ 0 }
};

static const struct key rules_keys[] = {
	LIST("pathBeneath", struct config_landlock, rules, path_rule_keys, "which files may be used"),
	LIST("netPort", struct config_landlock, net, port_rule_keys, "which ports may be used (ours)"),
	{ 0 }
};

static const struct key proposed_landlock_keys[] = {
	PART("ruleset", ruleset_keys, "what is restricted"),
	PART("rules", rules_keys, "what is allowed"),
	NAMED("disableBestEffort", struct config_landlock, disable_best_effort, "what the kernel lacks is an error"),
	{ 0 }
};

const struct key spec_process_keys[] = {
	KEY(struct config_process, terminal, "a pseudo-terminal as standard streams"),
	TABLE("consoleSize", struct config_process, console_size, console_size_keys, "the terminal's size"),
	KEY(struct config_process, cwd, "absolute"),
	KEY(struct config_process, env, "NAME=value"),
	KEY(struct config_process, args, "the program and its arguments"),
	TABLE("user", struct config_process, user, user_keys, "who it runs as"),
	LIST("rlimits", struct config_process, rlimits, rlimit_keys, "resource limits"),
	POINTER("capabilities", struct config_process, capabilities, capabilities_keys, "capability sets"),
	NAMED("noNewPrivileges", struct config_process, no_new_privileges, "execve grants nothing"),
	NAMED("oomScoreAdj", struct config_process, oom_score_adj, "-1000 to 1000"),
	NAMED("apparmorProfile", struct config_process, apparmor_profile, "an error where the kernel does not run AppArmor"),
	NAMED("selinuxLabel", struct config_process, selinux_label, "an error where the kernel does not run SELinux"),
	POINTER("scheduler", struct config_process, scheduler, scheduler_keys, "how it is scheduled"),
	POINTER("ioPriority", struct config_process, io_priority, io_priority_keys, "how its I/O is scheduled"),
	TABLE("execCPUAffinity", struct config_process, exec_cpu_affinity, affinity_keys, "processors of exec"),
	CLOSED("landlock", struct config_process, landlock, proposed_landlock_keys, "what of its files it may use"),
	IGNORED("commandLine", "for Windows"),
	{ 0 }
};
/* clang-format on */

static void set_settle(
	struct strings *set, const char *name, struct strings *warnings, struct arena *arena)
{
	size_t kept = 0;

	for (size_t i = 0; i < set->count; i++) {
		if (capability_number(set->items[i]) >= 0) {
			set->items[kept++] = set->items[i];
			continue;
		}
		strings_add(warnings, arena,
			arena_printf(arena,
				"process.capabilities.%s: \"%.60s\" is unknown and left out", name,
				set->items[i]));
	}
	set->count = kept;
}

void capabilities_settle(struct config *config, struct arena *arena)
{
	struct config_capabilities *sets = config->process.capabilities;

	if (!sets)
		return;
	set_settle(&sets->bounding, "bounding", &config->warnings, arena);
	set_settle(&sets->effective, "effective", &config->warnings, arena);
	set_settle(&sets->inheritable, "inheritable", &config->warnings, arena);
	set_settle(&sets->permitted, "permitted", &config->warnings, arena);
	set_settle(&sets->ambient, "ambient", &config->warnings, arena);
}

bool spec_landlock_equal(
	const struct config_landlock *one, const struct config_landlock *other, struct arena *arena)
{
	return !strcmp(json_write(arena, rows_write(proposed_landlock_keys, one, arena), false),
		json_write(arena, rows_write(proposed_landlock_keys, other, arena), false));
}

/* clang-format off */
static const struct key wrapper_keys[] = { TABLE("process", struct config, process, spec_process_keys, ""), { 0 } };
/* clang-format on */

int spec_process_read(const char *path, struct config *config, struct arena *arena, struct err *err)
{
	struct node *wrapper = node_new(arena, NODE_TABLE), *process;
	struct bytes bytes;
	autoclose file = open(path, O_RDONLY | O_NOCTTY | O_CLOEXEC);

	if (file < 0)
		return err_errno(err, "open the process file %s", path);
	if (file_read_fd(file, path, JSON_SIZE_MOST, arena, &bytes, err) < 0)
		return -1;
	process = json_read(arena, bytes.text, bytes.length, err);
	if (!process)
		return err_where(err, "%s", path);
	node_put(arena, wrapper, "process", process);
	if (rows_read(wrapper_keys, wrapper, config, arena, UNKNOWN_IGNORED, path, err) < 0)
		return -1;
	capabilities_settle(config, arena);
	return config_check_process(config, err) < 0 ? rows_locate(wrapper, path, err) : 0;
}
