/*
 * The comparison as a whole. Each part looks at one mechanism of both configs; what is left, value
 * by value, is compared by the table in value-rows.c, which is also the net under all parts: a
 * value that stands in neither is a difference nobody understands. Of this machine only links are
 * read, where a config says that the sandbox will see them.
 */
#include "diff/parts.h"

const char *const diff_areas[] = {
	[AREA_SYSCALLS] = "syscalls",
	[AREA_LANDLOCK] = "landlock",
	[AREA_CAPABILITIES] = "capabilities",
	[AREA_MOUNTS] = "mounts",
	[AREA_NAMESPACES] = "namespaces",
	[AREA_NETWORK] = "network",
	[AREA_LIMITS] = "limits",
	[AREA_DEVICES] = "devices",
	[AREA_IDENTITY] = "identity",
	[AREA_PROCESS] = "process",
	[AREA_KERNEL] = "kernel",
	[AREA_UNKNOWN] = "not understood",
};
static_assert(sizeof(diff_areas) / sizeof(*diff_areas) == AREAS, "one name each");

const char *const diff_ways[] = {
	[DIFF_CHANGED] = "changed",
	[DIFF_NARROWER] = "narrower",
	[DIFF_WIDER] = "wider",
	[DIFF_OTHER] = "incomparable",
};

struct difference *diff_add(struct diff *diff, enum diff_area area, enum diff_way way,
	const char *key, const char *subject, const char *change, ...)
{
	struct difference *item;
	va_list args;

	diff->items = arena_grow(diff->arena, diff->items, diff->count, sizeof(*diff->items));
	item = &diff->items[diff->count++];
	*item = (struct difference){ .area = area, .way = way, .key = key, .subject = subject };
	va_start(args, change);
	item->change = arena_vprintf(diff->arena, change, args);
	va_end(args);
	return item;
}

struct node *diff_witness(struct diff *diff, struct difference *item, const char *kind)
{
	struct node *table = node_new(diff->arena, NODE_TABLE);

	node_put_string(diff->arena, table, "kind", kind);
	if (item->way == DIFF_WIDER || item->way == DIFF_OTHER)
		item->witness = table;
	return table;
}

bool diff_way_of(bool a, bool b, enum diff_way *way)
{
	*way = b ? DIFF_WIDER : DIFF_NARROWER;
	return a != b;
}

int diff_make(const struct config *a, const struct config *b, struct arena *arena,
	struct diff *diff, struct err *err)
{
	*diff = (struct diff){ .arena = arena, .a = a, .b = b };
	if (syscalls_compare(diff, err) < 0)
		return -1;
	landlock_compare(diff);
	capabilities_compare(diff);
	mounts_compare(diff);
	namespaces_compare(diff);
	limits_compare(diff);
	if (devices_compare(diff, err) < 0)
		return -1;
	env_compare(diff);
	values_compare(diff);
	return 0;
}

static bool has(const struct diff *diff, enum diff_way way)
{
	for (size_t i = 0; i < diff->count; i++)
		if (diff->items[i].way == way || diff->items[i].way == DIFF_OTHER)
			return true;
	return false;
}

bool diff_widens(const struct diff *diff)
{
	return has(diff, DIFF_WIDER);
}

bool diff_narrows(const struct diff *diff)
{
	return has(diff, DIFF_NARROWER);
}
