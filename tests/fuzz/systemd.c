/* Any text as the value of a unit property: it is refused, or what was written can be read. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "kernel/systemd.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static void try(const char *name, const char *text)
{
	static _Alignas(8) char room[1024];
	struct dbus_writer writer = { .bytes = room, .room = sizeof(room) };
	struct dbus_message message = { .body = room, .signature = "sg" };
	struct err err = { 0 };
	const char *type;
	uint64_t number;

	if (systemd_property(name, text, &writer, &err) < 0) {
		if (!err.code || !*err.text)
			abort();
		return;
	}
	if (writer.over)
		return;
	message.length = writer.length;
	if (!dbus_read_text(&message, 's'))
		abort();
	type = dbus_read_text(&message, 'g');
	if (!type || !strchr("sabynqiuxt", *type))
		abort();
	if (*type == 'a')
		return;
	message.signature = type;
	if (!dbus_read_text(&message, *type) && !dbus_read_number(&message, *type, &number))
		abort();
	if (message.at != message.length)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	char *text = malloc(length + 1);

	memcpy(text, bytes, length);
	text[length] = '\0';
	try("TasksMax", text);
	try("TimeoutStopSec", text);
	try(text, "true");
	free(text);
	return 0;
}
