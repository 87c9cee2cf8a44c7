/*
 * config.json of any bytes: no crash, no leak, every fault has a text; what is taken is written in
 * a form that is taken again, and from then on written the same (the first writing may add what the
 * specification requires). The current directory is the bundle.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/fd.h"
#include "oci/spec.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

/* What spec_write makes of the bytes as a config.json; NULL if they are refused. */
static char *rewritten(const void *bytes, size_t length, struct arena *arena)
{
	struct config config = { 0 };
	struct err err = { 0 };
	autoclose file = open("config.json", O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
	autoclose bundle = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (file < 0 || bundle < 0 || fd_write_all(file, bytes, length) < 0)
		abort();
	if (spec_read(bundle, "bundle", &config, arena, &err) == 0)
		return spec_write(&config, arena);
	if (!err.code || !*err.text)
		abort();
	return NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	autoarena arena = { 0 };
	char *text = rewritten(bytes, length, &arena), *again, *third;

	if (!text)
		return 0;
	again = rewritten(text, strlen(text), &arena);
	if (!again)
		abort();
	third = rewritten(again, strlen(again), &arena);
	if (!third || strcmp(again, third))
		abort();
	return 0;
}
