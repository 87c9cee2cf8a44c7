#pragma once
/* The rows of a trace's lines, for its writer and its reader. */
#include "format/rows.h"
#include "trace/file.h"

struct trace_line {
	struct trace_head *head;
	struct trace_end *end;
	const char *call, *arch;
	struct maybe_int number, answer;
	struct maybe_uint count;
};

extern const struct key trace_head_keys[], trace_end_keys[], trace_line_keys[];
