#pragma once
/*
 * A trace as a file: one JSON object a line. First {"trace": ...}, what was run; then a line at the
 * first sight of each different call, before that call is answered, and at the end one more for
 * what came after; last {"end": ...}. Counts of lines about the same call add up. A file without an
 * end is of a run that was cut short: what it says is true, and perhaps not all.
 */
#include "trace/set.h"

enum {
	TRACE_VERSION = 1,
	TRACE_SIZE_MOST = 16 << 20,
};

struct trace_head {
	struct maybe_int version;
	const char *nucleus, *kernel; /* their versions */
	struct strings command;
	const char *policy;        /* as it was named */
	const char *config_sha256; /* of the whole config that was run, but for its filter */
	bool dangerous;            /* known ways out were not refused */
};

struct trace_end {
	bool complete;           /* every call of every process was seen */
	struct maybe_int status; /* what the run ended with */
	struct maybe_uint calls, different, dropped;
};

/* The bytes of a line, with its newline, in arena. */
const char *trace_head_line(const struct trace_head *head, struct arena *arena);
const char *trace_end_line(const struct trace_end *end, struct arena *arena);

/* "count more calls like this". */
const char *trace_call_line(const struct seen *seen, uint64_t count, struct arena *arena);

/* The same as a table, for reports. */
struct node *trace_call(const struct seen *seen, uint64_t count, struct arena *arena);

/*
 * Reads a trace of length bytes and adds its calls to set. file is what errors call it. A trace
 * that is not complete is an error unless incomplete is true. Everything is checked: names against
 * numbers, arguments against what is seen of them, the sum of the counts. 0, or -1 with err
 * "FILE:LINE:COLUMN: ...".
 */
int trace_read_text(const char *text, size_t length, const char *file, bool incomplete,
	struct set *set, struct err *err);

/* The same from a file. */
int trace_read(const char *file, bool incomplete, struct set *set, struct err *err);
