/*
 * What musl 1.2.3 lacks, as functions: one that is used here, and those that Debian's libraries
 * call because they were compiled for glibc: libseccomp.a in what prints filters, libsodium.a.
 */
#include <limits.h>
#include <stdarg.h>
#include <string.h>

int __fprintf_chk(FILE *out, int flag, const char *format, ...);
void __explicit_bzero_chk(void *bytes, size_t length, size_t room);

void __explicit_bzero_chk(void *bytes, size_t length, size_t room)
{
	if (length > room)
		__builtin_trap();
	explicit_bzero(bytes, length);
}

int __fprintf_chk(FILE *out, int flag, const char *format, ...)
{
	va_list args;
	int length;

	(void)flag;
	va_start(args, format);
	length = vfprintf(out, format, args);
	va_end(args);
	return length;
}

int scandirat(int dir, const char *path, struct dirent ***list,
	int (*filter)(const struct dirent *),
	int (*compare)(const struct dirent **, const struct dirent **))
{
	char through[PATH_MAX];

	snprintf(through, sizeof(through), "/proc/self/fd/%d/%s", dir, path);
	return scandir(through, list, filter, compare);
}
