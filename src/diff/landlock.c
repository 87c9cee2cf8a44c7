/*
 * Landlock: what each config's rule sets together allow at every path and port that either names. A
 * rule covers all that lies below it, so between named paths nothing changes; what no rule allows
 * and the rule set handles is refused, and several rule sets must all allow. Paths are compared
 * after links have been followed as far as it is known where they lead (places.c).
 */
#include <string.h>

#include "base/lists.h"
#include "diff/parts.h"
#include "diff/places.h"
#include "kernel/landlock-rights.h"

enum { OTHER_PORT = 1024 };

/* The rule sets of one config. */
struct domains {
	const struct config *config;
	struct arena *arena;
	const struct config_landlock **items;
	size_t count;
};

static void domains_find(const struct config *config, struct arena *arena, struct domains *domains)
{
	*domains = (struct domains){ .config = config, .arena = arena };
	domains->items = arena_alloc(
		arena, config->landlock_more_count + 2, sizeof(struct config_landlock *));
	if (config->landlock)
		domains->items[domains->count++] = config->landlock;
	for (size_t i = 0; i < config->landlock_more_count; i++)
		domains->items[domains->count++] = &config->landlock_more[i];
	if (config->process.landlock)
		domains->items[domains->count++] = config->process.landlock;
}

static struct ruleset handled(const struct domains *domains, size_t index)
{
	return landlock_handled(domains->config, domains->items[index], ABI_SCOPE);
}

static bool covers(const struct domains *domains, const char *rule, const char *path)
{
	return path_is_below(path, place_followed(domains->config, domains->arena, rule));
}

/* What one rule set's rules grant at path, whatever it handles. */
static uint64_t rules_grant(const struct domains *domains, size_t index, const char *path)
{
	const struct config_landlock *landlock = domains->items[index];
	bool proposed = landlock_is_proposed(domains->config, landlock);
	uint64_t granted = 0;

	for (size_t i = 0; i < landlock->rules_count; i++) {
		const struct config_landlock_rule *rule = &landlock->rules[i];
		uint64_t access = landlock_rule_access(proposed, &rule->access);

		if (rule->path && covers(domains, rule->path, path))
			granted |= access;
		for (size_t k = 0; k < rule->paths.count; k++)
			if (covers(domains, rule->paths.items[k], path))
				granted |= access;
	}
	return granted;
}

static uint64_t rights_at(const struct domains *domains, const char *path)
{
	uint64_t rights = FS_ALL;

	for (size_t i = 0; i < domains->count; i++)
		rights &= rules_grant(domains, i, path) | ~handled(domains, i).fs;
	return rights;
}

static void path_gather(const struct domains *domains, struct strings *paths, const char *path)
{
	path = place_followed(domains->config, domains->arena, path);
	if (!strings_hold(paths, path))
		strings_add(paths, domains->arena, path);
}

static void paths_gather(const struct domains *domains, struct strings *paths)
{
	for (size_t i = 0; i < domains->count; i++)
		for (size_t k = 0; k < domains->items[i]->rules_count; k++) {
			const struct config_landlock_rule *rule = &domains->items[i]->rules[k];

			if (rule->path)
				path_gather(domains, paths, rule->path);
			for (size_t n = 0; n < rule->paths.count; n++)
				path_gather(domains, paths, rule->paths.items[n]);
		}
}

static struct node *names_of(struct arena *arena, uint64_t bits, const char *const *table)
{
	struct node *names = node_new(arena, NODE_ARRAY);

	for (int bit = 0; table[bit]; bit++)
		if (bits & UINT64_C(1) << bit)
			node_append(names, node_string(arena, table[bit]));
	return names;
}

static const char *names_text(struct arena *arena, uint64_t bits, const char *const *table)
{
	const char *text = "";

	for (int bit = 0; table[bit]; bit++)
		if (bits & UINT64_C(1) << bit)
			text = arena_printf(arena, "%s%s%s", text, *text ? " " : "", table[bit]);
	return text;
}

/* For people: all rights to make and to remove by one word each. */
static const char *rights_text(struct arena *arena, uint64_t bits)
{
	static const struct {
		uint64_t bits;
		const char *word;
	} words[] = { { FS_MAKE, " make_*" }, { FS_REMOVE, " remove_*" } };
	const char *more = "", *text;

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if ((bits & words[i].bits) == words[i].bits) {
			bits &= ~words[i].bits;
			more = arena_printf(arena, "%s%s", more, words[i].word);
		}
	text = names_text(arena, bits, landlock_fs_rights);
	return arena_printf(arena, "%s%s", text, *text || !*more ? more : more + 1);
}

/* The longest of the paths that path lies below, itself apart; NULL for the root. */
static const char *path_above(const struct strings *paths, const char *path)
{
	const char *above = NULL;

	for (size_t i = 0; i < paths->count; i++) {
		const char *one = paths->items[i];

		if (strcmp(one, path) != 0 && path_is_below(path, one) &&
			(!above || strlen(one) > strlen(above)))
			above = one;
	}
	return above;
}

static void rights_tell(struct diff *diff, enum diff_way way, const char *path, uint64_t bits)
{
	struct difference *item;
	struct node *witness;
	uint64_t refused = mounts_refuse(diff->b, diff->arena, path) & bits;

	if (!bits)
		return;
	item = diff_add(diff, AREA_LANDLOCK, way, ANNOTATION_PREFIX "landlock", path, "%s",
		rights_text(diff->arena, bits));
	witness = diff_witness(diff, item, "path");
	node_put_string(diff->arena, witness, "path", path);
	node_put(diff->arena, witness, "access", names_of(diff->arena, bits, landlock_fs_rights));
	/* B's mounts still refuse these: a second guard that is gone, not a way in. */
	if (refused)
		node_put(diff->arena, witness, "mounts_refuse",
			names_of(diff->arena, refused, landlock_fs_rights));
}

/* What differs at path and did not already above it. */
static void path_compare(struct diff *diff, const struct domains *a, const struct domains *b,
	const struct strings *paths, const char *path)
{
	const char *above = path_above(paths, path);
	uint64_t in_a = rights_at(a, path), in_b = rights_at(b, path);
	uint64_t above_a = above ? rights_at(a, above) : 0;
	uint64_t above_b = above ? rights_at(b, above) : 0;

	rights_tell(diff, DIFF_WIDER, path, in_b & ~in_a & ~(above_b & ~above_a));
	rights_tell(diff, DIFF_NARROWER, path, in_a & ~in_b & ~(above_a & ~above_b));
}

static uint64_t port_rights(const struct domains *domains, int64_t port)
{
	uint64_t rights = NET_BIND_TCP | NET_CONNECT_TCP;

	for (size_t i = 0; i < domains->count; i++) {
		const struct config_landlock *landlock = domains->items[i];
		bool proposed = landlock_is_proposed(domains->config, landlock);
		uint64_t granted = ~handled(domains, i).net;

		for (size_t k = 0; k < landlock->net_count; k++)
			if (landlock->net[k].port.value == port)
				granted |= landlock_port_access(proposed, &landlock->net[k].access);
		rights &= granted;
	}
	return rights;
}

static void port_tell(struct diff *diff, enum diff_way way, int64_t port, bool other, uint64_t bits)
{
	struct difference *item;
	struct node *witness;

	if (!bits)
		return;
	item = diff_add(diff, AREA_LANDLOCK, way, ANNOTATION_PREFIX "landlock",
		other ? "every other TCP port"
		      : arena_printf(diff->arena, "TCP port %lld", (long long)port),
		"%s", names_text(diff->arena, bits, landlock_net_rights));
	witness = diff_witness(diff, item, "port");
	node_put_integer(diff->arena, witness, "port", port);
	node_put(diff->arena, witness, "access", names_of(diff->arena, bits, landlock_net_rights));
}

static void port_compare(struct diff *diff, const struct domains *a, const struct domains *b,
	int64_t port, bool other)
{
	uint64_t in_a = port_rights(a, port), in_b = port_rights(b, port);

	port_tell(diff, DIFF_WIDER, port, other, in_b & ~in_a);
	port_tell(diff, DIFF_NARROWER, port, other, in_a & ~in_b);
}

static bool numbers_hold(const struct numbers *numbers, int64_t number)
{
	for (size_t i = 0; i < numbers->count; i++)
		if (numbers->items[i] == number)
			return true;
	return false;
}

static void ports_gather(const struct domains *domains, struct numbers *ports)
{
	for (size_t i = 0; i < domains->count; i++)
		for (size_t k = 0; k < domains->items[i]->net_count; k++) {
			int64_t port = domains->items[i]->net[k].port.value;

			if (!numbers_hold(ports, port))
				numbers_add(ports, domains->arena, port);
		}
}

static void ports_compare(struct diff *diff, const struct domains *a, const struct domains *b)
{
	struct numbers ports = { 0 };
	int64_t other = OTHER_PORT;

	ports_gather(a, &ports);
	ports_gather(b, &ports);
	for (size_t i = 0; i < ports.count; i++)
		port_compare(diff, a, b, ports.items[i], false);
	while (numbers_hold(&ports, other))
		other++;
	port_compare(diff, a, b, other, true);
}

static uint64_t scope_of(const struct domains *domains)
{
	uint64_t scope = 0;

	for (size_t i = 0; i < domains->count; i++)
		scope |= handled(domains, i).scope;
	return scope;
}

static void scopes_compare(struct diff *diff, const struct domains *a, const struct domains *b)
{
	uint64_t in_a = scope_of(a), in_b = scope_of(b);

	for (int bit = 0; landlock_scopes[bit]; bit++) {
		enum diff_way way;
		uint64_t own = UINT64_C(1) << bit;
		struct difference *item;

		if (!diff_way_of(!(in_a & own), !(in_b & own), &way))
			continue;
		item = diff_add(diff, AREA_LANDLOCK, way, ANNOTATION_PREFIX "landlock.scope",
			landlock_scopes[bit], "%s",
			in_b & own ? "no longer beyond the sandbox" : "beyond the sandbox");
		node_put_string(diff->arena, diff_witness(diff, item, "scope"), "scope",
			landlock_scopes[bit]);
	}
}

/* The oldest ABI on which all of it starts; 0: whatever the kernel lacks is left out. */
static int abi_least(const struct domains *domains)
{
	int least = 0;

	for (size_t i = 0; i < domains->count; i++) {
		const struct config_landlock *one = domains->items[i];
		const char *what;
		int abi = landlock_is_best_effort(domains->config, one)
			? (int)one->min_abi.value
			: landlock_abi_needed(domains->config, one, &what);

		least = abi > least ? abi : least;
	}
	return least;
}

static void strictness_compare(struct diff *diff, const struct domains *a, const struct domains *b)
{
	int in_a = abi_least(a), in_b = abi_least(b);
	struct difference *item;

	if (!a->count != !b->count) {
		item = diff_add(diff, AREA_LANDLOCK, a->count ? DIFF_WIDER : DIFF_NARROWER,
			ANNOTATION_PREFIX "landlock", "Landlock", "%s",
			a->count ? "in force -> not used" : "not used -> in force");
		diff_witness(diff, item, "domain");
	} else if (in_a != in_b) {
		item = diff_add(diff, AREA_LANDLOCK, in_b < in_a ? DIFF_WIDER : DIFF_NARROWER,
			ANNOTATION_PREFIX "landlock.minAbi", "oldest kernel that will do",
			"ABI %d -> ABI %d", in_a, in_b);
		node_put_integer(diff->arena, diff_witness(diff, item, "abi"), "abi", in_b);
	}
}

void landlock_compare(struct diff *diff)
{
	struct strings paths = { 0 };
	struct domains a, b;

	domains_find(diff->a, diff->arena, &a);
	domains_find(diff->b, diff->arena, &b);
	strictness_compare(diff, &a, &b);
	strings_add(&paths, diff->arena, "/");
	paths_gather(&a, &paths);
	paths_gather(&b, &paths);
	for (size_t i = 0; i < paths.count; i++)
		path_compare(diff, &a, &b, &paths, paths.items[i]);
	ports_compare(diff, &a, &b);
	scopes_compare(diff, &a, &b);
}
