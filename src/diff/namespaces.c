/*
 * Namespaces and id maps. A new namespace is the narrowest; the runtime's own the widest; one that
 * is joined can only be compared with a new one. Of id maps it matters which users of the host can
 * be acted as, and which number inside stands for each. namespaces(7), user_namespaces(7).
 */
#include <string.h>

#include "diff/parts.h"

/* 0 a new one, 1 joined, 2 the runtime's. */
static int openness(const struct config *config, enum namespace_type type)
{
	if (config_has_new_namespace(config, type))
		return 0;
	return config_joined_namespace(config, type) ? 1 : 2;
}

static const char *state_text(const struct config *config, enum namespace_type type)
{
	static const char *const texts[] = { "its own", NULL, "the host's" };
	int open = openness(config, type);

	return open == 1 ? config_joined_namespace(config, type) : texts[open];
}

static void namespace_compare(struct diff *diff, enum namespace_type type)
{
	int a = openness(diff->a, type), b = openness(diff->b, type);
	const char *in_a = state_text(diff->a, type), *in_b = state_text(diff->b, type);
	enum diff_way way = a && b ? DIFF_OTHER : a < b ? DIFF_WIDER : DIFF_NARROWER;
	struct difference *item;
	struct node *witness;

	if (!strcmp(in_a, in_b))
		return;
	item = diff_add(diff, AREA_NAMESPACES, way, "linux.namespaces", namespace_names[type],
		"%s -> %s", in_a, in_b);
	witness = diff_witness(diff, item, "namespace");
	node_put_string(diff->arena, witness, "namespace", namespace_names[type]);
	node_put_string(diff->arena, witness, "a", in_a);
	node_put_string(diff->arena, witness, "b", in_b);
}

struct maps {
	const struct config_idmapping *items;
	size_t count;
};

/* The first host id of range that maps do not map to the same number inside, or -1. */
static int64_t range_unmapped(const struct config_idmapping *range, const struct maps *maps)
{
	int64_t id = range->host_id.value, end = id + range->size.value;
	bool moved = true;

	while (id < end && moved) {
		int64_t inside = range->container_id.value + (id - range->host_id.value);

		moved = false;
		for (size_t i = 0; i < maps->count && !moved; i++) {
			const struct config_idmapping *map = &maps->items[i];
			int64_t at = id - map->host_id.value;

			if (at < 0 || at >= map->size.value ||
				map->container_id.value + at != inside)
				continue;
			id = map->host_id.value + map->size.value;
			moved = true;
		}
	}
	return id < end ? id : -1;
}

static int64_t maps_unmapped(const struct maps *maps, const struct maps *others)
{
	int64_t found = -1;

	for (size_t i = 0; i < maps->count && found < 0; i++)
		found = range_unmapped(&maps->items[i], others);
	return found;
}

static void maps_compare(struct diff *diff, const char *what, const char *key, const struct maps *a,
	const struct maps *b)
{
	int64_t more = maps_unmapped(b, a), less = maps_unmapped(a, b);
	struct difference *item;

	if (more >= 0) {
		item = diff_add(diff, AREA_NAMESPACES, DIFF_WIDER, key, what,
			"can act as the host's %lld", (long long)more);
		node_put_integer(diff->arena, diff_witness(diff, item, "id"), what, more);
	}
	if (less >= 0)
		diff_add(diff, AREA_NAMESPACES, DIFF_NARROWER, key, what,
			"cannot act as the host's %lld", (long long)less);
}

void namespaces_compare(struct diff *diff)
{
	const struct config *a = diff->a, *b = diff->b;

	for (int type = NAMESPACE_UNSET + 1; type < NAMESPACE_TYPES; type++)
		namespace_compare(diff, type);
	/* Otherwise the namespace itself is what differs, or the maps are only a stand-in. */
	if (openness(a, NAMESPACE_USER) != openness(b, NAMESPACE_USER) || (a->ids && b->ids))
		return;
	maps_compare(diff, "user", "linux.uidMappings",
		&(struct maps){ a->uid_mappings, a->uid_mappings_count },
		&(struct maps){ b->uid_mappings, b->uid_mappings_count });
	maps_compare(diff, "group", "linux.gidMappings",
		&(struct maps){ a->gid_mappings, a->gid_mappings_count },
		&(struct maps){ b->gid_mappings, b->gid_mappings_count });
}
