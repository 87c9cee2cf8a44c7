#pragma once
/*
 * The other end of a filter that notifies: a thread that answers every call it is asked about and
 * writes down which they were. It looks at registers only, which nobody can change any more, so
 * what it refuses stays refused.
 */
#include <pthread.h>
#include <stdatomic.h>

#include "trace/set.h"

enum { KNOWN_MOST = 1024 };

struct tracer {
	/* Set by who starts it. */
	struct arena *arena; /* the tracer's own while it runs */
	/* What a call is refused with at its first sight and ever after; 0: it is not. */
	int (*decide)(const struct tracer *tracer, const struct traced *call);
	const void *rules; /* what decide goes by */
	int out;           /* where lines go, or -1 */
	const char *file;  /* what errors call it */

	/* To be read once it has ended. */
	struct set set;
	struct err err; /* why it ended the run; code 0: it did not */
	bool complete;  /* the last process that could call had ended */

	/* Its own. */
	int listener, process;
	pthread_t thread;
	bool started;
	atomic_bool over;
	struct {
		bool looked, faceted;
		const char *name;
	} known[CALL_ABI_X32 + 1][KNOWN_MOST];
};

/* The profile that asks about every call on every machine; in arena. */
struct config_seccomp *tracer_profile(struct arena *arena);

/* Takes the listener, and a copy of the pidfd of the process that ends the run when it is killed.
 * 0, or -1 with err. */
int tracer_start(struct tracer *tracer, int listener, int process, struct err *err);

/* Waits for its end, after that of the process; what is there to be read is. */
void tracer_finish(struct tracer *tracer);
