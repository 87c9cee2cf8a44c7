#pragma once
/*
 * The record of a full verification: what was seen of each store path when its contents were
 * hashed. It says nothing by itself; a closure is as it was if what is seen of each path is still
 * the same.
 */
#include <stdbool.h>
#include <stddef.h>

#include "attest/verify.h"
#include "base/digest.h"

/* Bytes of a record of so many paths. */
size_t record_size(size_t paths);

/* Makes the record of the closure with that digest in bytes, record_size() of them. */
void record_make(const struct verify_job *jobs, size_t count,
	const unsigned char closure[static SHA256_SIZE],
	const unsigned char key[static MAC_KEY_SIZE], unsigned char *bytes);

/*
 * NULL if bytes are the record that somebody with this key made of that closure; else what is wrong
 * with them, for "the record FILE ...".
 */
const char *record_fault(const unsigned char *bytes, size_t length,
	const unsigned char closure[static SHA256_SIZE], size_t count,
	const unsigned char key[static MAC_KEY_SIZE]);

/* The first path of which something else was seen than a record without fault says, or NULL. */
const struct store_path *record_difference(
	const unsigned char *bytes, const struct verify_job *jobs, size_t count);
