/*
 * A later layer may only narrow: each value it has is held against what stood at each layer below,
 * and all of those must let it pass, either because it is narrower by its key's order or because
 * may_widen names it there. A layer that was extended speaks for every key, since what it does not
 * say has a meaning too; one that was included only for what it says.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "nucleus/config.h"
#include "policy/layers.h"

struct check {
	const struct policy *policy;
	size_t index; /* the layer that is held against those below it */
	struct arena *arena;
	struct err *err;
};

/* The same table in each layer below; NULL where it is absent. */
struct level {
	const char *path;
	const struct node *tables[LAYERS_MOST];
};

/* What stands below a value, at one layer. */
struct below {
	const struct policy_layer *layer;
	const struct node *node; /* NULL: nothing, and that has no meaning of its own */
};

static int layer_mode(const struct policy_layer *layer, int mode)
{
	const struct node *node = node_get(layer->document, "mode");

	for (int i = 1; node && mode_names[i]; i++)
		if (!strcmp(mode_names[i], node->text))
			mode = i;
	return mode;
}

/* The user's text for an error: short, and with nothing in it that moves a cursor. */
static const char *text_show(const struct node *node, struct arena *arena)
{
	char text[48];
	size_t length = 0;

	for (; length < node->length && length < sizeof(text) - sizeof("..."); length++)
		text[length] = node->text[length] < ' ' || node->text[length] > '~'
			? '?'
			: node->text[length];
	text[length] = '\0';
	return arena_printf(arena, "\"%s%s\"", text, length < node->length ? "..." : "");
}

static const char *value_show(const struct node *node, struct arena *arena)
{
	switch (node->kind) {
	case NODE_BOOL:
		return node->boolean ? "true" : "false";
	case NODE_INTEGER:
		return arena_printf(arena, "%lld", (long long)node->integer);
	case NODE_REAL:
		return arena_printf(arena, "%g", node->real);
	case NODE_ARRAY:
		return node->count ? "the list" : "[]";
	case NODE_STRING:
		return text_show(node, arena);
	default:
		return "the item";
	}
}

/* "2G at FILE:3:4" */
static const char *below_show(const struct below *below, struct arena *arena)
{
	const struct node *node = below->node;

	if (!node)
		return arena_printf(arena, "%s, which says nothing of it", below->layer->file);
	if (!node->line)
		return arena_printf(arena, "the default, %s", value_show(node, arena));
	return arena_printf(arena, "%s at %s:%u:%u", value_show(node, arena), node->file,
		node->line, node->column);
}

/* The item of a list that is not among those below; NULL if it is something else. */
static const struct node *item_strange(const struct check *check, const struct key *key,
	const struct below *below, const struct node *node)
{
	if ((key->order != ORDER_SUBSET && key->order != ORDER_PLACES) || node->kind != NODE_ARRAY)
		return NULL;
	for (const struct node *item = node->first; item; item = item->next)
		if (!order_find(key, below->node, item, check->arena))
			return item;
	return NULL;
}

/* How the value stands to what is below it. */
static const char *relation(enum key_order order)
{
	static const char *const relations[] = {
		[ORDER_FIXED] = "is not",
		[ORDER_ONCE] = "is not",
		[ORDER_FREE] = "is not",
		[ORDER_LESS] = "is wider than",
		[ORDER_MORE] = "is wider than",
		[ORDER_SUBSET] = "is not within",
		[ORDER_SUPERSET] = "leaves out some of",
		[ORDER_BELOW] = "is not below",
		[ORDER_MASK] = "is wider than",
		[ORDER_PLACES] = "is in another order than",
	};

	return relations[order];
}

static int wider_fault(const struct check *check, const struct key *key, const char *path,
	const struct below *below, const struct node *node, const char *uncovered)
{
	const struct node *item = item_strange(check, key, below, node), *at = item ? item : node;
	const char *than = below_show(below, check->arena);
	char text[400];

	if (uncovered)
		snprintf(text, sizeof(text),
			"without \"%.80s\" of %s, what lies under that would come to light",
			uncovered, than);
	else if (below->node && key->is_file && !strcmp(below->node->text, node->text))
		snprintf(text, sizeof(text), "in this directory it is another file than %s", than);
	else
		snprintf(text, sizeof(text), "%s %s %s", value_show(at, check->arena),
			below->node ? relation(item ? ORDER_SUBSET : key->order) : "is wider than",
			than);
	err_set(check->err, EINVAL, "%s:%u:%u: %s: %s, and a later layer may only narrow", at->file,
		at->line, at->column, path, text);
	if (below->layer->builtin)
		return err_hint(check->err, "remove it, or write a policy that does not rest on %s",
			below->layer->file);
	return err_hint(check->err, "remove it, or let may_widen in %s have \"%s\"",
		below->layer->file, path);
}

/* One value against what stood at one layer. */
static int below_check(const struct check *check, const struct key *key, const char *path,
	const struct below *below, const struct node *node)
{
	const char *uncovered = NULL;

	if (!order_allows(key, below->node, node, check->arena))
		return wider_fault(check, key, path, below, node, NULL);
	if (key->order == ORDER_PLACES)
		uncovered = places_uncovered(
			check->policy, check->index, key, below->node, node, check->arena);
	return uncovered ? wider_fault(check, key, path, below, node, uncovered) : 0;
}

static int value_check(const struct check *check, const struct key *key, const char *path,
	const struct level *level, const struct node *node)
{
	const struct node *current = NULL;
	int mode = MODE_UNSET;

	/* Such lists add up. */
	if (key->order == ORDER_SUPERSET && key->type == KEY_STRINGS)
		return 0;
	for (size_t i = 0; i < check->index; i++) {
		const struct policy_layer *layer = check->policy->layers[i];
		const struct node *own = level->tables[i] ? node_get(level->tables[i], node->key)
							  : NULL;
		struct below below = { .layer = layer };

		current = own ? own : current;
		mode = layer_mode(layer, mode);
		if ((layer->included && !own) || layer_widens(layer, path))
			continue;
		below.node = current ? current : order_absent(key, path, mode, check->arena);
		if (below_check(check, key, path, &below, node) < 0)
			return -1;
	}
	return 0;
}

static struct level level_below(const struct check *check, const struct level *level,
	const char *path, const struct node *node)
{
	struct level inner = { .path = path };

	for (size_t i = 0; i < check->index; i++)
		if (level->tables[i])
			inner.tables[i] = node_get(level->tables[i], node->key);
	return inner;
}

/* Each pair by itself, as a string of the order that all of them have. */
static int pairs_check(const struct check *check, const struct key *key, const struct level *level,
	const struct node *table)
{
	struct key pair = { .name = key->name, .type = KEY_STRING, .order = key->order };

	if (pair.order == ORDER_SUBSET)
		pair.order = ORDER_FIXED;
	for (const struct node *node = table->first; node; node = node->next)
		if (value_check(check, &pair,
			    arena_printf(check->arena, "%s.%s", level->path, node->key), level,
			    node) < 0)
			return -1;
	return 0;
}

static int table_check(const struct check *check, const struct key *keys, const struct level *level,
	const struct node *table)
{
	for (const struct node *node = table->first; node; node = node->next) {
		const struct key *key = order_row(keys, node);
		const char *path = arena_printf(
			check->arena, "%s%s%s", level->path, *level->path ? "." : "", node->key);
		const struct level inner = level_below(check, level, path, node);
		int result;

		if (layers_skip(level->path, node))
			continue;
		if (key->type == KEY_TABLE || key->type == KEY_POINTER)
			result = table_check(check, key->keys, &inner, node);
		else if (key->type == KEY_PAIRS)
			result = pairs_check(check, key, &inner, node);
		else
			result = value_check(check, key, path, level, node);
		if (result < 0)
			return -1;
	}
	return 0;
}

int layers_check(const struct policy *policy, struct arena *arena, struct err *err)
{
	struct level level = { .path = "" };

	for (size_t i = 0; i < policy->layers_count; i++) {
		const struct check check = { policy, i, arena, err };

		if (table_check(&check, policy_keys, &level, policy->layers[i]->document) < 0)
			return -1;
		level.tables[i] = policy->layers[i]->document;
	}
	return 0;
}
