/* nucleus delete: what is left of a container goes. */
#include "cmd/commands.h"
#include "cmd/prepare.h"
#include "run/life.h"

const struct option delete_options[] = {
	{ "force", 'f', NULL, "kill it first if it runs; an unknown id is no error" },
	{ 0 },
};

int delete_main(struct call *call, struct err *err)
{
	const char *id = call_id(call, err);
	struct run run;
	int result;

	if (!id)
		return -1;
	prepare_run(call, id, &run);
	result = life_delete(&run, call_option(call, "force") != NULL, err);
	run_release(&run);
	return result;
}
