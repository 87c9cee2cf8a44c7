/*
 * libFuzzer harness for keys and files of signatures: what is taken must be the same when it is
 * written and read again, and bytes that nobody has signed must never count as signed.
 */
#include <stdlib.h>
#include <string.h>

#include "base/lists.h"
#include "config/closure-manifest.h"
#include "config/registration.h"
#include "config/signature.h"

#define PATH "/s/00000000000000000000000000000000-a"
#define HASH "0000000000000000000000000000000000000000000000000000000000000000"
#define DIGEST "f3f8fb8ed5dc1f75f36f57b47e4cb9b6a9c8b77c8e4a2f1a3a9f1f4b6c0c5d21"

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t length);

static void closure_make(struct config_closure *closure, struct arena *arena)
{
	static const char list[] = PATH "\n" HASH "\n1\n\n0\n";
	static const char *keys[] = { "a:6NCHdD59X431o0gWypbMrAURkbJ16ZPMQFGspcDShjY=" };
	struct err err = { 0 };

	*closure = (struct config_closure){ .trusted_keys = { true, 1, keys } };
	closure->closure.store_dir = "/s";
	if (registration_read(list, sizeof(list) - 1, "f", &closure->closure, arena, &err) < 0)
		abort();
	/* Any will do, and one that seeds can name. */
	closure->sha256 = DIGEST;
}

static void keys_read(const char *text, struct arena *arena)
{
	struct strings list = { 0 };
	struct trusted_keys keys;
	struct err err = { 0 };
	char *copy = arena_strdup(arena, text), *word;

	while ((word = strsep(&copy, " \n")))
		strings_add(&list, arena, word);
	if (trusted_keys_read(&list, (struct maybe_int){ 0 }, &keys, &err) == 0 &&
		(keys.count != list.count || keys.needed != 1))
		abort();
}

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t length)
{
	autoarena arena = { 0 };
	struct config_closure closure, again;
	struct err err = { 0 };
	const char *written;

	keys_read(arena_copy(&arena, (const char *)bytes, length), &arena);
	closure_make(&closure, &arena);
	if (signatures_read((const char *)bytes, length, "f", &closure, &arena, &err) < 0)
		return err.code ? 0 : (abort(), 0);
	if (signatures_check(&closure, &err) == 0)
		abort();
	written = signatures_write(&closure, &arena);
	closure_make(&again, &arena);
	if (signatures_read(written, strlen(written), "f", &again, &arena, &err) < 0 ||
		strcmp(written, signatures_write(&again, &arena)) != 0)
		abort();
	return 0;
}
