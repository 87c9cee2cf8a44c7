/* The policy reader on any bytes: no crash, no leak, and every fault names a file. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "policy/policy.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	autoarena arena = { 0 };
	struct err err = { 0 };
	struct policy *policy = policy_read_text((const char *)bytes, length, "file", &arena, &err);

	if (!policy && (!err.code || !strchr(err.text, ':')))
		abort();
	return 0;
}
