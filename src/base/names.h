#pragma once
/* Tables of names the kernel and people use for the same numbers: capabilities, signals, rlimits.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The number of a capability named with or without "CAP_", in any case; -1 if unknown. */
int capability_number(const char *name);
/* "CAP_CHOWN" ...; NULL beyond the last. */
const char *capability_name(int number);
enum { CAPABILITIES = 41 };

/* The number of a signal by name (with or without "SIG", any case), or decimal text; -1 if neither.
 */
int signal_number(const char *text);

/* The number of an error by the kernel's name ("EPERM"); 0 if unknown. */
int errno_number(const char *name);

/* RLIMIT_* by OCI's name ("RLIMIT_NOFILE"); -1 if unknown. */
int rlimit_number(const char *name);

/* "512M": digits and at most one of K, M, G, T, in bytes; false if it is anything else. */
bool size_number(const char *text, uint64_t *size);

/* "1m30s", "500ms": parts in h, m, s, ms, us or ns, in nanoseconds; false if it is anything else,
 * or more than 2^62 of them. */
bool duration_number(const char *text, uint64_t *nanoseconds);

/*
 * What was probably meant by word: the nearest of the names, or NULL if none is near. They stand at
 * the beginning of structs (or alone) that are stride bytes apart; the last is NULL.
 */
const char *name_nearest(const char *word, const void *names, size_t stride);
