/* nucleus events: what a container uses and when it runs out of memory, one JSON object a line. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/commands.h"
#include "cmd/prepare.h"
#include "format/json.h"
#include "run/life.h"

const struct option events_options[] = {
	{ "stats", 0, NULL, "once, and only what it uses" },
	{ "interval", 0, "DURATION", "between two times, like 500ms or 1m30s (5s)" },
	{ 0 },
};

/* "1m30s" in nanoseconds; false for what is none, or is nothing. */
static bool duration_read(const char *text, uint64_t *nanoseconds)
{
	static const struct {
		const char *unit;
		double nanoseconds;
	} units[] = { { "ns", 1 }, { "us", 1e3 }, { "ms", 1e6 }, { "s", 1e9 }, { "m", 6e10 },
		{ "h", 3.6e12 } };
	double total = 0;

	while (*text) {
		char *unit;
		double number = strtod(text, &unit);
		size_t i = 0, length = strspn(unit, "nusmh");

		while (i < 6 &&
			(strlen(units[i].unit) != length ||
				strncmp(units[i].unit, unit, length) != 0))
			i++;
		if (strspn(text, "0123456789.") != (size_t)(unit - text) || unit == text || i == 6)
			return false;
		total += number * units[i].nanoseconds;
		text = unit + length;
	}
	*nanoseconds = (uint64_t)total;
	return total >= 1e6 && total < 1e18;
}

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
	if (interval && !duration_read(interval, &nanoseconds))
		return err_set(err, EINVAL,
			"events: --interval %.80s: it is a duration like 500ms or 5s", interval);
	prepare_run(call, id, &run);
	result = life_events(&run, call_option(call, "stats") ? 0 : nanoseconds, event_print, err);
	run_release(&run);
	return result;
}
