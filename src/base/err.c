/*
 * Errors as plain memory. Formatting never allocates, so an error can be made when nothing else
 * works. Texts are bounded: what does not fit is cut at a character boundary.
 */
#include "base/err.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Cuts the text back to whole UTF-8 characters after vsnprintf filled the buffer to its end. */
static void err_trim(struct err *err)
{
	size_t length = strlen(err->text);

	if (length < sizeof(err->text) - 1)
		return;
	while (length > 0 && ((unsigned char)err->text[length - 1] & 0xC0) == 0x80)
		length--;
	if (length > 0 && ((unsigned char)err->text[length - 1] & 0x80))
		length--;
	err->text[length] = '\0';
}

static void err_append(struct err *err, const char *text)
{
	size_t length = strlen(err->text);

	snprintf(err->text + length, sizeof(err->text) - length, "%s", text);
	err_trim(err);
}

int err_set(struct err *err, int code, const char *format, ...)
{
	va_list args;

	err->code = code ? code : EINVAL;
	va_start(args, format);
	vsnprintf(err->text, sizeof(err->text), format, args);
	va_end(args);
	err_trim(err);
	return -1;
}

int err_errno(struct err *err, const char *format, ...)
{
	int code = errno;
	va_list args;

	va_start(args, format);
	vsnprintf(err->text, sizeof(err->text), format, args);
	va_end(args);
	err->code = code ? code : EIO;
	err_append(err, ": ");
	err_append(err, strerror(err->code));
	return -1;
}

int err_where(struct err *err, const char *format, ...)
{
	char old[sizeof(err->text)];
	va_list args;

	memcpy(old, err->text, sizeof(old));
	va_start(args, format);
	vsnprintf(err->text, sizeof(err->text), format, args);
	va_end(args);
	err_append(err, ": ");
	err_append(err, old);
	return -1;
}

int err_hint(struct err *err, const char *format, ...)
{
	char hint[512];
	va_list args;

	va_start(args, format);
	vsnprintf(hint, sizeof(hint), format, args);
	va_end(args);
	err_append(err, "\nhint: ");
	err_append(err, hint);
	return -1;
}
