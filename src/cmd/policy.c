/* nucleus policy --keys: the reference of every key, from the rows that read them. */
#include <stdio.h>

#include "cmd/commands.h"
#include "format/rows.h"
#include "policy/policy.h"

const struct option policy_options[] = {
	{ "keys", 0, NULL, "print every key with its type and meaning" },
	{ 0 },
};

int policy_main(struct call *call, struct err *err)
{
	if (!call_option(call, "keys") || call->args_count)
		return call_error(call, err, "--keys is what it can do");
	rows_print(policy_keys, "", stdout);
	return 0;
}
