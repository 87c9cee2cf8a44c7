/*
 * nucleus diff: what a second policy allows that a first one does not. Exit status: 0 the same, 1
 * different but nothing more is allowed, 3 something more is allowed, 2 one cannot be read.
 */
#include <string.h>
#include <sys/stat.h>

#include "cmd/commands.h"
#include "cmd/diff-print.h"
#include "cmd/prepare.h"
#include "policy/policy.h"

enum { EXIT_NARROWER = 1, EXIT_WIDER = 3 };

const char diff_synopsis[] = "[--closure LIST] [--json | --sarif] A B";

const struct option diff_options[] = {
	CLOSURE_OPTIONS,
	{ "json", 0, NULL, "as JSON, with a witness for all that is wider" },
	{ "sarif", 0, NULL, "as SARIF 2.1.0" },
	{ 0 },
};

/* The same call as if it had named this policy with --policy. */
static struct call policy_call(const struct call *call, const char *file)
{
	static const struct option option = { "policy", 0, "FILE", "" };
	struct call other = *call;

	other.given = arena_alloc(call->arena, call->given_count + 1, sizeof(*other.given));
	if (call->given_count)
		memcpy(other.given, call->given, call->given_count * sizeof(*other.given));
	other.given[other.given_count++] = (struct given){ &option, file };
	return other;
}

/* What is run does not matter here, so a policy need not say it. */
static int side_policy(const struct call *call, struct diff_side *side, struct err *err)
{
	static char any[] = "/bin/true", *args[] = { any, NULL };
	struct call other = policy_call(call, side->name);
	struct policy *policy = policy_read(side->name, call->arena, err);

	if (!policy)
		return -1;
	side->file = policy->builtin ? NULL : side->name;
	side->document = policy->document;
	return prepare_policy(&other, args, !policy->process.command.count, side->config, err);
}

/* A path that the bundle means relative to itself. */
static const char *absolute(const struct call *call, const struct run *run, const char *path)
{
	return !path || path[0] == '/' ? path
				       : arena_printf(call->arena, "%s/%s", run->bundle, path);
}

static int side_bundle(struct call *call, struct diff_side *side, struct err *err)
{
	struct config *config = side->config;
	struct run run;
	int result;

	prepare_run(call, "", &run);
	result = prepare_bundle(call, side->name, config, &run, err);
	run_release(&run);
	if (result < 0)
		return -1;
	config->root.path = absolute(call, &run, config->root.path);
	for (size_t i = 0; i < config->mounts_count; i++)
		if (mount_binds(&config->mounts[i]))
			config->mounts[i].source = absolute(call, &run, config->mounts[i].source);
	side->file = arena_printf(call->arena, "%s/config.json", side->name);
	return 0;
}

static int side_read(struct call *call, struct diff_side *side, struct err *err)
{
	struct stat status;

	side->config = arena_alloc(call->arena, 1, sizeof(*side->config));
	if (!policy_builtin(side->name) && stat(side->name, &status) == 0 &&
		S_ISDIR(status.st_mode))
		return side_bundle(call, side, err);
	return side_policy(call, side, err);
}

int diff_main(struct call *call, struct err *err)
{
	struct diff_side a = { 0 }, b = { 0 };
	struct diff diff;

	if (call->args_count != 2)
		return call_error(call, err, "two policies or bundles, not %zu", call->args_count);
	if (call_option(call, "json") && call_option(call, "sarif"))
		return call_error(call, err, "--json or --sarif, not both");
	a.name = call->args[0];
	b.name = call->args[1];
	if (side_read(call, &a, err) < 0 || side_read(call, &b, err) < 0 ||
		diff_make(a.config, b.config, call->arena, &diff, err) < 0)
		return -1;
	if (call_option(call, "json"))
		diff_print_json(&diff, &a, &b);
	else if (call_option(call, "sarif"))
		diff_print_sarif(&diff, &a, &b);
	else
		diff_print_text(&diff, &a, &b);
	if (diff_widens(&diff))
		call->status = EXIT_WIDER;
	else if (diff.count)
		call->status = EXIT_NARROWER;
	return 0;
}
