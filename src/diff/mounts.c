/*
 * Mounts, masks and read-only paths: what can be seen where, and what may be done there. A mount
 * that is there in one config only is more in one way, as it shows something, and less in another
 * if it hides something. What the options of one and the same mount say is compared flag by flag.
 */
#include <string.h>
#include <sys/mount.h>

#include "base/lists.h"
#include "diff/mount-words.h"
#include "diff/parts.h"
#include "diff/places.h"
#include "kernel/landlock-rights.h"
#include "kernel/mount-api.h"

static const struct flag {
	const char *name;
	uint64_t flag;
} flags[] = {
	{ "ro", MOUNT_ATTR_RDONLY },
	{ "nosuid", MOUNT_ATTR_NOSUID },
	{ "nodev", MOUNT_ATTR_NODEV },
	{ "noexec", MOUNT_ATTR_NOEXEC },
	{ "nosymfollow", MOUNT_ATTR_NOSYMFOLLOW },
};

enum { FLAGS = sizeof(flags) / sizeof(*flags) };

static bool is_remount(const struct config *config, const struct config_mount *mount)
{
	struct mount_options options;

	mount_options_read(config, mount, &options);
	return options.remount;
}

/* The mount made at place and covered by no later one, or NULL. */
static const struct config_mount *mount_at(
	const struct config *config, struct arena *arena, const char *place)
{
	const struct config_mount *mount = place_mount(config, arena, place);

	return mount && !strcmp(path_normal(arena, mount->destination), place) ? mount : NULL;
}

static const char *flags_text(
	const struct config *config, struct arena *arena, const struct config_mount *mount)
{
	struct mount_options options;
	const char *text;

	mount_options_read(config, mount, &options);
	text = (options.top.set | options.below.set) & MOUNT_ATTR_RDONLY ? "ro" : "rw";
	for (int i = 1; i < FLAGS; i++)
		if ((options.top.set | options.below.set) & flags[i].flag)
			text = arena_printf(arena, "%s %s", text, flags[i].name);
	return text;
}

/* A mount that only one of the configs has. */
static void mount_alone(struct diff *diff, const char *place, const struct config_mount *a,
	const struct config_mount *b)
{
	const struct config_mount *mount = b ? b : a;
	const struct config *with = b ? diff->b : diff->a, *without = b ? diff->a : diff->b;
	bool hides = !place_is_empty(without, diff->arena, place);
	const char *what = mount_contents(diff->arena, mount);
	const char *words = flags_text(with, diff->arena, mount);
	struct difference *item;
	struct node *witness;

	item = diff_add(diff, AREA_MOUNTS,
		hides       ? DIFF_OTHER
			: b ? DIFF_WIDER
			    : DIFF_NARROWER,
		"mounts", place, "%s %s, %s%s", b ? "new:" : "gone:", what, words,
		hides ? ", over what lies there" : "");
	witness = diff_witness(diff, item, "mount");
	node_put_string(diff->arena, witness, "path", place);
	node_put_string(diff->arena, witness, b ? "appears" : "disappears", what);
	node_put_string(diff->arena, witness, "flags", words);
}

/* Flags that restrict; below: of what is mounted below the source. */
static void flags_compare(struct diff *diff, const char *place, uint64_t a, uint64_t b, bool below)
{
	for (int i = 0; i < FLAGS; i++) {
		enum diff_way way;
		struct difference *item;
		struct node *witness;

		if (!diff_way_of(!(a & flags[i].flag), !(b & flags[i].flag), &way))
			continue;
		item = diff_add(diff, AREA_MOUNTS, way, "mounts",
			below ? arena_printf(diff->arena, "mounts below %s", place) : place, "%s%s",
			b & flags[i].flag ? "" : "no longer ", flags[i].name);
		witness = diff_witness(diff, item, "mount_flag");
		node_put_string(diff->arena, witness, "path", place);
		node_put_string(diff->arena, witness, "flag", flags[i].name);
		node_put(diff->arena, witness, "below", node_bool(diff->arena, below));
	}
}

static void mount_other(
	struct diff *diff, const char *place, const char *what, const char *a, const char *b)
{
	struct difference *item;
	struct node *witness;

	if (!strcmp(a, b))
		return;
	item = diff_add(diff, AREA_MOUNTS, DIFF_OTHER, "mounts", place, "%s%s -> %s", what,
		*a ? a : "(none)", *b ? b : "(none)");
	witness = diff_witness(diff, item, "mount");
	node_put_string(diff->arena, witness, "path", place);
	node_put_string(diff->arena, witness, "a", a);
	node_put_string(diff->arena, witness, "b", b);
}

static const char *limit_text(struct arena *arena, uint64_t limit)
{
	return limit == UINT64_MAX ? "no limit"
				   : arena_printf(arena, "%llu", (unsigned long long)limit);
}

static void limit_compare(struct diff *diff, const char *key, const char *place, const char *name,
	uint64_t a, uint64_t b)
{
	struct difference *item;
	struct node *witness;

	if (a == b)
		return;
	item = diff_add(diff, AREA_MOUNTS, b > a ? DIFF_WIDER : DIFF_NARROWER, key, place,
		"%s %s -> %s", name, limit_text(diff->arena, a), limit_text(diff->arena, b));
	witness = diff_witness(diff, item, "limit");
	node_put_string(diff->arena, witness, "limit", name);
	node_put_string(diff->arena, witness, "path", place);
	node_put_integer(diff->arena, witness, "value", (int64_t)(b > a ? a + 1 : b + 1));
}

/* 0 private, 1 receives the host's mounts, 2 sends too. */
static int propagation_rank(uint64_t propagation)
{
	return propagation == MS_SHARED ? 2 : propagation == MS_SLAVE;
}

static void propagation_compare(
	struct diff *diff, const char *key, const char *subject, uint64_t a, uint64_t b)
{
	static const char *const names[] = { "private", "slave", "shared" };
	int in_a = propagation_rank(a), in_b = propagation_rank(b);
	struct difference *item;

	if (in_a == in_b)
		return;
	item = diff_add(diff, AREA_MOUNTS, in_b > in_a ? DIFF_WIDER : DIFF_NARROWER, key, subject,
		"propagation %s -> %s", names[in_a], names[in_b]);
	node_put_string(diff->arena, diff_witness(diff, item, "propagation"), "path", subject);
}

static void tree_compare(struct diff *diff, const char *place, const struct mount_options *a,
	const struct mount_options *b)
{
	struct difference *item;

	/* What a recursive "rw" and its kin take back that the source's own mounts forbid. */
	flags_compare(diff, place, ~(a->below.clear | a->top.clear),
		~(b->below.clear | b->top.clear), true);
	if (a->tree == b->tree) {
		if (a->tree)
			flags_compare(diff, place, a->below.set, b->below.set, true);
		return;
	}
	item = diff_add(diff, AREA_MOUNTS, b->tree ? DIFF_WIDER : DIFF_NARROWER, "mounts", place,
		"%s the mounts below its source", b->tree ? "with" : "without");
	node_put_string(diff->arena, diff_witness(diff, item, "mount"), "path", place);
}

static const char *filling(const struct mount_options *options)
{
	return options->copy_up         ? "filled with what it covers"
		: options->copy_symlink ? "a link as it is"
					: "as it is";
}

static void mount_pair(struct diff *diff, const char *place, const struct config_mount *a,
	const struct config_mount *b)
{
	struct arena *arena = diff->arena;
	struct mount_options in_a, in_b;

	mount_options_read(diff->a, a, &in_a);
	mount_options_read(diff->b, b, &in_b);
	mount_other(diff, place, "", mount_contents(arena, a), mount_contents(arena, b));
	flags_compare(
		diff, place, in_a.top.set | in_a.below.set, in_b.top.set | in_b.below.set, false);
	tree_compare(diff, place, &in_a, &in_b);
	for (int i = 0; mount_limits[i]; i++)
		limit_compare(diff, "mounts", place, mount_limits[i],
			mount_limit(a, mount_limits[i]), mount_limit(b, mount_limits[i]));
	mount_other(diff, place, "options ", mount_words(arena, a), mount_words(arena, b));
	mount_other(
		diff, place, "id map ", mount_maps(arena, &in_a, a), mount_maps(arena, &in_b, b));
	mount_other(diff, place, "", filling(&in_a), filling(&in_b));
	propagation_compare(diff, "mounts", place, in_a.propagation, in_b.propagation);
}

static void place_compare(struct diff *diff, const char *place)
{
	const struct config_mount *a = mount_at(diff->a, diff->arena, place);
	const struct config_mount *b = mount_at(diff->b, diff->arena, place);

	if (a && b)
		mount_pair(diff, place, a, b);
	else if (a || b)
		mount_alone(diff, place, a, b);
}

/* Remounts change what stands before them: only equal ones are understood. */
static const char *remounts_text(const struct config *config, struct arena *arena)
{
	const char *text = "";

	for (size_t i = 0; i < config->mounts_count; i++) {
		const struct config_mount *mount = &config->mounts[i];

		if (!is_remount(config, mount))
			continue;
		text = arena_printf(arena, "%s%s%s", text, *text ? "; " : "", mount->destination);
		for (size_t k = 0; k < mount->options.count; k++)
			text = arena_printf(arena, "%s %s", text, mount->options.items[k]);
	}
	return text;
}

/* 0 as its mount says, 1 read-only, 2 hidden: by itself or with what it lies below. */
static int guard_at(const struct config *config, struct arena *arena, const char *place)
{
	int guard = 0;

	for (size_t i = 0; i < config->readonly_paths.count; i++)
		if (path_is_below(place, path_normal(arena, config->readonly_paths.items[i])))
			guard = 1;
	for (size_t i = 0; i < config->masked_paths.count; i++)
		if (path_is_below(place, path_normal(arena, config->masked_paths.items[i])))
			guard = 2;
	return guard;
}

static void guard_compare(struct diff *diff, const char *place)
{
	static const char *const texts[] = { "open", "read-only", "hidden" };
	int a = guard_at(diff->a, diff->arena, place), b = guard_at(diff->b, diff->arena, place);
	struct difference *item;
	struct node *witness;

	if (a == b)
		return;
	item = diff_add(diff, AREA_MOUNTS, b < a ? DIFF_WIDER : DIFF_NARROWER,
		a == 2 || b == 2 ? "linux.maskedPaths" : "linux.readonlyPaths", place, "%s -> %s",
		texts[a], texts[b]);
	witness = diff_witness(diff, item, "guard");
	node_put_string(diff->arena, witness, "path", place);
	node_put_string(diff->arena, witness, "a", texts[a]);
	node_put_string(diff->arena, witness, "b", texts[b]);
}

static void place_gather(struct strings *places, struct arena *arena, const char *path)
{
	const char *place = path_normal(arena, path);

	if (!strings_hold(places, place))
		strings_add(places, arena, place);
}

static void guards_compare(struct diff *diff)
{
	const struct strings lists[] = { diff->a->masked_paths, diff->b->masked_paths,
		diff->a->readonly_paths, diff->b->readonly_paths };
	struct strings places = { 0 };

	for (size_t i = 0; i < sizeof(lists) / sizeof(*lists); i++)
		for (size_t k = 0; k < lists[i].count; k++)
			place_gather(&places, diff->arena, lists[i].items[k]);
	for (size_t i = 0; i < places.count; i++)
		guard_compare(diff, places.items[i]);
}

uint64_t mounts_refuse(const struct config *config, struct arena *arena, const char *path)
{
	const uint64_t change = FS_WRITE_FILE | FS_TRUNCATE | FS_MAKE | FS_REMOVE | FS_REFER;
	const struct config_mount *mount = place_mount(config, arena, path);
	int guard = guard_at(config, arena, path);
	struct mount_options options = { 0 };
	bool readonly = !mount && config->root.readonly;
	uint64_t set;

	if (mount)
		mount_options_read(config, mount, &options);
	set = options.top.set | options.below.set;
	readonly |= (set & MOUNT_ATTR_RDONLY) != 0;
	return (guard == 2 ? FS_ALL : 0) | (readonly || guard ? change : 0) |
		(set & MOUNT_ATTR_NOEXEC ? FS_EXECUTE : 0) |
		(set & MOUNT_ATTR_NODEV ? FS_IOCTL_DEV : 0);
}

/* The root itself: a tmpfs of so many bytes, or a directory. */
static void root_compare(struct diff *diff)
{
	const struct config *a = diff->a, *b = diff->b;

	if (a->root_tmpfs.set && b->root_tmpfs.set)
		limit_compare(diff, ANNOTATION_PREFIX "root-tmpfs", "/", "size",
			a->root_tmpfs.value, b->root_tmpfs.value);
	else
		mount_other(diff, "/", "",
			a->root_tmpfs.set      ? "an empty tmpfs"
				: a->root.path ? a->root.path
					       : "",
			b->root_tmpfs.set      ? "an empty tmpfs"
				: b->root.path ? b->root.path
					       : "");
}

void mounts_compare(struct diff *diff)
{
	const struct config *configs[] = { diff->a, diff->b };
	struct strings places = { 0 };

	for (int side = 0; side < 2; side++)
		for (size_t i = 0; i < configs[side]->mounts_count; i++)
			if (!is_remount(configs[side], &configs[side]->mounts[i]))
				place_gather(
					&places, diff->arena, configs[side]->mounts[i].destination);
	root_compare(diff);
	for (size_t i = 0; i < places.count; i++)
		place_compare(diff, places.items[i]);
	mount_other(diff, "remounts", "", remounts_text(diff->a, diff->arena),
		remounts_text(diff->b, diff->arena));
	propagation_compare(diff, "linux.rootfsPropagation", "/",
		diff->a->rootfs_propagation ? mount_propagation(diff->a->rootfs_propagation) : 0,
		diff->b->rootfs_propagation ? mount_propagation(diff->b->rootfs_propagation) : 0);
	guards_compare(diff);
}
