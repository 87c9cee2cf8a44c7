#pragma once
/*
 * One error, owned by the caller, passed last, sent between processes as it lies in memory: it
 * holds no pointer. The callee says what it was doing to which object, the caller adds where.
 */
#include <assert.h>
#include <stdarg.h>

struct err {
	/* An errno value, or EINVAL for a fault in the user's input; 0 means no error. */
	int code;
	char text[1020];
};

static_assert(sizeof(struct err) == 1024, "one error is one baton message");

/* Sets code and a formatted text (cut at the buffer's end, never split inside UTF-8); returns -1.
 */
int err_set(struct err *err, int code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Sets code = errno and appends ": strerror(errno)" to the formatted text; returns -1. */
int err_errno(struct err *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Puts "where: " in front of the text that is there; code stays; returns -1. */
int err_where(struct err *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Appends a line "hint: ..." to the text; printed apart by cmd/; returns -1. */
int err_hint(struct err *err, const char *format, ...) __attribute__((format(printf, 2, 3)));
