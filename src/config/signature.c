/*
 * Signatures of closures. A list decides nothing here: whatever it says of who signed it counts
 * only if a key that the config trusts, by its name and its bytes, has made that very signature
 * over that very path. A signature that is malformed, of an unknown key or of something else is as
 * good as none. Content-addressed paths need signatures as all others do.
 * Source: Nix's ValidPathInfo::fingerprint and the manual of nix-store --generate-binary-cache-key.
 */
#include "config/signature.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/base64.h"
#include "config/store-path.h"

const char *signer_read(const char *text, size_t size, struct signer *signer)
{
	size_t length = strcspn(text, ":");

	for (size_t i = 0; i < length; i++)
		if ((unsigned char)text[i] <= ' ' || text[i] == '\x7f')
			return "has a space or control character in its name";
	if (!length || !text[length])
		return "is not name:base64";
	if (!base64_read(text + length + 1, signer->bytes, size))
		return strlen(text + length + 1) == BASE64_LENGTH(size)
			? "is not valid base64 after its name"
			: "has not the length it should have after its name";
	signer->name = text;
	signer->name_length = length;
	return NULL;
}

static bool name_same(const struct signer *one, const struct signer *other)
{
	return one->name_length == other->name_length &&
		!memcmp(one->name, other->name, one->name_length);
}

static int key_add(struct trusted_keys *keys, const char *text, struct err *err)
{
	struct signer *key = &keys->items[keys->count];
	size_t name = strcspn(text, ":");
	const char *fault = signer_read(text, ED25519_KEY_SIZE, key);

	if (fault && text[name] && strlen(text + name + 1) == BASE64_LENGTH(ED25519_SIGNATURE_SIZE))
		fault = "is as long as a secret key, which must not stand here; name the public one";
	if (fault)
		return err_set(err, EINVAL, "the key \"%.*s\" %s", (int)(name < 80 ? name : 80),
			text, fault);
	for (size_t i = 0; i < keys->count; i++)
		if (name_same(&keys->items[i], key) ||
			!memcmp(keys->items[i].bytes, key->bytes, ED25519_KEY_SIZE))
			return err_set(err, EINVAL,
				"the key \"%.*s\" is there already, by name or by value",
				(int)key->name_length, key->name);
	keys->count++;
	return 0;
}

int trusted_keys_read(const struct strings *texts, struct maybe_int needed,
	struct trusted_keys *keys, struct err *err)
{
	*keys = (struct trusted_keys){ .needed = needed.set ? (size_t)needed.value : 1 };
	if (texts->count > TRUSTED_KEYS_MOST)
		return err_set(err, EINVAL, "more than %d keys", TRUSTED_KEYS_MOST);
	for (size_t i = 0; i < texts->count; i++)
		if (key_add(keys, texts->items[i], err) < 0)
			return -1;
	if ((texts->set || needed.set) && !texts->count)
		return err_set(err, EINVAL, "there is no key that could have signed");
	if (texts->count && (keys->needed < 1 || keys->needed > keys->count))
		return err_set(err, EINVAL,
			"%" PRId64 " is not from 1 to the number of trusted keys, %zu",
			needed.value, keys->count);
	return 0;
}

const char *path_fingerprint(const struct store_path *path, struct arena *arena)
{
	char hash[NIX32_TEXT_SIZE];
	size_t length = 1;
	char *text, *end;

	store_hash_write(path->nar_sha256, hash);
	for (size_t i = 0; i < path->references.count; i++)
		length += strlen(path->references.items[i]) + 1;
	text = arena_printf(arena, "1;%s;sha256:%s;%" PRIu64 ";%*s", path->path, hash,
		path->nar_size, (int)length, "");
	end = text + strlen(text) - length;
	for (size_t i = 0; i < path->references.count; i++)
		end += sprintf(end, "%s%s", i ? "," : "", path->references.items[i]);
	*end = '\0';
	return text;
}

const char *closure_fingerprint(const char *sha256, struct arena *arena)
{
	return arena_printf(arena, "nucleus-closure-1;sha256:%s", sha256);
}

/* Which of the keys (bit i for the key i) have a valid signature over text among these. */
static uint64_t signed_by(
	const struct trusted_keys *keys, const struct strings *signatures, const char *text)
{
	struct signer signature;
	uint64_t found = 0;

	for (size_t i = 0; i < signatures->count; i++) {
		if (signer_read(signatures->items[i], ED25519_SIGNATURE_SIZE, &signature))
			continue;
		for (size_t k = 0; k < keys->count; k++)
			if (!(found >> k & 1) && name_same(&keys->items[k], &signature) &&
				ed25519_verify(
					keys->items[k].bytes, signature.bytes, text, strlen(text)))
				found |= UINT64_C(1) << k;
	}
	return found;
}

/* True if a signature is by the name of a trusted key, whether or not it is valid. */
static bool named_any(const struct trusted_keys *keys, const struct strings *signatures)
{
	struct signer signature;

	for (size_t i = 0; i < signatures->count; i++)
		for (size_t k = 0; k < keys->count; k++)
			if (!signer_read(
				    signatures->items[i], ED25519_SIGNATURE_SIZE, &signature) &&
				name_same(&keys->items[k], &signature))
				return true;
	return false;
}

static int too_few(const struct trusted_keys *keys, const struct config_closure *closure,
	const struct store_path *path, size_t count, struct err *err)
{
	err_set(err, EKEYREJECTED, "%s: signed by %zu trusted key%s, but must be by %zu",
		path->path, count, count == 1 ? "" : "s", keys->needed);
	return err_hint(err, "%s",
		named_any(keys, &path->signatures) || named_any(keys, &closure->closure.signatures)
			? "there is a signature by that name: it was made by another key, or over "
			  "something else"
			: "`nucleus closure sign` signs a closure, `nix store sign` a path");
}

int signatures_check(const struct config_closure *closure, struct err *err)
{
	struct trusted_keys keys;
	uint64_t whole;

	if (!closure->trusted_keys.set && !closure->signatures_needed.set)
		return 0;
	if (trusted_keys_read(&closure->trusted_keys, closure->signatures_needed, &keys, err) < 0)
		return err_where(err, "trusted keys");
	autoarena arena = { 0 };
	whole = signed_by(
		&keys, &closure->closure.signatures, closure_fingerprint(closure->sha256, &arena));
	for (size_t i = 0; i < closure->closure.paths_count; i++) {
		const struct store_path *path = &closure->closure.paths[i];
		uint64_t signers = whole;

		if ((size_t)__builtin_popcountll(signers) < keys.needed) {
			autoarena room = { 0 };

			signers |= signed_by(
				&keys, &path->signatures, path_fingerprint(path, &room));
		}
		if ((size_t)__builtin_popcountll(signers) < keys.needed)
			return too_few(
				&keys, closure, path, (size_t)__builtin_popcountll(signers), err);
	}
	return 0;
}
