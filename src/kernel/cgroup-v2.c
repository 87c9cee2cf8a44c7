/*
 * cgroup v2's files and the conversions OCI prescribes for them: -1 becomes "max", swap is what may
 * be used beyond memory, shares and weights change their scale. Rests on the kernel's
 * Documentation/admin-guide/cgroup-v2.rst and on OCI's config-linux.md.
 */
#include "kernel/cgroup-v2.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "kernel/cgroup-tree.h"

enum {
	SHARES_LEAST = 2,
	SHARES_MOST = 262144,
};

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
	cgroup_write_add(writes, CGROUP_MEMORY, "memory.swap", "memory.swap.max", "%s",
		cgroup_number(writes->arena, swap < 0 ? -1 : swap - limit));
	return 0;
}

static int limit_memory(
	const struct config_resources *resources, struct cgroup_writes *writes, struct err *err)
{
	if (resources->memory.limit.set)
		cgroup_write_add(writes, CGROUP_MEMORY, "memory.limit", "memory.max", "%s",
			cgroup_number(writes->arena, resources->memory.limit.value));
	if (resources->memory.reservation.set)
		cgroup_write_add(writes, CGROUP_MEMORY, "memory.reservation", "memory.low", "%s",
			cgroup_number(writes->arena, resources->memory.reservation.value));
	return limit_swap(resources, writes, err);
}

static void limit_cpu(const struct config_resources *resources, struct cgroup_writes *writes)
{
	const char *quota = cgroup_number(
		writes->arena, resources->cpu.quota.set ? resources->cpu.quota.value : -1);

	if (resources->cpu.shares.set)
		cgroup_write_add(writes, CGROUP_CPU, "cpu.shares", "cpu.weight", "%llu",
			(unsigned long long)cgroup_v2_cpu_weight(resources->cpu.shares.value));
	if (resources->cpu.period.set)
		cgroup_write_add(writes, CGROUP_CPU, "cpu.quota", "cpu.max", "%s %llu", quota,
			(unsigned long long)resources->cpu.period.value);
	else if (resources->cpu.quota.set)
		cgroup_write_add(writes, CGROUP_CPU, "cpu.quota", "cpu.max", "%s", quota);
	if (resources->cpu.burst.set)
		cgroup_write_add(writes, CGROUP_CPU, "cpu.burst", "cpu.max.burst", "%llu",
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

/* A rate of 0 lifts the limit on v1; v2 answers ERANGE to it and says "max" instead. */
static void throttle(const struct config_block_limit *limits, size_t count, const char *limit,
	const char *what, struct cgroup_writes *writes)
{
	for (size_t i = 0; i < count; i++) {
		const char *rate = limits[i].rate.value == 0
			? "max"
			: arena_printf(
				  writes->arena, "%llu", (unsigned long long)limits[i].rate.value);

		if (limits[i].rate.set)
			cgroup_write_add(writes, CGROUP_IO, limit, "io.max", "%lld:%lld %s=%s",
				(long long)limits[i].major.value, (long long)limits[i].minor.value,
				what, rate);
	}
}

static void limit_io(const struct config_block_io *io, struct cgroup_writes *writes)
{
	struct cgroup_write *write;

	if (io->weight.set) {
		write = cgroup_write_add(writes, CGROUP_IO, "blockIO.weight", "io.bfq.weight",
			"%lld", (long long)io->weight.value);
		write->other_file = "io.weight";
		write->other_value = arena_printf(writes->arena, "%llu",
			(unsigned long long)cgroup_v2_io_weight((uint64_t)io->weight.value));
	}
	for (size_t i = 0; i < io->weight_device_count; i++) {
		const struct config_block_limit *device = &io->weight_device[i];
		long long major = device->major.value, minor = device->minor.value;

		if (!device->weight.set)
			continue;
		write = cgroup_write_add(writes, CGROUP_IO, "blockIO.weightDevice", "io.bfq.weight",
			"%lld:%lld %lld", major, minor, (long long)device->weight.value);
		write->other_file = "io.weight";
		write->other_value = arena_printf(writes->arena, "%lld:%lld %llu", major, minor,
			(unsigned long long)cgroup_v2_io_weight((uint64_t)device->weight.value));
	}
	throttle(io->read_bps, io->read_bps_count, "blockIO.throttleReadBpsDevice", "rbps", writes);
	throttle(io->write_bps, io->write_bps_count, "blockIO.throttleWriteBpsDevice", "wbps",
		writes);
	throttle(io->read_iops, io->read_iops_count, "blockIO.throttleReadIOPSDevice", "riops",
		writes);
	throttle(io->write_iops, io->write_iops_count, "blockIO.throttleWriteIOPSDevice", "wiops",
		writes);
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
			arena_printf(writes->arena, "hugetlb.%s.rsvd.max", huge->page_size), "%llu",
			bytes)
			->optional = true;
		cgroup_write_add(writes, CGROUP_HUGETLB, "hugepageLimits",
			arena_printf(writes->arena, "hugetlb.%s.max", huge->page_size), "%llu",
			bytes);
	}
	return 0;
}

/* cgroup.procs, cgroup.kill and the like act on processes, here or elsewhere: they are no limits.
 */
static int check_unified(const struct pair *pair, struct err *err)
{
	const char *key = pair->key;

	if (strchr(key, '/') || !strchr(key, '.') || key[0] == '.' || strlen(key) > 128)
		return err_set(err, EINVAL,
			"resources.unified: \"%.140s\" is not the name of a cgroup file", key);
	if (!strncmp(key, "cgroup.", 7) && strcmp(key, "cgroup.max.depth") != 0 &&
		strcmp(key, "cgroup.max.descendants") != 0)
		return err_set(err, EINVAL, "resources.unified: %s is not a limit", key);
	if (cgroup_controller_of(key) < 0)
		return err_set(err, EINVAL,
			"resources.unified: %s: no controller of that name is known", key);
	return 0;
}

static int limit_unified(const struct pairs *unified, struct cgroup_writes *writes, struct err *err)
{
	for (size_t i = 0; i < unified->count; i++) {
		const struct pair *pair = &unified->items[i];
		const char *line = pair->value, *limit;

		if (check_unified(pair, err) < 0)
			return -1;
		limit = arena_printf(writes->arena, "unified.%s", pair->key);
		/* A file such as io.max takes one line a write. */
		do {
			size_t length = strcspn(line, "\n");

			cgroup_write_add(writes, cgroup_controller_of(pair->key), limit, pair->key,
				"%.*s", (int)length, line);
			line += length + (line[length] == '\n');
		} while (*line);
	}
	return 0;
}

int cgroup_v2_limits(
	const struct config_resources *resources, struct cgroup_writes *writes, struct err *err)
{
	if (cgroup_check_block_io(&resources->block_io, err) < 0 ||
		limit_memory(resources, writes, err) < 0)
		return -1;
	limit_cpu(resources, writes);
	if (resources->pids.limit.set)
		cgroup_write_add(writes, CGROUP_PIDS, "pids.limit", "pids.max", "%s",
			cgroup_number(writes->arena, resources->pids.limit.value));
	limit_io(&resources->block_io, writes);
	if (limit_hugetlb(resources, writes, err) < 0 ||
		limit_unified(&resources->unified, writes, err) < 0)
		return -1;
	/* With pids.max 0 clone3 into the cgroup would answer EAGAIN. */
	for (size_t i = 0; i < writes->count; i++)
		writes->items[i].late = !strcmp(writes->items[i].file, "pids.max") &&
			!strcmp(writes->items[i].value, "0");
	return 0;
}

/* True if the list "cpu io memory" holds the word. */
static bool list_holds(const char *list, const char *word)
{
	size_t length = strlen(word);

	for (const char *at = strstr(list, word); at; at = strstr(at + length, word))
		if ((at == list || at[-1] == ' ') && (at[length] == ' ' || at[length] == '\0'))
			return true;
	return false;
}

static int enable_one(int parent, const char *name, struct err *err)
{
	char command[32];

	snprintf(command, sizeof(command), "+%s", name);
	if (file_write_beneath(parent, "cgroup.subtree_control", command) == 0)
		return 0;
	if (errno == ENOENT || errno == EINVAL)
		return err_set(err, EOPNOTSUPP,
			"the %s controller is not in cgroup.controllers of the parent", name);
	if (errno == EBUSY || errno == EOPNOTSUPP)
		return err_set(err, EBUSY,
			"processes live in the parent itself, so it cannot give the %s controller to "
			"children",
			name);
	return err_errno(err, "write \"%s\" to cgroup.subtree_control of the parent", command);
}

int cgroup_v2_enable(int parent, unsigned controllers, struct err *err)
{
	char enabled[1024];

	if (!controllers)
		return 0;
	if (cgroup_read(parent, "cgroup.subtree_control", enabled, sizeof(enabled)) < 0)
		return err_errno(err, "read cgroup.subtree_control of the parent");
	for (int i = 0; i < CGROUP_CONTROLLERS; i++) {
		const char *name = cgroup_v2_names[i];

		if (!(controllers & 1u << i) || !name || list_holds(enabled, name))
			continue;
		if (enable_one(parent, name, err) < 0)
			return -1;
	}
	return 0;
}

int cgroup_v2_missing(int root, unsigned controllers)
{
	char available[1024];

	if (cgroup_read(root, "cgroup.controllers", available, sizeof(available)) < 0)
		available[0] = '\0';
	for (int i = 0; i < CGROUP_CONTROLLERS; i++)
		if (controllers & 1u << i && cgroup_v2_names[i] &&
			!list_holds(available, cgroup_v2_names[i]))
			return i;
	return -1;
}
