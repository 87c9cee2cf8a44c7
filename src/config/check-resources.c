/* Checks of linux.resources and the cgroup's path; see check.h. */
#include <string.h>

#include "config/check-parts.h"
#include "config/check.h"

static int memory_check(const struct config_resources *resources, struct err *err)
{
	struct maybe_int limit = resources->memory.limit, swap = resources->memory.swap;

	if (bound_check(limit, -1, INT64_MAX, err, "linux.resources.memory.limit") < 0 ||
		bound_check(resources->memory.reservation, -1, INT64_MAX, err,
			"linux.resources.memory.reservation") < 0 ||
		bound_check(swap, -1, INT64_MAX, err, "linux.resources.memory.swap") < 0 ||
		bound_check(resources->memory.kernel, -1, INT64_MAX, err,
			"linux.resources.memory.kernel") < 0 ||
		bound_check(resources->memory.kernel_tcp, -1, INT64_MAX, err,
			"linux.resources.memory.kernelTCP") < 0)
		return -1;
	if (resources->memory.swappiness.set && resources->memory.swappiness.value > 100)
		return fault(err, "linux.resources.memory.swappiness: must be from 0 to 100");
	if (!swap.set || swap.value <= 0 ||
		(limit.set && limit.value >= 1 && limit.value <= swap.value))
		return 0;
	return fault(err, "linux.resources.memory.swap: counts memory and swap together, so it %s",
		limit.set && limit.value >= 1 ? "cannot be below memory.limit"
					      : "needs memory.limit");
}

static int cpu_check(const struct config_resources *resources, struct err *err)
{
	struct maybe_int quota = resources->cpu.quota;
	struct maybe_uint period = resources->cpu.period, burst = resources->cpu.burst;

	if (period.set && period.value && (period.value < 1000 || period.value > 1000000))
		return fault(err,
			"linux.resources.cpu.period: must be from 1000 to 1000000 microseconds");
	if (quota.set && quota.value > 0 && quota.value < 1000)
		return fault(err,
			"linux.resources.cpu.quota: must be at least 1000 microseconds, or -1");
	if (burst.set && burst.value &&
		(!quota.set || quota.value < 1 || burst.value > (uint64_t)quota.value))
		return fault(
			err, "linux.resources.cpu.burst: needs a quota and cannot be above it");
	return bound_check(resources->cpu.idle, 0, 1, err, "linux.resources.cpu.idle");
}

static int block_limits_check(
	const struct config_block_limit *limits, size_t count, const char *key, struct err *err)
{
	bool weights = !strcmp(key, "weightDevice");

	for (size_t i = 0; i < count; i++) {
		if (!limits[i].major.set || !limits[i].minor.set)
			return fault(err, "linux.resources.blockIO.%s[%zu]: needs major and minor",
				key, i);
		if (weights ? !limits[i].weight.set : !limits[i].rate.set)
			return fault(err, "linux.resources.blockIO.%s[%zu].%s: missing", key, i,
				weights ? "weight" : "rate");
		if (bound_check(limits[i].major, 0, MAJOR_MOST, err,
			    "linux.resources.blockIO.%s[%zu].major", key, i) < 0 ||
			bound_check(limits[i].minor, 0, MINOR_MOST, err,
				"linux.resources.blockIO.%s[%zu].minor", key, i) < 0 ||
			bound_check(limits[i].weight, 10, 1000, err,
				"linux.resources.blockIO.%s[%zu].weight", key, i) < 0)
			return -1;
	}
	return 0;
}

static int block_check(const struct config_block_io *io, struct err *err)
{
	const struct {
		const struct config_block_limit *limits;
		size_t count;
		const char *key;
	} lists[] = {
		{ io->weight_device, io->weight_device_count, "weightDevice" },
		{ io->read_bps, io->read_bps_count, "throttleReadBpsDevice" },
		{ io->write_bps, io->write_bps_count, "throttleWriteBpsDevice" },
		{ io->read_iops, io->read_iops_count, "throttleReadIOPSDevice" },
		{ io->write_iops, io->write_iops_count, "throttleWriteIOPSDevice" },
	};

	if (bound_check(io->weight, 10, 1000, err, "linux.resources.blockIO.weight") < 0)
		return -1;
	for (size_t i = 0; i < sizeof(lists) / sizeof(*lists); i++)
		if (block_limits_check(lists[i].limits, lists[i].count, lists[i].key, err) < 0)
			return -1;
	return 0;
}

/* "64KB", "2MB", "1GB": it becomes a part of a file's name. */
static bool page_size_well_formed(const char *text)
{
	size_t digits = strspn(text, "0123456789");

	return digits && digits < 8 && text[digits] && strchr("KMG", text[digits]) &&
		!strcmp(text + digits + 1, "B");
}

static int pages_check(const struct config_resources *resources, struct err *err)
{
	for (size_t i = 0; i < resources->hugepage_limits_count; i++) {
		const struct config_hugepage_limit *limit = &resources->hugepage_limits[i];

		if (!limit->page_size || !page_size_well_formed(limit->page_size))
			return fault(err,
				"linux.resources.hugepageLimits[%zu].pageSize: must be a size like 2MB",
				i);
		if (!limit->limit.set)
			return fault(err, "linux.resources.hugepageLimits[%zu].limit: missing", i);
		for (size_t j = 0; j < i; j++)
			if (!strcmp(resources->hugepage_limits[j].page_size, limit->page_size))
				return fault(err,
					"linux.resources.hugepageLimits[%zu].pageSize: %s is there twice",
					i, limit->page_size);
	}
	return 0;
}

/* A name is followed by a space in what the kernel is told. */
static bool name_is_word(const char *name)
{
	return name && *name && !name[strcspn(name, " \t\n")];
}

static int network_check(const struct config_resources *resources, struct err *err)
{
	if (resources->network.class_id.set && resources->network.class_id.value > UINT32_MAX)
		return fault(err, "linux.resources.network.classID: must be below 2^32");
	for (size_t i = 0; i < resources->network.priorities_count; i++) {
		const struct config_interface_priority *one = &resources->network.priorities[i];

		if (!name_is_word(one->name))
			return fault(err,
				"linux.resources.network.priorities[%zu].name: must be an interface",
				i);
		if (!one->priority.set || one->priority.value > UINT32_MAX)
			return fault(err,
				"linux.resources.network.priorities[%zu].priority: must be below 2^32",
				i);
	}
	return 0;
}

static int rdma_check(const struct config_resources *resources, struct err *err)
{
	for (size_t i = 0; i < resources->rdma_count; i++) {
		const struct config_rdma_limit *limit = &resources->rdma[i];

		if (!name_is_word(limit->device))
			return fault(
				err, "linux.resources.rdma: \"%.80s\" is no device", limit->device);
		if (!limit->hca_handles.set && !limit->hca_objects.set)
			return fault(err,
				"linux.resources.rdma.%.80s: needs hcaHandles or hcaObjects",
				limit->device);
		if (limit->hca_handles.value > INT32_MAX || limit->hca_objects.value > INT32_MAX)
			return fault(err, "linux.resources.rdma.%.80s: must be below 2^31",
				limit->device);
	}
	return 0;
}

static int rules_check(const struct config_resources *resources, struct err *err)
{
	static const char *const types[] = { "a", "b", "c", NULL };

	for (size_t i = 0; i < resources->devices_count; i++) {
		const struct config_device_rule *rule = &resources->devices[i];

		if (rule->type && *rule->type && !name_known(types, rule->type))
			return fault(
				err, "linux.resources.devices[%zu].type: must be a, b or c", i);
		if (rule->access && rule->access[strspn(rule->access, "rwm")])
			return fault(err,
				"linux.resources.devices[%zu].access: must be made of r, w and m",
				i);
		if (bound_check(rule->major, -1, MAJOR_MOST, err,
			    "linux.resources.devices[%zu].major", i) < 0 ||
			bound_check(rule->minor, -1, MINOR_MOST, err,
				"linux.resources.devices[%zu].minor", i) < 0)
			return -1;
	}
	return 0;
}

static int unified_check(const struct pairs *unified, struct err *err)
{
	for (size_t i = 0; i < unified->count; i++) {
		const char *key = unified->items[i].key;

		if (!strchr(key, '.') || *key == '.' || strchr(key, '/'))
			return fault(err,
				"linux.resources.unified: \"%.80s\" is no file of a cgroup", key);
	}
	return 0;
}

/* "0-3,7": what the kernel's list parser takes. */
static int list_check(const char *list, const char *key, struct err *err)
{
	if (list && list[strspn(list, "0123456789,- ")])
		return fault(
			err, "linux.resources.cpu.%s: \"%.80s\" is no list like 0-3,7", key, list);
	return 0;
}

int resources_check(const struct config *config, struct err *err)
{
	const struct config_resources *resources = &config->resources;

	if (config->cgroups_path && path_climbs(config->cgroups_path))
		return fault(err, "linux.cgroupsPath: may not hold \"..\"");
	if (memory_check(resources, err) < 0 || cpu_check(resources, err) < 0 ||
		list_check(resources->cpu.cpus, "cpus", err) < 0 ||
		list_check(resources->cpu.mems, "mems", err) < 0 ||
		bound_check(resources->pids.limit, -1, INT64_MAX, err,
			"linux.resources.pids.limit") < 0 ||
		block_check(&resources->block_io, err) < 0 || pages_check(resources, err) < 0 ||
		rules_check(resources, err) < 0 || network_check(resources, err) < 0 ||
		rdma_check(resources, err) < 0)
		return -1;
	return unified_check(&resources->unified, err);
}
