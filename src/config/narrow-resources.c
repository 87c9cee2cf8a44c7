/*
 * The smaller of two sets of limits, each by what it comes to: swap by what may be used beyond
 * memory, processors by the ratio of quota and period. What is absent or -1 is unlimited. See
 * narrow.h and OCI runtime specification 1.3, config-linux.md.
 */
#include <stdlib.h>
#include <string.h>

#include "config/narrow-parts.h"
#include "config/narrow.h"

enum { PERIOD_USUAL = 100000 /* microseconds */ };

static bool bounded(struct maybe_int limit)
{
	return limit.set && limit.value >= 0;
}

static struct maybe_int smaller(struct maybe_int one, struct maybe_int other)
{
	if (!bounded(one) || !bounded(other))
		return bounded(other) || !one.set ? other : one;
	return one.value < other.value ? one : other;
}

static struct maybe_uint smaller_uint(struct maybe_uint one, struct maybe_uint other)
{
	if (!one.set || !other.set)
		return one.set ? one : other;
	return one.value < other.value ? one : other;
}

static void int_narrow(
	struct narrowing *narrowing, const char *name, struct maybe_int *own, struct maybe_int most)
{
	struct maybe_int least = smaller(*own, most);

	if (bounded(*own) && least.value < own->value)
		narrowing_note(narrowing, "%s lowered", name);
	*own = least;
}

/* What may be used beyond memory; not finite where either is not. */
static struct maybe_int swap_of(struct maybe_int limit, struct maybe_int swap)
{
	if (!bounded(limit) || !bounded(swap) || swap.value < limit.value)
		return (struct maybe_int){ 0 };
	return (struct maybe_int){ true, swap.value - limit.value };
}

static void memory_narrow(struct narrowing *narrowing)
{
	struct config_resources *own = &narrowing->config->resources;
	const struct config_resources *most = &narrowing->policy->resources;
	struct maybe_int swap = smaller(swap_of(own->memory.limit, own->memory.swap),
		swap_of(most->memory.limit, most->memory.swap));

	int_narrow(narrowing, "memory", &own->memory.limit, most->memory.limit);
	own->memory.reservation = smaller(own->memory.reservation, most->memory.reservation);
	own->memory.kernel = smaller(own->memory.kernel, most->memory.kernel);
	own->memory.kernel_tcp = smaller(own->memory.kernel_tcp, most->memory.kernel_tcp);
	own->memory.swappiness = smaller_uint(own->memory.swappiness, most->memory.swappiness);
	if (bounded(own->memory.reservation) && bounded(own->memory.limit) &&
		own->memory.reservation.value > own->memory.limit.value)
		own->memory.reservation = own->memory.limit;
	if (bounded(swap))
		own->memory.swap = (struct maybe_int){ true, own->memory.limit.value + swap.value };
}

/* Quota in units of period; infinite if there is none. */
static double processors(const struct config_resources *resources)
{
	const struct maybe_int *quota = &resources->cpu.quota;
	uint64_t period = resources->cpu.period.set && resources->cpu.period.value
		? resources->cpu.period.value
		: PERIOD_USUAL;

	return quota->set && quota->value > 0 ? (double)quota->value / (double)period
					      : __builtin_inf();
}

static void cpu_narrow(struct narrowing *narrowing)
{
	struct config_resources *own = &narrowing->config->resources;
	const struct config_resources *most = &narrowing->policy->resources;
	double mine = processors(own), theirs = processors(most);

	if (theirs < mine) {
		if (mine < __builtin_inf())
			narrowing_note(narrowing, "processors lowered");
		own->cpu.quota = most->cpu.quota;
		own->cpu.period = most->cpu.period;
		/* What was saved up may not be used beyond the policy's quota either. */
		own->cpu.burst = most->cpu.burst;
	} else if (theirs < __builtin_inf()) {
		own->cpu.burst = most->cpu.burst.set ? smaller_uint(own->cpu.burst, most->cpu.burst)
						     : (struct maybe_uint){ 0 };
	}
	own->cpu.shares = smaller_uint(own->cpu.shares, most->cpu.shares);
	own->cpu.realtime_runtime = smaller(own->cpu.realtime_runtime, most->cpu.realtime_runtime);
	if (most->cpu.idle.set && most->cpu.idle.value > own->cpu.idle.value)
		own->cpu.idle = most->cpu.idle;
}

static bool device_same(
	const struct config_block_limit *one, const struct config_block_limit *other)
{
	return one->major.value == other->major.value && one->minor.value == other->minor.value;
}

/* Each device's limit, the smaller one where both have it. */
static void block_narrow(struct narrowing *narrowing, struct config_block_limit **limits,
	size_t *count, const struct config_block_limit *most, size_t most_count)
{
	struct config_block_limit *all = arena_alloc(
		narrowing->arena, *count + most_count, sizeof(*all));
	size_t own = *count;

	if (own)
		memcpy(all, *limits, own * sizeof(*all));
	for (size_t i = 0; i < most_count; i++) {
		bool found = false;

		for (size_t k = 0; k < own; k++) {
			if (!device_same(&all[k], &most[i]))
				continue;
			all[k].rate = smaller_uint(all[k].rate, most[i].rate);
			all[k].weight = smaller(all[k].weight, most[i].weight);
			found = true;
		}
		if (!found)
			all[(*count)++] = most[i];
	}
	*limits = all;
}

static void io_narrow(struct narrowing *narrowing)
{
	struct config_block_io *own = &narrowing->config->resources.block_io;
	const struct config_block_io *most = &narrowing->policy->resources.block_io;

	own->weight = smaller(own->weight, most->weight);
	block_narrow(narrowing, &own->weight_device, &own->weight_device_count, most->weight_device,
		most->weight_device_count);
	block_narrow(narrowing, &own->read_bps, &own->read_bps_count, most->read_bps,
		most->read_bps_count);
	block_narrow(narrowing, &own->write_bps, &own->write_bps_count, most->write_bps,
		most->write_bps_count);
	block_narrow(narrowing, &own->read_iops, &own->read_iops_count, most->read_iops,
		most->read_iops_count);
	block_narrow(narrowing, &own->write_iops, &own->write_iops_count, most->write_iops,
		most->write_iops_count);
}

static void pages_narrow(struct narrowing *narrowing)
{
	struct config_resources *own = &narrowing->config->resources;
	const struct config_resources *most = &narrowing->policy->resources;
	struct config_hugepage_limit *all = arena_alloc(narrowing->arena,
		own->hugepage_limits_count + most->hugepage_limits_count, sizeof(*all));
	size_t count = own->hugepage_limits_count;

	if (count)
		memcpy(all, own->hugepage_limits, count * sizeof(*all));
	for (size_t i = 0; i < most->hugepage_limits_count; i++) {
		const struct config_hugepage_limit *limit = &most->hugepage_limits[i];
		size_t same = 0;

		while (same < count && strcmp(all[same].page_size, limit->page_size) != 0)
			same++;
		if (same == count)
			all[count++] = *limit;
		else
			all[same].limit = smaller_uint(all[same].limit, limit->limit);
	}
	own->hugepage_limits = all;
	own->hugepage_limits_count = count;
}

/* "max" or a number at *text, which moves behind it and a blank; false if it is neither. */
static bool number_read(const char **text, double *number)
{
	size_t digits = strspn(*text, "0123456789");

	*number = digits ? strtod(*text, NULL) : __builtin_inf();
	digits = !digits && !strncmp(*text, "max", 3) ? 3 : digits;
	*text += digits;
	*text += **text == ' ';
	return digits > 0;
}

/* What a file of cgroup v2 would set: a number, or the ratio of two; false if it is neither. */
static bool value_read(const char *text, double *value)
{
	double period = PERIOD_USUAL;
	bool ratio;

	if (!number_read(&text, value))
		return false;
	ratio = *text;
	if (ratio && (!number_read(&text, &period) || period <= 0))
		return false;
	*value = ratio ? *value / period : *value;
	return !*text || *text == '\n';
}

static double limit_of(struct maybe_int limit)
{
	return bounded(limit) ? (double)limit.value : __builtin_inf();
}

/* The limit that a file of cgroup v2 stands for; -1: none, and whatever is written there is kept.
 */
static double limit_find(const struct config_resources *own, const char *key)
{
	if (!strcmp(key, "memory.max"))
		return limit_of(own->memory.limit);
	if (!strcmp(key, "memory.swap.max"))
		return limit_of(swap_of(own->memory.limit, own->memory.swap));
	if (!strcmp(key, "pids.max"))
		return limit_of(own->pids.limit);
	return !strcmp(key, "cpu.max") ? processors(own) : -1;
}

/* True for a file that weighs or limits in a way that is compared with nothing here. */
static bool file_undoes(const struct config_resources *policy, const char *key)
{
	const struct config_block_io *io = &policy->block_io;
	bool limits_io = io->weight.set || io->weight_device_count || io->read_bps_count ||
		io->write_bps_count || io->read_iops_count || io->write_iops_count;

	return (policy->cpu.shares.set && !strncmp(key, "cpu.weight", 10)) ||
		(limits_io && !strncmp(key, "io.", 3)) ||
		(policy->hugepage_limits_count && !strncmp(key, "hugetlb.", 8));
}

/*
 * linux.resources.unified is written after the limits: what is above one of them is left out, and
 * what cannot be compared refused.
 */
static int unified_narrow(struct narrowing *narrowing)
{
	struct config_resources *own = &narrowing->config->resources;
	struct pairs kept = { 0 };

	kept.items = arena_alloc(narrowing->arena, own->unified.count, sizeof(*kept.items));
	for (size_t i = 0; i < own->unified.count; i++) {
		const struct pair *pair = &own->unified.items[i];
		double limit = limit_find(own, pair->key), value = 0;

		if (file_undoes(&narrowing->policy->resources, pair->key) ||
			(limit >= 0 && !value_read(pair->value, &value)))
			return err_set(narrowing->err, EINVAL,
				"linux.resources.unified: %.80s could undo a limit of the policy's",
				pair->key);
		if (!strcmp(pair->key, "cpu.max") && !strchr(pair->value, ' '))
			value /= PERIOD_USUAL;
		if (limit >= 0 && limit < __builtin_inf() && value > limit)
			narrowing_note(narrowing, "%s left out", pair->key);
		else
			kept.items[kept.count++] = *pair;
	}
	kept.set = kept.count > 0;
	own->unified = kept;
	return 0;
}

int resources_narrow(struct narrowing *narrowing)
{
	memory_narrow(narrowing);
	cpu_narrow(narrowing);
	int_narrow(narrowing, "pids", &narrowing->config->resources.pids.limit,
		narrowing->policy->resources.pids.limit);
	io_narrow(narrowing);
	pages_narrow(narrowing);
	return unified_narrow(narrowing);
}

int limits_narrow(
	struct config *config, const struct config *policy, struct arena *arena, struct err *err)
{
	struct strings notes = { 0 };
	struct narrowing narrowing = { config, policy, &notes, arena, err };

	return resources_narrow(&narrowing);
}
