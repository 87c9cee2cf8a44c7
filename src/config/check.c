/*
 * Cross-section checks of a finished config: what a row cannot see because it looks at one key
 * alone. Run on translated policies and on read bundles alike, before anything is touched. Source:
 * OCI runtime specification 1.3, config.md and config-linux.md. Must never look at the host: a
 * config is right or wrong wherever it is read.
 */
#include "config/check.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "config/check-parts.h"

int bound_check(struct maybe_int value, int64_t least, int64_t most, struct err *err,
	const char *place, ...)
{
	char text[200];
	va_list args;

	if (!value.set || (value.value >= least && value.value <= most))
		return 0;
	va_start(args, place);
	vsnprintf(text, sizeof(text), place, args);
	va_end(args);
	return fault(err, "%s: must be from %ld to %ld, not %ld", text, (long)least, (long)most,
		(long)value.value);
}

bool name_known(const char *const *names, const char *text)
{
	for (; *names; names++)
		if (!strcmp(*names, text))
			return true;
	return false;
}

int names_check(const struct strings *list, const char *const *names, const char *what,
	struct err *err, const char *place, ...)
{
	char text[200];
	va_list args;

	va_start(args, place);
	vsnprintf(text, sizeof(text), place, args);
	va_end(args);
	for (size_t i = 0; i < list->count; i++)
		if (!name_known(names, list->items[i]))
			return fault(
				err, "%s[%zu]: \"%.60s\" is no %s", text, i, list->items[i], what);
	return 0;
}

bool path_climbs(const char *path)
{
	for (; *path; path += strcspn(path, "/"), path += *path == '/')
		if (!strncmp(path, "..", 2) && (path[2] == '/' || !path[2]))
			return true;
	return false;
}

/* "1.0.2-dev", "1.3.0": any 1.x, since a minor version only adds. */
static int version_check(const struct config *config, struct err *err)
{
	const char *version = config->oci_version;
	unsigned major, minor, patch;
	int end = 0;

	if (!version)
		return fault(err, "ociVersion: missing");
	if (sscanf(version, "%9u.%9u.%9u%n", &major, &minor, &patch, &end) == 3 && major == 1 &&
		(!version[end] || version[end] == '-' || version[end] == '+'))
		return 0;
	return fault(err, "ociVersion: \"%.40s\" is not a version 1 of the runtime specification",
		version);
}

static int root_check(const struct config *config, struct err *err)
{
	const struct maybe_size *tmpfs = &config->root_tmpfs;

	if (tmpfs->set && (tmpfs->value < 4096 || tmpfs->value > INT64_MAX))
		return fault(err,
			"annotations.dev.nucleus.root-tmpfs: "
			"must be at least 4K and below 2^63");
	if (tmpfs->set || (config->root.path && *config->root.path))
		return 0;
	return fault(err, "root.path: missing: the directory the container sees as /");
}

static int host_name_check(
	const struct config *config, const char *key, const char *name, struct err *err)
{
	bool uts = false;

	if (!name)
		return 0;
	for (size_t i = 0; i < config->namespaces_count; i++)
		uts |= config->namespaces[i].type == NAMESPACE_UTS;
	if (!uts)
		return fault(
			err, "%s: needs a uts namespace, or the host's own name would change", key);
	if (strlen(name) > 64)
		return fault(err, "%s: longer than the 64 characters Linux keeps", key);
	return 0;
}

static int host_names_check(const struct config *config, struct err *err)
{
	if (host_name_check(config, "hostname", config->hostname, err) < 0)
		return -1;
	return host_name_check(config, "domainname", config->domainname, err);
}

static int paths_check(const struct strings *paths, const char *key, struct err *err)
{
	for (size_t i = 0; i < paths->count; i++)
		if (paths->items[i][0] != '/')
			return fault(err, "%s[%zu]: \"%.200s\" is not absolute", key, i,
				paths->items[i]);
	return 0;
}

static int masks_check(const struct config *config, struct err *err)
{
	if (paths_check(&config->masked_paths, "linux.maskedPaths", err) < 0)
		return -1;
	return paths_check(&config->readonly_paths, "linux.readonlyPaths", err);
}

int config_check(const struct config *config, struct err *err)
{
	static int (*const parts[])(const struct config *, struct err *) = {
		version_check,
		root_check,
		process_check,
		attributes_check,
		namespaces_check,
		mappings_check,
		net_devices_check,
		host_names_check,
		sysctl_check,
		mounts_check,
		masks_check,
		devices_check,
		resources_check,
		seccomp_check,
		hooks_check,
		landlock_check,
		closure_check,
		stop_check,
		files_check,
		trees_check,
		mode_check,
	};

	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++)
		if (parts[i](config, err) < 0)
			return -1;
	return 0;
}

int config_check_process(const struct config *config, struct err *err)
{
	if (process_check(config, err) < 0 || attributes_check(config, err) < 0)
		return -1;
	return landlock_check(config, err);
}
