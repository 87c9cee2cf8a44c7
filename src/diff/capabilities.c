/*
 * Capabilities, set by set. A config without any has five empty sets; capabilities(7).
 */
#include "base/names.h"
#include "diff/parts.h"

static const struct {
	const char *name;
	size_t offset;
} sets[] = {
#define SET(name)                                                 \
	{                                                         \
#name, offsetof(struct config_capabilities, name) \
	}
	SET(bounding),
	SET(effective),
	SET(inheritable),
	SET(permitted),
	SET(ambient),
#undef SET
};

static bool holds(const struct config *config, size_t set, int number)
{
	const struct config_capabilities *capabilities = config->process.capabilities;
	const struct strings *names;

	if (!capabilities)
		return false;
	names = (const void *)((const char *)capabilities + sets[set].offset);
	for (size_t i = 0; i < names->count; i++)
		if (capability_number(names->items[i]) == number)
			return true;
	return false;
}

/* One capability in the sets where only one of the configs has it. */
static void capability_tell(struct diff *diff, enum diff_way way, int number)
{
	struct node *names = node_new(diff->arena, NODE_ARRAY), *witness;
	const char *text = "";
	struct difference *item;

	for (size_t i = 0; i < sizeof(sets) / sizeof(*sets); i++) {
		enum diff_way found;

		if (!diff_way_of(holds(diff->a, i, number), holds(diff->b, i, number), &found) ||
			found != way)
			continue;
		text = arena_printf(diff->arena, "%s%s%s", text, *text ? " " : "", sets[i].name);
		node_append(names, node_string(diff->arena, sets[i].name));
	}
	if (!names->count)
		return;
	item = diff_add(diff, AREA_CAPABILITIES, way, "process.capabilities",
		capability_name(number), "%s", text);
	witness = diff_witness(diff, item, "capability");
	node_put_string(diff->arena, witness, "capability", capability_name(number));
	node_put(diff->arena, witness, "sets", names);
}

void capabilities_compare(struct diff *diff)
{
	for (int number = 0; number < CAPABILITIES; number++) {
		capability_tell(diff, DIFF_WIDER, number);
		capability_tell(diff, DIFF_NARROWER, number);
	}
}
