/*
 * What a verification is lent by the command it is a part of. On a terminal, work that takes longer
 * than half a second shows how far it is, how fast it goes and how long it will take, in one line
 * that is gone when it is done.
 */
#include "cmd/means.h"

#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "cmd/report.h"

enum { QUIET_MS = 500 };

struct shown {
	uint64_t began;
	bool any;
};

static void show(void *object, uint64_t done, uint64_t total)
{
	struct shown *shown = object;
	double seconds, rate;

	if (!done)
		*shown = (struct shown){ .began = clock_now() };
	if (done == total && shown->any)
		fputs("\r\033[K", stderr);
	seconds = (double)(clock_now() - shown->began) / 1e9;
	if (!done || done >= total || seconds * 1000 < QUIET_MS)
		return;
	rate = (double)done / 1e6 / seconds;
	shown->any = true;
	fprintf(stderr, "\rattest: %3.0f %% of %.1f MB, %.0f MB/s, %.0f s left \033[K",
		100.0 * (double)done / (double)total, (double)total / 1e6, rate,
		(double)(total - done) / 1e6 / rate);
}

const struct attest_means *means_make(const struct call *call)
{
	struct attest_means *means = arena_alloc(call->arena, 1, sizeof(*means));
	struct attest_progress *progress = arena_alloc(call->arena, 1, sizeof(*progress));

	progress->report = show;
	progress->object = arena_alloc(call->arena, 1, sizeof(struct shown));
	*means = (struct attest_means){
		.records = call->records,
		.progress = isatty(STDERR_FILENO) ? progress : NULL,
		.note = report_note,
	};
	return means;
}
