#pragma once
/* What is never learnt from a run unless somebody insists. */
#include "trace/traced.h"

struct trace_floor {
	struct call_rules builtin; /* what the built-in profile says */
};

/* 0, or -1 with err. */
int floor_read(struct trace_floor *floor, struct arena *arena, struct err *err);

/*
 * Why a call is not learnt, as the end of a sentence; NULL if it may be. The known ways out that no
 * strict mode allows, arguments for which the built-in profile refuses what it otherwise allows,
 * other machines than x86-64's own, and what has no name.
 */
const char *floor_reason(const struct trace_floor *floor, const struct traced *call);
