/*
 * A record as bytes: what it is, the closure's digest, the number of paths, for each path in the
 * closure's order the digest of its metadata, and over all of that an HMAC. Everything has one size
 * and one place, so nothing in it is ever searched for or allocated by. The MAC is checked before
 * anything else is believed.
 */
#include "attest/record.h"

#include <string.h>

static const unsigned char magic[16] = "nucleus record 1";

enum { CLOSURE_AT = sizeof(magic), COUNT_AT = CLOSURE_AT + SHA256_SIZE, SUMS_AT = COUNT_AT + 8 };

size_t record_size(size_t paths)
{
	return SUMS_AT + (paths + 1) * SHA256_SIZE;
}

/* What stands before the sums. */
static void head_make(const unsigned char *closure, size_t count, unsigned char *bytes)
{
	uint64_t number = count;

	memcpy(bytes, magic, sizeof(magic));
	memcpy(bytes + CLOSURE_AT, closure, SHA256_SIZE);
	for (int i = 0; i < 8; i++)
		bytes[COUNT_AT + i] = (unsigned char)(number >> 8 * i);
}

void record_make(const struct verify_job *jobs, size_t count,
	const unsigned char closure[static SHA256_SIZE],
	const unsigned char key[static MAC_KEY_SIZE], unsigned char *bytes)
{
	size_t signed_size = record_size(count) - SHA256_SIZE;

	head_make(closure, count, bytes);
	for (size_t i = 0; i < count; i++)
		memcpy(bytes + SUMS_AT + i * SHA256_SIZE, jobs[i].seen, SHA256_SIZE);
	digest_mac(key, bytes, signed_size, bytes + signed_size);
}

const char *record_fault(const unsigned char *bytes, size_t length,
	const unsigned char closure[static SHA256_SIZE], size_t count,
	const unsigned char key[static MAC_KEY_SIZE])
{
	unsigned char mac[SHA256_SIZE], head[SUMS_AT];

	if (length < record_size(0))
		return "is too short to be one";
	digest_mac(key, bytes, length - SHA256_SIZE, mac);
	if (!digest_equal(mac, bytes + length - SHA256_SIZE))
		return "was not made with this machine's key, or is damaged";
	head_make(closure, count, head);
	if (memcmp(bytes, head, sizeof(head)) != 0 || length != record_size(count))
		return "is that of another closure or of another version";
	return NULL;
}

const struct store_path *record_difference(
	const unsigned char *bytes, const struct verify_job *jobs, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!digest_equal(bytes + SUMS_AT + i * SHA256_SIZE, jobs[i].seen))
			return jobs[i].path;
	return NULL;
}
