/*
 * What a difference of one value means, by the order its row gives it. Numbers that limit, switches
 * that guard, masks and lists all come to one of three answers, or to none.
 */
#include "diff/values.h"

#include <string.h>

#include "diff/parts.h"
#include "diff/value-compare.h"
#include "format/json.h"

enum { TEXT_MOST = 120 };

const char *value_text(struct arena *arena, const struct node *node)
{
	return node ? json_write(arena, node, false) : "";
}

/* For people: a text without its quotes, not too long. */
static const char *shown(struct arena *arena, const struct node *node, const char *absent)
{
	const char *text = !node || node->kind == NODE_NULL ? absent
		: node->kind == NODE_STRING                 ? node->text
							    : value_text(arena, node);

	return strlen(text) <= TEXT_MOST ? text : arena_printf(arena, "%.*s...", TEXT_MOST, text);
}

/* Without what all names of a kind begin with. */
static const char *subject_of(const char *name)
{
	static const char *const prefixes[] = { "linux.resources.", "linux.", "process.",
		ANNOTATION_PREFIX };

	for (size_t i = 0; i < sizeof(prefixes) / sizeof(*prefixes); i++)
		if (!strncmp(name, prefixes[i], strlen(prefixes[i])))
			return name + strlen(prefixes[i]);
	return name;
}

static struct node *tell(const struct pair_of_values *pair, enum diff_way way, const char *a,
	const char *b, const char *kind)
{
	struct diff *diff = pair->diff;
	struct difference *item = diff_add(diff, pair->value ? pair->value->area : AREA_UNKNOWN,
		way, pair->name, subject_of(pair->name), "%s -> %s", a, b);
	struct node *witness = diff_witness(diff, item, kind);

	node_put_string(diff->arena, witness, kind, subject_of(pair->name));
	return witness;
}

static void values_tell(const struct pair_of_values *pair, enum diff_way way)
{
	struct arena *arena = pair->diff->arena;
	const char *a = shown(arena, pair->a, "(none)"), *b = shown(arena, pair->b, "(none)");
	struct node *witness = tell(pair, way, a, b, "value");

	node_put_string(arena, witness, "a", a);
	node_put_string(arena, witness, "b", b);
}

static enum diff_way way_of(bool wider)
{
	return wider ? DIFF_WIDER : DIFF_NARROWER;
}

static int64_t number_of(const struct node *node, int64_t absent)
{
	if (!node || node->kind != NODE_INTEGER)
		return absent;
	return node->huge ? INT64_MAX : node->integer;
}

static int64_t limit_of(const struct node *node)
{
	int64_t limit = number_of(node, INT64_MAX);

	return limit < 0 ? INT64_MAX : limit;
}

static void numbers_compare(const struct pair_of_values *pair, int64_t a, int64_t b)
{
	struct arena *arena = pair->diff->arena;
	struct node *witness;

	if (a == b)
		return;
	witness = tell(pair, way_of(b > a),
		a == INT64_MAX ? "no limit" : arena_printf(arena, "%lld", (long long)a),
		b == INT64_MAX ? "no limit" : arena_printf(arena, "%lld", (long long)b), "limit");
	/* The least that the first refuses and the second allows. */
	node_put_integer(arena, witness, "value", b > a ? a + 1 : b + 1);
}

static void bits_compare(const struct pair_of_values *pair)
{
	struct arena *arena = pair->diff->arena;
	int64_t a = number_of(pair->a, pair->value->absent);
	int64_t b = number_of(pair->b, pair->value->absent);
	struct node *witness;

	if (a == b)
		return;
	witness = tell(pair,
		!(b & ~a)           ? DIFF_WIDER
			: !(a & ~b) ? DIFF_NARROWER
				    : DIFF_OTHER,
		arena_printf(arena, "%04llo", (unsigned long long)a),
		arena_printf(arena, "%04llo", (unsigned long long)b), "mask");
	node_put_integer(arena, witness, "bits", a & ~b);
}

static bool has_text(const struct node *node)
{
	return node && node->kind == NODE_STRING && node->length;
}

static void label_compare(const struct pair_of_values *pair)
{
	bool a = has_text(pair->a), b = has_text(pair->b);

	if (a || b)
		values_tell(pair, a && b ? DIFF_OTHER : way_of(a));
}

static bool is_true(const struct node *node)
{
	return node && node->kind == NODE_BOOL && node->boolean;
}

static bool list_holds(struct arena *arena, const struct node *list, const struct node *item)
{
	for (const struct node *one = list ? list->first : NULL; one; one = one->next)
		if (!strcmp(value_text(arena, one), value_text(arena, item)))
			return true;
	return false;
}

static bool list_within(struct arena *arena, const struct node *less, const struct node *more)
{
	for (const struct node *one = less ? less->first : NULL; one; one = one->next)
		if (!list_holds(arena, more, one))
			return false;
	return true;
}

static void items_compare(const struct pair_of_values *pair)
{
	bool more = !list_within(pair->diff->arena, pair->b, pair->a);
	bool less = !list_within(pair->diff->arena, pair->a, pair->b);

	if (more || less)
		values_tell(pair, more && less ? DIFF_OTHER : way_of(more));
}

/* Which of the words; -1 for none. */
static int word_of(const char *const *words, const struct node *node)
{
	for (int i = 0; has_text(node) && words[i]; i++)
		if (!strcmp(words[i], node->text))
			return i;
	return -1;
}

static bool is_same_parent(const struct node *a, const struct node *b)
{
	const char *one = has_text(a) ? strrchr(a->text, '/') : NULL;
	const char *other = has_text(b) ? strrchr(b->text, '/') : NULL;

	return one && other && one - a->text == other - b->text &&
		!strncmp(a->text, b->text, (size_t)(one - a->text));
}

void value_compare(const struct pair_of_values *pair)
{
	const struct value *value = pair->value;
	const struct node *a = pair->a, *b = pair->b;

	switch (value ? value->order : VALUE_FOREIGN) {
	case VALUE_ELSEWHERE:
		break;
	case VALUE_FREE:
		values_tell(pair, DIFF_CHANGED);
		break;
	case VALUE_FOREIGN:
		values_tell(pair, DIFF_OTHER);
		break;
	case VALUE_LESS:
		numbers_compare(pair, limit_of(a), limit_of(b));
		break;
	case VALUE_WEIGHT:
		numbers_compare(pair, number_of(a, value->absent), number_of(b, value->absent));
		break;
	case VALUE_TIGHT:
	case VALUE_LOOSE:
		if (is_true(a) != is_true(b))
			values_tell(pair, way_of(is_true(b) == (value->order == VALUE_LOOSE)));
		break;
	case VALUE_MORE_BITS:
		bits_compare(pair);
		break;
	case VALUE_LABEL:
		label_compare(pair);
		break;
	case VALUE_ITEM:
		values_tell(pair, a && b ? DIFF_OTHER : way_of(b != NULL));
		break;
	case VALUE_ITEMS:
		items_compare(pair);
		break;
	case VALUE_WORDS:
		if (word_of(value->words, a) != word_of(value->words, b))
			values_tell(
				pair, way_of(word_of(value->words, b) < word_of(value->words, a)));
		break;
	case VALUE_PARENT:
		values_tell(pair, is_same_parent(a, b) ? DIFF_CHANGED : DIFF_OTHER);
		break;
	}
}
