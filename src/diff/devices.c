/*
 * Devices: what the ordered rules say about every device. A rule names one number or all of them,
 * so a number that no rule names stands for all others.
 */
#include "base/lists.h"
#include "diff/parts.h"
#include "kernel/cgroup-devices.h"

enum { BLOCK = 1, CHARACTER = 2, ACCESS_ALL = 7, OTHER = -1 };

struct point {
	unsigned type;
	int64_t major, minor;
};

/* What the last rule that speaks of each access says; what none speaks of is allowed. */
static unsigned access_of(const struct device_rules *rules, const struct point *point)
{
	unsigned access = ACCESS_ALL;

	for (size_t i = 0; i < rules->count; i++) {
		const struct device_rule *rule = &rules->items[i];

		if (!(rule->types & point->type) ||
			(rule->major >= 0 && rule->major != point->major) ||
			(rule->minor >= 0 && rule->minor != point->minor))
			continue;
		access = rule->allow ? access | rule->access : access & ~rule->access;
	}
	return access;
}

static void number_gather(struct numbers *numbers, struct arena *arena, int64_t number)
{
	for (size_t i = 0; i < numbers->count; i++)
		if (numbers->items[i] == number)
			return;
	numbers_add(numbers, arena, number);
}

static const char *number_text(struct arena *arena, int64_t number)
{
	return number == OTHER ? "*" : arena_printf(arena, "%lld", (long long)number);
}

static void access_tell(
	struct diff *diff, enum diff_way way, const struct point *point, unsigned access)
{
	struct arena *arena = diff->arena;
	const char *type = point->type == BLOCK ? "b" : "c", *text;
	const char *major = number_text(arena, point->major);
	const char *minor = number_text(arena, point->minor);
	struct difference *item;
	struct node *witness;

	if (!access)
		return;
	text = arena_printf(arena, "%s%s%s", access & 2 ? "r" : "", access & 4 ? "w" : "",
		access & 1 ? "m" : "");
	item = diff_add(diff, AREA_DEVICES, way, "linux.resources.devices",
		arena_printf(arena, "%s %s:%s", type, major, minor), "%s", text);
	witness = diff_witness(diff, item, "device");
	node_put_string(arena, witness, "type", type);
	node_put_string(arena, witness, "major", major);
	node_put_string(arena, witness, "minor", minor);
	node_put_string(arena, witness, "access", text);
}

/* More and less than for all numbers of the same kind, which are told by themselves. */
static void point_compare(struct diff *diff, const struct device_rules *a,
	const struct device_rules *b, struct point point)
{
	unsigned in_a = access_of(a, &point), in_b = access_of(b, &point);
	unsigned more = in_b & ~in_a, less = in_a & ~in_b;

	if (point.major != OTHER || point.minor != OTHER) {
		struct point others = { point.type, point.minor == OTHER ? OTHER : point.major,
			OTHER };
		unsigned all_a = access_of(a, &others), all_b = access_of(b, &others);

		more &= ~(all_b & ~all_a);
		less &= ~(all_a & ~all_b);
	}
	access_tell(diff, DIFF_WIDER, &point, more);
	access_tell(diff, DIFF_NARROWER, &point, less);
}

int devices_compare(struct diff *diff, struct err *err)
{
	struct numbers majors = { 0 }, minors = { 0 };
	struct device_rules rules[2] = { 0 };
	const struct config *configs[] = { diff->a, diff->b };

	number_gather(&majors, diff->arena, OTHER);
	number_gather(&minors, diff->arena, OTHER);
	for (int side = 0; side < 2; side++) {
		if (device_rules_read(configs[side], diff->arena, &rules[side], err) < 0)
			return err_where(err, side ? "B" : "A");
		for (size_t i = 0; i < rules[side].count; i++) {
			number_gather(&majors, diff->arena, rules[side].items[i].major);
			number_gather(&minors, diff->arena, rules[side].items[i].minor);
		}
	}
	for (unsigned type = BLOCK; type <= CHARACTER; type <<= 1)
		for (size_t i = 0; i < majors.count; i++)
			for (size_t k = 0; k < minors.count; k++)
				point_compare(diff, &rules[0], &rules[1],
					(struct point){ type, majors.items[i], minors.items[k] });
	return 0;
}
