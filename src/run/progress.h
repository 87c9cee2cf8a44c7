#pragma once
/*
 * A page both sides of a start share: which step each is in (so that a killed side can be named by
 * the other) and when each step began and ended, for --timing.
 */
#include <stdint.h>
#include <sys/types.h>

#include "nucleus/plan.h"

enum { PROGRESS_STEPS_MOST = 96 };

struct progress {
	/* Index into the table that is walked, -1 before the first. */
	volatile int step[2];
	struct {
		uint64_t begin, end; /* nanoseconds, CLOCK_MONOTONIC; end 0 while it runs */
	} times[PROGRESS_STEPS_MOST];
	/* The first process, when it is made by a process that joined namespaces before; -1. */
	volatile pid_t first;
	volatile int first_pidfd;
	/* An init's workload ended before its execve. */
	volatile bool workload_lost;
	int recorded;    /* other commands can find the container; a futex(2) word */
	uint64_t born;   /* when the program started its start */
	uint64_t ended;  /* when a foreground workload was seen to have ended */
	uint64_t undone; /* when everything was taken down */
};

/* A fresh page in shared memory; NULL with err. */
struct progress *progress_new(struct err *err);
void progress_release(struct progress *progress);

void progress_begin(struct progress *progress, enum side side, int step);
void progress_end(struct progress *progress, int step);

/* The parent says that the container is recorded; no workload begins before. */
void progress_record(struct progress *progress);
void progress_await_record(struct progress *progress);

/* "mounts", or "the beginning" before the first step of that side. */
const char *progress_step_name(const struct run *run, enum side side);
