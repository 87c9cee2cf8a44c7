/* Checks of what the specification has no word for: Landlock and the closure; see check.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/fd.h"
#include "config/check-parts.h"
#include "config/registration.h"

#define LANDLOCK_PLACE "annotations.dev.nucleus.landlock"
#define CLOSURE_PLACE "annotations.dev.nucleus.closure"

static const char *const accesses[] = { "read", "write", "execute", "create", "remove", "readdir",
	"refer", "truncate", "ioctl_dev", "all", "all_except_execute", NULL };
static const char *const port_accesses[] = { "bind", "connect", NULL };
static const char *const scopes[] = { "abstract_unix_socket", "signal", NULL };

static int names_check(const struct strings *list, const char *const *names, const char *what,
	const char *key, size_t index, struct err *err)
{
	if (!list->count)
		return err_set(err, EINVAL, LANDLOCK_PLACE ".%s[%zu].access: missing", key, index);
	for (size_t i = 0; i < list->count; i++)
		if (!name_known(names, list->items[i]))
			return err_set(err, EINVAL,
				LANDLOCK_PLACE ".%s[%zu].access[%zu]: \"%.60s\" is no %s", key,
				index, i, list->items[i], what);
	return 0;
}

static int rule_check(const struct config_landlock_rule *rule, size_t index, struct err *err)
{
	if (!rule->path || rule->path[0] != '/')
		return err_set(
			err, EINVAL, LANDLOCK_PLACE ".rules[%zu].path: must be absolute", index);
	return names_check(&rule->access, accesses, "right to files", "rules", index, err);
}

static int port_check(const struct config_landlock_port *port, size_t index, struct err *err)
{
	if (!port->port.set)
		return err_set(err, EINVAL, LANDLOCK_PLACE ".net[%zu].port: missing", index);
	if (bounds_check(port->port, 0, 65535, err, LANDLOCK_PLACE ".net[%zu].port", index) < 0)
		return -1;
	return names_check(&port->access, port_accesses, "right to ports", "net", index, err);
}

int landlock_check(const struct config *config, struct err *err)
{
	const struct config_landlock *landlock = config->landlock;

	if (!landlock)
		return 0;
	if (bounds_check(landlock->min_abi, 1, 1000, err, LANDLOCK_PLACE ".minAbi") < 0)
		return -1;
	for (size_t i = 0; i < landlock->rules_count; i++)
		if (rule_check(&landlock->rules[i], i, err) < 0)
			return -1;
	if (landlock->net_count && !landlock->net_handled)
		return err_set(err, EINVAL, LANDLOCK_PLACE ".net: needs netHandled");
	for (size_t i = 0; i < landlock->net_count; i++)
		if (port_check(&landlock->net[i], i, err) < 0)
			return -1;
	for (size_t i = 0; i < landlock->scope.count; i++)
		if (!name_known(scopes, landlock->scope.items[i]))
			return err_set(err, EINVAL,
				LANDLOCK_PLACE ".scope[%zu]: \"%.60s\" is no scope", i,
				landlock->scope.items[i]);
	return 0;
}

static bool mount_readonly(const struct config_mount *mount)
{
	for (size_t i = 0; i < mount->options.count; i++)
		if (!strcmp(mount->options.items[i], "ro") ||
			!strcmp(mount->options.items[i], "rro"))
			return true;
	return false;
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
		if (!mount_binds(mount) || strcmp(mount->source, path->path) != 0)
			return err_set(err, EINVAL,
				"mounts[%zu]: %.200s belongs to the closure: only itself may be mounted there",
				i, path->path);
		if (!mount_readonly(mount))
			return err_set(err, EINVAL,
				"mounts[%zu].options: %.200s belongs to the closure: it needs \"ro\"",
				i, path->path);
		mounted[path - closure->paths] = true;
	}
	for (size_t i = 0; i < closure->paths_count; i++)
		if (!mounted[i])
			return err_set(err, EINVAL,
				"mounts: none for %.200s, which belongs to the closure",
				closure->paths[i].path);
	return 0;
}

int closure_check(const struct config *config, struct err *err)
{
	const struct config_closure *closure = config->closure;
	unsigned char sum[SHA256_SIZE];

	if (!closure)
		return 0;
	if (!closure->attestation)
		return err_set(err, EINVAL, CLOSURE_PLACE ".attestation: missing");
	if (!closure->registration || !closure->root)
		return err_set(err, EINVAL, CLOSURE_PLACE ": needs registration and root");
	if (!closure->sha256 || !digest_read(closure->sha256, sum))
		return err_set(err, EINVAL, CLOSURE_PLACE ".sha256: must be 64 hexadecimal digits");
	if (closure->store_dir && store_dir_fault(closure->store_dir))
		return err_set(err, EINVAL, CLOSURE_PLACE ".storeDir: %s",
			store_dir_fault(closure->store_dir));
	if (!closure_find(&closure->closure, closure->root))
		return err_set(err, EINVAL,
			CLOSURE_PLACE ".root: the registration does not list %.200s",
			closure->root);
	autofree bool *mounted = calloc(closure->closure.paths_count, sizeof(*mounted));
	if (!mounted)
		return err_set(err, ENOMEM, CLOSURE_PLACE ": out of memory");
	return store_mounts_check(config, mounted, err);
}
