#pragma once
/*
 * Compiled filters kept in <state root>/.cache/seccomp, one file per profile, named by the digest
 * of all that made the program. What others could have written is never used.
 */
#include "nucleus/config.h"
#include "nucleus/run.h"

struct arena;

/* SHA-256 over every member of profile; absent and empty lists differ. */
void profile_digest(const struct config_seccomp *profile, unsigned char sum[static SHA256_SIZE]);

/* The cache's key: the digests of count profiles, library (its name and version), this program's
 * version. */
void cache_key(const struct config_seccomp *const *profiles, size_t count, const char *library,
	unsigned char key[static SHA256_SIZE]);

/* Fills filter (program in arena) and returns true if the cache holds key and can be trusted. */
bool cache_read(const char *state_root, const unsigned char key[static SHA256_SIZE],
	struct arena *arena, struct filter *filter);

/* Stores filter under key; where that is impossible nothing is stored, which is no error. */
void cache_write(const char *state_root, const unsigned char key[static SHA256_SIZE],
	const struct filter *filter, struct arena *arena);
