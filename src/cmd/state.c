/* nucleus state: the OCI state document on standard output. */
#include <stdio.h>

#include "cmd/commands.h"
#include "cmd/prepare.h"
#include "format/json.h"
#include "run/life.h"

int state_main(struct call *call, struct err *err)
{
	const char *id = call_id(call, err);
	struct node *document;
	struct run run;

	if (!id)
		return -1;
	prepare_run(call, id, &run);
	document = life_state(&run, err);
	run_release(&run);
	if (!document)
		return -1;
	fputs(json_write(call->arena, document, true), stdout);
	return 0;
}
