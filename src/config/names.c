/* The closed lists of names of struct config, in the form rows.h wants its choices: [0] is absent.
 */
#include <assert.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>

#include "base/names.h"
#include "config/store-path.h"
#include "nucleus/config.h"

const char *const mode_names[] = {
	NULL,
	[MODE_AGENT] = "agent",
	[MODE_STRICT_AGENT] = "strict-agent",
	[MODE_PRODUCTION] = "production",
	NULL,
};

const char *const namespace_names[] = {
	NULL,
	[NAMESPACE_USER] = "user",
	[NAMESPACE_PID] = "pid",
	[NAMESPACE_NETWORK] = "network",
	[NAMESPACE_MOUNT] = "mount",
	[NAMESPACE_IPC] = "ipc",
	[NAMESPACE_UTS] = "uts",
	[NAMESPACE_CGROUP] = "cgroup",
	[NAMESPACE_TIME] = "time",
	NULL,
};

const char *const manager_names[] = {
	NULL,
	[MANAGER_CGROUPFS] = "cgroupfs",
	[MANAGER_SYSTEMD] = "systemd",
	[MANAGER_DELEGATED] = "delegated",
	[MANAGER_DISABLED] = "disabled",
	NULL,
};

const char *const ids_names[] = {
	NULL,
	[IDS_AUTO] = "auto",
	[IDS_KEEP] = "keep-id",
	NULL,
};

const char *const attestation_names[] = {
	NULL,
	[ATTESTATION_FULL] = "full",
	[ATTESTATION_CACHED] = "cached",
	[ATTESTATION_OFF] = "off",
	NULL,
};

const char *const scheduler_policies[] = {
	NULL,
	"SCHED_OTHER",
	"SCHED_FIFO",
	"SCHED_RR",
	"SCHED_BATCH",
	"SCHED_ISO",
	"SCHED_IDLE",
	"SCHED_DEADLINE",
	NULL,
};

const char *const scheduler_flags[] = {
	"SCHED_FLAG_RESET_ON_FORK",
	"SCHED_FLAG_RECLAIM",
	"SCHED_FLAG_DL_OVERRUN",
	"SCHED_FLAG_KEEP_POLICY",
	"SCHED_FLAG_KEEP_PARAMS",
	"SCHED_FLAG_UTIL_CLAMP_MIN",
	"SCHED_FLAG_UTIL_CLAMP_MAX",
	NULL,
};

const char *const io_classes[] = {
	NULL,
	"IOPRIO_CLASS_RT",
	"IOPRIO_CLASS_BE",
	"IOPRIO_CLASS_IDLE",
	NULL,
};

const char *const memory_modes[] = {
	NULL,
	"MPOL_DEFAULT",
	"MPOL_PREFERRED",
	"MPOL_BIND",
	"MPOL_INTERLEAVE",
	"MPOL_LOCAL",
	"MPOL_PREFERRED_MANY",
	"MPOL_WEIGHTED_INTERLEAVE",
	NULL,
};

const char *const memory_flags[] = {
	"MPOL_F_NUMA_BALANCING",
	"MPOL_F_RELATIVE_NODES",
	"MPOL_F_STATIC_NODES",
	NULL,
};

const char *const personality_names[] = {
	NULL,
	[PERSONALITY_LINUX] = "LINUX",
	[PERSONALITY_LINUX32] = "LINUX32",
	NULL,
};

const char *const landlock_fs_rights[] = {
	"execute",
	"write_file",
	"read_file",
	"read_dir",
	"remove_dir",
	"remove_file",
	"make_char",
	"make_dir",
	"make_reg",
	"make_sock",
	"make_fifo",
	"make_block",
	"make_sym",
	"refer",
	"truncate",
	"ioctl_dev",
	NULL,
};

const char *const landlock_net_rights[] = { "bind_tcp", "connect_tcp", NULL };
const char *const landlock_scopes[] = { "abstract_unix_socket", "signal", NULL };

const char *const hook_names[] = {
	[HOOK_PRESTART] = "prestart",
	[HOOK_CREATE_RUNTIME] = "createRuntime",
	[HOOK_CREATE_CONTAINER] = "createContainer",
	[HOOK_START_CONTAINER] = "startContainer",
	[HOOK_POSTSTART] = "poststart",
	[HOOK_POSTSTOP] = "poststop",
};

static_assert(sizeof(hook_names) / sizeof(*hook_names) == HOOK_KINDS, "one name each");
static_assert(sizeof(mode_names) / sizeof(*mode_names) == MODE_PRODUCTION + 2, "one name each");
static_assert(
	sizeof(namespace_names) / sizeof(*namespace_names) == NAMESPACE_TIME + 2, "one name each");
static_assert(sizeof(attestation_names) / sizeof(*attestation_names) == ATTESTATION_OFF + 2,
	"one name each");

static const struct config_namespace *namespace_find(
	const struct config *config, enum namespace_type type)
{
	for (size_t i = 0; i < config->namespaces_count; i++)
		if (config->namespaces[i].type == (int)type)
			return &config->namespaces[i];
	return NULL;
}

bool config_is_foreign(const struct config *config)
{
	return config->mode == MODE_UNSET || config->policy;
}

bool seccomp_notifies(const struct config_seccomp *seccomp)
{
	static const char notify[] = "SCMP_ACT_NOTIFY";
	bool found = !strcmp(seccomp->default_action, notify);

	for (size_t i = 0; i < seccomp->syscalls_count && !found; i++)
		found = !strcmp(seccomp->syscalls[i].action, notify);
	return found;
}

bool config_has_new_namespace(const struct config *config, enum namespace_type type)
{
	const struct config_namespace *found = namespace_find(config, type);

	return found && !found->path;
}

bool config_has_namespace(const struct config *config, enum namespace_type type)
{
	return namespace_find(config, type) != NULL;
}

int config_stop_signal(const struct config *config)
{
	const char *name = config->stop ? config->stop->signal : NULL;

	/* What converters of images leave behind; conversion.md of the image specification. */
	for (size_t i = 0; !name && i < config->annotations.count; i++)
		if (!strcmp(config->annotations.items[i].key,
			    "org.opencontainers.image.stopSignal"))
			name = config->annotations.items[i].value;
	return name && signal_number(name) > 0 ? signal_number(name) : SIGTERM;
}

int64_t config_stop_timeout(const struct config *config)
{
	return config->stop && config->stop->timeout.set ? config->stop->timeout.value
							 : STOP_TIMEOUT;
}

const char *config_joined_namespace(const struct config *config, enum namespace_type type)
{
	const struct config_namespace *found = namespace_find(config, type);

	return found ? found->path : NULL;
}

bool mount_has_option(const struct config_mount *mount, const char *option)
{
	for (size_t i = 0; i < mount->options.count; i++)
		if (!strcmp(mount->options.items[i], option))
			return true;
	return false;
}

bool mount_is_packed(const struct config *config, const struct config_mount *mount)
{
	const struct config_closure *closure = config->closure;

	return closure && closure->image_sha256 && mount_binds(mount) && mount->source &&
		path_inside(mount->source, closure->closure.store_dir);
}

bool mount_binds(const struct config_mount *mount)
{
	return (mount->type && !strcmp(mount->type, "bind")) || mount_has_option(mount, "bind") ||
		mount_has_option(mount, "rbind");
}
