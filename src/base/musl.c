/*
 * What musl 1.2.3 lacks, as functions: one that is used here, and those that Debian's libseccomp.a
 * and libcrypto.a name, because they were compiled for glibc. What these need them for, printing
 * filters and keys and asynchronous engines, is nothing that is done here.
 */
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <string.h>
#include <sys/select.h>
#include <ucontext.h>

int __fprintf_chk(FILE *out, int flag, const char *format, ...);
int __vfprintf_chk(FILE *out, int flag, const char *format, va_list args);
void *__memcpy_chk(void *to, const void *from, size_t length, size_t room);
void *__memset_chk(void *to, int byte, size_t length, size_t room);
long __fdelt_chk(long fd);

int __vfprintf_chk(FILE *out, int flag, const char *format, va_list args)
{
	(void)flag;
	return vfprintf(out, format, args);
}

void *__memcpy_chk(void *to, const void *from, size_t length, size_t room)
{
	if (length > room)
		__builtin_trap();
	return memcpy(to, from, length);
}

void *__memset_chk(void *to, int byte, size_t length, size_t room)
{
	if (length > room)
		__builtin_trap();
	return memset(to, byte, length);
}

long __fdelt_chk(long fd)
{
	if (fd < 0 || fd >= FD_SETSIZE)
		__builtin_trap();
	return fd / (8 * (long)sizeof(long));
}

int getcontext(ucontext_t *context)
{
	(void)context;
	errno = ENOSYS;
	return -1;
}

int setcontext(const ucontext_t *context)
{
	(void)context;
	errno = ENOSYS;
	return -1;
}

void makecontext(ucontext_t *context, void (*start)(void), int count, ...)
{
	(void)context;
	(void)start;
	(void)count;
	__builtin_trap();
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
