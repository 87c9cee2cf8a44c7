/* An open hash table over an array; entries are never taken out. */
#include "trace/set.h"

#include <stdlib.h>
#include <string.h>

static uint64_t mix(uint64_t hash, uint64_t value)
{
	hash = (hash ^ value) * 0x9e3779b97f4a7c15ULL;
	return hash ^ hash >> 29;
}

static uint64_t call_hash(const struct traced *call)
{
	uint64_t hash = mix(0, (uint64_t)call->abi << 32 | (uint32_t)call->number);

	for (int i = 0; i < CALL_ARGS; i++)
		if (call->facets[i])
			hash = mix(hash, call->args[i] + (uint64_t)i);
	return hash;
}

static bool is_same(const struct seen *seen, const struct traced *call)
{
	return seen->call.number == call->number && seen->call.abi == call->abi &&
		!memcmp(seen->call.args, call->args, sizeof(call->args)) &&
		!memcmp(seen->call.facets, call->facets, sizeof(call->facets));
}

/* Where the call is, or would be put. */
static uint32_t *place_find(const struct set *set, const struct traced *call)
{
	size_t at = call_hash(call) & (set->room - 1);

	while (set->places[at] && !is_same(&set->items[set->places[at] - 1], call))
		at = (at + 1) & (set->room - 1);
	return &set->places[at];
}

static void places_grow(struct set *set)
{
	set->room = set->room ? 2 * set->room : 1024;
	set->places = arena_alloc(set->arena, set->room, sizeof(*set->places));
	for (size_t i = 0; i < set->count; i++)
		*place_find(set, &set->items[i].call) = (uint32_t)i + 1;
}

struct seen *set_find(struct set *set, const struct traced *call)
{
	uint32_t *place;

	if (2 * set->count >= set->room)
		places_grow(set);
	place = place_find(set, call);
	if (*place)
		return &set->items[*place - 1];
	if (set->count == SET_MOST)
		return NULL;
	set->items = arena_grow(set->arena, set->items, set->count, sizeof(*set->items));
	set->items[set->count] = (struct seen){ .call = *call };
	*place = (uint32_t)++set->count;
	return &set->items[set->count - 1];
}

static int seen_compare(const void *left, const void *right)
{
	const struct seen *one = left, *other = right;

	return traced_compare(&one->call, &other->call);
}

void set_sort(struct set *set)
{
	if (set->count)
		qsort(set->items, set->count, sizeof(*set->items), seen_compare);
}
