/*
 * libFuzzer harness for the record reader: what it takes must be exactly what record_make() makes
 * of the sums in it, and nothing that has not the key's MAC. The MAC is put right in half of the
 * inputs, or nothing behind it would ever be reached.
 */
#include <stdlib.h>
#include <string.h>

#include "attest/record.h"

enum { PATHS_MOST = 64 };

int LLVMFuzzerTestOneInput(const unsigned char *text, size_t length);

static const unsigned char key[MAC_KEY_SIZE] = "a key", closure[SHA256_SIZE] = "a closure";

static void check_taken(const unsigned char *bytes, size_t length, size_t count)
{
	static const struct store_path path;
	unsigned char again[8192];
	struct verify_job jobs[PATHS_MOST] = { 0 };

	if (length != record_size(count) || length > sizeof(again))
		abort();
	for (size_t i = 0; i < count; i++)
		memcpy(jobs[i].seen, bytes + length - (count + 1 - i) * SHA256_SIZE, SHA256_SIZE);
	record_make(jobs, count, closure, key, again);
	if (memcmp(bytes, again, length) != 0 || record_difference(bytes, jobs, count))
		abort();
	if (!count)
		return;
	jobs[count - 1].seen[0] ^= 1;
	jobs[count - 1].path = &path;
	if (record_difference(bytes, jobs, count) != &path)
		abort();
}

int LLVMFuzzerTestOneInput(const unsigned char *text, size_t length)
{
	size_t count = length < 2 ? 0 : text[0] % PATHS_MOST;
	bool forged = length >= 2 && text[1] & 1;
	unsigned char *bytes;

	length = length < 2 ? 0 : length - 2;
	/* Of the very size, so that a read beyond it is seen. */
	bytes = malloc(length ? length : 1);
	memcpy(bytes, text + 2, length);
	if (!forged && length >= SHA256_SIZE)
		digest_mac(key, bytes, length - SHA256_SIZE, bytes + length - SHA256_SIZE);
	if (!record_fault(bytes, length, closure, count, key)) {
		if (forged)
			abort();
		check_taken(bytes, length, count);
	}
	free(bytes);
	return 0;
}
