#pragma once
/* What people and clients get to see of an error: stderr, and the --log file. */
#include <stdbool.h>

#include "base/err.h"

/*
 * Where errors and warnings go besides stderr: a file (appended to), a fifo or an open descriptor
 * (/dev/fd/N), as text or one JSON object a line; NULL: nowhere. One that cannot be opened is
 * warned of and done without, so that a container whose log is gone can still be deleted. The
 * descriptor, or -1.
 */
int report_open(const char *log, const char *format);

/* "nucleus: TEXT", hints on lines of their own; and the log. Allocates nothing: the janitor calls
 * it. */
void report_err(const struct err *err);
void report_warning(const char *text);
/* What is worth knowing and no fault. */
void report_note(const char *text);
