/*
 * The one document that the layers of a policy amount to: tables key by key, of any other value the
 * latest, lists included; lists of what is refused add up, but for what a layer lets others widen.
 * Each node keeps the file and the line it is from.
 */
#include <string.h>

#include "nucleus/config.h"
#include "policy/layers.h"

struct merge {
	const struct policy *policy;
	struct arena *arena;
};

/* The same table in each layer; NULL where it is absent. */
struct level {
	const char *path;
	const struct node *tables[LAYERS_MOST];
};

bool layers_own(const char *path)
{
	static const char *const own[] = { "extends", "include", "may_widen" };

	for (size_t i = 0; i < sizeof(own) / sizeof(*own); i++)
		if (!strcmp(own[i], path))
			return true;
	return false;
}

bool layers_skip(const char *path, const struct node *node)
{
	return !*path && layers_own(node->key);
}

static struct node *node_copy(const struct node *node, struct arena *arena)
{
	struct node *copy = node_new(arena, node->kind);

	*copy = *node;
	copy->next = NULL;
	return copy;
}

/* The same place and kind, with nothing in it. */
static struct node *node_emptied(const struct node *node, struct arena *arena)
{
	struct node *copy = node_copy(node, arena);

	copy->first = copy->last = NULL;
	copy->count = 0;
	return copy;
}

static void words_add(struct node *list, const struct node *from, struct arena *arena)
{
	for (const struct node *word = from ? from->first : NULL; word; word = word->next) {
		const struct node *same = list->first;

		while (same &&
			(same->length != word->length || strcmp(same->text, word->text) != 0))
			same = same->next;
		if (!same)
			node_append(list, node_copy(word, arena));
	}
}

/*
 * A list that adds up, up to the last layer that has it. What a layer may_widen is not kept: the
 * later list stands alone there.
 */
static struct node *words_merge(const struct merge *merge, const struct key *key, const char *path,
	const struct node *const lists[])
{
	const struct policy *policy = merge->policy;
	struct node *sum = NULL;
	size_t last = policy->layers_count;
	bool said = false;

	while (!lists[--last])
		;
	sum = node_emptied(lists[last], merge->arena);
	for (size_t i = 0; i < last; i++) {
		const struct policy_layer *layer = policy->layers[i];

		said |= lists[i] != NULL;
		if (layer_widens(layer, path))
			continue;
		/* Nobody has said it yet: what its absence means stays. */
		if (!said && !layer->included)
			words_add(sum, order_absent(key, NULL, MODE_UNSET, merge->arena),
				merge->arena);
		words_add(sum, lists[i], merge->arena);
	}
	words_add(sum, lists[last], merge->arena);
	return sum;
}

static struct node *table_merge(
	const struct merge *merge, const struct key *keys, const struct level *level);

/* A key of a table that at least one layer has; keys is NULL for pairs. */
static struct node *value_merge(const struct merge *merge, const struct key *keys,
	const struct level *level, const struct node *node)
{
	const struct key *key = keys ? order_row(keys, node) : NULL;
	struct level inner = { .path = arena_printf(merge->arena, "%s%s%s", level->path,
				       *level->path ? "." : "", node->key) };
	const struct node *last = node;

	for (size_t i = 0; i < merge->policy->layers_count; i++) {
		if (level->tables[i])
			inner.tables[i] = node_get(level->tables[i], node->key);
		if (inner.tables[i])
			last = inner.tables[i];
	}
	if (!key)
		return node_copy(last, merge->arena);
	if (key->type == KEY_TABLE || key->type == KEY_POINTER || key->type == KEY_PAIRS)
		return table_merge(merge, key->keys, &inner);
	if (key->order == ORDER_SUPERSET && key->type == KEY_STRINGS)
		return words_merge(merge, key, inner.path, inner.tables);
	return node_copy(last, merge->arena);
}

/* In the order in which the layers, from the lowest, have the keys. */
static struct node *table_merge(
	const struct merge *merge, const struct key *keys, const struct level *level)
{
	struct node *table = NULL;

	for (size_t i = 0; i < merge->policy->layers_count; i++) {
		const struct node *own = level->tables[i];

		if (own && !table)
			table = node_emptied(own, merge->arena);
		for (const struct node *node = own ? own->first : NULL; node; node = node->next)
			if (!layers_skip(level->path, node) && !node_get(table, node->key))
				node_append(table, value_merge(merge, keys, level, node));
	}
	return table;
}

struct node *layers_merge(const struct policy *policy, struct arena *arena)
{
	const struct merge merge = { policy, arena };
	struct level level = { .path = "" };
	struct node *document;

	for (size_t i = 0; i < policy->layers_count; i++)
		level.tables[i] = policy->layers[i]->document;
	document = table_merge(&merge, policy_keys, &level);
	/* What is missing in all of them is missing in the last. */
	document->file = policy->file;
	return document;
}
