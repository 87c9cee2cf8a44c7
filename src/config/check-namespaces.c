/* Checks of namespaces and of what only makes sense in a new one: mappings, time, sysctl. */
#include <errno.h>
#include <string.h>

#include "config/check-parts.h"

/* Lines a uid_map or gid_map may have, user_namespaces(7). */
enum { MAPPINGS_MOST = 340 };

static int offset_check(
	const struct config_time_offset *offset, bool new, const char *key, struct err *err)
{
	if (!new && (offset->secs.set || offset->nanosecs.set))
		return err_set(
			err, EINVAL, "linux.timeOffsets.%s: needs a new time namespace", key);
	return bounds_check(
		offset->nanosecs, 0, 999999999, err, "linux.timeOffsets.%s.nanosecs", key);
}

static int twice_check(const struct config *config, struct err *err)
{
	unsigned seen = 0;

	for (size_t i = 0; i < config->namespaces_count; i++) {
		int type = config->namespaces[i].type;

		if (!type)
			return err_set(err, EINVAL, "linux.namespaces[%zu].type: missing", i);
		if (seen & 1u << type)
			return err_set(err, EINVAL,
				"linux.namespaces[%zu].type: \"%s\" is there twice", i,
				namespace_names[type]);
		seen |= 1u << type;
	}
	return 0;
}

static const char *const propagations[] = { "shared", "rshared", "slave", "rslave", "private",
	"rprivate", "unbindable", "runbindable", NULL };

int namespaces_check(const struct config *config, struct err *err)
{
	bool time = config_has_new_namespace(config, NAMESPACE_TIME);

	if (twice_check(config, err) < 0)
		return -1;
	if (!config_has_new_namespace(config, NAMESPACE_MOUNT))
		return err_set(err, EINVAL,
			"linux.namespaces: needs {\"type\": \"mount\"}: without a mount namespace of "
			"its own the root would be the host's");
	if (offset_check(&config->time_offsets.monotonic, time, "monotonic", err) < 0 ||
		offset_check(&config->time_offsets.boottime, time, "boottime", err) < 0)
		return -1;
	if (config->rootfs_propagation && *config->rootfs_propagation &&
		!name_known(propagations, config->rootfs_propagation))
		return err_set(err, EINVAL,
			"linux.rootfsPropagation: \"%.40s\" is not shared, slave, private or unbindable",
			config->rootfs_propagation);
	return 0;
}

static bool overlap(int64_t left, int64_t left_size, int64_t right, int64_t right_size)
{
	return left < right + right_size && right < left + left_size;
}

static int mapping_check(
	const struct config_idmapping *maps, size_t index, const char *key, struct err *err)
{
	const struct config_idmapping *map = &maps[index];

	if (!map->container_id.set || !map->host_id.set || !map->size.set)
		return err_set(
			err, EINVAL, "%s[%zu]: needs containerID, hostID and size", key, index);
	if (bounds_check(map->container_id, 0, ID_MOST, err, "%s[%zu].containerID", key, index) <
			0 ||
		bounds_check(map->host_id, 0, ID_MOST, err, "%s[%zu].hostID", key, index) < 0 ||
		bounds_check(map->size, 1, ID_MOST + 1, err, "%s[%zu].size", key, index) < 0)
		return -1;
	if (map->container_id.value + map->size.value > ID_MOST + 1 ||
		map->host_id.value + map->size.value > ID_MOST + 1)
		return err_set(err, EINVAL, "%s[%zu].size: runs past the last ID", key, index);
	for (size_t i = 0; i < index; i++)
		if (overlap(map->container_id.value, map->size.value, maps[i].container_id.value,
			    maps[i].size.value) ||
			overlap(map->host_id.value, map->size.value, maps[i].host_id.value,
				maps[i].size.value))
			return err_set(
				err, EINVAL, "%s[%zu]: overlaps with %s[%zu]", key, index, key, i);
	return 0;
}

static int map_check(const struct config_idmapping *maps, size_t count, bool wanted,
	const char *key, struct err *err)
{
	if (count && !wanted)
		return err_set(err, EINVAL, "%s: needs a new user namespace", key);
	if (!count && wanted)
		return err_set(
			err, EINVAL, "%s: missing: a new user namespace needs a mapping", key);
	if (count > MAPPINGS_MOST)
		return err_set(err, EINVAL, "%s: more than the %d Linux takes", key, MAPPINGS_MOST);
	for (size_t i = 0; i < count; i++)
		if (mapping_check(maps, i, key, err) < 0)
			return -1;
	return 0;
}

int mappings_check(const struct config *config, struct err *err)
{
	bool user = config_has_new_namespace(config, NAMESPACE_USER);

	if (map_check(config->uid_mappings, config->uid_mappings_count, user, "linux.uidMappings",
		    err) < 0)
		return -1;
	return map_check(
		config->gid_mappings, config->gid_mappings_count, user, "linux.gidMappings", err);
}

/* What a sysctl belongs to: all others are the host's own. */
static const struct {
	const char *name; /* ending in '.': the tree below */
	enum namespace_type type;
} sysctls[] = {
	{ "net.", NAMESPACE_NETWORK },
	{ "kernel.msgmax", NAMESPACE_IPC },
	{ "kernel.msgmnb", NAMESPACE_IPC },
	{ "kernel.msgmni", NAMESPACE_IPC },
	{ "kernel.sem", NAMESPACE_IPC },
	{ "kernel.shmall", NAMESPACE_IPC },
	{ "kernel.shmmax", NAMESPACE_IPC },
	{ "kernel.shmmni", NAMESPACE_IPC },
	{ "kernel.shm_rmid_forced", NAMESPACE_IPC },
	{ "fs.mqueue.", NAMESPACE_IPC },
	{ "kernel.domainname", NAMESPACE_UTS },
	{ "user.", NAMESPACE_USER },
};

static enum namespace_type sysctl_namespace(const char *key)
{
	for (size_t i = 0; i < sizeof(sysctls) / sizeof(*sysctls); i++) {
		size_t length = strlen(sysctls[i].name);
		bool tree = sysctls[i].name[length - 1] == '.';

		if (tree ? !strncmp(key, sysctls[i].name, length) : !strcmp(key, sysctls[i].name))
			return sysctls[i].type;
	}
	return NAMESPACE_UNSET;
}

/* Nothing that could leave /proc/sys once its dots are slashes. */
static bool sysctl_well_formed(const char *key)
{
	static const char allowed[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./";

	return *key && *key != '.' && *key != '/' && !strstr(key, "..") && !strstr(key, "//") &&
		!strstr(key, "./") && !strstr(key, "/.") && !key[strspn(key, allowed)];
}

int sysctl_check(const struct config *config, struct err *err)
{
	for (size_t i = 0; i < config->sysctl.count; i++) {
		const char *key = config->sysctl.items[i].key;
		enum namespace_type type = sysctl_namespace(key);

		if (!sysctl_well_formed(key))
			return err_set(
				err, EINVAL, "linux.sysctl: \"%.80s\" is no name of a sysctl", key);
		if (!type)
			return err_set(err, EINVAL,
				"linux.sysctl: %.80s belongs to the whole host: it cannot be set for "
				"one container",
				key);
		if (!config_has_new_namespace(config, type))
			return err_set(err, EINVAL, "linux.sysctl: %.80s needs a new %s namespace",
				key, namespace_names[type]);
	}
	return 0;
}
