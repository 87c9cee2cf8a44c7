/*
 * What musl 1.2.3 lacks, as functions: one that is used here, and one that Debian's libseccomp.a
 * calls in what prints filters, because it was compiled for glibc.
 */
#include <limits.h>
#include <stdarg.h>

int __fprintf_chk(FILE *out, int flag, const char *format, ...);

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
