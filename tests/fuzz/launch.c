/* A launch request of any bytes, in either format: no crash, no leak, and every fault names the
 * file. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "format/json.h"
#include "format/toml.h"
#include "policy/policy.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	const char *text = (const char *)bytes, *name;
	autoarena arena = { 0 };
	struct err err = { 0 };
	struct launch launch = { "file", text, length, NULL };

	launch.document = length && *text == '{' ? json_read(&arena, text, length, &err)
						 : toml_read(&arena, text, length, &err);
	if (!launch.document || policy_read_request(&launch, &name, &arena, &err))
		return 0;
	if (!err.code || strncmp(err.text, "file:", 5) != 0)
		abort();
	return 0;
}
