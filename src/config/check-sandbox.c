/* Checks of what the specification has no word for: Landlock, the closure, the end; see check.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/fd.h"
#include "base/names.h"
#include "config/bits.h"
#include "config/check-parts.h"
#include "config/registration.h"
#include "config/signature.h"
#include "config/store-place.h"

#define LANDLOCK_PLACE "annotations.dev.nucleus.landlock"
#define PROPOSED "process.landlock"
#define CLOSURE_PLACE "annotations.dev.nucleus.closure"

static const char *const accesses[] = { "read", "write", "execute", "create", "remove", "readdir",
	"refer", "truncate", "ioctl_dev", "all", "all_except_execute", NULL };
static const char *const port_accesses[] = { "bind", "connect", NULL };

static int rule_check(const struct config_landlock_rule *rule, size_t index, struct err *err)
{
	if (!rule->path || rule->path[0] != '/')
		return fault(err, LANDLOCK_PLACE ".rules[%zu].path: must be absolute", index);
	if (!rule->access.count)
		return fault(err, LANDLOCK_PLACE ".rules[%zu].access: missing", index);
	return names_check(&rule->access, accesses, "right to files", err,
		LANDLOCK_PLACE ".rules[%zu].access", index);
}

static int port_check(const struct config_landlock_port *port, size_t index, struct err *err)
{
	if (!port->port.set)
		return fault(err, LANDLOCK_PLACE ".net[%zu].port: missing", index);
	if (bound_check(port->port, 0, 65535, err, LANDLOCK_PLACE ".net[%zu].port", index) < 0)
		return -1;
	if (!port->access.count)
		return fault(err, LANDLOCK_PLACE ".net[%zu].access: missing", index);
	return names_check(&port->access, port_accesses, "right to ports", err,
		LANDLOCK_PLACE ".net[%zu].access", index);
}

/* Each must be one of table, or a number of its bits, and among the handled ones. */
static int bits_check(const struct strings *names, const char *const *table, uint64_t handled,
	struct err *err, const char *place)
{
	uint64_t bits;
	size_t unknown;

	if (!bits_named(names, table, &bits, &unknown))
		return fault(err, "%s[%zu]: \"%.60s\" is no right that Landlock knows", place,
			unknown, names->items[unknown]);
	if (bits & ~handled)
		return fault(err, "%s: \"%s\" is allowed but not handled: name it in ruleset too",
			place, table[__builtin_ctzll(bits & ~handled)]);
	return 0;
}

static int path_rule_check(
	const struct config_landlock_rule *rule, uint64_t handled, size_t i, struct err *err)
{
	char place[80];

	for (size_t k = 0; k < rule->paths.count; k++)
		if (rule->paths.items[k][0] != '/')
			return fault(err,
				PROPOSED ".rules.pathBeneath[%zu].paths[%zu]: must be absolute", i,
				k);
	snprintf(place, sizeof(place), PROPOSED ".rules.pathBeneath[%zu].allowedAccess", i);
	return bits_check(&rule->access, landlock_fs_rights, handled, err, place);
}

static int port_rule_check(
	const struct config_landlock_port *rule, uint64_t handled, size_t i, struct err *err)
{
	char place[80];

	if (!rule->port.set)
		return fault(err, PROPOSED ".rules.netPort[%zu].port: missing", i);
	if (bound_check(rule->port, 0, 65535, err, PROPOSED ".rules.netPort[%zu].port", i) < 0)
		return -1;
	snprintf(place, sizeof(place), PROPOSED ".rules.netPort[%zu].allowedAccess", i);
	return bits_check(&rule->access, landlock_net_rights, handled, err, place);
}

/* process.landlock: the specification's proposal. */
static int proposed_check(const struct config_landlock *landlock, struct err *err)
{
	uint64_t fs, net;
	size_t unknown;

	if (bits_check(&landlock->handled_fs, landlock_fs_rights, UINT64_MAX, err,
		    PROPOSED ".ruleset.handledAccessFS") < 0 ||
		bits_check(&landlock->handled_net, landlock_net_rights, UINT64_MAX, err,
			PROPOSED ".ruleset.handledAccessNet") < 0 ||
		bits_check(&landlock->scope, landlock_scopes, UINT64_MAX, err,
			PROPOSED ".ruleset.scoped") < 0)
		return -1;
	bits_named(&landlock->handled_fs, landlock_fs_rights, &fs, &unknown);
	bits_named(&landlock->handled_net, landlock_net_rights, &net, &unknown);
	for (size_t i = 0; i < landlock->rules_count; i++)
		if (path_rule_check(&landlock->rules[i], fs, i, err) < 0)
			return -1;
	for (size_t i = 0; i < landlock->net_count; i++)
		if (port_rule_check(&landlock->net[i], net, i, err) < 0)
			return -1;
	return 0;
}

static int ruleset_check(const struct config_landlock *landlock, struct err *err)
{
	if (bound_check(landlock->min_abi, 1, 1000, err, LANDLOCK_PLACE ".minAbi") < 0)
		return -1;
	for (size_t i = 0; i < landlock->rules_count; i++)
		if (rule_check(&landlock->rules[i], i, err) < 0)
			return -1;
	if (landlock->net_count && !landlock->net_handled)
		return fault(err, LANDLOCK_PLACE ".net: needs netHandled");
	for (size_t i = 0; i < landlock->net_count; i++)
		if (port_check(&landlock->net[i], i, err) < 0)
			return -1;
	return names_check(
		&landlock->scope, landlock_scopes, "scope", err, LANDLOCK_PLACE ".scope");
}

int landlock_check(const struct config *config, struct err *err)
{
	if (config->process.landlock && proposed_check(config->process.landlock, err) < 0)
		return -1;
	if (config->landlock && ruleset_check(config->landlock, err) < 0)
		return -1;
	for (size_t i = 0; i < config->landlock_more_count; i++)
		if (ruleset_check(&config->landlock_more[i], err) < 0)
			return err_where(err, LANDLOCK_PLACE "-more[%zu]", i);
	return 0;
}

static bool path_equals(const char *found, const char *path)
{
	return found && !strcmp(found, path);
}

/* Marks the store paths that have their mount; a mount that shows something else is an error. */
static int store_mounts_check(const struct config *config, bool *mounted, struct err *err)
{
	const struct closure *closure = &config->closure->closure;

	for (size_t i = 0; i < config->mounts_count; i++) {
		const struct config_mount *mount = &config->mounts[i];
		const struct store_path *path = closure_find(closure, mount->destination);

		if (!path)
			continue;
		if (!mount_binds(mount) ||
			!path_equals(store_path_at(closure->store, mount->source), path->path))
			return fault(err,
				"mounts[%zu]: %.200s belongs to the closure: only itself may be mounted there",
				i, path->path);
		if (!mount_has_option(mount, "ro") && !mount_has_option(mount, "rro"))
			return fault(err,
				"mounts[%zu].options: %.200s belongs to the closure: it needs \"ro\"",
				i, path->path);
		mounted[path - closure->paths] = true;
	}
	for (size_t i = 0; i < closure->paths_count; i++)
		if (!mounted[i])
			return fault(err, "mounts: none for %.200s, which belongs to the closure",
				closure->paths[i].path);
	return 0;
}

static int manifest_place_check(const struct config_manifest *manifest, struct err *err)
{
	unsigned char sum[SHA256_SIZE];

	if (!manifest->root || *manifest->root != '/')
		return fault(err, "annotations.dev.nucleus.manifest.root: must be absolute");
	if (!manifest->sha256 || !digest_read(manifest->sha256, sum))
		return fault(err,
			"annotations.dev.nucleus.manifest.sha256: must be 64 hexadecimal digits");
	return 0;
}

/* All paths have one mount, that of the store; nothing else may be mounted in its way. */
static int image_check(const struct config *config, struct err *err)
{
	const struct config_closure *closure = config->closure;
	unsigned char sum[SHA256_SIZE];
	bool mounted = false;

	if (!digest_read(closure->image_sha256, sum))
		return fault(err, CLOSURE_PLACE ".imageSha256: must be 64 hexadecimal digits");
	if (closure->store)
		return fault(err,
			CLOSURE_PLACE ".store: imageSha256 says that the store is in the "
				      "image");
	for (size_t i = 0; i < config->mounts_count; i++) {
		const struct config_mount *mount = &config->mounts[i];
		const char *source = mount_binds(mount) ? mount->source : NULL;

		if (!path_equals(mount->destination, closure->closure.store_dir))
			continue;
		if (mounted || !path_equals(source, closure->closure.store_dir) ||
			mount_has_option(mount, "rbind"))
			return fault(err,
				"mounts[%zu]: %.200s is where the image's store is: only that may be "
				"mounted there, once, and with \"bind\"",
				i, mount->destination);
		mounted = true;
	}
	return mounted ? 0
		       : fault(err, "mounts: none for %.200s, the image's store",
				 closure->closure.store_dir);
}

int closure_check(const struct config *config, struct err *err)
{
	const struct config_closure *closure = config->closure;
	unsigned char sum[SHA256_SIZE];
	struct trusted_keys keys;

	if (config->manifest && manifest_place_check(config->manifest, err) < 0)
		return -1;
	if (!closure)
		return 0;
	if (!closure->attestation)
		return fault(err, CLOSURE_PLACE ".attestation: missing");
	if (!closure->registration || !closure->roots.count)
		return fault(err, CLOSURE_PLACE ": needs registration and root");
	if (!closure->sha256 || !digest_read(closure->sha256, sum))
		return fault(err, CLOSURE_PLACE ".sha256: must be 64 hexadecimal digits");
	if (closure->store_dir && store_dir_fault(closure->store_dir))
		return fault(
			err, CLOSURE_PLACE ".storeDir: %s", store_dir_fault(closure->store_dir));
	if (closure->gc_roots && gc_roots_fault(closure->gc_roots))
		return fault(err, CLOSURE_PLACE ".gcRoots: \"%.200s\" %s", closure->gc_roots,
			gc_roots_fault(closure->gc_roots));
	if (closure->store && store_dir_fault(closure->store))
		return fault(err, CLOSURE_PLACE ".store: %s", store_dir_fault(closure->store));
	for (size_t i = 0; i < closure->roots.count; i++)
		if (!closure_find(&closure->closure, closure->roots.items[i]))
			return fault(err,
				CLOSURE_PLACE ".root: the registration does not list %.200s",
				closure->roots.items[i]);
	if (trusted_keys_read(&closure->trusted_keys, closure->signatures_needed, &keys, err) < 0)
		return err_where(err, CLOSURE_PLACE ".trustedKeys");
	if (keys.count && closure->attestation == ATTESTATION_OFF)
		return fault(err,
			CLOSURE_PLACE ".trustedKeys: nothing is held against what they signed, "
				      "as attestation is off");
	if (closure->image_sha256)
		return image_check(config, err);
	autofree bool *mounted = calloc(closure->closure.paths_count, sizeof(*mounted));
	if (!mounted)
		return err_set(err, ENOMEM, CLOSURE_PLACE ": out of memory");
	return store_mounts_check(config, mounted, err);
}

/* In the host's namespace an init would get no orphan, and could not end what is left. */
int stop_check(const struct config *config, struct err *err)
{
	const struct config_stop *stop = config->stop;

	if (config->init && !config_has_namespace(config, NAMESPACE_PID))
		return fault(err, "annotations.dev.nucleus.init: needs a pid namespace");
	if (!stop)
		return 0;
	if (stop->signal && signal_number(stop->signal) <= 0)
		return fault(err, "annotations.dev.nucleus.stop.signal: \"%.80s\" is no signal",
			stop->signal);
	return bound_check(
		stop->timeout, 0, STOP_TIMEOUT_MOST, err, "annotations.dev.nucleus.stop.timeoutMs");
}

/* A bundle that calls itself a production one must have what makes it one. */
int mode_check(const struct config *config, struct err *err)
{
	const struct config_resources *resources = &config->resources;
	const char *missing = !config->closure ? "a closure"
		: config->closure->attestation == ATTESTATION_OFF
		? "attestation \"full\" or \"cached\""
		: !config->seccomp                                  ? "linux.seccomp"
		: !config->landlock                                 ? "dev.nucleus.landlock"
		: !config->init                                     ? "dev.nucleus.init"
		: !config->verify_mounts                            ? "dev.nucleus.verify-mounts"
		: !config->process.no_new_privileges                ? "process.noNewPrivileges"
		: !config->root.readonly                            ? "root.readonly"
		: !resources->memory.limit.set                      ? "linux.resources.memory.limit"
		: !resources->cpu.quota.set                         ? "linux.resources.cpu.quota"
		: !config_has_new_namespace(config, NAMESPACE_USER) ? "a new user namespace"
								    : NULL;

	if (config->mode != MODE_PRODUCTION || !missing)
		return 0;
	return fault(err,
		"annotations.dev.nucleus.mode: the bundle says production, but has not got %s",
		missing);
}
