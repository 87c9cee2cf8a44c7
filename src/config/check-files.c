/* Checks of the files that the runtime makes, see kernel/files.c. */
#include <stdio.h>
#include <string.h>

#include "config/check-parts.h"

#define SECRETS_PLACE "annotations.dev.nucleus.secrets"

static bool name_valid(const char *name)
{
	return *name && strlen(name) <= 255 && !strchr(name, '/') && name[0] != '.';
}

static int secret_check(const struct config_secret *secret, size_t i, struct err *err)
{
	if (!secret->name || !name_valid(secret->name))
		return fault(err, SECRETS_PLACE "[%zu].name: must be a file name", i);
	if (!secret->target || secret->target[0] != '/' || path_climbs(secret->target))
		return fault(
			err, SECRETS_PLACE "[%zu].target: must be absolute and without \"..\"", i);
	if ((secret->file != NULL) + (secret->credential != NULL) + secret->fd.set != 1)
		return fault(err, SECRETS_PLACE "[%zu]: needs one of file, credential and fd", i);
	if (secret->file && secret->file[0] != '/')
		return fault(err, SECRETS_PLACE "[%zu].file: is not absolute", i);
	if (secret->credential && !name_valid(secret->credential))
		return fault(err, SECRETS_PLACE "[%zu].credential: must be a file name", i);
	return bound_check(secret->fd, 3, CALLER_FDS - 1, err, SECRETS_PLACE "[%zu].fd", i);
}

/* True if path is tree or lies below it. */
static bool is_below(const char *path, const char *tree)
{
	size_t length = strlen(tree);

	return !strncmp(path, tree, length) && (!path[length] || path[length] == '/');
}

/* What would be mounted before and then be covered was meant to be seen. */
static int covered_check(
	const struct config *config, const char *place, const char *what, struct err *err)
{
	for (size_t i = 0; i < config->mounts_count; i++)
		if (is_below(config->mounts[i].destination, place))
			return fault(err, "mounts[%zu].destination: %.200s is where %s", i,
				config->mounts[i].destination, what);
	return 0;
}

int files_check(const struct config *config, struct err *err)
{
	if (config->policy_file &&
		covered_check(config, POLICY_FILE_DIR, "the sandbox is told of its policy", err) <
			0)
		return -1;
	if (config->secrets_count > SECRETS_MOST)
		return fault(err, SECRETS_PLACE ": more than %d", SECRETS_MOST);
	for (size_t i = 0; i < config->secrets_count; i++) {
		const struct config_secret *secret = &config->secrets[i];

		if (secret_check(secret, i, err) < 0 ||
			covered_check(config,
				is_below(secret->target, SECRETS_DIR) ? SECRETS_DIR
								      : secret->target,
				"a secret goes", err) < 0)
			return -1;
		for (size_t j = 0; j < i; j++)
			if (!strcmp(config->secrets[j].target, secret->target))
				return fault(err, SECRETS_PLACE "[%zu].target: is there twice", i);
	}
	return 0;
}
