/*
 * nucleus check: policies read and checked without privilege, cgroups or network, so that a build
 * sandbox can run it. Every file is looked at; exit status 2 if one is wrong.
 */
#include "cmd/commands.h"
#include "cmd/report.h"
#include "policy/policy.h"

int check_main(struct call *call, struct err *err)
{
	if (!call->args_count)
		return call_error(call, err, "no policy named");
	for (size_t i = 0; i < call->args_count; i++) {
		if (policy_read(call->args[i], call->arena, err))
			continue;
		report_err(err);
		call->status = 2;
	}
	return 0;
}
