/*
 * What the two versions of the interface share: the names of controllers, the list of writes, and
 * the checks on values that end up inside a file's name or a line for one device. Nothing here
 * touches the kernel. Names: Documentation/admin-guide/cgroup-v1/ and cgroup-v2.rst.
 */
#include "kernel/cgroup-limits.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "nucleus/run.h"

static_assert((int)CGROUP_CONTROLLERS <= (int)CGROUP_CONTROLLERS_MOST,
	"struct run_cgroup has room for every controller");

/* clang-format off */
const char *const cgroup_v1_names[CGROUP_CONTROLLERS] = {
	[CGROUP_MEMORY] = "memory", [CGROUP_CPU] = "cpu", [CGROUP_CPUSET] = "cpuset",
	[CGROUP_PIDS] = "pids", [CGROUP_IO] = "blkio", [CGROUP_HUGETLB] = "hugetlb",
	[CGROUP_DEVICES] = "devices", [CGROUP_FREEZER] = "freezer", [CGROUP_RDMA] = "rdma",
	[CGROUP_MISC] = "misc",
};

const char *const cgroup_v2_names[CGROUP_CONTROLLERS] = {
	[CGROUP_MEMORY] = "memory", [CGROUP_CPU] = "cpu", [CGROUP_CPUSET] = "cpuset",
	[CGROUP_PIDS] = "pids", [CGROUP_IO] = "io", [CGROUP_HUGETLB] = "hugetlb",
	[CGROUP_DEVICES] = NULL, [CGROUP_FREEZER] = NULL, [CGROUP_RDMA] = "rdma",
	[CGROUP_MISC] = "misc",
};
/* clang-format on */

struct cgroup_write *cgroup_write_add(struct cgroup_writes *writes,
	enum cgroup_controller controller, const char *limit, const char *file, const char *format,
	...)
{
	struct cgroup_write *write;
	va_list args;
	char *value;

	writes->items = arena_grow(writes->arena, writes->items, writes->count, sizeof(*write));
	write = &writes->items[writes->count++];
	va_start(args, format);
	value = arena_vprintf(writes->arena, format, args);
	va_end(args);
	*write = (struct cgroup_write){
		.controller = controller,
		.limit = limit,
		.file = file,
		.value = value,
	};
	return write;
}

const char *cgroup_number(struct arena *arena, int64_t value)
{
	return value < 0 ? "max" : arena_printf(arena, "%lld", (long long)value);
}

static int check_weight(const struct maybe_int *weight, const char *limit, struct err *err)
{
	if (weight->set && (weight->value < 10 || weight->value > 1000))
		return err_set(err, EINVAL, "resources.%s: %lld is not between 10 and 1000", limit,
			(long long)weight->value);
	return 0;
}

static int check_block_limits(
	const struct config_block_limit *limits, size_t count, const char *limit, struct err *err)
{
	for (size_t i = 0; i < count; i++) {
		if (!limits[i].major.set || !limits[i].minor.set)
			return err_set(err, EINVAL,
				"resources.%s[%zu]: major and minor must be given", limit, i);
		if (limits[i].major.value < 0 || limits[i].minor.value < 0)
			return err_set(err, EINVAL, "resources.%s[%zu]: %lld:%lld is no device",
				limit, i, (long long)limits[i].major.value,
				(long long)limits[i].minor.value);
		if (check_weight(&limits[i].weight, limit, err) < 0)
			return -1;
	}
	return 0;
}

int cgroup_check_block_io(const struct config_block_io *io, struct err *err)
{
	if (check_weight(&io->weight, "blockIO.weight", err) < 0 ||
		check_block_limits(io->weight_device, io->weight_device_count,
			"blockIO.weightDevice", err) < 0 ||
		check_block_limits(io->read_bps, io->read_bps_count,
			"blockIO.throttleReadBpsDevice", err) < 0 ||
		check_block_limits(io->write_bps, io->write_bps_count,
			"blockIO.throttleWriteBpsDevice", err) < 0 ||
		check_block_limits(io->read_iops, io->read_iops_count,
			"blockIO.throttleReadIOPSDevice", err) < 0 ||
		check_block_limits(io->write_iops, io->write_iops_count,
			"blockIO.throttleWriteIOPSDevice", err) < 0)
		return -1;
	return 0;
}

int cgroup_check_page_size(const char *page_size, struct err *err)
{
	size_t digits = page_size ? strspn(page_size, "0123456789") : 0;

	if (digits > 0 && digits < 8 &&
		(!strcmp(page_size + digits, "KB") || !strcmp(page_size + digits, "MB") ||
			!strcmp(page_size + digits, "GB")))
		return 0;
	return err_set(err, EINVAL,
		"resources.hugepageLimits: page size \"%.40s\" is not a number and KB, MB or GB",
		page_size ? page_size : "");
}

int cgroup_controller_of(const char *file)
{
	size_t length = strcspn(file, ".");

	if (!strncmp(file, "cgroup.", 7))
		return CGROUP_NONE;
	for (int i = 0; i < CGROUP_CONTROLLERS; i++)
		if (cgroup_v2_names[i] && strlen(cgroup_v2_names[i]) == length &&
			!strncmp(file, cgroup_v2_names[i], length))
			return i;
	return -1;
}

static unsigned unified_wanted(const struct pairs *unified)
{
	unsigned wanted = 0;

	for (size_t i = 0; i < unified->count; i++) {
		int controller = cgroup_controller_of(unified->items[i].key);

		if (controller >= 0 && controller < CGROUP_CONTROLLERS)
			wanted |= 1u << controller;
	}
	return wanted;
}

unsigned cgroup_controllers_wanted(const struct config_resources *resources)
{
	const struct config_block_io *io = &resources->block_io;
	unsigned wanted = unified_wanted(&resources->unified);

	if (resources->memory.limit.set || resources->memory.reservation.set ||
		resources->memory.swap.set)
		wanted |= 1u << CGROUP_MEMORY;
	if (resources->cpu.shares.set || resources->cpu.period.set || resources->cpu.burst.set ||
		resources->cpu.quota.set || resources->cpu.idle.set)
		wanted |= 1u << CGROUP_CPU;
	if (resources->cpu.cpus || resources->cpu.mems)
		wanted |= 1u << CGROUP_CPUSET;
	if (resources->pids.limit.set)
		wanted |= 1u << CGROUP_PIDS;
	if (io->weight.set || io->weight_device_count || io->read_bps_count ||
		io->write_bps_count || io->read_iops_count || io->write_iops_count)
		wanted |= 1u << CGROUP_IO;
	if (resources->hugepage_limits_count)
		wanted |= 1u << CGROUP_HUGETLB;
	if (resources->devices_count)
		wanted |= 1u << CGROUP_DEVICES;
	return wanted;
}
