/* nucleus create: an OCI bundle becomes a container whose first process waits for `start`. */
#include <errno.h>

#include "cmd/commands.h"
#include "cmd/prepare.h"
#include "run/life.h"
#include "run/rootless.h"
#include "run/seal.h"

const struct option create_options[] = {
	{ "bundle", 'b', "DIR", "the bundle (default: the current directory)" },
	OVER_OPTIONS,
	START_OPTIONS,
	{ 0 },
};

/* Whoever may only set annotations must not get at the host's files by them. */
static int trees_refuse(const struct config *config, struct err *err)
{
	if (!config->workspace && !config->context)
		return 0;
	err_set(err, EINVAL,
		"annotations." ANNOTATION_PREFIX "%s: `create` copies no trees of the host",
		config->workspace ? "workspace" : "context");
	return err_hint(err, "run the bundle with `nucleus run --bundle`, in the foreground");
}

int create_main(struct call *call, struct err *err)
{
	const char *bundle = call_option(call, "bundle"), *id = call_id(call, err);
	struct config config = { 0 };
	struct run run;
	int result;

	if (!id)
		return -1;
	seal_early(call->argv);
	prepare_run(call, id, &run);
	if (prepare_bundle(call, bundle ? bundle : ".", &config, &run, err) < 0 ||
		trees_refuse(&config, err) < 0 || seal_self(&config, call->argv, err) < 0 ||
		rootless_enter(&run, &config, err) < 0)
		return -1;
	prepare_warn(call, &config);
	prepare_start(call, &config, &run);
	result = life_create(&run, call_option(call, "console-socket"), err);
	run_release(&run);
	return result;
}
