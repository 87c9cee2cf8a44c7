/* nucleus kill: a signal by name (with or without SIG) or number, TERM by default, 0 probes. */
#include <errno.h>
#include <signal.h>

#include "base/names.h"
#include "cmd/commands.h"
#include "cmd/prepare.h"
#include "run/life.h"

int kill_main(struct call *call, struct err *err)
{
	int signal = SIGTERM, result;
	struct run run;

	if (call->args_count < 1 || call->args_count > 2)
		return call_error(call, err, "a container id and at most one signal");
	if (call->args_count == 2)
		signal = signal_number(call->args[1]);
	if (signal < 0)
		return err_set(err, EINVAL, "kill: unknown signal \"%.80s\"", call->args[1]);
	prepare_run(call, call->args[0], &run);
	result = life_kill(&run, signal, err);
	run_release(&run);
	return result;
}
