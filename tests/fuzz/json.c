/* Whatever bytes come: no crash, no leak, and what was read is written and read back the same. */
#include "format/json.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	autoarena arena = { 0 };
	struct err err = { 0 };
	struct node *node = json_read(&arena, (const char *)bytes, length, &err), *again;
	char *text, *text_again;

	if (!node && !err.code)
		abort();
	if (!node)
		return 0;
	text = json_write(&arena, node, false);
	again = json_read(&arena, text, strlen(text), &err);
	if (!again)
		abort();
	text_again = json_write(&arena, again, false);
	if (strcmp(text, text_again))
		abort();
	return 0;
}
