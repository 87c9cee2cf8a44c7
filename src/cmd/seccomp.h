#pragma once
/* The parts of nucleus seccomp, and what they share. */
#include "cmd/command.h"
#include "trace/set.h"

int seccomp_trace(struct call *call, struct err *err);
/* Also what `generate --verify` does with the profile it has written. */
int seccomp_verify(struct call *call, const char *profile, struct err *err);

/* A file that is replaced as a whole, or what is no file, like a pipe, written to; NULL: standard
 * output. 0 or -1. */
int seccomp_write(const char *path, const char *text, struct arena *arena, struct err *err);

/* "socket (family 0x10): 3 times, ...", as a warning. */
void seccomp_tell(const struct seen *seen, const char *what, const char *why, struct arena *arena);
