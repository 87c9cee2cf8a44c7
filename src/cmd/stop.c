/* nucleus stop: a container ends in its own way, or is killed when its time is up. */
#include <errno.h>
#include <string.h>

#include "base/names.h"
#include "cmd/commands.h"
#include "cmd/prepare.h"
#include "run/life.h"

const struct option stop_options[] = {
	{ "timeout", 't', "DURATION",
		"how long it has, like 500ms or 1m30s, or in seconds; 0 kills it at once" },
	{ 0 },
};

/* A number alone is of seconds, as other runtimes have it. */
static bool timeout_read(const struct call *call, const char *text, int64_t *milliseconds)
{
	uint64_t nanoseconds;

	if (*text && !text[strspn(text, "0123456789")])
		text = arena_printf(call->arena, "%ss", text);
	if (!duration_number(text, &nanoseconds))
		return false;
	*milliseconds = (int64_t)(nanoseconds / 1000000);
	return *milliseconds <= STOP_TIMEOUT_MOST;
}

int stop_main(struct call *call, struct err *err)
{
	const char *id = call_id(call, err), *given = call_option(call, "timeout");
	int64_t timeout = -1;
	struct run run;
	int result;

	if (!id)
		return -1;
	if (given && !timeout_read(call, given, &timeout))
		return err_set(err, EINVAL,
			"stop: --timeout %.80s: it is a duration up to 24h, like 500ms or 10s",
			given);
	prepare_run(call, id, &run);
	result = life_stop(&run, timeout, err);
	run_release(&run);
	return result;
}
