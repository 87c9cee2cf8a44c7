/*
 * Differences for people, as JSON and as SARIF. The JSON is an interface: names in it stay.
 */
#include "cmd/diff-print.h"

#include <stdio.h>
#include <string.h>

#include "cmd/sarif.h"
#include "format/json.h"

enum { WIDTH = 100 };

static const char signs[] = {
	[DIFF_CHANGED] = '~', [DIFF_NARROWER] = '-', [DIFF_WIDER] = '+', [DIFF_OTHER] = '!'
};

/* The policy's section that an area is mostly about; NULL: none. */
static const char *const sections[AREAS] = {
	[AREA_SYSCALLS] = "seccomp",
	[AREA_LANDLOCK] = "landlock",
	[AREA_CAPABILITIES] = "capabilities",
	[AREA_MOUNTS] = "filesystem",
	[AREA_NAMESPACES] = "namespaces",
	[AREA_NETWORK] = "network",
	[AREA_LIMITS] = "resources",
	[AREA_IDENTITY] = "process",
	[AREA_PROCESS] = "process",
};

/* Ids stay when areas are added: one is never used for another. */
static const struct {
	const char *id, *name, *text;
} rules[] = {
	[AREA_SYSCALLS] = { "ND001", "SystemCalls", "A system call is answered differently." },
	[AREA_LANDLOCK] = { "ND002", "Landlock", "Files or ports may be used differently." },
	[AREA_CAPABILITIES] = { "ND003", "Capabilities", "A capability is held or not." },
	[AREA_MOUNTS] = { "ND004", "Mounts", "Something else is seen, or seen differently." },
	[AREA_NAMESPACES] = { "ND005", "Namespaces", "Something else is shared with the host." },
	[AREA_NETWORK] = { "ND006", "Network", "Something else can be reached." },
	[AREA_LIMITS] = { "ND007", "Limits", "A limit is another." },
	[AREA_DEVICES] = { "ND008", "Devices", "A device may be used differently." },
	[AREA_IDENTITY] = { "ND009", "Identity", "It runs as somebody else, or on another root." },
	[AREA_PROCESS] = { "ND010", "Process", "Something else is run, or differently." },
	[AREA_KERNEL] = { "ND011", "Kernel", "It is set up more or less strictly." },
	[AREA_UNKNOWN] = { "ND012", "NotUnderstood", "A difference that is not understood." },
};
static_assert(sizeof(rules) / sizeof(*rules) == AREAS, "one rule each");

static bool is_like(const struct difference *one, const struct difference *other)
{
	return one->area == other->area && one->way == other->way &&
		!strcmp(one->change, other->change);
}

static const struct difference *next_like(const struct diff *diff, const struct difference *item)
{
	for (const struct difference *next = item + 1; next < diff->items + diff->count; next++)
		if (is_like(next, item))
			return next;
	return NULL;
}

/* Puts a word into a paragraph that is indented. */
static void word_print(const char *word, const char *after, int *column)
{
	int length = (int)(strlen(word) + strlen(after));

	if (*column + length >= WIDTH) {
		printf("\n     ");
		*column = 5;
	}
	*column += printf(" %s%s", word, after);
}

/* An item with all later ones that say the same of something else. */
static void items_print(const struct diff *diff, const struct difference *item)
{
	int column;

	for (const struct difference *before = diff->items; before < item; before++)
		if (is_like(before, item))
			return;
	column = printf("  %c", signs[item->way]);
	for (const struct difference *one = item; one; one = next_like(diff, one))
		word_print(one->subject, next_like(diff, one) ? "," : ":", &column);
	word_print(item->change, "", &column);
	printf("\n");
}

static void area_print(const struct diff *diff, int area)
{
	bool begun = false;

	for (size_t i = 0; i < diff->count; i++) {
		if ((int)diff->items[i].area != area)
			continue;
		if (!begun)
			printf("%s\n", diff_areas[area]);
		begun = true;
		items_print(diff, &diff->items[i]);
	}
}

static size_t count_of(const struct diff *diff, enum diff_way way)
{
	size_t count = 0;

	for (size_t i = 0; i < diff->count; i++)
		count += diff->items[i].way == way;
	return count;
}

void diff_print_text(const struct diff *diff, const struct diff_side *a, const struct diff_side *b)
{
	for (int area = 0; area < AREAS; area++)
		area_print(diff, area);
	if (!diff->count) {
		printf("%s and %s allow the same\n", a->name, b->name);
		return;
	}
	printf("%s is %s %s: %zu wider, %zu narrower, %zu changed, %zu incomparable\n", b->name,
		diff_widens(diff) ? "wider than" : "no wider than", a->name,
		count_of(diff, DIFF_WIDER), count_of(diff, DIFF_NARROWER),
		count_of(diff, DIFF_CHANGED), count_of(diff, DIFF_OTHER));
}

static struct node *item_node(const struct difference *item, struct arena *arena)
{
	struct node *node = node_new(arena, NODE_TABLE);

	node_put_string(arena, node, "area", diff_areas[item->area]);
	node_put_string(arena, node, "way", diff_ways[item->way]);
	node_put_string(arena, node, "key", item->key);
	node_put_string(arena, node, "subject", item->subject);
	node_put_string(arena, node, "change", item->change);
	if (item->witness)
		node_put(arena, node, "witness", item->witness);
	return node;
}

void diff_print_json(const struct diff *diff, const struct diff_side *a, const struct diff_side *b)
{
	struct node *document = node_new(diff->arena, NODE_TABLE);
	struct node *items = node_new(diff->arena, NODE_ARRAY);

	node_put_string(diff->arena, document, "a", a->name);
	node_put_string(diff->arena, document, "b", b->name);
	node_put_string(diff->arena, document, "result",
		diff_widens(diff)     ? "wider"
			: diff->count ? "narrower"
				      : "equal");
	for (size_t i = 0; i < diff->count; i++)
		node_append(items, item_node(&diff->items[i], diff->arena));
	node_put(diff->arena, document, "differences", items);
	puts(json_write(diff->arena, document, true));
}

static const struct node *section_of(const struct diff_side *side, enum diff_area area)
{
	return side->document && sections[area] ? node_get(side->document, sections[area]) : NULL;
}

/* Where B speaks of the area; in A if only that does, as it is wider by what it leaves out. */
static void place_find(const struct difference *item, const struct diff_side *a,
	const struct diff_side *b, struct sarif_result *result)
{
	const struct diff_side *side = b->file ? b : a;
	const struct node *section = section_of(side, item->area);

	if (!section && side == b && a->file && section_of(a, item->area)) {
		side = a;
		section = section_of(a, item->area);
	}
	result->file = side->file;
	result->line = section ? section->key_line : 0;
	result->column = section ? section->key_column : 0;
}

static void result_add(struct sarif *sarif, const struct difference *item,
	const struct diff_side *a, const struct diff_side *b)
{
	bool wider = item->way == DIFF_WIDER || item->way == DIFF_OTHER;
	struct sarif_result result = {
		.rule = rules[item->area].id,
		.level = wider ? SARIF_WARNING : SARIF_NOTE,
		.message = arena_printf(sarif->arena, "%s, %s: %s: %s", diff_areas[item->area],
			diff_ways[item->way], item->subject, item->change),
		.properties = item_node(item, sarif->arena),
	};

	place_find(item, a, b, &result);
	sarif_add(sarif, &result);
}

void diff_print_sarif(const struct diff *diff, const struct diff_side *a, const struct diff_side *b)
{
	struct sarif sarif;

	sarif_begin(&sarif, diff->arena, "nucleus diff");
	for (int area = 0; area < AREAS; area++)
		sarif_rule(
			&sarif, rules[area].id, rules[area].name, rules[area].text, SARIF_WARNING);
	for (size_t i = 0; i < diff->count; i++)
		result_add(&sarif, &diff->items[i], a, b);
	puts(sarif_write(&sarif));
}
