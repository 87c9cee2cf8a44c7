/*
 * The intersection of random bundles with random policies: what comes out is held against what each
 * of the two allows by plain readings of its own, never by the code under test; and host places.
 */
#include "config/narrow.h"

#include <stdlib.h>
#include <string.h>

#include "base/lists.h"
#include "check.h"
#include "config/host-places.h"

static struct arena arena;
static unsigned seed = 1;

static unsigned roll(unsigned sides)
{
	seed = seed * 1103515245 + 12345;
	return (seed >> 16) % sides;
}

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char *const names[] = { "CAP_CHOWN", "CAP_KILL", "CAP_NET_RAW", "CAP_SYS_ADMIN" };
static const char *const sources[] = { "/srv/a", "/srv/a/b", "/srv/c", "/opt/tools" };
static const char *const places[] = { "/tmp", "/data", "/run", "/var/cache" };
static const char *const words[] = { "ro", "rw", "rrw", "nosuid", "suid", "nodev", "dev", "noexec",
	"exec", "rexec" };

static struct strings some(const char *const *from, size_t count)
{
	struct strings list = { .set = true };

	for (size_t i = 0; i < count; i++)
		if (roll(2))
			strings_add(&list, &arena, from[i]);
	return list;
}

static struct maybe_int limit(void)
{
	static const int64_t values[] = { -1, 1 << 20, 64 << 20, 1 << 30 };

	return roll(3) ? (struct maybe_int){ true, values[roll(4)] } : (struct maybe_int){ 0 };
}

static void limits_roll(struct config *config)
{
	static struct config_rlimit files;

	config->resources.memory.limit = limit();
	if (config->resources.memory.limit.value > 0 && roll(2))
		config->resources.memory.swap = (struct maybe_int){ true,
			config->resources.memory.limit.value + (roll(3) << 20) };
	config->resources.pids.limit = limit();
	if (roll(2))
		config->resources.cpu.quota = (struct maybe_int){ true, 1000 + 50000 * roll(4) };
	if (roll(2))
		config->resources.cpu.period = (struct maybe_uint){ true, 1000 + 100000 * roll(3) };
	files = (struct config_rlimit){ "RLIMIT_NOFILE", { true, 10 + roll(90) }, { true, 100 } };
	if (!roll(2))
		return;
	config->process.rlimits = arena_alloc(&arena, 1, sizeof(files));
	*config->process.rlimits = files;
	config->process.rlimits_count = 1;
}

static struct config config_roll(bool policy)
{
	struct config config = { .oci_version = "1.0.2", .mode = policy ? MODE_AGENT : MODE_UNSET };
	struct config_capabilities *sets = arena_alloc(&arena, 1, sizeof(*sets));
	size_t count = roll(5);

	sets->bounding = sets->permitted = sets->effective = some(names, COUNT(names));
	config.process.capabilities = sets;
	config.process.no_new_privileges = policy || roll(2);
	config.root = (struct config_root){ "/srv/root", policy || roll(2) };
	limits_roll(&config);
	config.mounts = arena_alloc(&arena, count, sizeof(*config.mounts));
	for (size_t i = 0; i < count; i++) {
		bool bind = roll(2);

		config.mounts[i] = (struct config_mount){
			.destination = places[i % COUNT(places)],
			.type = bind ? "bind" : "tmpfs",
			.source = bind ? sources[roll(COUNT(sources))] : "tmpfs",
			.options = policy ? some(words, 1) : some(words, COUNT(words)),
		};
	}
	config.mounts_count = count;
	return config;
}

/* By mount(8)'s reading: the last word counts. */
static bool last_is(const struct config_mount *mount, const char *word, const char *against)
{
	bool is = false;

	for (size_t i = 0; i < mount->options.count; i++) {
		const char *option = mount->options.items[i];

		option += option[0] == 'r' && strlen(option) > 2 && strcmp(option, "ro") != 0 &&
			strcmp(option, "rw") != 0;
		if (!strcmp(option, word))
			is = true;
		if (!strcmp(option, against))
			is = false;
	}
	return is;
}

static bool inside(const char *path, const char *tree)
{
	size_t length = strlen(tree);

	return !strncmp(path, tree, length) && (!path[length] || path[length] == '/');
}

/* Whether the policy lets what mount shows be written. */
static bool granted(const struct config *policy, const struct config_mount *mount, const char *word,
	const char *against)
{
	size_t best = 0;
	bool found = false;

	for (size_t i = 0; i < policy->mounts_count; i++) {
		const struct config_mount *other = &policy->mounts[i];
		bool bind = !strcmp(mount->type, "bind");

		if (strcmp(other->type, mount->type) != 0)
			continue;
		if (bind ? !inside(mount->source, other->source)
			 : strcmp(mount->destination, other->destination) != 0)
			continue;
		if (bind && strlen(other->source) < best)
			continue;
		found = bind && strlen(other->source) == best && best
			? found
			: !last_is(other, word, against);
		best = bind ? strlen(other->source) : 0;
	}
	return found;
}

static double most(struct maybe_int value)
{
	return value.set && value.value >= 0 ? (double)value.value : 1e30;
}

static double processors(const struct config *config)
{
	const struct maybe_int *quota = &config->resources.cpu.quota;
	double period = config->resources.cpu.period.set
		? (double)config->resources.cpu.period.value
		: 100000;

	return quota->set && quota->value > 0 ? (double)quota->value / period : 1e30;
}

static double swap(const struct config *config)
{
	const struct maybe_int *total = &config->resources.memory.swap;

	return total->set && total->value >= 0
		? (double)(total->value - config->resources.memory.limit.value)
		: 1e30;
}

static double files(const struct config *config, bool hard)
{
	const struct config_rlimit *limits = config->process.rlimits;

	return config->process.rlimits_count
		? (double)(hard ? limits->hard.value : limits->soft.value)
		: 1e30;
}

static double lower(double one, double other)
{
	return one < other ? one : other;
}

static void limits_hold(
	const struct config *got, const struct config *own, const struct config *policy)
{
	CHECK(most(got->resources.memory.limit) ==
		lower(most(own->resources.memory.limit), most(policy->resources.memory.limit)));
	CHECK(most(got->resources.pids.limit) ==
		lower(most(own->resources.pids.limit), most(policy->resources.pids.limit)));
	CHECK(processors(got) == lower(processors(own), processors(policy)));
	CHECK(swap(got) == lower(swap(own), swap(policy)));
	CHECK(files(got, true) == lower(files(own, true), files(policy, true)));
	CHECK(files(got, false) == lower(files(own, false), files(policy, false)));
}

static void mounts_hold(
	const struct config *got, const struct config *own, const struct config *policy)
{
	size_t more = got->mounts_count - own->mounts_count;

	CHECK(got->root.readonly);
	/* What was added stands first, is in memory, and takes no place of the bundle's. */
	CHECK(!more || !own->root.readonly);
	for (size_t i = 0; i < more; i++) {
		CHECK(!strcmp(got->mounts[i].type, "tmpfs"));
		for (size_t k = 0; k < own->mounts_count; k++)
			CHECK(!inside(got->mounts[i].destination, own->mounts[k].destination));
	}
	for (size_t i = 0; i < own->mounts_count; i++) {
		const struct config_mount *mount = &got->mounts[more + i];

		CHECK(!strcmp(mount->destination, own->mounts[i].destination));
		if (!granted(policy, mount, "ro", "rw"))
			CHECK(last_is(mount, "ro", "rw") && !strings_hold(&mount->options, "rrw"));
		if (!granted(policy, mount, "noexec", "exec"))
			CHECK(last_is(mount, "noexec", "exec"));
		if (last_is(&own->mounts[i], "ro", "rw"))
			CHECK(last_is(mount, "ro", "rw"));
	}
}

static void capabilities_hold(
	const struct config *got, const struct config *own, const struct config *policy)
{
	for (size_t i = 0; i < COUNT(names); i++)
		CHECK(strings_hold(&got->process.capabilities->bounding, names[i]) ==
			(strings_hold(&own->process.capabilities->bounding, names[i]) &&
				strings_hold(&policy->process.capabilities->bounding, names[i])));
	CHECK(got->process.no_new_privileges);
}

static void test_random(void)
{
	for (int i = 0; i < 3000; i++) {
		const struct config own = config_roll(false), policy = config_roll(true);
		struct config got = own, twice;
		struct strings notes = { 0 };
		struct err err = { 0 };

		CHECK(config_narrow(&got, &policy, &notes, &arena, &err) == 0);
		CHECK_TEXT(err.text, "");
		limits_hold(&got, &own, &policy);
		mounts_hold(&got, &own, &policy);
		capabilities_hold(&got, &own, &policy);
		/* Once more changes nothing. */
		twice = got;
		CHECK(config_narrow(&twice, &policy, &notes, &arena, &err) == 0);
		CHECK(twice.mounts_count == got.mounts_count);
		limits_hold(&twice, &got, &got);
	}
}

static void test_unified(void)
{
	static const struct {
		const char *key, *value;
		int kept; /* -1: an error */
	} cases[] = {
		{ "memory.max", "max", 0 },
		{ "memory.max", "1048576", 1 },
		{ "memory.max", "99999999999", 0 },
		{ "memory.max", "1G", -1 },
		{ "memory.swap.max", "0", 1 },
		{ "memory.swap.max", "1", 0 },
		{ "memory.high", "max", 1 },
		{ "pids.max", "11", 0 },
		{ "pids.max", "10", 1 },
		{ "cpu.max", "max 100000", 0 },
		{ "cpu.max", "50000 100000", 1 },
		{ "cpu.max", "50001 100000", 0 },
		{ "cpu.max", "50000", 1 },
		{ "cpu.max", "max", 0 },
		{ "cpu.max", "50000 0", -1 },
		{ "cpu.weight", "10000", -1 },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct pair pair = { cases[i].key, cases[i].value };
		struct config got = { .mode = MODE_UNSET, .resources.unified = { true, 1, &pair } };
		struct config policy = { .mode = MODE_AGENT };
		struct strings notes = { 0 };
		struct err err = { 0 };
		int result;

		policy.resources.memory.limit = policy.resources.memory.swap =
			(struct maybe_int){ true, 64 << 20 };
		policy.resources.pids.limit = (struct maybe_int){ true, 10 };
		policy.resources.cpu.quota = (struct maybe_int){ true, 50000 };
		policy.resources.cpu.shares = (struct maybe_uint){ true, 100 };
		result = config_narrow(&got, &policy, &notes, &arena, &err);
		CHECK(cases[i].kept < 0
				? result < 0
				: result == 0 && (int)got.resources.unified.count == cases[i].kept);
	}
}

static void test_places(void)
{
	static const char *const refused[] = { "/", "/etc", "/etc/ssl/certs", "/root", "/root/.ssh",
		"/home", "/home/me", "/home/me/.ssh", "/home/me/.ssh/id", "/proc", "/proc/1/root",
		"/sys/fs", "/dev", "/dev/sda", "/run", "/run/docker.sock", "/srv/x/docker.sock",
		"/run/containerd", "/run/containerd/containerd.sock", "/run/user", "/run/user/1000",
		"/run/user/1000/bus", "/var", "/var/lib", "/var/lib/kubelet", "/var/lib/docker",
		"/var/lib/nucleus", "/var/lib/nucleus/records/key", "/run/systemd/private",
		"/boot/efi" };
	static const char *const shared[] = { "/srv", "/srv/etc", "/home/me/project", "/usr/share",
		"/etcetera", "/run/containerd/io.containerd.grpc.v1.cri/sandboxes/x/shm",
		"/var/lib/kubelet/pods/x/volumes/y", "/var/lib/docker/volumes/v/_data",
		"/run/user/1000/containers/x/hosts", "/rooted", "/home/me/.sshx",
		"/var/lib/nucleus-containers/web" };

	for (size_t i = 0; i < COUNT(refused); i++) {
		CHECK(host_place_fault(refused[i], &arena) != NULL);
		if (!host_place_fault(refused[i], &arena))
			fprintf(stderr, "%s\n", refused[i]);
	}
	/* A whole home holds keys; what lies in it need not. */
	for (size_t i = 0; i < COUNT(shared); i++)
		CHECK_TEXT(host_place_fault(shared[i], &arena) ? shared[i] : "", "");
}

int main(void)
{
	test_random();
	test_unified();
	test_places();
	arena_release(&arena);
	return check_result("narrow");
}
