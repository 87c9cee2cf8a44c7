/*
 * What each limit is called and how it is written on both versions of the interface. v1 takes
 * values as OCI gives them; on v2 -1 becomes "max", swap is what may be used beyond memory, shares
 * and weights change their scale. The order matters: memory before memory+swap, period before quota
 * before burst, shares before idle. What v2 has no word for keeps its v1 file, which is then found
 * missing there. Nothing here touches the kernel; config_check has seen to it
 * that numbers, devices and page sizes are such. Rests on the kernel's
 * Documentation/admin-guide/cgroup-v1/ and cgroup-v2.rst, and on OCI's config-linux.md.
 */
#include "kernel/cgroup-limits.h"

#include <errno.h>
#include <string.h>

#include "nucleus/run.h"

static_assert((int)CGROUP_CONTROLLERS <= (int)CGROUP_CONTROLLERS_MOST,
	"struct run_cgroup has room for every controller");

/* clang-format off */
const char *const cgroup_v1_names[CGROUP_CONTROLLERS] = {
	[CGROUP_MEMORY] = "memory", [CGROUP_CPU] = "cpu", [CGROUP_CPUSET] = "cpuset",
	[CGROUP_PIDS] = "pids", [CGROUP_IO] = "blkio", [CGROUP_HUGETLB] = "hugetlb",
	[CGROUP_DEVICES] = "devices", [CGROUP_FREEZER] = "freezer", [CGROUP_RDMA] = "rdma",
	[CGROUP_MISC] = "misc", [CGROUP_CPUACCT] = "cpuacct", [CGROUP_NET_CLS] = "net_cls",
	[CGROUP_NET_PRIO] = "net_prio", [CGROUP_DMEM] = "dmem",
};

const char *const cgroup_v2_names[CGROUP_CONTROLLERS] = {
	[CGROUP_MEMORY] = "memory", [CGROUP_CPU] = "cpu", [CGROUP_CPUSET] = "cpuset",
	[CGROUP_PIDS] = "pids", [CGROUP_IO] = "io", [CGROUP_HUGETLB] = "hugetlb",
	[CGROUP_DEVICES] = NULL, [CGROUP_FREEZER] = NULL, [CGROUP_RDMA] = "rdma",
	[CGROUP_MISC] = "misc", [CGROUP_CPUACCT] = NULL, [CGROUP_NET_CLS] = NULL,
	[CGROUP_NET_PRIO] = NULL, [CGROUP_DMEM] = "dmem",
};
/* clang-format on */

enum { SHARES_LEAST = 2, SHARES_MOST = 262144 };

struct cgroup_write *cgroup_write_add(struct cgroup_writes *writes,
	enum cgroup_controller controller, const char *limit, const char *file, const char *value)
{
	struct cgroup_write *write;

	writes->items = arena_grow(writes->arena, writes->items, writes->count, sizeof(*write));
	write = &writes->items[writes->count++];
	*write = (struct cgroup_write){
		.controller = controller,
		.limit = limit,
		.file = file,
		.value = value,
	};
	return write;
}

static bool on_v1(const struct cgroup_writes *writes, enum cgroup_controller controller)
{
	return writes->on_v1 >> controller & 1;
}

/* A write to whichever of the files the controller's version has. */
static struct cgroup_write *add(struct cgroup_writes *writes, enum cgroup_controller controller,
	const char *limit, const char *v1_file, const char *v2_file, const char *value)
{
	return cgroup_write_add(
		writes, controller, limit, on_v1(writes, controller) ? v1_file : v2_file, value);
}

static const char *signed_number(struct cgroup_writes *writes, int64_t value)
{
	return arena_printf(writes->arena, "%lld", (long long)value);
}

/* v1 takes -1 itself for what OCI calls unlimited. */
static const char *number(
	struct cgroup_writes *writes, enum cgroup_controller controller, int64_t value)
{
	return value < 0 && !on_v1(writes, controller) ? "max" : signed_number(writes, value);
}

static const char *unsigned_number(struct cgroup_writes *writes, uint64_t value)
{
	return arena_printf(writes->arena, "%llu", (unsigned long long)value);
}

uint64_t cgroup_v2_cpu_weight(uint64_t shares)
{
	/* v1 clamps what lies outside; so the same number means the same share on both. */
	if (shares < SHARES_LEAST)
		shares = SHARES_LEAST;
	if (shares > SHARES_MOST)
		shares = SHARES_MOST;
	return 1 + (shares - SHARES_LEAST) * 9999 / (SHARES_MOST - SHARES_LEAST);
}

uint64_t cgroup_v2_io_weight(uint64_t weight)
{
	return 1 + (weight - 10) * 9999 / 990;
}

static int limit_swap(
	const struct config_resources *resources, struct cgroup_writes *writes, struct err *err)
{
	int64_t limit = resources->memory.limit.value, swap = resources->memory.swap.value;

	if (!resources->memory.swap.set)
		return 0;
	if (swap >= 0 && (!resources->memory.limit.set || limit < 0))
		return err_set(err, EINVAL,
			"resources.memory.swap: %lld counts memory and swap together, so memory.limit "
			"must be given too",
			(long long)swap);
	if (swap >= 0 && swap < limit)
		return err_set(err, EINVAL,
			"resources.memory.swap: %lld counts memory and swap together, so it cannot be "
			"less than memory.limit %lld",
			(long long)swap, (long long)limit);
	if (swap >= 0 && !on_v1(writes, CGROUP_MEMORY))
		swap -= limit;
	/* Where v2 has no such file there is no limit to lift. */
	add(writes, CGROUP_MEMORY, "memory.swap", "memory.memsw.limit_in_bytes", "memory.swap.max",
		number(writes, CGROUP_MEMORY, swap))
		->optional = swap < 0 && !on_v1(writes, CGROUP_MEMORY);
	return 0;
}

/* What v2 has no file for; that the OOM killer is not disabled needs none. */
static void limit_memory_v1(const struct config_resources *resources, struct cgroup_writes *writes)
{
	struct maybe_bool no_killer = resources->memory.disable_oom_killer;
	struct maybe_int kernel = resources->memory.kernel, tcp = resources->memory.kernel_tcp;

	if (kernel.set)
		cgroup_write_add(writes, CGROUP_MEMORY, "memory.kernel",
			"memory.kmem.limit_in_bytes", signed_number(writes, kernel.value))
			->verified = true;
	if (tcp.set)
		cgroup_write_add(writes, CGROUP_MEMORY, "memory.kernelTCP",
			"memory.kmem.tcp.limit_in_bytes", signed_number(writes, tcp.value))
			->verified = true;
	if (resources->memory.swappiness.set)
		cgroup_write_add(writes, CGROUP_MEMORY, "memory.swappiness", "memory.swappiness",
			unsigned_number(writes, resources->memory.swappiness.value));
	if (no_killer.set && (no_killer.value || on_v1(writes, CGROUP_MEMORY)))
		cgroup_write_add(writes, CGROUP_MEMORY, "memory.disableOOMKiller",
			"memory.oom_control", no_killer.value ? "1" : "0");
}

static int limit_memory(
	const struct config_resources *resources, struct cgroup_writes *writes, struct err *err)
{
	if (resources->memory.limit.set)
		add(writes, CGROUP_MEMORY, "memory.limit", "memory.limit_in_bytes", "memory.max",
			number(writes, CGROUP_MEMORY, resources->memory.limit.value));
	if (resources->memory.reservation.set)
		add(writes, CGROUP_MEMORY, "memory.reservation", "memory.soft_limit_in_bytes",
			"memory.low",
			number(writes, CGROUP_MEMORY, resources->memory.reservation.value));
	limit_memory_v1(resources, writes);
	return limit_swap(resources, writes, err);
}

/* Two files on v1, one line on v2. */
static void limit_cpu_time(const struct config_resources *resources, struct cgroup_writes *writes)
{
	struct maybe_uint period = resources->cpu.period;
	struct maybe_int quota = resources->cpu.quota;
	const char *time = number(writes, CGROUP_CPU, quota.set ? quota.value : -1);

	if (on_v1(writes, CGROUP_CPU)) {
		if (period.set)
			cgroup_write_add(writes, CGROUP_CPU, "cpu.period", "cpu.cfs_period_us",
				unsigned_number(writes, period.value));
		if (quota.set)
			cgroup_write_add(writes, CGROUP_CPU, "cpu.quota", "cpu.cfs_quota_us", time);
	} else if (period.set || quota.set) {
		if (period.set)
			time = arena_printf(
				writes->arena, "%s %llu", time, (unsigned long long)period.value);
		cgroup_write_add(writes, CGROUP_CPU, "cpu.quota", "cpu.max", time);
	}
}

static void limit_cpu(const struct config_resources *resources, struct cgroup_writes *writes)
{
	uint64_t shares = resources->cpu.shares.value;

	if (resources->cpu.shares.set)
		add(writes, CGROUP_CPU, "cpu.shares", "cpu.shares", "cpu.weight",
			unsigned_number(writes,
				on_v1(writes, CGROUP_CPU) ? shares : cgroup_v2_cpu_weight(shares)));
	limit_cpu_time(resources, writes);
	if (resources->cpu.burst.set)
		add(writes, CGROUP_CPU, "cpu.burst", "cpu.cfs_burst_us", "cpu.max.burst",
			unsigned_number(writes, resources->cpu.burst.value));
	if (resources->cpu.idle.set)
		cgroup_write_add(writes, CGROUP_CPU, "cpu.idle", "cpu.idle",
			signed_number(writes, resources->cpu.idle.value));
	if (resources->cpu.realtime_period.set)
		cgroup_write_add(writes, CGROUP_CPU, "cpu.realtimePeriod", "cpu.rt_period_us",
			unsigned_number(writes, resources->cpu.realtime_period.value));
	if (resources->cpu.realtime_runtime.set)
		cgroup_write_add(writes, CGROUP_CPU, "cpu.realtimeRuntime", "cpu.rt_runtime_us",
			signed_number(writes, resources->cpu.realtime_runtime.value));
	if (resources->cpu.cpus)
		cgroup_write_add(
			writes, CGROUP_CPUSET, "cpu.cpus", "cpuset.cpus", resources->cpu.cpus);
	if (resources->cpu.mems)
		cgroup_write_add(
			writes, CGROUP_CPUSET, "cpu.mems", "cpuset.mems", resources->cpu.mems);
}

static void limit_pids(const struct config_resources *resources, struct cgroup_writes *writes)
{
	int64_t limit = resources->pids.limit.value;

	/* Here both versions say "max". */
	if (resources->pids.limit.set)
		cgroup_write_add(writes, CGROUP_PIDS, "pids.limit", "pids.max",
			limit < 0 ? "max" : unsigned_number(writes, (uint64_t)limit));
}

/* device is "" or "8:16 "; where there is no BFQ scheduler the general weight counts. */
static void limit_weight(
	struct cgroup_writes *writes, const char *limit, const char *device, int64_t weight)
{
	bool v1 = on_v1(writes, CGROUP_IO);
	const char *prefix = v1 ? "blkio" : "io", *suffix = v1 && device[0] ? "_device" : "";
	struct cgroup_write *write = cgroup_write_add(writes, CGROUP_IO, limit,
		arena_printf(writes->arena, "%s.bfq.weight%s", prefix, suffix),
		arena_printf(writes->arena, "%s%lld", device, (long long)weight));

	write->other_file = arena_printf(writes->arena, "%s.weight%s", prefix, suffix);
	write->other_value = v1
		? write->value
		: arena_printf(writes->arena, "%s%llu", device,
			  (unsigned long long)cgroup_v2_io_weight((uint64_t)weight));
}

static const char *device_text(struct cgroup_writes *writes, const struct config_block_limit *limit)
{
	return arena_printf(writes->arena, "%lld:%lld ", (long long)limit->major.value,
		(long long)limit->minor.value);
}

/* file is v1's; on v2 all rates are set in io.max, by their keys. */
static void limit_rates(struct cgroup_writes *writes, const struct config_block_limit *limits,
	size_t count, const char *limit, const char *file, const char *key)
{
	bool v1 = on_v1(writes, CGROUP_IO);

	for (size_t i = 0; i < count; i++) {
		const char *rate = unsigned_number(writes, limits[i].rate.value);

		/* 0 lifts the limit on v1; v2 answers ERANGE to it and says "max" instead. */
		if (!v1 && limits[i].rate.value == 0)
			rate = "max";
		add(writes, CGROUP_IO, limit, file, "io.max",
			arena_printf(writes->arena, "%s%s%s", device_text(writes, &limits[i]),
				v1 ? "" : key, rate));
	}
}

static void limit_io(const struct config_block_io *io, struct cgroup_writes *writes)
{
	if (io->weight.set)
		limit_weight(writes, "blockIO.weight", "", io->weight.value);
	for (size_t i = 0; i < io->weight_device_count; i++)
		limit_weight(writes, "blockIO.weightDevice",
			device_text(writes, &io->weight_device[i]),
			io->weight_device[i].weight.value);
	limit_rates(writes, io->read_bps, io->read_bps_count, "blockIO.throttleReadBpsDevice",
		"blkio.throttle.read_bps_device", "rbps=");
	limit_rates(writes, io->write_bps, io->write_bps_count, "blockIO.throttleWriteBpsDevice",
		"blkio.throttle.write_bps_device", "wbps=");
	limit_rates(writes, io->read_iops, io->read_iops_count, "blockIO.throttleReadIOPSDevice",
		"blkio.throttle.read_iops_device", "riops=");
	limit_rates(writes, io->write_iops, io->write_iops_count, "blockIO.throttleWriteIOPSDevice",
		"blkio.throttle.write_iops_device", "wiops=");
}

static void limit_hugetlb(const struct config_resources *resources, struct cgroup_writes *writes)
{
	const char *file = on_v1(writes, CGROUP_HUGETLB) ? "limit_in_bytes" : "max";

	for (size_t i = 0; i < resources->hugepage_limits_count; i++) {
		const struct config_hugepage_limit *huge = &resources->hugepage_limits[i];
		const char *bytes = unsigned_number(writes, huge->limit.value);

		cgroup_write_add(writes, CGROUP_HUGETLB, "hugepageLimits",
			arena_printf(writes->arena, "hugetlb.%s.rsvd.%s", huge->page_size, file),
			bytes)
			->optional = true;
		cgroup_write_add(writes, CGROUP_HUGETLB, "hugepageLimits",
			arena_printf(writes->arena, "hugetlb.%s.%s", huge->page_size, file), bytes);
	}
}

static void limit_network(const struct config_resources *resources, struct cgroup_writes *writes)
{
	if (resources->network.class_id.set)
		cgroup_write_add(writes, CGROUP_NET_CLS, "network.classID", "net_cls.classid",
			unsigned_number(writes, resources->network.class_id.value));
	for (size_t i = 0; i < resources->network.priorities_count; i++) {
		const struct config_interface_priority *one = &resources->network.priorities[i];

		cgroup_write_add(writes, CGROUP_NET_PRIO, "network.priorities",
			"net_prio.ifpriomap",
			arena_printf(writes->arena, "%s %llu", one->name,
				(unsigned long long)one->priority.value));
	}
}

/* " hca_handle=2" or, if it is absent, nothing. */
static const char *rdma_text(struct cgroup_writes *writes, const char *key, struct maybe_uint value)
{
	return value.set
		? arena_printf(writes->arena, " %s=%llu", key, (unsigned long long)value.value)
		: "";
}

static void limit_rdma(const struct config_resources *resources, struct cgroup_writes *writes)
{
	for (size_t i = 0; i < resources->rdma_count; i++) {
		const struct config_rdma_limit *limit = &resources->rdma[i];

		cgroup_write_add(writes, CGROUP_RDMA, "rdma", "rdma.max",
			arena_printf(writes->arena, "%s%s%s", limit->device,
				rdma_text(writes, "hca_handle", limit->hca_handles),
				rdma_text(writes, "hca_object", limit->hca_objects)));
	}
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

/* cgroup.procs, cgroup.kill and the like act on processes, here or elsewhere: they are no limits.
 */
static int check_unified(const struct cgroup_writes *writes, const char *key, struct err *err)
{
	int controller = cgroup_controller_of(key);

	if (controller == CGROUP_NONE && strcmp(key, "cgroup.max.depth") != 0 &&
		strcmp(key, "cgroup.max.descendants") != 0)
		return err_set(err, EINVAL, "resources.unified: %s is not a limit", key);
	if (controller < 0)
		return err_set(err, EINVAL,
			"resources.unified: %s: no controller of that name is known", key);
	if (on_v1(writes, (enum cgroup_controller)controller))
		return err_set(err, EOPNOTSUPP,
			"resources.unified: %s is a file of cgroup v2, which is not what limits this "
			"here",
			key);
	return 0;
}

static int limit_unified(const struct pairs *unified, struct cgroup_writes *writes, struct err *err)
{
	for (size_t i = 0; i < unified->count; i++) {
		const struct pair *pair = &unified->items[i];
		const char *line = pair->value, *limit;

		if (check_unified(writes, pair->key, err) < 0)
			return -1;
		limit = arena_printf(writes->arena, "unified.%s", pair->key);
		/* A file such as io.max takes one line a write. */
		do {
			size_t length = strcspn(line, "\n");

			cgroup_write_add(writes, cgroup_controller_of(pair->key), limit, pair->key,
				arena_copy(writes->arena, line, length));
			line += length + (line[length] == '\n');
		} while (*line);
	}
	return 0;
}

int cgroup_limits(
	const struct config_resources *resources, struct cgroup_writes *writes, struct err *err)
{
	if (limit_memory(resources, writes, err) < 0)
		return -1;
	limit_cpu(resources, writes);
	limit_pids(resources, writes);
	limit_io(&resources->block_io, writes);
	limit_hugetlb(resources, writes);
	limit_network(resources, writes);
	limit_rdma(resources, writes);
	if (limit_unified(&resources->unified, writes, err) < 0)
		return -1;
	/* With pids.max 0 clone3 into the cgroup would answer EAGAIN. */
	for (size_t i = 0; i < writes->count; i++)
		writes->items[i].late = !strcmp(writes->items[i].file, "pids.max") &&
			!strcmp(writes->items[i].value, "0");
	return 0;
}
