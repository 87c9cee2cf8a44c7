/* nucleus start: a created container's first process becomes the workload. */
#include "cmd/commands.h"
#include "cmd/prepare.h"
#include "run/life.h"
#include "run/ready.h"

int start_main(struct call *call, struct err *err)
{
	const char *id = call_id(call, err);
	struct run run;
	int result;

	if (!id)
		return -1;
	prepare_run(call, id, &run);
	run.notify_socket = ready_manager();
	result = life_start(&run, err);
	run_release(&run);
	return result;
}
