/*
 * Limits whose meaning lies in more than one value: processor time, which is a quota of a period,
 * and sets of processors and memory nodes, of which absence is all.
 */
#include "config/bits.h"
#include "diff/parts.h"

enum { PERIOD_USUAL = 100000 }; /* microseconds */

/* Millionths of a processor; INT64_MAX: no limit. */
static int64_t cpu_share(const struct config *config)
{
	const struct maybe_int *quota = &config->resources.cpu.quota;
	const struct maybe_uint *period = &config->resources.cpu.period;

	if (!quota->set || quota->value <= 0)
		return INT64_MAX;
	return (int64_t)((double)quota->value * 1e6 /
		(double)(period->set && period->value ? period->value : PERIOD_USUAL));
}

static const char *share_text(struct arena *arena, int64_t share)
{
	return share == INT64_MAX ? "no limit" : arena_printf(arena, "%g", (double)share / 1e6);
}

static void cpu_compare(struct diff *diff)
{
	int64_t a = cpu_share(diff->a), b = cpu_share(diff->b);
	struct difference *item;
	struct node *witness;

	if (a == b)
		return;
	item = diff_add(diff, AREA_LIMITS, b > a ? DIFF_WIDER : DIFF_NARROWER,
		"linux.resources.cpu.quota", "processors", "%s -> %s", share_text(diff->arena, a),
		share_text(diff->arena, b));
	witness = diff_witness(diff, item, "limit");
	node_put_string(diff->arena, witness, "limit", "processors");
	node_put_string(diff->arena, witness, "value", share_text(diff->arena, b));
}

/* True if every number of list `less` is in list `more`; absent is all of them. */
static bool list_within(const char *less, const char *more)
{
	uint64_t few[BITS_MOST / BITS_WORD], many[BITS_MOST / BITS_WORD];

	if (!more || !*more)
		return true;
	if (!less || !*less || bits_listed(less, few) < 0 || bits_listed(more, many) < 0)
		return false;
	for (int i = 0; i < BITS_MOST / BITS_WORD; i++)
		if (few[i] & ~many[i])
			return false;
	return true;
}

static void list_compare(
	struct diff *diff, const char *key, const char *subject, const char *a, const char *b)
{
	bool more = !list_within(b, a), less = !list_within(a, b);
	struct difference *item;
	struct node *witness;

	if (!more && !less)
		return;
	a = a && *a ? a : "all";
	b = b && *b ? b : "all";
	item = diff_add(diff, AREA_LIMITS,
		!less           ? DIFF_WIDER
			: !more ? DIFF_NARROWER
				: DIFF_OTHER,
		key, subject, "%s -> %s", a, b);
	witness = diff_witness(diff, item, "set");
	node_put_string(diff->arena, witness, "a", a);
	node_put_string(diff->arena, witness, "b", b);
}

void limits_compare(struct diff *diff)
{
	cpu_compare(diff);
	list_compare(diff, "linux.resources.cpu.cpus", "which processors",
		diff->a->resources.cpu.cpus, diff->b->resources.cpu.cpus);
	list_compare(diff, "linux.resources.cpu.mems", "which memory nodes",
		diff->a->resources.cpu.mems, diff->b->resources.cpu.mems);
}
