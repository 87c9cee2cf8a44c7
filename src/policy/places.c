/*
 * What is mounted covers what lies under it, so that a layer may leave out a volume or a tmpfs of
 * one below only where nothing comes to light: not inside another place that stays, not where /tmp
 * or the workdir would be made instead, and not over the files of a plain root or of the host's
 * /etc.
 */
#include <string.h>

#include "policy/layers.h"

/* The value as the layers up to the one at index leave it. */
static const struct node *value_at(
	const struct policy *policy, size_t index, const char *section, const char *key)
{
	for (size_t i = index + 1; i-- > 0;) {
		const struct node *table = policy->layers[i]->document;
		const struct node *value;

		if (section)
			table = node_get(table, section);
		value = table ? node_get(table, key) : NULL;
		if (value)
			return value;
	}
	return NULL;
}

static const char *item_place(const struct node *item)
{
	if (item->kind == NODE_TABLE)
		item = node_get(item, "target");
	return item && item->kind == NODE_STRING ? item->text : NULL;
}

static bool overlaps(const char *place, const char *other)
{
	return path_below(place, other) || path_below(other, place);
}

/* Whether the place lies in one of the list. */
static bool list_holds_place(const struct node *list, const char *place)
{
	for (const struct node *item = list ? list->first : NULL; item; item = item->next)
		if (item_place(item) && path_below(place, item_place(item)))
			return true;
	return false;
}

static bool place_uncovers(const struct policy *policy, size_t index, const char *place)
{
	const struct node *cwd = value_at(policy, index, "process", "cwd");

	return value_at(policy, index, "filesystem", "root") || overlaps(place, "/tmp") ||
		overlaps(place, "/etc") || overlaps(place, cwd ? cwd->text : WORKDIR) ||
		list_holds_place(value_at(policy, index, NULL, "volume"), place) ||
		list_holds_place(value_at(policy, index, "filesystem", "tmpfs"), place);
}

const char *places_uncovered(const struct policy *policy, size_t index, const struct key *key,
	const struct node *below, const struct node *above, struct arena *arena)
{
	for (const struct node *item = below ? below->first : NULL; item; item = item->next) {
		const struct node *kept = above->first;

		while (kept && !order_item_allows(key, item, kept, arena))
			kept = kept->next;
		if (!kept && item_place(item) && place_uncovers(policy, index, item_place(item)))
			return item_place(item);
	}
	return NULL;
}
