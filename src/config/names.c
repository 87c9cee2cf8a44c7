/* The closed lists of names of struct config, in the form rows.h wants its choices: [0] is absent.
 */
#include <assert.h>
#include <stddef.h>
#include <string.h>

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

const char *const attestation_names[] = {
	NULL,
	[ATTESTATION_FULL] = "full",
	[ATTESTATION_OFF] = "off",
	NULL,
};

static_assert(sizeof(mode_names) / sizeof(*mode_names) == MODE_PRODUCTION + 2, "one name each");
static_assert(
	sizeof(namespace_names) / sizeof(*namespace_names) == NAMESPACE_TIME + 2, "one name each");
static_assert(sizeof(attestation_names) / sizeof(*attestation_names) == ATTESTATION_OFF + 2,
	"one name each");

bool config_has_new_namespace(const struct config *config, enum namespace_type type)
{
	for (size_t i = 0; i < config->namespaces_count; i++)
		if (config->namespaces[i].type == (int)type && !config->namespaces[i].path)
			return true;
	return false;
}

bool mount_has_option(const struct config_mount *mount, const char *option)
{
	for (size_t i = 0; i < mount->options.count; i++)
		if (!strcmp(mount->options.items[i], option))
			return true;
	return false;
}

bool mount_binds(const struct config_mount *mount)
{
	return (mount->type && !strcmp(mount->type, "bind")) || mount_has_option(mount, "bind") ||
		mount_has_option(mount, "rbind");
}
