/*
 * nucleus closure sign and verify: signatures of a closure as a whole and, in Nix's own form, of
 * its paths. A secret key is read into memory of this one call, which is wiped however the call
 * ends; it is never printed, not even the part of it that a mistake would show.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/base64.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/lists.h"
#include "cmd/closure.h"
#include "cmd/commands.h"
#include "config/signature.h"
#include "format/json.h"

enum { KEY_FILE_MOST = 1024, PUBLIC_FILE_MOST = 64 << 10 };

/* A secret key: signer.bytes is its seed and then its public key, text what that was read from. */
struct secret {
	char text[KEY_FILE_MOST + 1];
	struct signer signer;
};

static void secret_wipe(struct secret *secret)
{
	explicit_bzero(secret, sizeof(*secret));
}

/* Nobody else may have read what is only ours; root may read everything anyway. */
static int secret_file_check(const char *file, int fd, struct err *err)
{
	struct stat status;

	if (fstat(fd, &status) < 0)
		return err_errno(err, "the key %s", file);
	if (!S_ISREG(status.st_mode))
		return err_set(err, EINVAL, "the key %s: not a regular file", file);
	if (status.st_uid != geteuid() && status.st_uid != 0)
		return err_set(err, EPERM, "the key %s: belongs to somebody else, uid %u", file,
			status.st_uid);
	if (status.st_mode & 077) {
		err_set(err, EPERM,
			"the key %s: others than its owner may use it (mode %04o), so it is no secret",
			file, status.st_mode & 07777);
		return err_hint(err, "chmod 600 it, if nobody has read it yet");
	}
	return 0;
}

static int secret_parse(const char *file, struct secret *secret, struct err *err)
{
	unsigned char key[ED25519_KEY_SIZE];
	const char *fault;

	secret->text[strcspn(secret->text, "\n")] = '\0';
	fault = signer_read(secret->text, 2 * ED25519_KEY_SIZE, &secret->signer);
	if (fault) {
		err_set(err, EINVAL, "the key %s: it %s", file, fault);
		return err_hint(
			err, "a secret key is what `nix-store --generate-binary-cache-key` writes");
	}
	if (!ed25519_public(secret->signer.bytes, key))
		return err_set(err, EIO, "the key %s: it is no Ed25519 key", file);
	if (memcmp(key, secret->signer.bytes + ED25519_KEY_SIZE, sizeof(key)) != 0)
		return err_set(err, EINVAL,
			"the key %s: the public key in it does not belong to the secret one", file);
	return 0;
}

static int secret_read(const char *file, struct secret *secret, struct err *err)
{
	autoclose fd = open(file, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	ssize_t length;

	if (fd < 0)
		return err_errno(err, "the key %s: open", file);
	if (secret_file_check(file, fd, err) < 0)
		return -1;
	length = read(fd, secret->text, sizeof(secret->text));
	if (length < 0)
		return err_errno(err, "the key %s: read", file);
	if ((size_t)length == sizeof(secret->text))
		return err_set(err, EFBIG, "the key %s: too long for a key", file);
	secret->text[length] = '\0';
	/* One newline at the end is an editor's; anything else after the key is a mistake. */
	if (strlen(secret->text) != (size_t)length ||
		(strchr(secret->text, '\n') && strchr(secret->text, '\n')[1]))
		return err_set(err, EINVAL, "the key %s: has more in it than one key", file);
	return secret_parse(file, secret, err);
}

/* Puts the secret's signature over text in the place of those by its name. */
static int sign_one(const struct secret *secret, const char *text, struct strings *signatures,
	struct arena *arena, struct err *err)
{
	int name = (int)secret->signer.name_length;
	const char *prefix = arena_printf(arena, "%.*s:", name, secret->signer.name);
	char base64[BASE64_LENGTH(ED25519_SIGNATURE_SIZE) + 1];
	unsigned char signature[ED25519_SIGNATURE_SIZE];

	if (!ed25519_sign(secret->signer.bytes, text, strlen(text), signature))
		return err_set(err, EIO, "signing failed");
	base64_write(signature, sizeof(signature), base64);
	*signatures = strings_without(signatures, prefix, arena);
	strings_add(signatures, arena, arena_printf(arena, "%s%s", prefix, base64));
	return 0;
}

static int sign_all(const struct secret *secret, bool paths, struct config_closure *closure,
	struct arena *arena, struct err *err)
{
	struct closure *list = &closure->closure;

	if (!paths)
		return sign_one(secret, closure_fingerprint(closure->sha256, arena),
			&list->signatures, arena, err);
	for (size_t i = 0; i < list->paths_count; i++)
		if (sign_one(secret, path_fingerprint(&list->paths[i], arena),
			    &list->paths[i].signatures, arena, err) < 0)
			return -1;
	return 0;
}

static int signatures_put(
	struct call *call, const struct config_closure *closure, const char **file, struct err *err)
{
	const char *text = signatures_write(closure, call->arena), *slash;

	*file = call_option(call, "output");
	if (!*file)
		*file = signatures_file(AT_FDCWD, closure->registration, call->arena);
	slash = strrchr(*file, '/');
	autoclose dir = open(
		slash ? arena_copy(call->arena, *file, (size_t)(slash - *file) + 1) : ".",
		O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return err_errno(err, "the directory of %s", *file);
	if (file_replace(dir, slash ? slash + 1 : *file, text, strlen(text), err) == 0 &&
		fchmodat(dir, slash ? slash + 1 : *file, 0644, AT_SYMLINK_NOFOLLOW) == 0)
		return 0;
	return err_hint(err, "--output FILE writes the signatures elsewhere");
}

int closure_sign(struct call *call, struct err *err)
{
	const char *key = call_option(call, "key"), *file;
	__attribute__((cleanup(secret_wipe))) struct secret secret = { 0 };
	struct config_closure closure;

	if (!key)
		return call_error(call, err, "--key FILE names the secret key to sign with");
	if (closure_named(call, &closure, err) < 0 || secret_read(key, &secret, err) < 0 ||
		sign_all(&secret, call_option(call, "paths"), &closure, call->arena, err) < 0 ||
		signatures_put(call, &closure, &file, err) < 0)
		return -1;
	printf("signed: %s by %.*s, in %s\n",
		call_option(call, "paths") ? "each path" : closure.sha256,
		(int)secret.signer.name_length, secret.signer.name, file);
	return 0;
}

/* A public key as text, or a file with one a line. */
static int key_add(struct call *call, const char *given, struct strings *keys, struct err *err)
{
	struct signer signer;
	struct bytes bytes;
	char *next, *line;

	if (!signer_read(given, ED25519_KEY_SIZE, &signer)) {
		strings_add(keys, call->arena, given);
		return 0;
	}
	if (file_read(AT_FDCWD, given, NULL, PUBLIC_FILE_MOST, call->arena, &bytes, err) < 0)
		return err_hint(err, "--key takes name:base64, a public key, or a file of them");
	next = bytes.text;
	while ((line = strsep(&next, "\n")) && (next || *line)) {
		if (signer_read(line, ED25519_KEY_SIZE, &signer))
			return err_set(err, EINVAL, "%s: the key in it %s", given,
				signer_read(line, ED25519_KEY_SIZE, &signer));
		strings_add(keys, call->arena, line);
	}
	return 0;
}

static int needed_read(struct call *call, struct maybe_int *needed, struct err *err)
{
	const char *text = call_option(call, "needed");
	char *end;

	if (!text)
		return 0;
	needed->set = true;
	needed->value = strtol(text, &end, 10);
	return *text && !*end ? 0 : call_error(call, err, "--needed %s: a number expected", text);
}

int closure_verify_signed(struct call *call, struct err *err)
{
	struct strings given = call_options(call, "key");
	struct config_closure closure;
	struct node *table;

	if (!given.count)
		return call_error(call, err, "--key KEY names a public key that must have signed");
	if (closure_named(call, &closure, err) < 0 ||
		needed_read(call, &closure.signatures_needed, err) < 0)
		return -1;
	for (size_t i = 0; i < given.count; i++)
		if (key_add(call, given.items[i], &closure.trusted_keys, err) < 0)
			return -1;
	closure.trusted_keys.set = true;
	if (signatures_check(&closure, err) < 0)
		return -1;
	if (!call_option(call, "json")) {
		printf("signed: %zu paths\nclosure: sha256:%s\n", closure.closure.paths_count,
			closure.sha256);
		return 0;
	}
	table = node_new(call->arena, NODE_TABLE);
	node_put(call->arena, table, "signed", node_bool(call->arena, true));
	node_put_integer(call->arena, table, "paths", (int64_t)closure.closure.paths_count);
	node_put_string(call->arena, table, "closureSha256", closure.sha256);
	puts(json_write(call->arena, table, true));
	return 0;
}
