/* Checks of mounts and device nodes; see check.h. */
#include <stdio.h>
#include <string.h>

#include "config/check-parts.h"

static int mount_check(const struct config_mount *mount, size_t index, struct err *err)
{
	if (!mount->destination || !*mount->destination)
		return fault(err, "mounts[%zu].destination: missing", index);
	if (mount->destination[0] != '/')
		return fault(err, "mounts[%zu].destination: \"%.200s\" is not absolute", index,
			mount->destination);
	if (mount_binds(mount) && (!mount->source || !*mount->source))
		return fault(err, "mounts[%zu].source: missing: %.200s is a bind mount", index,
			mount->destination);
	if (!mount_binds(mount) && (!mount->type || !*mount->type))
		return fault(err,
			"mounts[%zu].type: missing: the file system for %.200s, or \"bind\"", index,
			mount->destination);
	return 0;
}

static bool mount_has_prefixed_option(const struct config_mount *mount, const char *option)
{
	return mount_has_option(mount, option) || mount_has_option(mount, option + 1);
}

static int mount_maps_check(const struct config *config, const struct config_mount *mount,
	size_t index, struct err *err)
{
	bool wanted = mount->uid_mappings_count || mount->gid_mappings_count;
	char key[64];

	if (!wanted && !mount_has_prefixed_option(mount, "ridmap"))
		return 0;
	if (!mount_binds(mount))
		return fault(err, "mounts[%zu].options: only a bind mount can be id-mapped", index);
	if (!wanted && !config_has_namespace(config, NAMESPACE_USER))
		return fault(err,
			"mounts[%zu].options: idmap needs uidMappings and gidMappings, or a user "
			"namespace to take the mapping from",
			index);
	if (!mount->uid_mappings_count != !mount->gid_mappings_count)
		return fault(err, "mounts[%zu]: needs both uidMappings and gidMappings", index);
	snprintf(key, sizeof(key), "mounts[%zu].uidMappings", index);
	if (id_maps_check(mount->uid_mappings, mount->uid_mappings_count, key, err) < 0)
		return -1;
	snprintf(key, sizeof(key), "mounts[%zu].gidMappings", index);
	return id_maps_check(mount->gid_mappings, mount->gid_mappings_count, key, err);
}

static int mount_options_check(const struct config *config, const struct config_mount *mount,
	size_t index, struct err *err)
{
	if (mount_has_option(mount, "tmpcopyup") &&
		(mount_binds(mount) || strcmp(mount->type, "tmpfs") != 0))
		return fault(err, "mounts[%zu].options: tmpcopyup is for a tmpfs", index);
	/* What cannot be bound cannot be taken along into a namespace of others either. */
	if (!config_has_new_namespace(config, NAMESPACE_MOUNT) &&
		mount_has_prefixed_option(mount, "runbindable"))
		return fault(
			err, "mounts[%zu].options: unbindable needs a new mount namespace", index);
	return mount_maps_check(config, mount, index, err);
}

int mounts_check(const struct config *config, struct err *err)
{
	for (size_t i = 0; i < config->mounts_count; i++)
		if (mount_check(&config->mounts[i], i, err) < 0 ||
			mount_options_check(config, &config->mounts[i], i, err) < 0)
			return -1;
	return 0;
}

/* file_mode may hold the type of the file, as st_mode does. */
static int device_bounds_check(const struct config_device *device, size_t i, struct err *err)
{
	if (bound_check(device->major, 0, MAJOR_MOST, err, "linux.devices[%zu].major", i) < 0 ||
		bound_check(device->minor, 0, MINOR_MOST, err, "linux.devices[%zu].minor", i) < 0 ||
		bound_check(device->file_mode, 0, 07777 | 0170000, err,
			"linux.devices[%zu].fileMode", i) < 0 ||
		bound_check(device->uid, 0, ID_MOST, err, "linux.devices[%zu].uid", i) < 0)
		return -1;
	return bound_check(device->gid, 0, ID_MOST, err, "linux.devices[%zu].gid", i);
}

int devices_check(const struct config *config, struct err *err)
{
	static const char *const types[] = { "c", "b", "u", "p", NULL };

	for (size_t i = 0; i < config->devices_count; i++) {
		const struct config_device *device = &config->devices[i];

		if (!device->path || device->path[0] != '/' || path_climbs(device->path))
			return fault(err,
				"linux.devices[%zu].path: must be absolute and without \"..\"", i);
		if (!device->type || !name_known(types, device->type))
			return fault(err, "linux.devices[%zu].type: must be c, b, u or p", i);
		if (*device->type != 'p' && (!device->major.set || !device->minor.set))
			return fault(err, "linux.devices[%zu]: needs major and minor", i);
		if (device_bounds_check(device, i, err) < 0)
			return -1;
		for (size_t j = 0; j < i; j++)
			if (!strcmp(config->devices[j].path, device->path))
				return fault(err, "linux.devices[%zu].path: %.200s is there twice",
					i, device->path);
	}
	return 0;
}
