/* nucleus pause, nucleus resume: a container's processes stop, and go on. */
#include "cmd/commands.h"
#include "cmd/prepare.h"
#include "run/life.h"

static int container_do(
	struct call *call, int (*verb)(struct run *run, struct err *err), struct err *err)
{
	const char *id = call_id(call, err);
	struct run run;
	int result;

	if (!id)
		return -1;
	prepare_run(call, id, &run);
	result = verb(&run, err);
	run_release(&run);
	return result;
}

int pause_main(struct call *call, struct err *err)
{
	return container_do(call, life_pause, err);
}

int resume_main(struct call *call, struct err *err)
{
	return container_do(call, life_resume, err);
}
