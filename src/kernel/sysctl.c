/*
 * Kernel parameters are written through the private procfs descriptor, beneath it and without
 * following links (CVE-2025-52881). It must never write one that the host shares: config_check lets
 * only those pass that belong to a new namespace of the container. Rests on proc(5), sysctl.d(5)
 * for the two notations.
 */
#include "kernel/sysctl.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/file.h"
#include "format/node.h"
#include "kernel/steps.h"

bool sysctl_path(const char *key, char path[static SYSCTL_PATH_SIZE])
{
	size_t first = strcspn(key, "./"), length = strlen(key);
	bool dotted = key[first] == '.';

	if (length == 0 || length >= SYSCTL_PATH_SIZE)
		return false;
	for (size_t i = 0; i <= length; i++) {
		path[i] = key[i];
		if (dotted && (key[i] == '.' || key[i] == '/'))
			path[i] = key[i] == '.' ? '/' : '.';
	}
	for (const char *part = path;; part++) {
		size_t size = strcspn(part, "/");

		if (size == 0 || (size <= 2 && !strncmp(part, "..", size)))
			return false;
		part += size;
		if (!part[0])
			return true;
	}
}

bool sysctl_wanted(const struct config *config)
{
	return config->sysctl.count > 0;
}

/*
 * sysctl_apply - set kernel parameters of the container's own namespaces
 *
 * Needs:  run->procfs, every namespace entered
 * Leaves: the values set, in the order they are written
 * Mustn't run with the container's /proc: what is mounted there may be anything
 */
int sysctl_apply(struct run *run, struct err *err)
{
	const struct pairs *list = &run->config->sysctl;
	char path[SYSCTL_PATH_SIZE], file[sizeof("sys/") + SYSCTL_PATH_SIZE];

	for (size_t i = 0; i < list->count; i++) {
		const char *key = list->items[i].key;

		if (!sysctl_path(key, path))
			return err_set(err, EINVAL, "sysctl %s: not the name of a parameter", key);
		snprintf(file, sizeof(file), "sys/%s", path);
		if (file_write_beneath(run->procfs, file, list->items[i].value) < 0)
			return err_errno(err, "sysctl %s: write \"%s\"", key, list->items[i].value);
	}
	return 0;
}

void sysctl_print(const struct config *config, struct node *params, struct arena *arena)
{
	for (size_t i = 0; i < config->sysctl.count; i++)
		node_put_string(
			arena, params, config->sysctl.items[i].key, config->sysctl.items[i].value);
}
