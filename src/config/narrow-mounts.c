/*
 * The mounts, the root and the devices of a bundle, as far as a policy allows them; see narrow.h. A
 * mount is never left out, as what it covers would appear instead: it is restricted, or the bundle
 * refused. Words that take a restriction back are removed before what restricts is added, so the
 * order of a bundle's options means nothing. Whether a place of the host may be written is a matter
 * of its source; of what is in memory, of its destination.
 */
#include <stdlib.h>
#include <string.h>

#include "base/lists.h"
#include "base/names.h"
#include "config/narrow-parts.h"
#include "config/shared-place.h"
#include "config/store-path.h"
#include "config/store-place.h"

/* Each with the words that take it back. */
static const struct restriction {
	const char *word;
	const char *against[2];
} restrictions[] = {
	{ "ro", { "rw", "rrw" } },
	{ "nosuid", { "suid", "rsuid" } },
	{ "nodev", { "dev", "rdev" } },
	{ "noexec", { "exec", "rexec" } },
};

enum { RESTRICTIONS = sizeof(restrictions) / sizeof(*restrictions), RO = 0, NOEXEC = 3 };

/* Where a file system of the kernel's may be mounted; anything else is no part of a sandbox. */
static const struct kind {
	const char *type, *place;
	bool below;
} kinds[] = {
	{ "proc", "/proc", false },
	{ "sysfs", "/sys", false },
	{ "devpts", "/dev/pts", false },
	{ "mqueue", "/dev/mqueue", false },
	{ "cgroup", "/sys/fs/cgroup", true },
	{ "cgroup2", "/sys/fs/cgroup", true },
};

/* What every container has, whatever its config says: character devices. */
static const struct {
	int64_t major, minor;
} usual_devices[] = { { 1, 3 }, { 1, 5 }, { 1, 7 }, { 1, 8 }, { 1, 9 }, { 5, 0 } };

static bool below(const char *path, const char *tree)
{
	return !strcmp(tree, "/") || path_inside(path, tree);
}

/* The policy's mount for this very destination; NULL if it has none. */
static const struct config_mount *mount_at(const struct config *config, const char *destination)
{
	for (size_t i = config->mounts_count; i-- > 0;)
		if (!mount_binds(&config->mounts[i]) &&
			!strcmp(config->mounts[i].destination, destination))
			return &config->mounts[i];
	return NULL;
}

/* The policy's bind that source lies in, the deepest; NULL if there is none. */
static const struct config_mount *bind_of(const struct config *config, const char *source)
{
	const struct config_mount *found = NULL;

	for (size_t i = 0; i < config->mounts_count; i++) {
		const struct config_mount *mount = &config->mounts[i];

		if (mount_binds(mount) && below(source, mount->source) &&
			(!found || strlen(mount->source) > strlen(found->source)))
			found = mount;
	}
	return found;
}

/* wanted: a bit for each of the restrictions. */
static void mount_restrict(struct narrowing *narrowing, struct config_mount *mount, unsigned wanted)
{
	struct strings options = { .set = true };
	bool writable = !mount_has_option(mount, "ro") && !mount_has_option(mount, "rro");

	for (size_t i = 0; i < mount->options.count; i++) {
		const char *word = mount->options.items[i];
		bool against = false;

		for (size_t k = 0; k < RESTRICTIONS; k++)
			against |= wanted >> k & 1 &&
				(!strcmp(word, restrictions[k].against[0]) ||
					!strcmp(word, restrictions[k].against[1]) ||
					!strcmp(word, restrictions[k].word));
		if (!against)
			strings_add(&options, narrowing->arena, word);
	}
	for (size_t k = 0; k < RESTRICTIONS; k++)
		if (wanted >> k & 1)
			strings_add(&options, narrowing->arena, restrictions[k].word);
	mount->options = options;
	if (writable && wanted & 1 << RO)
		narrowing_note(narrowing, "%s read-only", mount->destination);
}

/* As the policy's mount is restricted; in all ways if it has none. */
static unsigned restrictions_of(const struct config_mount *mount)
{
	unsigned wanted = 0;

	for (size_t k = 0; k < RESTRICTIONS; k++)
		if (!mount || mount_has_option(mount, restrictions[k].word))
			wanted |= 1U << k;
	return wanted;
}

/* What is mounted in a container and outside of it must not spread from the one to the other. */
static void propagation_narrow(struct narrowing *narrowing, struct config_mount *mount)
{
	struct strings options = { .set = true };

	for (size_t i = 0; i < mount->options.count; i++) {
		const char *word = mount->options.items[i];

		word = !strcmp(word, "shared") ? "slave" : word;
		word = !strcmp(word, "rshared") ? "rslave" : word;
		strings_add(&options, narrowing->arena, word);
	}
	mount->options = options;
}

static int bind_narrow(struct narrowing *narrowing, struct config_mount *mount, size_t index)
{
	const struct config_mount *granted = bind_of(narrowing->policy, mount->source);
	const char *known = mount->source;
	/* What is named in the store of an image is never opened on the host. */
	const char *fault = granted || mount_is_packed(narrowing->config, mount)
		? NULL
		: shared_place_fault(mount->source, PLACE_OF_BUNDLE, &known, narrowing->arena);
	/* A pod's containers share the memory that their client mounted for them. */
	const struct config_mount *shared = strcmp(mount->destination, "/dev/shm")
		? NULL
		: mount_at(narrowing->policy, mount->destination);
	const struct config_closure *closure = narrowing->config->closure;
	unsigned wanted = restrictions_of(granted ? granted : shared);

	/* A closure's programs are what is run, as those of any other root are. */
	if (closure && !granted &&
		below(mount->source,
			store_place(closure->store, closure->store_dir, narrowing->arena)))
		wanted &= ~(1U << NOEXEC);
	if (fault) {
		err_set(narrowing->err, EINVAL, "mounts[%zu].source: \"%.200s\" %s", index, known,
			fault);
		return err_hint(
			narrowing->err, "a policy that has a volume of it would let it be shared");
	}
	propagation_narrow(narrowing, mount);
	mount_restrict(narrowing, mount, wanted);
	return 0;
}

/* Bytes of an option like "size=64m"; false if it has none that can be compared. */
static bool size_read(const struct config_mount *mount, uint64_t *size)
{
	char text[24] = "";

	for (size_t i = 0; i < mount->options.count; i++)
		if (!strncmp(mount->options.items[i], "size=", 5)) {
			const char *digits = mount->options.items[i] + 5;
			size_t length = strlen(digits);

			if (!length || length >= sizeof(text))
				return false;
			for (size_t k = 0; k < length; k++)
				text[k] = (char)(digits[k] >= 'a' ? digits[k] - 'a' + 'A'
								  : digits[k]);
			text[length] = '\0';
		}
	return *text && size_number(text, size);
}

static void tmpfs_narrow(struct narrowing *narrowing, struct config_mount *mount)
{
	const struct config_mount *granted = mount_at(narrowing->policy, mount->destination);
	uint64_t own = UINT64_MAX, most;

	mount_restrict(narrowing, mount, restrictions_of(granted));
	if (!granted || !size_read(granted, &most) || (size_read(mount, &own) && own <= most))
		return;
	mount->options = strings_without(&mount->options, "size=", narrowing->arena);
	mount->options = strings_without(&mount->options, "nr_blocks=", narrowing->arena);
	strings_add(&mount->options, narrowing->arena,
		arena_printf(narrowing->arena, "size=%llu", (unsigned long long)most));
}

static bool kind_allowed(const struct config_mount *mount)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (!strcmp(kinds[i].type, mount->type) &&
			(kinds[i].below ? below(mount->destination, kinds[i].place)
					: !strcmp(mount->destination, kinds[i].place)))
			return true;
	return false;
}

static int mount_narrow(struct narrowing *narrowing, struct config_mount *mount, size_t index)
{
	if (mount_has_option(mount, "remount"))
		return err_set(narrowing->err, EINVAL,
			"mounts[%zu].options: under a policy nothing is remounted, as that could "
			"loosen it",
			index);
	if (mount_binds(mount))
		return bind_narrow(narrowing, mount, index);
	if (!strcmp(mount->type, "tmpfs")) {
		tmpfs_narrow(narrowing, mount);
		return 0;
	}
	if (!kind_allowed(mount))
		return err_set(narrowing->err, EINVAL,
			"mounts[%zu].type: under a policy no %.40s is mounted on %.200s", index,
			mount->type, mount->destination);
	mount_restrict(
		narrowing, mount, restrictions_of(mount_at(narrowing->policy, mount->destination)));
	return 0;
}

/* True if the bundle mounts something at path or above it. */
static bool place_taken(const struct config *config, const char *path)
{
	for (size_t i = 0; i < config->mounts_count; i++)
		if (below(path, config->mounts[i].destination))
			return true;
	return false;
}

/*
 * The policy's own writable places, in memory, where the bundle could write its root: before its
 * mounts, some of which may lie below. What the root has there is copied.
 */
static void places_add(struct narrowing *narrowing)
{
	struct config *config = narrowing->config;
	const struct config *policy = narrowing->policy;
	struct config_mount *all = arena_alloc(
		narrowing->arena, config->mounts_count + policy->mounts_count, sizeof(*all));
	size_t count = 0;

	for (size_t i = 0; i < policy->mounts_count; i++) {
		const struct config_mount *place = &policy->mounts[i];

		if (mount_binds(place) || strcmp(place->type, "tmpfs") != 0 ||
			below(place->destination, "/dev") ||
			place_taken(config, place->destination))
			continue;
		all[count] = *place;
		all[count].options = strings_without(
			&place->options, "tmpcopyup", narrowing->arena);
		strings_add(&all[count++].options, narrowing->arena, "tmpcopyup");
	}
	if (config->mounts_count)
		memcpy(&all[count], config->mounts, config->mounts_count * sizeof(*all));
	config->mounts = all;
	config->mounts_count += count;
}

static int root_narrow(struct narrowing *narrowing)
{
	struct config *config = narrowing->config;
	const char *known = config->root.path;
	const char *fault = known && known[0] == '/'
		? shared_place_fault(known, PLACE_OF_BUNDLE, &known, narrowing->arena)
		: NULL;

	if (fault && !bind_of(narrowing->policy, config->root.path))
		return err_set(narrowing->err, EINVAL, "root.path: \"%.200s\" %s", known, fault);
	if (config->rootfs_propagation && strstr(config->rootfs_propagation, "shared"))
		config->rootfs_propagation = "rslave";
	if (!narrowing->policy->root.readonly || config->root.readonly)
		return 0;
	config->root.readonly = true;
	places_add(narrowing);
	narrowing_note(narrowing, "/ read-only");
	return 0;
}

static bool device_usual(const struct config_device *device)
{
	bool character = !strcmp(device->type, "c") || !strcmp(device->type, "u");

	for (size_t i = 0; i < sizeof(usual_devices) / sizeof(*usual_devices); i++)
		if (character && device->major.value == usual_devices[i].major &&
			device->minor.value == usual_devices[i].minor)
			return true;
	return !strcmp(device->type, "p");
}

/*
 * A policy has no word for devices: there are those of every container. Rules that end in denial
 * stand for just these (kernel/cgroup-devices.c); a bundle without rules gets none, since they
 * could not be kept everywhere, and has no node to use them with.
 */
static void devices_narrow(struct narrowing *narrowing)
{
	static struct config_device_rule nothing = { .allow = false, .access = "rwm" };
	struct config *config = narrowing->config;
	struct config_device *kept = arena_alloc(
		narrowing->arena, config->devices_count, sizeof(*kept));
	size_t count = 0;

	for (size_t i = 0; i < config->devices_count; i++)
		if (device_usual(&config->devices[i]))
			kept[count++] = config->devices[i];
		else
			narrowing_note(narrowing, "no %s", config->devices[i].path);
	config->devices = kept;
	config->devices_count = count;
	if (config->resources.devices_count) {
		config->resources.devices = &nothing;
		config->resources.devices_count = 1;
	}
}

int mounts_narrow(struct narrowing *narrowing)
{
	struct config *config = narrowing->config;
	struct config_mount *own = arena_alloc(
		narrowing->arena, config->mounts_count, sizeof(*own));

	if (config->mounts_count)
		memcpy(own, config->mounts, config->mounts_count * sizeof(*own));
	config->mounts = own;
	for (size_t i = 0; i < config->mounts_count; i++)
		if (mount_narrow(narrowing, &config->mounts[i], i) < 0)
			return -1;
	if (root_narrow(narrowing) < 0)
		return -1;
	devices_narrow(narrowing);
	return 0;
}
