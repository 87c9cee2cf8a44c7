/* "linux" of config.json, resources apart. Source: OCI runtime specification 1.3, config-linux.md.
 */
#include "config/profile.h"
#include "oci/parts.h"

static const char *const own_personality[] = { NULL, "LINUX", NULL };

/* clang-format off */
static const struct key namespace_keys[] = {
	CHOICE("type", struct config_namespace, type, namespace_names, "which one is new"),
	REFUSED("path", "joining a namespace is not supported yet; remove it to get a new one"),
	{ 0 }
};

static const struct key mapping_keys[] = {
	NAMED("containerID", struct config_idmapping, container_id, "first ID inside"),
	NAMED("hostID", struct config_idmapping, host_id, "first ID outside"),
	KEY(struct config_idmapping, size, "how many"),
	{ 0 }
};

static const struct key offset_keys[] = {
	KEY(struct config_time_offset, secs, "seconds"),
	KEY(struct config_time_offset, nanosecs, "nanoseconds"),
	{ 0 }
};

const struct key time_offset_keys[] = {
	TABLE("monotonic", struct config, time_offsets.monotonic, offset_keys, "CLOCK_MONOTONIC"),
	TABLE("boottime", struct config, time_offsets.boottime, offset_keys, "CLOCK_BOOTTIME"),
	{ 0 }
};

static const struct key device_keys[] = {
	KEY(struct config_device, type, "c, b, u or p"),
	KEY(struct config_device, path, "inside the container"),
	KEY(struct config_device, major, "its number"),
	KEY(struct config_device, minor, "its number"),
	NAMED("fileMode", struct config_device, file_mode, "permissions"),
	KEY(struct config_device, uid, "owner inside the container"),
	KEY(struct config_device, gid, "group inside the container"),
	{ 0 }
};

static const struct key personality_keys[] = {
	REFUSED_BUT("domain", own_personality, "personalities other than LINUX are not supported yet"),
	REFUSED("flags", "the specification knows no flag of a personality"),
	{ 0 }
};

const struct key linux_keys[] = {
	LIST("namespaces", struct config, namespaces, namespace_keys, "what is not shared with the host"),
	LIST("uidMappings", struct config, uid_mappings, mapping_keys, "users of the user namespace"),
	LIST("gidMappings", struct config, gid_mappings, mapping_keys, "groups of the user namespace"),
	PART("timeOffsets", time_offset_keys, "clocks of the time namespace"),
	LIST("devices", struct config, devices, device_keys, "device nodes"),
	NAMED("cgroupsPath", struct config, cgroups_path, "the container's cgroup"),
	TABLE("resources", struct config, resources, spec_resources_keys, "limits"),
	NAMED("rootfsPropagation", struct config, rootfs_propagation, "how mounts spread from the root"),
	KEY(struct config, sysctl, "kernel parameters of the container's namespaces"),
	POINTER("seccomp", struct config, seccomp, seccomp_keys, "which system calls may be made"),
	NAMED("maskedPaths", struct config, masked_paths, "hidden from the container"),
	NAMED("readonlyPaths", struct config, readonly_paths, "read-only to the container"),
	PART("personality", personality_keys, "execution domain"),
	REFUSED("netDevices", "moving network devices is not supported yet"),
	REFUSED("mountLabel", "SELinux labels are not supported yet"),
	REFUSED("intelRdt", "Intel RDT is not supported yet"),
	REFUSED("memoryPolicy", "memory policies are not supported yet"),
	{ 0 }
};
/* clang-format on */
