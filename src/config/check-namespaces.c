/* Checks of namespaces and of what only makes sense in a new one: mappings, time, sysctl. */
#include <string.h>

#include "config/check-parts.h"

/* Lines a uid_map or gid_map may have, user_namespaces(7). */
enum { MAPPINGS_MOST = 340 };

static int offset_check(
	const struct config_time_offset *offset, bool new, const char *key, struct err *err)
{
	if (!new && (offset->secs.set || offset->nanosecs.set))
		return fault(err, "linux.timeOffsets.%s: needs a new time namespace", key);
	return bound_check(
		offset->nanosecs, 0, 999999999, err, "linux.timeOffsets.%s.nanosecs", key);
}

static int each_check(const struct config *config, struct err *err)
{
	unsigned seen = 0;

	for (size_t i = 0; i < config->namespaces_count; i++) {
		const char *path = config->namespaces[i].path;
		int type = config->namespaces[i].type;

		if (!type)
			return fault(err, "linux.namespaces[%zu].type: missing", i);
		if (seen & 1u << type)
			return fault(err, "linux.namespaces[%zu].type: \"%s\" is there twice", i,
				namespace_names[type]);
		if (path && path[0] != '/')
			return fault(err, "linux.namespaces[%zu].path: \"%.200s\" is not absolute",
				i, path);
		seen |= 1u << type;
	}
	return 0;
}

static const char *const propagations[] = { "shared", "rshared", "slave", "rslave", "private",
	"rprivate", "unbindable", "runbindable", NULL };

int namespaces_check(const struct config *config, struct err *err)
{
	bool time = config_has_new_namespace(config, NAMESPACE_TIME);

	if (each_check(config, err) < 0)
		return -1;
	if (offset_check(&config->time_offsets.monotonic, time, "monotonic", err) < 0 ||
		offset_check(&config->time_offsets.boottime, time, "boottime", err) < 0)
		return -1;
	if (config->rootfs_propagation && *config->rootfs_propagation &&
		!name_known(propagations, config->rootfs_propagation))
		return fault(err,
			"linux.rootfsPropagation: \"%.40s\" is not shared, slave, private or unbindable",
			config->rootfs_propagation);
	return 0;
}

static bool overlap(struct maybe_int left, struct maybe_int left_size, struct maybe_int right,
	struct maybe_int right_size)
{
	return left.value < right.value + right_size.value &&
		right.value < left.value + left_size.value;
}

static int mapping_check(
	const struct config_idmapping *maps, size_t index, const char *key, struct err *err)
{
	struct maybe_int inside = maps[index].container_id, outside = maps[index].host_id;
	struct maybe_int size = maps[index].size;

	if (!inside.set || !outside.set || !size.set)
		return fault(err, "%s[%zu]: needs containerID, hostID and size", key, index);
	if (bound_check(inside, 0, ID_MOST, err, "%s[%zu].containerID", key, index) < 0 ||
		bound_check(outside, 0, ID_MOST, err, "%s[%zu].hostID", key, index) < 0 ||
		bound_check(size, 1, ID_MOST + 1, err, "%s[%zu].size", key, index) < 0)
		return -1;
	if (inside.value + size.value > ID_MOST + 1 || outside.value + size.value > ID_MOST + 1)
		return fault(err, "%s[%zu].size: runs past the last ID", key, index);
	for (size_t i = 0; i < index; i++)
		if (overlap(inside, size, maps[i].container_id, maps[i].size) ||
			overlap(outside, size, maps[i].host_id, maps[i].size))
			return fault(err, "%s[%zu]: overlaps with %s[%zu]", key, index, key, i);
	return 0;
}

int id_maps_check(
	const struct config_idmapping *maps, size_t count, const char *key, struct err *err)
{
	if (count > MAPPINGS_MOST)
		return fault(err, "%s: more than the %d Linux takes", key, MAPPINGS_MOST);
	for (size_t i = 0; i < count; i++)
		if (mapping_check(maps, i, key, err) < 0)
			return -1;
	return 0;
}

static int map_check(const struct config *config, const struct config_idmapping *maps, size_t count,
	const char *key, struct err *err)
{
	/* With a joined one they only say once more what its mappings are. */
	if (count && !config_has_namespace(config, NAMESPACE_USER))
		return fault(err, "%s: needs a new user namespace", key);
	if (!count && config_has_new_namespace(config, NAMESPACE_USER))
		return fault(err, "%s: missing: a new user namespace needs a mapping", key);
	return id_maps_check(maps, count, key, err);
}

/* As the kernel takes them: no slash, colon or blank, at most 15 characters. */
static bool device_name_known(const char *name)
{
	return *name && strlen(name) < 16 && strcmp(name, ".") != 0 && strcmp(name, "..") != 0 &&
		!strpbrk(name, "/: \t\n\v\f\r");
}

static const char *name_inside(const struct config_net_device *device)
{
	return device->name && *device->name ? device->name : device->device;
}

int net_devices_check(const struct config *config, struct err *err)
{
	const struct config_net_device *devices = config->net_devices;

	if (config->net_devices_count && !config_has_namespace(config, NAMESPACE_NETWORK))
		return fault(err, "linux.netDevices: needs a network namespace");
	for (size_t i = 0; i < config->net_devices_count; i++) {
		const char *name = name_inside(&devices[i]);

		if (!device_name_known(devices[i].device) || !device_name_known(name))
			return fault(err,
				"linux.netDevices.%.40s: \"%.40s\" is no name of a device",
				devices[i].device,
				device_name_known(name) ? devices[i].device : name);
		for (size_t j = 0; j < i; j++)
			if (!strcmp(name, name_inside(&devices[j])))
				return fault(err, "linux.netDevices.%s: %s is called \"%s\" too",
					devices[i].device, devices[j].device, name);
	}
	return 0;
}

/* What the word stands for is made at the start, from what is said here. */
static int ids_check(const struct config *config, struct err *err)
{
	const char *annotation = "annotations." ANNOTATION_PREFIX "ids";

	if (!config->ids)
		return config->ids_size.set || config->ids_best_effort
			? fault(err, "%s: missing, beside what belongs to it", annotation)
			: 0;
	if (!config_has_new_namespace(config, NAMESPACE_USER))
		return fault(err, "%s: needs a new user namespace", annotation);
	if (config->ids == IDS_KEEP &&
		(config->uid_mappings_count != 1 || config->gid_mappings_count != 1 ||
			config->uid_mappings->size.value != 1 ||
			config->gid_mappings->size.value != 1))
		return fault(err, "%s: keep-id needs one user and one group in the mappings",
			annotation);
	return bound_check(config->ids_size, 2, ID_MOST + 1, err, "%s-size", annotation);
}

int mappings_check(const struct config *config, struct err *err)
{
	if (ids_check(config, err) < 0)
		return -1;
	if (map_check(config, config->uid_mappings, config->uid_mappings_count, "linux.uidMappings",
		    err) < 0)
		return -1;
	return map_check(
		config, config->gid_mappings, config->gid_mappings_count, "linux.gidMappings", err);
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

enum namespace_type config_sysctl_namespace(const char *key)
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
		enum namespace_type type = config_sysctl_namespace(key);

		if (!sysctl_well_formed(key))
			return fault(err, "linux.sysctl: \"%.80s\" is no name of a sysctl", key);
		if (!type)
			return fault(err,
				"linux.sysctl: %.80s belongs to the whole host: it cannot be set for "
				"one container",
				key);
		if (!config_has_namespace(config, type))
			return fault(err, "linux.sysctl: %.80s needs a new or joined %s namespace",
				key, namespace_names[type]);
	}
	return 0;
}
