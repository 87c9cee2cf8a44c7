/* nucleus events: what a container uses and when it runs out of memory, one JSON object a line. */
#include <errno.h>
#include <stdio.h>

#include "base/names.h"
#include "cmd/commands.h"
#include "cmd/prepare.h"
#include "format/json.h"
#include "run/life.h"

const struct option events_options[] = {
	{ "stats", 0, NULL, "once, and only what it uses" },
	{ "interval", 0, "DURATION", "between two times, like 500ms or 1m30s (5s)" },
	{ 0 },
};

static int event_print(const struct node *event, struct err *err)
{
	autoarena arena = { 0 };

	puts(json_write(&arena, event, false));
	return fflush(stdout) == 0 ? 0 : err_errno(err, "write to standard output");
}

int events_main(struct call *call, struct err *err)
{
	const char *id = call_id(call, err), *interval = call_option(call, "interval");
	uint64_t nanoseconds = 5000000000;
	struct run run;
	int result;

	if (!id)
		return -1;
	if (interval && (!duration_number(interval, &nanoseconds) || nanoseconds < 1000000))
		return err_set(err, EINVAL,
			"events: --interval %.80s: it is a duration like 500ms or 5s", interval);
	prepare_run(call, id, &run);
	result = life_events(&run, call_option(call, "stats") ? 0 : nanoseconds, event_print, err);
	run_release(&run);
	return result;
}
