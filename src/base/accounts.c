/*
 * passwd(5) and group(5), strict in every number and deaf to what is malformed. Knows nothing of
 * where the text is from; the C library's own look-up would ask the host.
 */
#include "base/accounts.h"

#include <string.h>

enum { ID_MOST_DIGITS = 10 };

static const int64_t id_most = 4294967294;

bool account_id_read(const char *text, size_t length, int64_t *id)
{
	*id = 0;
	if (!length || length > ID_MOST_DIGITS)
		return false;
	for (size_t i = 0; i < length; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		*id = *id * 10 + (text[i] - '0');
	}
	return *id <= id_most;
}

const char *account_field(const char *line, unsigned index, size_t *length)
{
	for (; index; index--) {
		line += strcspn(line, ":\n");
		if (*line != ':') {
			*length = 0;
			return line;
		}
		line++;
	}
	*length = strcspn(line, ":\n");
	return line;
}

const char *account_next(const char *line)
{
	line += strcspn(line, "\n");
	return line + (*line == '\n');
}

const char *account_line(const char *text, unsigned index, const char *value)
{
	for (; *text; text = account_next(text)) {
		size_t length;
		const char *field = account_field(text, index, &length);

		if (length == strlen(value) && !strncmp(field, value, length) &&
			field[length] == ':')
			return text;
	}
	return NULL;
}
