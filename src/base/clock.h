#pragma once
/* CLOCK_MONOTONIC, which never jumps; clock_gettime(2). */
#include <stdint.h>
#include <time.h>

/* Nanoseconds. */
static inline uint64_t clock_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static inline long long clock_milliseconds(void)
{
	return (long long)(clock_now() / 1000000);
}
