#pragma once
/* What people and clients get to see of an error: stderr, and the --log file. */
#include <stdbool.h>

#include "base/err.h"

/* Where errors go besides stderr: a file (appended to), as text or one JSON object a line. */
int report_open(const char *log, const char *format, struct err *err);

/* "nucleus: TEXT", hints on lines of their own; and the log. Allocates nothing: the janitor calls
 * it. */
void report_err(const struct err *err);
void report_warning(const char *text);
