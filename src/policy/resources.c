/*
 * [resources]: how much the sandbox as a whole may use, translated into OCI's words, which the
 * executor writes to control groups of version 1 or 2. OCI's swap counts memory and swap together,
 * and its cpu shares are the weight of version 1: both are converted here.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "policy/sections.h"

enum {
	MEMORY_LEAST = 1 << 20,
	CPU_PERIOD = 100000, /* microseconds */
	CPU_QUOTA_LEAST = 1000,
	CPUS_MOST = 8192,
};

/* The largest weight that is no more than what a control group has of itself, in version 1 too: its
 * 1024 shares are a weight of less than 40. */
#define CPU_WEIGHT_ABSENT "39"

/* clang-format off */
static const struct key io_keys[] = {
	KEY(struct policy_io_limit, device, "a block device: a path in /dev, or \"8:0\"", .order = ORDER_FIXED),
	KEY(struct policy_io_limit, read_bps, "bytes read a second", .order = ORDER_LESS),
	KEY(struct policy_io_limit, write_bps, "bytes written a second", .order = ORDER_LESS),
	BOUND("read_iops", struct policy_io_limit, read_iops, 1, INT64_MAX, "reads a second", .order = ORDER_LESS),
	BOUND("write_iops", struct policy_io_limit, write_iops, 1, INT64_MAX, "writes a second", .order = ORDER_LESS),
	{ 0 }
};

static const struct key hugetlb_keys[] = {
	KEY(struct policy_hugetlb, page_size, "\"2MB\" or \"1GB\"", .order = ORDER_FIXED),
	KEY(struct policy_hugetlb, limit, "bytes", .order = ORDER_LESS),
	{ 0 }
};

const struct key resources_keys[] = {
	KEY(struct policy_resources, memory, "bytes, tmpfs included, at least \"1M\"; required in production", .order = ORDER_LESS),
	KEY(struct policy_resources, swap, "bytes that may be swapped out beyond memory; 0 is none; if absent, swap is not limited", .order = ORDER_LESS),
	KEY(struct policy_resources, cpus, "processors' worth of time, as 1.5; required in production", .order = ORDER_LESS),
	BOUND("cpu_weight", struct policy_resources, cpu_weight, 1, 10000, "share when processors are short; others have 100", .order = ORDER_LESS, .absent = CPU_WEIGHT_ABSENT),
	BOUND("pids", struct policy_resources, pids, 1, 4194304, "processes and threads; 1024 in production if absent", .order = ORDER_LESS),
	KEY(struct policy_resources, best_effort, "start without the limits where the caller may not set them (who is not root and is in no cgroup that was delegated to him, as `systemd-run --user --scope` makes one) instead of failing; agent mode only", .order = ORDER_LESS, .absent = "false"),
	LIST("io", struct policy_resources, io, io_keys, "speed of block devices", .order = ORDER_ONCE),
	LIST("hugetlb", struct policy_resources, hugetlb, hugetlb_keys, "huge pages", .order = ORDER_ONCE),
	{ 0 }
};
/* clang-format on */

static int io_check(const struct policy *policy, struct err *err)
{
	const struct policy_resources *resources = &policy->resources;

	for (size_t i = 0; i < resources->io_count; i++) {
		const struct policy_io_limit *io = &resources->io[i];

		if (!io->device)
			return policy_item_error(
				policy, err, "resources.io", i, NULL, "needs a device");
		if (!io->read_bps.set && !io->write_bps.set && !io->read_iops.set &&
			!io->write_iops.set)
			return policy_item_error(policy, err, "resources.io", i, NULL,
				"limits nothing; add read_bps, write_bps, read_iops or write_iops");
	}
	for (size_t i = 0; i < resources->hugetlb_count; i++)
		if (!resources->hugetlb[i].page_size || !resources->hugetlb[i].limit.set)
			return policy_item_error(policy, err, "resources.hugetlb", i, NULL,
				"needs page_size and limit");
	return 0;
}

static int limits_check(
	const struct policy *policy, const struct mode_rules *rules, struct err *err)
{
	if (!rules->limits_required)
		return 0;
	if (!policy->resources.memory.set)
		return policy_error(policy, err, "resources.memory",
			"missing; production mode needs a limit: add memory = \"512M\" or the like");
	if (!policy->resources.cpus.set)
		return policy_error(policy, err, "resources.cpus",
			"missing; production mode needs a limit: add cpus = 1.0 or the like");
	return 0;
}

static int resources_check(
	const struct policy *policy, const struct mode_rules *rules, struct err *err)
{
	const struct policy_resources *resources = &policy->resources;
	const struct maybe_size *memory = &resources->memory, *swap = &resources->swap;
	const struct maybe_real *cpus = &resources->cpus;

	if (memory->set && (memory->value < MEMORY_LEAST || memory->value > INT64_MAX))
		return policy_error(policy, err, "resources.memory",
			"must be at least 1M, or nothing can start, and below 2^63 bytes");
	if (swap->set && !memory->set)
		return policy_error(policy, err, "resources.swap",
			"is what may be used beyond memory, and memory is not limited; set both");
	if (swap->set && swap->value > INT64_MAX - memory->value)
		return policy_error(policy, err, "resources.swap",
			"is too large: together with memory it must stay below 2^63 bytes");
	if (cpus->set && (cpus->value * CPU_PERIOD < CPU_QUOTA_LEAST || cpus->value > CPUS_MOST))
		return policy_error(
			policy, err, "resources.cpus", "must be from 0.01 to %d", CPUS_MOST);
	if (resources->best_effort.value && rules->degrading_refused)
		return policy_error(policy, err, "resources.best_effort",
			"only agent mode may start without its limits; remove this line");
	if (io_check(policy, err) < 0)
		return -1;
	return limits_check(policy, rules, err);
}

/*
 * The weight of version 2 (1 to 10000) as shares of version 1 (2 to 262144). Rounded up, so that
 * the usual way back, 1 + (shares - 2) * 9999 / 262142, gives the weight that was written.
 */
static uint64_t shares_from_weight(int64_t weight)
{
	return 2 + ((uint64_t)(weight - 1) * 262142 + 9998) / 9999;
}

/* "8:0", or the numbers of a block device's file. */
static int device_find(
	const char *device, unsigned *major_number, unsigned *minor_number, struct err *err)
{
	struct stat status;
	int used = 0;

	if (*device != '/') {
		if (strspn(device, "0123456789:") == strlen(device) &&
			sscanf(device, "%5u:%8u%n", major_number, minor_number, &used) == 2 &&
			!device[used])
			return 0;
		return err_set(err, EINVAL,
			"\"%s\" is no device; write a path in /dev, or numbers as \"8:0\"", device);
	}
	if (stat(device, &status) < 0)
		return err_errno(err, "look at %s", device);
	if (!S_ISBLK(status.st_mode))
		return err_set(err, EINVAL, "%s is no block device", device);
	*major_number = major(status.st_rdev);
	*minor_number = minor(status.st_rdev);
	return 0;
}

static void rate_add(struct draft *draft, struct config_block_limit **limits, size_t *count,
	const struct config_block_limit *limit)
{
	*limits = arena_grow(draft->arena, *limits, *count, sizeof(**limits));
	(*limits)[(*count)++] = *limit;
}

static int io_translate(struct draft *draft, size_t index, struct err *err)
{
	const struct policy_io_limit *io = &draft->policy->resources.io[index];
	struct config_block_io *block = &draft->config->resources.block_io;
	struct config_block_limit limit = { .major.set = true, .minor.set = true };
	unsigned major_number = 0, minor_number = 0;
	const struct {
		struct maybe_uint rate;
		struct config_block_limit **limits;
		size_t *count;
	} rates[] = {
		{ { io->read_bps.set, io->read_bps.value }, &block->read_bps,
			&block->read_bps_count },
		{ { io->write_bps.set, io->write_bps.value }, &block->write_bps,
			&block->write_bps_count },
		{ { io->read_iops.set, (uint64_t)io->read_iops.value }, &block->read_iops,
			&block->read_iops_count },
		{ { io->write_iops.set, (uint64_t)io->write_iops.value }, &block->write_iops,
			&block->write_iops_count },
	};

	if (device_find(io->device, &major_number, &minor_number, err) < 0)
		return policy_item_error(
			draft->policy, err, "resources.io", index, "device", "%s", err->text);
	limit.major.value = major_number;
	limit.minor.value = minor_number;
	for (size_t i = 0; i < sizeof(rates) / sizeof(*rates); i++) {
		limit.rate = rates[i].rate;
		if (limit.rate.set)
			rate_add(draft, rates[i].limits, rates[i].count, &limit);
	}
	return 0;
}

static void hugetlb_translate(struct draft *draft)
{
	const struct policy_resources *from = &draft->policy->resources;
	struct config_resources *to = &draft->config->resources;

	if (!from->hugetlb_count)
		return;
	to->hugepage_limits_count = from->hugetlb_count;
	to->hugepage_limits = arena_alloc(
		draft->arena, from->hugetlb_count, sizeof(*to->hugepage_limits));
	for (size_t i = 0; i < from->hugetlb_count; i++)
		to->hugepage_limits[i] = (struct config_hugepage_limit){
			.page_size = from->hugetlb[i].page_size,
			.limit = { true, from->hugetlb[i].limit.value },
		};
}

static void cpu_translate(struct draft *draft)
{
	const struct policy_resources *from = &draft->policy->resources;
	struct config_resources *to = &draft->config->resources;

	if (from->cpus.set) {
		to->cpu.period = (struct maybe_uint){ true, CPU_PERIOD };
		to->cpu.quota = (struct maybe_int){ true,
			(int64_t)(from->cpus.value * CPU_PERIOD + 0.5) };
	}
	if (from->cpu_weight.set)
		to->cpu.shares = (struct maybe_uint){ true,
			shares_from_weight(from->cpu_weight.value) };
}

static int resources_translate(struct draft *draft, struct err *err)
{
	const struct policy_resources *from = &draft->policy->resources;
	struct config_resources *to = &draft->config->resources;

	draft->config->limits_best_effort = from->best_effort.value;
	if (from->memory.set)
		to->memory.limit = (struct maybe_int){ true, (int64_t)from->memory.value };
	if (from->swap.set)
		to->memory.swap = (struct maybe_int){ true,
			(int64_t)(from->memory.value + from->swap.value) };
	cpu_translate(draft);
	if (from->pids.set)
		to->pids.limit = from->pids;
	else if (draft->rules->pids)
		to->pids.limit = (struct maybe_int){ true, draft->rules->pids };
	hugetlb_translate(draft);
	for (size_t i = 0; i < from->io_count; i++)
		if (io_translate(draft, i, err) < 0)
			return -1;
	return 0;
}

const struct section resources_section = { resources_check, resources_translate };
