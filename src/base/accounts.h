#pragma once
/* Lines of /etc/passwd and /etc/group, whose text whoever made the root wrote: passwd(5), group(5).
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* All of the text, up to length, as a decimal id; false if it is anything else or 2^32 - 1. */
bool account_id_read(const char *text, size_t length, int64_t *id);

/* The index'th field of a line, counted from 0; its length is 0 if there is none. */
const char *account_field(const char *line, unsigned index, size_t *length);

/* The first line of text whose index'th field is value, or NULL. */
const char *account_line(const char *text, unsigned index, const char *value);

/* The line after this one; "" after the last. */
const char *account_next(const char *line);
