/*
 * Kernel parameters are written through the private procfs descriptor, beneath it and without
 * following links (CVE-2025-52881), and only those that belong to a namespace of the container's
 * own. It must never write one that the host shares. Rests on proc(5), sysctl.d(5) for the two
 * notations.
 */
#include "kernel/sysctl.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/file.h"
#include "format/node.h"
#include "kernel/steps.h"

enum { KEY_SIZE = 256 };

/* What a key must be or, ending in "/", start with. */
static const struct {
	const char *key;
	enum namespace_type namespace;
} own_table[] = {
	{ "net/", NAMESPACE_NETWORK },
	{ "fs/mqueue/", NAMESPACE_IPC },
	{ "kernel/msgmax", NAMESPACE_IPC },
	{ "kernel/msgmnb", NAMESPACE_IPC },
	{ "kernel/msgmni", NAMESPACE_IPC },
	{ "kernel/msg_next_id", NAMESPACE_IPC },
	{ "kernel/auto_msgmni", NAMESPACE_IPC },
	{ "kernel/sem", NAMESPACE_IPC },
	{ "kernel/sem_next_id", NAMESPACE_IPC },
	{ "kernel/shmall", NAMESPACE_IPC },
	{ "kernel/shmmax", NAMESPACE_IPC },
	{ "kernel/shmmni", NAMESPACE_IPC },
	{ "kernel/shm_next_id", NAMESPACE_IPC },
	{ "kernel/shm_rmid_forced", NAMESPACE_IPC },
	{ "kernel/domainname", NAMESPACE_UTS },
	{ "user/", NAMESPACE_USER },
};

/*
 * The path below /proc/sys. Whichever of "." and "/" comes first separates, the other one is part
 * of a name. False if a component is empty, "." or "..", or the key too long.
 */
static bool key_path(const char *key, char path[static KEY_SIZE])
{
	size_t first = strcspn(key, "./"), length = strlen(key);
	bool dotted = key[first] == '.';

	if (length == 0 || length >= KEY_SIZE)
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

enum namespace_type sysctl_namespace(const char *key)
{
	char path[KEY_SIZE];

	if (!key_path(key, path))
		return NAMESPACE_UNSET;
	for (size_t i = 0; i < sizeof(own_table) / sizeof(own_table[0]); i++) {
		size_t length = strlen(own_table[i].key);
		bool whole = own_table[i].key[length - 1] != '/';

		if (!strncmp(path, own_table[i].key, length) && (!whole || !path[length]))
			return own_table[i].namespace;
	}
	return NAMESPACE_UNSET;
}

static int key_check(const struct config *config, const char *key, struct err *err)
{
	enum namespace_type namespace = sysctl_namespace(key);

	if (namespace == NAMESPACE_UNSET)
		return err_set(err, EINVAL, "sysctl %s: it is not a parameter of a namespace", key);
	if (!config_has_new_namespace(config, namespace))
		return err_set(err, EINVAL,
			"sysctl %s: it would change the host without a new %s namespace", key,
			namespace_names[namespace]);
	return 0;
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
	char path[KEY_SIZE], file[KEY_SIZE + sizeof("sys/")];

	for (size_t i = 0; i < list->count; i++) {
		const char *key = list->items[i].key;

		if (key_check(run->config, key, err) < 0)
			return -1;
		key_path(key, path);
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
