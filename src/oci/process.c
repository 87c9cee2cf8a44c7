/* "process" of config.json. Source: OCI runtime specification 1.3, config.md. */
#include "base/names.h"
#include "oci/parts.h"

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
	REFUSED("apparmorProfile", "AppArmor profiles are not supported yet"),
	REFUSED("selinuxLabel", "SELinux labels are not supported yet"),
	REFUSED("scheduler", "scheduling policies are not supported yet"),
	REFUSED("ioPriority", "I/O priorities are not supported yet"),
	REFUSED("execCPUAffinity", "CPU affinity is not supported yet"),
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
		warnings->items = arena_grow(
			arena, warnings->items, warnings->count, sizeof(*warnings->items));
		warnings->items[warnings->count++] = arena_printf(arena,
			"process.capabilities.%s: \"%.60s\" is unknown and left out", name,
			set->items[i]);
		warnings->set = true;
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
