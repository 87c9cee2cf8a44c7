/* nucleus translate: a policy and a closure become an OCI bundle any runtime can run. */
#include "cmd/commands.h"
#include "cmd/prepare.h"
#include "oci/bundle.h"

const char translate_synopsis[] =
	"[--policy FILE] [--closure LIST] [--mode MODE] [--for-root] --bundle DIR [--] [CMD [ARG...]]";

const struct option translate_options[] = {
	POLICY_OPTIONS,
	{ "bundle", 'b', "DIR", "the directory to write; it must not exist or be empty" },
	{ "for-root", 0, NULL,
		"root will run it, whoever writes it, as in the build of a package" },
	{ 0 },
};

int translate_main(struct call *call, struct err *err)
{
	const char *bundle = call_option(call, "bundle");
	struct config config = { 0 };

	if (!bundle)
		return call_error(call, err, "--bundle DIR is missing");
	if (prepare_policy(call, call->args, call->args_count, &config, err) < 0)
		return -1;
	prepare_warn(call, &config);
	return bundle_write(bundle, &config, call->arena, err);
}
