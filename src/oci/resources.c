/* "linux.resources" of config.json. Source: OCI runtime specification 1.3, config-linux.md. */
#include "oci/parts.h"

/* clang-format off */
static const struct key memory_keys[] = {
	NAMED("limit", struct config_resources, memory.limit, "bytes; -1: unlimited"),
	NAMED("reservation", struct config_resources, memory.reservation, "bytes kept back last"),
	NAMED("swap", struct config_resources, memory.swap, "bytes of memory and swap together"),
	REFUSED("kernel", "limits on kernel memory do nothing on kernels of today; remove it"),
	REFUSED("kernelTCP", "limits on TCP's kernel memory are not supported"),
	REFUSED("swappiness", "swappiness of a container is not supported"),
	REFUSED("disableOOMKiller", "disabling the OOM killer is not supported"),
	IGNORED("useHierarchy", "always so since Linux 5.11"),
	IGNORED("checkBeforeUpdate", "for updates: a new cgroup uses nothing yet"),
	{ 0 }
};

static const struct key cpu_keys[] = {
	NAMED("shares", struct config_resources, cpu.shares, "relative weight"),
	NAMED("quota", struct config_resources, cpu.quota, "microseconds each period; -1: unlimited"),
	NAMED("period", struct config_resources, cpu.period, "microseconds"),
	NAMED("burst", struct config_resources, cpu.burst, "microseconds saved up at most"),
	NAMED("idle", struct config_resources, cpu.idle, "1: SCHED_IDLE"),
	NAMED("cpus", struct config_resources, cpu.cpus, "a list like 0-3,7"),
	NAMED("mems", struct config_resources, cpu.mems, "memory nodes, a list like 0-3,7"),
	REFUSED("realtimeRuntime", "realtime scheduling limits are not supported"),
	REFUSED("realtimePeriod", "realtime scheduling limits are not supported"),
	{ 0 }
};

static const struct key pids_keys[] = {
	NAMED("limit", struct config_resources, pids.limit, "-1: unlimited"),
	{ 0 }
};

static const struct key weight_device_keys[] = {
	KEY(struct config_block_limit, major, "of the block device"),
	KEY(struct config_block_limit, minor, "of the block device"),
	KEY(struct config_block_limit, weight, "10 to 1000"),
	REFUSED("leafWeight", "gone since Linux 5.0; remove it"),
	{ 0 }
};

static const struct key throttle_keys[] = {
	KEY(struct config_block_limit, major, "of the block device"),
	KEY(struct config_block_limit, minor, "of the block device"),
	KEY(struct config_block_limit, rate, "bytes or operations a second"),
	{ 0 }
};

static const struct key block_io_keys[] = {
	KEY(struct config_block_io, weight, "10 to 1000"),
	REFUSED("leafWeight", "gone since Linux 5.0; remove it"),
	LIST("weightDevice", struct config_block_io, weight_device, weight_device_keys, "weights of devices"),
	LIST("throttleReadBpsDevice", struct config_block_io, read_bps, throttle_keys, "bytes read a second"),
	LIST("throttleWriteBpsDevice", struct config_block_io, write_bps, throttle_keys, "bytes written a second"),
	LIST("throttleReadIOPSDevice", struct config_block_io, read_iops, throttle_keys, "reads a second"),
	LIST("throttleWriteIOPSDevice", struct config_block_io, write_iops, throttle_keys, "writes a second"),
	{ 0 }
};

static const struct key hugepage_keys[] = {
	NAMED("pageSize", struct config_hugepage_limit, page_size, "a size like 2MB"),
	KEY(struct config_hugepage_limit, limit, "bytes"),
	{ 0 }
};

static const struct key device_rule_keys[] = {
	ALWAYS("allow", struct config_device_rule, allow, "or deny"),
	KEY(struct config_device_rule, type, "a: all, b: block, c: character"),
	KEY(struct config_device_rule, major, "any if absent"),
	KEY(struct config_device_rule, minor, "any if absent"),
	KEY(struct config_device_rule, access, "of r, w, m (make)"),
	{ 0 }
};

const struct key spec_resources_keys[] = {
	LIST("devices", struct config_resources, devices, device_rule_keys, "which devices may be used"),
	PART("memory", memory_keys, "memory"),
	PART("cpu", cpu_keys, "processors"),
	PART("pids", pids_keys, "processes"),
	TABLE("blockIO", struct config_resources, block_io, block_io_keys, "block devices"),
	LIST("hugepageLimits", struct config_resources, hugepage_limits, hugepage_keys, "huge pages"),
	KEY(struct config_resources, unified, "files of a version 2 cgroup, as they are"),
	REFUSED("network", "network classes and priorities are not supported"),
	REFUSED("rdma", "RDMA limits are not supported"),
	{ 0 }
};
/* clang-format on */

void resources_settle(struct config_resources *resources)
{
	if (!resources->block_io.weight.value)
		resources->block_io.weight.set = false;
	if (!resources->cpu.shares.value)
		resources->cpu.shares.set = false;
	if (!resources->cpu.period.value)
		resources->cpu.period.set = false;
	if (!resources->cpu.quota.value)
		resources->cpu.quota.set = false;
	if (!resources->memory.limit.value)
		resources->memory.limit.set = false;
	if (!resources->memory.reservation.value)
		resources->memory.reservation.set = false;
	if (!resources->memory.swap.value)
		resources->memory.swap.set = false;
}
