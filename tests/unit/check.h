#pragma once
/*
 * The smallest unit test frame: CHECK says file and line of what did not hold and goes on; main
 * returns check_result(), which prints "NAME: N passed, N failed".
 */
#include <stdio.h>
#include <string.h>

static int check_passed, check_failed;

#define CHECK(condition)                                                                    \
	((condition) ? (void)check_passed++                                                 \
		     : (void)(check_failed++,                                               \
			       fprintf(stderr, "%s:%d: not true: %s\n", __FILE__, __LINE__, \
				       #condition)))

#define CHECK_TEXT(got, wanted)                                                                    \
	do {                                                                                       \
		const char *got_ = (got), *wanted_ = (wanted);                                     \
		if (got_ && !strcmp(got_, wanted_)) {                                              \
			check_passed++;                                                            \
		} else {                                                                           \
			check_failed++;                                                            \
			fprintf(stderr, "%s:%d: %s\n   got: %s\nwanted: %s\n", __FILE__, __LINE__, \
				#got, got_ ? got_ : "(null)", wanted_);                            \
		}                                                                                  \
	} while (0)

static inline int check_result(const char *name)
{
	printf("%s: %d passed, %d failed\n", name, check_passed, check_failed);
	return check_failed != 0;
}
