/* "linux.resources" of config.json. Source: OCI runtime specification 1.3, config-linux.md. */
#include <string.h>

#include "oci/parts.h"
#include "oci/spec.h"

/* clang-format off */
static const struct key memory_keys[] = {
	NAMED("limit", struct config_resources, memory.limit, "bytes; -1: unlimited"),
	NAMED("reservation", struct config_resources, memory.reservation, "bytes kept back last"),
	NAMED("swap", struct config_resources, memory.swap, "bytes of memory and swap together"),
	NAMED("kernel", struct config_resources, memory.kernel, "bytes; version 1, and an error if the kernel ignores it"),
	NAMED("kernelTCP", struct config_resources, memory.kernel_tcp, "bytes of TCP's buffers; version 1"),
	NAMED("swappiness", struct config_resources, memory.swappiness, "0 to 100; version 1"),
	NAMED("disableOOMKiller", struct config_resources, memory.disable_oom_killer, "wait for memory instead; version 1"),
	IGNORED("useHierarchy", "always so since Linux 5.11"),
	NAMED("checkBeforeUpdate", struct config_resources, memory.check_before_update, "an update to less than is in use is an error"),
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
	NAMED("realtimePeriod", struct config_resources, cpu.realtime_period, "microseconds; version 1"),
	NAMED("realtimeRuntime", struct config_resources, cpu.realtime_runtime, "microseconds each period; version 1"),
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

static const struct key priority_keys[] = {
	KEY(struct config_interface_priority, name, "of the interface in the runtime's network namespace"),
	KEY(struct config_interface_priority, priority, "of packets that leave by it"),
	{ 0 }
};

static const struct key network_keys[] = {
	NAMED("classID", struct config_resources, network.class_id, "tag of packets, for tc(8); version 1"),
	LIST("priorities", struct config_resources, network.priorities, priority_keys, "version 1"),
	{ 0 }
};

static const struct key rdma_keys[] = {
	NAMED("hcaHandles", struct config_rdma_limit, hca_handles, "most handles"),
	NAMED("hcaObjects", struct config_rdma_limit, hca_objects, "most objects"),
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
	PART("network", network_keys, "packets, on version 1"),
	MAP("rdma", struct config_resources, rdma, rdma_keys, "RDMA devices, by name"),
	{ 0 }
};
/* clang-format on */

void resources_settle(struct config_resources *resources)
{
	struct maybe_int *const numbers[] = { &resources->block_io.weight, &resources->cpu.quota,
		&resources->cpu.realtime_runtime, &resources->memory.limit,
		&resources->memory.reservation, &resources->memory.swap, &resources->memory.kernel,
		&resources->memory.kernel_tcp, NULL };
	struct maybe_uint *const counts[] = { &resources->cpu.shares, &resources->cpu.period,
		&resources->cpu.realtime_period, &resources->network.class_id, NULL };

	for (size_t i = 0; numbers[i]; i++)
		numbers[i]->set = numbers[i]->set && numbers[i]->value;
	for (size_t i = 0; counts[i]; i++)
		counts[i]->set = counts[i]->set && counts[i]->value;
}

int resources_read(const struct node *table, const char *file, struct config_resources *resources,
	struct arena *arena, struct err *err)
{
	if (rows_read(spec_resources_keys, table, resources, arena, UNKNOWN_IGNORED, file, err) < 0)
		return -1;
	resources_settle(resources);
	return 0;
}

/* The pairs of both; where a key is in both, more's counts. */
static struct pairs pairs_merge(
	const struct pairs *pairs, const struct pairs *more, struct arena *arena)
{
	struct pairs all = { .set = pairs->set || more->set };

	all.items = arena_alloc(arena, pairs->count + more->count + 1, sizeof(*all.items));
	for (size_t i = 0; i < pairs->count; i++) {
		size_t j = 0;

		while (j < more->count && strcmp(pairs->items[i].key, more->items[j].key) != 0)
			j++;
		if (j == more->count)
			all.items[all.count++] = pairs->items[i];
	}
	for (size_t i = 0; i < more->count; i++)
		all.items[all.count++] = more->items[i];
	return all;
}

int resources_merge(struct config_resources *resources, const struct config_resources *more,
	struct arena *arena, struct err *err)
{
	struct pairs unified = pairs_merge(&resources->unified, &more->unified, arena);
	struct node *table = rows_write(spec_resources_keys, more, arena);

	if (rows_read(spec_resources_keys, table, resources, arena, UNKNOWN_IGNORED, "update",
		    err) < 0)
		return -1;
	resources->unified = unified;
	/* Memory without a bound has none together with swap either. */
	if (more->memory.limit.set && more->memory.limit.value < 0 && !more->memory.swap.set &&
		resources->memory.swap.set)
		resources->memory.swap.value = -1;
	return 0;
}
