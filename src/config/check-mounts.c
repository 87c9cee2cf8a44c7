/* Checks of mounts and device nodes; see check.h. */
#include <errno.h>
#include <string.h>

#include "config/check-parts.h"

bool mount_binds(const struct config_mount *mount)
{
	if (mount->type && !strcmp(mount->type, "bind"))
		return true;
	for (size_t i = 0; i < mount->options.count; i++)
		if (!strcmp(mount->options.items[i], "bind") ||
			!strcmp(mount->options.items[i], "rbind"))
			return true;
	return false;
}

static int mount_check(const struct config_mount *mount, size_t index, struct err *err)
{
	if (!mount->destination || !*mount->destination)
		return err_set(err, EINVAL, "mounts[%zu].destination: missing", index);
	if (mount->destination[0] != '/')
		return err_set(err, EINVAL, "mounts[%zu].destination: \"%.200s\" is not absolute",
			index, mount->destination);
	if (mount_binds(mount) && (!mount->source || !*mount->source))
		return err_set(err, EINVAL, "mounts[%zu].source: missing: %.200s is a bind mount",
			index, mount->destination);
	if (!mount_binds(mount) && (!mount->type || !*mount->type))
		return err_set(err, EINVAL,
			"mounts[%zu].type: missing: the file system for %.200s, or \"bind\"", index,
			mount->destination);
	return 0;
}

int mounts_check(const struct config *config, struct err *err)
{
	for (size_t i = 0; i < config->mounts_count; i++)
		if (mount_check(&config->mounts[i], i, err) < 0)
			return -1;
	return 0;
}

static int device_numbers_check(const struct config_device *device, size_t index, struct err *err)
{
	if (strcmp(device->type, "p") != 0 && (!device->major.set || !device->minor.set))
		return err_set(err, EINVAL, "linux.devices[%zu]: needs major and minor", index);
	/* Twelve and twenty bits, MKDEV of the kernel. */
	if (bounds_check(device->major, 0, 4095, err, "linux.devices[%zu].major", index) < 0 ||
		bounds_check(device->minor, 0, 1048575, err, "linux.devices[%zu].minor", index) <
			0 ||
		bounds_check(device->file_mode, 0, 07777 | 0170000, err,
			"linux.devices[%zu].fileMode", index) < 0 ||
		bounds_check(device->uid, 0, ID_MOST, err, "linux.devices[%zu].uid", index) < 0)
		return -1;
	return bounds_check(device->gid, 0, ID_MOST, err, "linux.devices[%zu].gid", index);
}

int devices_check(const struct config *config, struct err *err)
{
	static const char *const types[] = { "c", "b", "u", "p", NULL };

	for (size_t i = 0; i < config->devices_count; i++) {
		const struct config_device *device = &config->devices[i];

		if (!device->path || device->path[0] != '/' || path_climbs(device->path))
			return err_set(err, EINVAL,
				"linux.devices[%zu].path: must be absolute and without \"..\"", i);
		if (!device->type || !name_known(types, device->type))
			return err_set(
				err, EINVAL, "linux.devices[%zu].type: must be c, b, u or p", i);
		if (device_numbers_check(device, i, err) < 0)
			return -1;
		for (size_t j = 0; j < i; j++)
			if (!strcmp(config->devices[j].path, device->path))
				return err_set(err, EINVAL,
					"linux.devices[%zu].path: %.200s is there twice", i,
					device->path);
	}
	return 0;
}
