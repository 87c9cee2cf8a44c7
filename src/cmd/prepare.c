/*
 * The left half of the hourglass as commands use it. Whatever the input was, what comes out is one
 * checked struct config.
 */
#include "cmd/prepare.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/file.h"
#include "cmd/report.h"
#include "config/check.h"
#include "kernel/landlock.h"
#include "oci/image.h"
#include "oci/spec.h"
#include "policy/policy.h"
#include "run/life.h"

static int mode_read(const char *text, int *mode, struct err *err)
{
	*mode = MODE_UNSET;
	if (!text)
		return 0;
	for (int i = 1; mode_names[i]; i++)
		if (!strcmp(mode_names[i], text))
			*mode = i;
	return *mode
		? 0
		: err_set(err, EINVAL, "--mode %s: it is agent, strict-agent or production", text);
}

void prepare_warn(const struct call *call, const struct config *config)
{
	const char *lack = landlock_lack(config, call->arena);

	for (size_t i = 0; i < config->warnings.count; i++)
		report_warning(config->warnings.items[i]);
	if (lack)
		report_warning(lack);
}

int prepare_policy(const struct call *call, char **args, size_t args_count, struct config *config,
	struct err *err)
{
	const char *file = call_option(call, "policy");
	struct translation translation = {
		.closure_dir = call_option(call, "closure"),
		.state_root = call->root,
		.args = args,
		.args_count = args_count,
		.uid = geteuid(),
		.gid = getegid(),
	};
	struct policy *policy;

	if (mode_read(call_option(call, "mode"), &translation.mode, err) < 0 ||
		(translation.closure_dir &&
			image_refuse(-1, translation.closure_dir, NULL, err) < 0))
		return -1;
	policy = policy_read(file ? file : "agent", call->arena, err);
	if (!policy ||
		(policy->filesystem.root &&
			image_refuse(-1, policy->filesystem.root, NULL, err) < 0) ||
		policy_translate(policy, &translation, config, call->arena, err) < 0)
		return -1;
	config->warnings = translation.warnings;
	return config_check(config, err);
}

int prepare_bundle(const struct call *call, const char *dir, struct config *config, struct run *run,
	struct err *err)
{
	char path[PATH_MAX];

	if (image_refuse(-1, dir, NULL, err) < 0)
		return -1;
	if (!realpath(dir, path))
		return err_errno(err, "bundle %s", dir);
	run->bundle = arena_strdup(call->arena, path);
	run->bundle_dir = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (run->bundle_dir < 0)
		return err_errno(err, "bundle %s", path);
	if (spec_read(run->bundle_dir, run->bundle, config, call->arena, err) < 0)
		return -1;
	return 0;
}

int prepare_either(const struct call *call, struct config *config, struct run *run, struct err *err)
{
	const char *bundle = call_option(call, "bundle");

	if (!bundle)
		return prepare_policy(call, call->args, call->args_count, config, err);
	if (call_option(call, "policy") || call_option(call, "closure") ||
		call_option(call, "mode"))
		return call_error(call, err,
			"a bundle brings its own policy: --policy, --closure and --mode do not go with it");
	return prepare_bundle(call, bundle, config, run, err);
}

void prepare_run(const struct call *call, const char *id, struct run *run)
{
	run_init(run);
	run->arena = call->arena;
	run->id = id;
	run->name = file_name_for(call->arena, id);
	run->state_root = call->root;
	run->report = report_err;
}
