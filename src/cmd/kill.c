/* nucleus kill: a signal by name (with or without SIG) or number, TERM by default, 0 probes. */
#include <errno.h>
#include <signal.h>

#include "base/names.h"
#include "cmd/commands.h"
#include "cmd/prepare.h"
#include "run/life.h"

const struct option kill_options[] = {
	{ "all", 'a', NULL, "to every process of the container, not its first alone" },
	{ "signal", 's', "SIGNAL", "the same as the word after ID" },
	{ 0 },
};

int kill_main(struct call *call, struct err *err)
{
	const char *name = call_option(call, "signal");
	int signal = SIGTERM, result;
	struct run run;

	if (call->args_count < 1 || call->args_count + (name != NULL) > 2)
		return call_error(call, err, "a container id and at most one signal");
	if (call->args_count == 2)
		name = call->args[1];
	if (name)
		signal = signal_number(name);
	if (signal < 0)
		return err_set(err, EINVAL, "kill: unknown signal \"%.80s\"", name);
	prepare_run(call, call->args[0], &run);
	result = life_kill(&run, signal, call_option(call, "all") != NULL, err);
	run_release(&run);
	return result;
}
