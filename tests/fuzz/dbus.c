/* Any bytes a bus might send: no crash, and no text or body that is not within them. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/dbus-message.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static void within(const char *text, const char *begin, size_t length)
{
	if (*text && (text < begin || text + strlen(text) >= begin + length))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	/* A copy of its own, for its exact bounds. */
	char *copy = malloc(length ? length : 1);
	struct dbus_message message;
	uint64_t number;

	memcpy(copy, bytes, length);
	if (length >= DBUS_FIRST && dbus_message_read(copy, length, &message)) {
		within(message.member, copy, length);
		within(message.interface, copy, length);
		within(message.error_name, copy, length);
		within(message.signature, copy, length);
		while (dbus_read_text(&message, *message.signature) ||
			dbus_read_number(&message, *message.signature, &number))
			if (message.at > message.length)
				abort();
	}
	free(copy);
	return 0;
}
