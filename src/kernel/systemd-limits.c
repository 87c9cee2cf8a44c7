/*
 * Limits as properties of a systemd unit. They are in force by the files of the cgroup; systemd is
 * told so that a daemon-reload, or whatever makes it write those files again, leaves the limits as
 * they are. What systemd has no property for it does not touch. Where it rounds, it is told what is
 * not less. Rests on systemd.resource-control(5) and org.freedesktop.systemd1(5).
 */
#include <errno.h>
#include <stdio.h>

#include "base/err.h"
#include "config/bits.h"
#include "kernel/systemd.h"

/* Microseconds; the least and most of CPUShares. */
enum { DEFAULT_PERIOD = 100000, PERCENT_OF_SECOND = 10000 };
enum { SHARES_LEAST = 2, SHARES_MOST = 262144 };

static void number(struct dbus_writer *writer, const char *name, uint64_t value)
{
	dbus_write_property(writer, name, "t");
	dbus_write_number(writer, 't', value);
}

/* OCI's -1 is systemd's infinity. */
static void limit(struct dbus_writer *writer, const char *name, int64_t value)
{
	number(writer, name, value < 0 ? UINT64_MAX : (uint64_t)value);
}

static void limit_memory(
	const struct config_resources *resources, bool v1, struct dbus_writer *writer)
{
	struct maybe_int memory = resources->memory.limit, swap = resources->memory.swap;

	if (memory.set)
		limit(writer, v1 ? "MemoryLimit" : "MemoryMax", memory.value);
	if (v1)
		return;
	if (resources->memory.reservation.set)
		limit(writer, "MemoryLow", resources->memory.reservation.value);
	if (swap.set)
		limit(writer, "MemorySwapMax", swap.value < 0 ? -1 : swap.value - memory.value);
}

/* The quota of a second, in whole percents, as systemd keeps it. */
static uint64_t quota_of_second(const struct config_resources *resources)
{
	uint64_t period = resources->cpu.period.set ? resources->cpu.period.value : DEFAULT_PERIOD;
	uint64_t quota = (uint64_t)resources->cpu.quota.value, second;

	if (resources->cpu.quota.value < 0 || __builtin_mul_overflow(quota, 1000000, &second))
		return UINT64_MAX;
	second /= period;
	return (second + PERCENT_OF_SECOND - 1) / PERCENT_OF_SECOND * PERCENT_OF_SECOND;
}

static void limit_cpu(const struct config_resources *resources, bool v1, struct dbus_writer *writer)
{
	uint64_t shares = resources->cpu.shares.value;

	if (shares < SHARES_LEAST || shares > SHARES_MOST)
		shares = shares < SHARES_LEAST ? SHARES_LEAST : SHARES_MOST;
	if (resources->cpu.idle.set && resources->cpu.idle.value == 1 && !v1)
		number(writer, "CPUWeight", 0);
	else if (resources->cpu.shares.set)
		number(writer, v1 ? "CPUShares" : "CPUWeight",
			v1 ? shares : cgroup_v2_cpu_weight(shares));
	if (resources->cpu.period.set)
		number(writer, "CPUQuotaPeriodUSec", resources->cpu.period.value);
	if (resources->cpu.quota.set)
		number(writer, "CPUQuotaPerSecUSec", quota_of_second(resources));
}

/* A bit set in bytes, the lowest first. */
static int limit_set(const char *list, const char *limit, const char *name,
	struct dbus_writer *writer, struct err *err)
{
	uint64_t bits[BITS_MOST / BITS_WORD];
	struct dbus_array array;
	int count;

	if (!list)
		return 0;
	count = bits_listed(list, bits);
	if (count < 0)
		return err_set(
			err, EINVAL, "resources.%s: \"%.80s\" is no list like 0-3,7", limit, list);
	dbus_write_property(writer, name, "ay");
	array = dbus_array_begin(writer, 1);
	for (int i = 0; i < count; i += 8)
		dbus_write_number(writer, 'y', bits[i / BITS_WORD] >> i % BITS_WORD & 0xff);
	dbus_array_end(writer, array);
	return 0;
}

int systemd_limits(const struct config_resources *resources, unsigned on_v1,
	struct dbus_writer *writer, struct err *err)
{
	struct maybe_int weight = resources->block_io.weight, pids = resources->pids.limit;
	bool io_v1 = on_v1 >> CGROUP_IO & 1;

	limit_memory(resources, on_v1 >> CGROUP_MEMORY & 1, writer);
	limit_cpu(resources, on_v1 >> CGROUP_CPU & 1, writer);
	/* systemd knows no limit of none; with the first process in, one is as good. */
	if (pids.set)
		limit(writer, "TasksMax", pids.value ? pids.value : 1);
	if (weight.set)
		number(writer, io_v1 ? "BlockIOWeight" : "IOWeight",
			io_v1 ? (uint64_t)weight.value
			      : cgroup_v2_io_weight((uint64_t)weight.value));
	if (on_v1 >> CGROUP_CPUSET & 1)
		return 0;
	if (limit_set(resources->cpu.cpus, "cpu.cpus", "AllowedCPUs", writer, err) < 0)
		return -1;
	return limit_set(resources->cpu.mems, "cpu.mems", "AllowedMemoryNodes", writer, err);
}

static bool is_blanket(const struct device_rule *rule)
{
	return rule->types == 3 && rule->major < 0 && rule->minor < 0 && rule->access == 7;
}

/* One of the two types of a rule, "char" or "block". */
static void device_write(
	const struct device_rule *rule, const char *type, struct dbus_writer *writer)
{
	char name[64], access[4] = "";

	if (rule->major < 0)
		snprintf(name, sizeof(name), "%s-*", type);
	else if (rule->minor < 0)
		snprintf(name, sizeof(name), "%s-%lld", type, (long long)rule->major);
	else
		snprintf(name, sizeof(name), "/dev/%s/%lld:%lld", type, (long long)rule->major,
			(long long)rule->minor);
	snprintf(access, sizeof(access), "%s%s%s", rule->access & 2 ? "r" : "",
		rule->access & 4 ? "w" : "", rule->access & 1 ? "m" : "");
	dbus_write_struct(writer);
	dbus_write_text(writer, 's', name);
	dbus_write_text(writer, 's', access);
}

static int allowed_write(
	const struct device_rules *rules, size_t first, struct dbus_writer *writer, struct err *err)
{
	struct dbus_array array;

	while (first < rules->count && !rules->items[first].allow)
		first++;
	dbus_write_property(writer, "DeviceAllow", "a(ss)");
	array = dbus_array_begin(writer, 8);
	for (size_t i = first; i < rules->count; i++) {
		const struct device_rule *rule = &rules->items[i];

		if (!rule->allow || (rule->major < 0 && rule->minor >= 0))
			return err_set(err, EOPNOTSUPP,
				"resources.devices: systemd has no word for a rule that denies "
				"after others allow, or for a minor number of any major");
		if (rule->types & 1)
			device_write(rule, "block", writer);
		if (rule->types & 2)
			device_write(rule, "char", writer);
	}
	dbus_array_end(writer, array);
	return 0;
}

int systemd_devices(const struct device_rules *rules, struct dbus_writer *writer, struct err *err)
{
	size_t first = 0;
	bool allowed = true;

	for (size_t i = 0; i < rules->count; i++)
		if (is_blanket(&rules->items[i])) {
			first = i + 1;
			allowed = rules->items[i].allow;
		}
	if (allowed && first == rules->count)
		return 0;
	if (allowed)
		return err_set(err, EOPNOTSUPP,
			"resources.devices: systemd has no word for all devices but some");
	dbus_write_property(writer, "DevicePolicy", "s");
	dbus_write_text(writer, 's', "strict");
	return allowed_write(rules, first, writer, err);
}
