/*
 * cgroup v1's files. Values go in as OCI gives them, for OCI was written for v1; the order is what
 * matters: memory before memory+swap, period before quota before burst, shares before idle. Rests
 * on Documentation/admin-guide/cgroup-v1/{memory,cpusets,blkio-controller,hugetlb,pids}.rst.
 */
#include "kernel/cgroup-v1.h"

#include <errno.h>
#include <string.h>

#include "base/file.h"
#include "kernel/cgroup-tree.h"

static void limit_memory(const struct config_resources *resources, struct cgroup_writes *writes)
{
	if (resources->memory.limit.set)
		cgroup_write_add(writes, CGROUP_MEMORY, "memory.limit", "memory.limit_in_bytes",
			"%lld", (long long)resources->memory.limit.value);
	if (resources->memory.swap.set)
		cgroup_write_add(writes, CGROUP_MEMORY, "memory.swap",
			"memory.memsw.limit_in_bytes", "%lld",
			(long long)resources->memory.swap.value);
	if (resources->memory.reservation.set)
		cgroup_write_add(writes, CGROUP_MEMORY, "memory.reservation",
			"memory.soft_limit_in_bytes", "%lld",
			(long long)resources->memory.reservation.value);
}

static void limit_cpu(const struct config_resources *resources, struct cgroup_writes *writes)
{
	if (resources->cpu.shares.set)
		cgroup_write_add(writes, CGROUP_CPU, "cpu.shares", "cpu.shares", "%llu",
			(unsigned long long)resources->cpu.shares.value);
	if (resources->cpu.period.set)
		cgroup_write_add(writes, CGROUP_CPU, "cpu.period", "cpu.cfs_period_us", "%llu",
			(unsigned long long)resources->cpu.period.value);
	if (resources->cpu.quota.set)
		cgroup_write_add(writes, CGROUP_CPU, "cpu.quota", "cpu.cfs_quota_us", "%lld",
			(long long)resources->cpu.quota.value);
	if (resources->cpu.burst.set)
		cgroup_write_add(writes, CGROUP_CPU, "cpu.burst", "cpu.cfs_burst_us", "%llu",
			(unsigned long long)resources->cpu.burst.value);
	if (resources->cpu.idle.set)
		cgroup_write_add(writes, CGROUP_CPU, "cpu.idle", "cpu.idle", "%lld",
			(long long)resources->cpu.idle.value);
	if (resources->cpu.cpus)
		cgroup_write_add(writes, CGROUP_CPUSET, "cpu.cpus", "cpuset.cpus", "%s",
			resources->cpu.cpus);
	if (resources->cpu.mems)
		cgroup_write_add(writes, CGROUP_CPUSET, "cpu.mems", "cpuset.mems", "%s",
			resources->cpu.mems);
}

static void throttle(const struct config_block_limit *limits, size_t count, const char *limit,
	const char *file, struct cgroup_writes *writes)
{
	for (size_t i = 0; i < count; i++)
		if (limits[i].rate.set)
			cgroup_write_add(writes, CGROUP_IO, limit, file, "%lld:%lld %llu",
				(long long)limits[i].major.value, (long long)limits[i].minor.value,
				(unsigned long long)limits[i].rate.value);
}

static void limit_io(const struct config_block_io *io, struct cgroup_writes *writes)
{
	struct cgroup_write *write;

	if (io->weight.set) {
		write = cgroup_write_add(writes, CGROUP_IO, "blockIO.weight", "blkio.bfq.weight",
			"%lld", (long long)io->weight.value);
		write->other_file = "blkio.weight";
	}
	for (size_t i = 0; i < io->weight_device_count; i++) {
		const struct config_block_limit *device = &io->weight_device[i];

		if (!device->weight.set)
			continue;
		write = cgroup_write_add(writes, CGROUP_IO, "blockIO.weightDevice",
			"blkio.bfq.weight_device", "%lld:%lld %lld", (long long)device->major.value,
			(long long)device->minor.value, (long long)device->weight.value);
		write->other_file = "blkio.weight_device";
	}
	throttle(io->read_bps, io->read_bps_count, "blockIO.throttleReadBpsDevice",
		"blkio.throttle.read_bps_device", writes);
	throttle(io->write_bps, io->write_bps_count, "blockIO.throttleWriteBpsDevice",
		"blkio.throttle.write_bps_device", writes);
	throttle(io->read_iops, io->read_iops_count, "blockIO.throttleReadIOPSDevice",
		"blkio.throttle.read_iops_device", writes);
	throttle(io->write_iops, io->write_iops_count, "blockIO.throttleWriteIOPSDevice",
		"blkio.throttle.write_iops_device", writes);
}

static int limit_hugetlb(
	const struct config_resources *resources, struct cgroup_writes *writes, struct err *err)
{
	for (size_t i = 0; i < resources->hugepage_limits_count; i++) {
		const struct config_hugepage_limit *huge = &resources->hugepage_limits[i];
		unsigned long long bytes = huge->limit.value;

		if (cgroup_check_page_size(huge->page_size, err) < 0)
			return -1;
		if (!huge->limit.set)
			continue;
		cgroup_write_add(writes, CGROUP_HUGETLB, "hugepageLimits",
			arena_printf(
				writes->arena, "hugetlb.%s.rsvd.limit_in_bytes", huge->page_size),
			"%llu", bytes)
			->optional = true;
		cgroup_write_add(writes, CGROUP_HUGETLB, "hugepageLimits",
			arena_printf(writes->arena, "hugetlb.%s.limit_in_bytes", huge->page_size),
			"%llu", bytes);
	}
	return 0;
}

int cgroup_v1_limits(
	const struct config_resources *resources, struct cgroup_writes *writes, struct err *err)
{
	if (cgroup_check_block_io(&resources->block_io, err) < 0)
		return -1;
	limit_memory(resources, writes);
	limit_cpu(resources, writes);
	if (resources->pids.limit.set)
		cgroup_write_add(writes, CGROUP_PIDS, "pids.limit", "pids.max", "%s",
			cgroup_number(writes->arena, resources->pids.limit.value));
	limit_io(&resources->block_io, writes);
	return limit_hugetlb(resources, writes, err);
}

/* An empty cpuset refuses every process with ENOSPC, and new ones are born empty. */
int cgroup_v1_cpuset_inherit(int parent, int dir, struct err *err)
{
	static const char *const files[] = { "cpuset.cpus", "cpuset.mems" };
	char text[4096];

	for (size_t i = 0; i < 2; i++) {
		if (cgroup_read(dir, files[i], text, sizeof(text)) < 0)
			return err_errno(err, "read %s of a new cpuset", files[i]);
		if (text[0] != '\0')
			continue;
		if (cgroup_read(parent, files[i], text, sizeof(text)) < 0)
			return err_errno(err, "read %s of the cpuset above", files[i]);
		if (file_write_beneath(dir, files[i], text) < 0)
			return err_errno(err, "write \"%s\" to %s of a new cpuset", text, files[i]);
	}
	return 0;
}
