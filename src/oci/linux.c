/* "linux" of config.json, resources apart. Source: OCI runtime specification 1.3, config-linux.md.
 */
#include "config/profile.h"
#include "oci/parts.h"

/* clang-format off */
static const struct key namespace_keys[] = {
	CHOICE("type", struct config_namespace, type, namespace_names, "which one is new, or joined"),
	KEY(struct config_namespace, path, "of the one to be joined, absolute; a new one if absent"),
	{ 0 }
};

const struct key mapping_keys[] = {
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

static const struct key net_device_keys[] = {
	KEY(struct config_net_device, name, "what it is called in the container; as it is called outside if absent"),
	{ 0 }
};

static const struct key personality_keys[] = {
	CHOICE("domain", struct config, personality, personality_names, "LINUX or LINUX32"),
	REFUSED("flags", "the specification knows no flag of a personality"),
	{ 0 }
};

static const struct key memory_policy_keys[] = {
	CHOICE("mode", struct config_memory_policy, mode, memory_modes, "MPOL_BIND and so on"),
	KEY(struct config_memory_policy, nodes, "a list like 0-3,7"),
	KEY(struct config_memory_policy, flags, "MPOL_F_STATIC_NODES and so on"),
	{ 0 }
};

static const struct key rdt_keys[] = {
	NAMED("closID", struct config_rdt, clos_id, "the class; its own, made and removed, if absent"),
	NAMED("l3CacheSchema", struct config_rdt, l3_cache_schema, "lines L3:..."),
	NAMED("memBwSchema", struct config_rdt, mem_bw_schema, "a line MB:..."),
	KEY(struct config_rdt, schemata, "further lines, written last"),
	NAMED("enableMonitoring", struct config_rdt, enable_monitoring, "a monitoring group of its own"),
	REFUSED("enableCMT", "enableMonitoring has taken its place"),
	REFUSED("enableMBM", "enableMonitoring has taken its place"),
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
	MAP("netDevices", struct config, net_devices, net_device_keys, "moved from the runtime's network namespace, with their addresses"),
	NAMED("mountLabel", struct config, mount_label, "SELinux's context of the mounts; left out, with a warning, where SELinux is off"),
	POINTER("intelRdt", struct config, rdt, rdt_keys, "an error where no resctrl is mounted"),
	POINTER("memoryPolicy", struct config, memory_policy, memory_policy_keys, "which memory nodes are used"),
	{ 0 }
};
/* clang-format on */
