/*
 * Keys, signatures and what they are made over: the vectors of RFC 8032, fingerprints and
 * signatures that a public binary cache has published, base64, and the file of signatures line by
 * line.
 */
#include <stdio.h>
#include <string.h>

#include "base/base64.h"
#include "base/lists.h"
#include "check.h"
#include "config/closure-manifest.h"
#include "config/registration.h"
#include "config/signature.h"

#define HELLO "/nix/store/w9yy7v61ipb5rx6i35zq1mvc2iqfmps1-hello-2.10"
#define GLIBC "/nix/store/9df65igwjmf2wbw0gbrrgair6piqjgmi-glibc-2.31"
#define HELLO_HASH "sha256:1mi14cqk363wv368ffiiy01knardmnlyphi6h9xv6dkjz44hk30i"
#define HELLO_SIZE "205968"
#define HELLO_SIGNATURE                                                                        \
	"cache.nixos.org-1:uP5KU8MCmyRnKGlN5oEv6xWJBI5EO/Pf5aFztZuLSz8BpCcZ1fdBnJkVXhBAlxkdm/" \
	"CemsgQskhwvyd2yghTAg=="
#define CACHE_KEY "cache.nixos.org-1:6NCHdD59X431o0gWypbMrAURkbJ16ZPMQFGspcDShjY="

/* Who signs in these tests: the seeds 1 and 2, written out. */
struct owner {
	char public_text[128];
	unsigned char seed[ED25519_KEY_SIZE];
	const char *name;
};

static struct err err;

static void hex_read(const char *text, unsigned char *bytes)
{
	unsigned byte;

	for (; *text && sscanf(text, "%2x", &byte) == 1; text += 2)
		*bytes++ = (unsigned char)byte;
}

/* RFC 8032, section 7.1: tests 1, 2 and 3. */
static void test_ed25519(void)
{
	static const struct {
		const char *seed, *key, *signature;
		unsigned char bytes[2];
		size_t length;
	} vectors[] = {
		{ "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
			"d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
			"e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bac"
			"c61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
			{ 0 }, 0 },
		{ "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
			"3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
			"92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e"
			"458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
			{ 0x72 }, 1 },
		{ "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
			"fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
			"6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290"
			"ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
			{ 0xaf, 0x82 }, 2 },
	};

	for (size_t i = 0; i < sizeof(vectors) / sizeof(*vectors); i++) {
		unsigned char seed[ED25519_KEY_SIZE], key[ED25519_KEY_SIZE], made[ED25519_KEY_SIZE];
		unsigned char signature[ED25519_SIGNATURE_SIZE], own[ED25519_SIGNATURE_SIZE];

		hex_read(vectors[i].seed, seed);
		hex_read(vectors[i].key, key);
		hex_read(vectors[i].signature, signature);
		CHECK(ed25519_public(seed, made) && !memcmp(made, key, sizeof(key)));
		CHECK(ed25519_sign(seed, vectors[i].bytes, vectors[i].length, own));
		CHECK(!memcmp(own, signature, sizeof(own)));
		CHECK(ed25519_verify(key, signature, vectors[i].bytes, vectors[i].length));
		CHECK(!ed25519_verify(key, signature, "other", 5));
		for (size_t bit = 0; bit < 8 * sizeof(signature); bit += 37) {
			signature[bit / 8] ^= (unsigned char)(1 << bit % 8);
			CHECK(!ed25519_verify(key, signature, vectors[i].bytes, vectors[i].length));
			signature[bit / 8] ^= (unsigned char)(1 << bit % 8);
		}
		key[3] ^= 1;
		CHECK(!ed25519_verify(key, signature, vectors[i].bytes, vectors[i].length));
	}
}

/* RFC 4648, section 10, and what has no one meaning. */
static void test_base64(void)
{
	static const char *const texts[] = { "", "Zg==", "Zm8=", "Zm9v",
		"Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy" };
	static const char *const bad[] = { "Zg=", "Zg",
		"Zh==", "Zg===", "Zg= =", " Zg==", "Z===", "Zg==\n", "Zm9v", "Z-==", "Zg=A" };
	unsigned char bytes[6];
	char text[16];

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		base64_write((const unsigned char *)"foobar", i, text);
		CHECK_TEXT(text, texts[i]);
		CHECK(base64_read(text, bytes, i) && !memcmp(bytes, "foobar", i));
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		CHECK(!base64_read(bad[i], bytes, 1));
	CHECK(!base64_read("Zm9=", bytes, 2));
}

static void check_fault(const char *text, size_t size, const char *wanted)
{
	struct signer signer;
	const char *fault = signer_read(text, size, &signer);

	CHECK_TEXT(fault ? fault : "none", wanted);
}

static void test_keys(void)
{
	struct signer signer;

	check_fault(CACHE_KEY, ED25519_KEY_SIZE, "none");
	check_fault(HELLO_SIGNATURE, ED25519_SIGNATURE_SIZE, "none");
	CHECK(!signer_read(CACHE_KEY, ED25519_KEY_SIZE, &signer) && signer.name_length == 17);
	check_fault("", ED25519_KEY_SIZE, "is not name:base64");
	check_fault("name", ED25519_KEY_SIZE, "is not name:base64");
	check_fault(":6NCHdD59X431o0gWypbMrAURkbJ16ZPMQFGspcDShjY=", ED25519_KEY_SIZE,
		"is not name:base64");
	check_fault("a b:6NCHdD59X431o0gWypbMrAURkbJ16ZPMQFGspcDShjY=", ED25519_KEY_SIZE,
		"has a space or control character in its name");
	check_fault(CACHE_KEY " ", ED25519_KEY_SIZE,
		"has not the length it should have after its name");
	check_fault("a:6NCHdD59X431o0gWypbMrAURkbJ16ZPMQFGspcDShjY", ED25519_KEY_SIZE,
		"has not the length it should have after its name");
	check_fault("a:6NCHdD59X431o0gWypbMrAURkbJ16ZPMQFGspcDShjZ=", ED25519_KEY_SIZE,
		"is not valid base64 after its name");
	check_fault(HELLO_SIGNATURE, ED25519_KEY_SIZE,
		"has not the length it should have after its name");
}

static void check_trusted(
	const char *const *texts, size_t count, int64_t needed, const char *wanted)
{
	struct trusted_keys keys;
	struct strings list = { .set = true, .count = count, .items = (const char **)texts };
	struct maybe_int number = { .set = needed != -1, .value = needed };

	err = (struct err){ 0 };
	trusted_keys_read(&list, number, &keys, &err);
	CHECK_TEXT(err.text, wanted);
}

static void test_trusted(void)
{
	static const char *const keys[] = { CACHE_KEY,
		"other:Dj5iYPZ2s0cZfI1tWQJZCzWl0bLC3nbuY2y1X0uRhZw=",
		"cache.nixos.org-1:Dj5iYPZ2s0cZfI1tWQJZCzWl0bLC3nbuY2y1X0uRhZw=",
		"another:6NCHdD59X431o0gWypbMrAURkbJ16ZPMQFGspcDShjY=" };
	const char *const name_twice[] = { keys[0], keys[2] },
			  *const key_twice[] = { keys[0], keys[3] };
	static const char *const secret[] = {
		"s:nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2DXWpgBgrEKt9VL/tPJZAc6DuFy89qmIyWvAhpo9wdRGg=="
	};

	check_trusted(keys, 2, -1, "");
	check_trusted(keys, 2, 2, "");
	check_trusted(keys, 2, 0, "0 is not from 1 to the number of trusted keys, 2");
	check_trusted(keys, 2, 3, "3 is not from 1 to the number of trusted keys, 2");
	check_trusted(keys, 2, INT64_MIN,
		"-9223372036854775808 is not from 1 to the number of trusted keys, 2");
	check_trusted(keys, 0, -1, "there is no key that could have signed");
	check_trusted(keys, 0, 1, "there is no key that could have signed");
	check_trusted(name_twice, 2, -1,
		"the key \"cache.nixos.org-1\" is there already, by name or by value");
	check_trusted(
		key_twice, 2, -1, "the key \"another\" is there already, by name or by value");
	check_trusted(secret, 1, -1,
		"the key \"s\" is as long as a secret key, which must not stand here; name the public one");
}

/* What is not in a closure can't be a reference, so glibc is there too, with a hash of its own. */
static void hello_read(struct config_closure *closure, struct arena *arena)
{
	static const char text[] = HELLO "\n" HELLO_HASH "\n" HELLO_SIZE "\n\n2\n" HELLO "\n" GLIBC
					 "\n" GLIBC "\n" HELLO_HASH "\n1\n\n0\n";
	static const char *roots[] = { HELLO };

	*closure = (struct config_closure){ .roots = { true, 1, roots } };
	closure->closure.store_dir = "/nix/store";
	err = (struct err){ 0 };
	CHECK(registration_read(text, sizeof(text) - 1, "list", &closure->closure, arena, &err) ==
		0);
	CHECK(closure_identify(closure, NULL, arena));
}

static const struct store_path *found(const struct config_closure *closure, const char *path)
{
	return closure_find(&closure->closure, path);
}

/* A narinfo as the public cache has it: its fingerprint, and its signature by that cache's key. */
static void test_fingerprint(void)
{
	autoarena arena = { 0 };
	struct config_closure closure;
	const char *text;
	struct signer key, signature;

	hello_read(&closure, &arena);
	text = path_fingerprint(found(&closure, HELLO), &arena);
	CHECK_TEXT(text, "1;" HELLO ";" HELLO_HASH ";" HELLO_SIZE ";" GLIBC "," HELLO);
	CHECK_TEXT(
		path_fingerprint(found(&closure, GLIBC), &arena), "1;" GLIBC ";" HELLO_HASH ";1;");
	CHECK(!signer_read(CACHE_KEY, ED25519_KEY_SIZE, &key));
	CHECK(!signer_read(HELLO_SIGNATURE, ED25519_SIGNATURE_SIZE, &signature));
	CHECK(ed25519_verify(key.bytes, signature.bytes, text, strlen(text)));
	CHECK(!ed25519_verify(key.bytes, signature.bytes, text, strlen(text) - 1));
	text = "1;/nix/store/syd87l2rxw8cbsxmxl853h0r6pdwhwjr-curl-7.82.0-bin;sha256:"
	       "1b4sb93wp679q4zx9k1ignby1yna3z7c4c2ri3wphylbc2dwsys0;196040;"
	       "/nix/store/0jqd0rlxzra1rs38rdxl43yh6rxchgc6-curl-7.82.0,"
	       "/nix/store/6w8g7njm4mck5dmjxws0z1xnrxvl81xa-glibc-2.34-115,"
	       "/nix/store/j5jxw3iy7bbz4a57fh9g2xm2gxmyal8h-zlib-1.2.12,"
	       "/nix/store/yxvjs9drzsphm9pcf42a4byzj1kb9m7k-openssl-1.1.1n";
	CHECK(!signer_read("cache.nixos.org-1:TsTTb3WGTZKphvYdBHXwo6weVILmTytUjLB+"
			   "vcX89fOjjRicCHmKA4RCPMVLkj6TMJ4GMX3HPVWRdD1hkeKZBQ==",
		ED25519_SIGNATURE_SIZE, &signature));
	CHECK(ed25519_verify(key.bytes, signature.bytes, text, strlen(text)));
}

static void pair_make(struct owner *pair, const char *name, unsigned char number)
{
	unsigned char key[ED25519_KEY_SIZE];
	size_t length = strlen(name);

	*pair = (struct owner){ .name = name, .seed = { number } };
	CHECK(ed25519_public(pair->seed, key));
	snprintf(pair->public_text, sizeof(pair->public_text), "%s:", name);
	base64_write(key, sizeof(key), pair->public_text + length + 1);
}

static const char *signature_of(const struct owner *pair, const char *text, struct arena *arena)
{
	unsigned char signature[ED25519_SIGNATURE_SIZE];
	char base64[BASE64_LENGTH(ED25519_SIGNATURE_SIZE) + 1];

	CHECK(ed25519_sign(pair->seed, text, strlen(text), signature));
	base64_write(signature, sizeof(signature), base64);
	return arena_printf(arena, "%s:%s", pair->name, base64);
}

static const char *signed_path(const struct config_closure *closure, const char *path,
	const struct owner *pair, struct arena *arena)
{
	return arena_printf(arena, "%s %s\n", path,
		signature_of(pair, path_fingerprint(found(closure, path), arena), arena));
}

/* Holds the closure with a file of signatures against keys; wanted is how the error begins. */
static void check_signed(const char *file, const struct owner *pairs, size_t count, int64_t needed,
	const char *wanted)
{
	autoarena arena = { 0 };
	struct config_closure closure, again;
	const char *text;

	hello_read(&closure, &arena);
	for (size_t i = 0; i < count; i++)
		strings_add(&closure.trusted_keys, &arena, pairs[i].public_text);
	closure.signatures_needed = (struct maybe_int){ .set = needed != 1, .value = needed };
	CHECK(signatures_read(file, strlen(file), "file", &closure, &arena, &err) == 0);
	CHECK((signatures_check(&closure, &err) == 0) == !*wanted);
	CHECK(!strncmp(err.text, wanted, strlen(wanted)));
	if (strncmp(err.text, wanted, strlen(wanted)) != 0)
		printf("got: %s\n", err.text);
	/* What is written is the same file again. */
	text = signatures_write(&closure, &arena);
	hello_read(&again, &arena);
	CHECK(signatures_read(text, strlen(text), "file", &again, &arena, &err) == 0);
	CHECK_TEXT(signatures_write(&again, &arena), text);
}

static void test_signed(void)
{
	autoarena arena = { 0 };
	struct config_closure closure;
	struct owner pairs[3];
	const char *hello[3], *glibc[3], *whole[3], *moved, *both;

	hello_read(&closure, &arena);
	for (size_t i = 0; i < 3; i++) {
		pair_make(&pairs[i],
			i == 0           ? "one"
				: i == 1 ? "two"
					 : "one",
			(unsigned char)(i + 1));
		hello[i] = signed_path(&closure, HELLO, &pairs[i], &arena);
		glibc[i] = signed_path(&closure, GLIBC, &pairs[i], &arena);
		whole[i] = arena_printf(&arena, "sha256:%s %s\n", closure.sha256,
			signature_of(
				&pairs[i], closure_fingerprint(closure.sha256, &arena), &arena));
	}
#define NONE(path, number) path ": signed by " #number " trusted key"
	both = arena_printf(&arena, "%s%s", hello[0], glibc[0]);
	moved = arena_printf(&arena, GLIBC " %s", hello[0] + sizeof(HELLO));
	check_signed("", pairs, 0, 1, "");
	check_signed(both, pairs, 1, 1, "");
	check_signed(both, pairs, 2, 1, "");
	check_signed(whole[0], pairs, 1, 1, "");
	check_signed(arena_printf(&arena, "%s%s", whole[0], whole[1]), pairs, 2, 2, "");
	/* Each path may have its own signers, and those of the whole count for all. */
	check_signed(arena_printf(&arena, "%s%s", hello[0], glibc[1]), pairs, 2, 1, "");
	check_signed(arena_printf(&arena, "%s%s%s", whole[1], hello[0], glibc[0]), pairs, 2, 2, "");
	check_signed("", pairs, 1, 1, NONE(GLIBC, 0));
	check_signed(hello[0], pairs, 1, 1, NONE(GLIBC, 0));
	check_signed(glibc[0], pairs, 1, 1, NONE(HELLO, 0));
	check_signed(both, pairs, 2, 2, NONE(GLIBC, 1));
	check_signed(both, &pairs[1], 1, 1, NONE(GLIBC, 0));
	check_signed(arena_printf(&arena, "%s%s", both, both), pairs, 2, 2, NONE(GLIBC, 1));
	/* The right name with another key, and another path's signature. */
	check_signed(both, &pairs[2], 1, 1, NONE(GLIBC, 0));
	check_signed(whole[2], pairs, 1, 1, NONE(GLIBC, 0));
	check_signed(arena_printf(&arena, "%s%s", hello[0], moved), pairs, 1, 1, NONE(GLIBC, 0));
	/* A path's signature does not sign the closure, nor the reverse. */
	check_signed(arena_printf(&arena, "sha256:%s %s", closure.sha256, hello[0] + sizeof(HELLO)),
		pairs, 1, 1, NONE(GLIBC, 0));
	/* What is not in the closure is no concern of it. */
	check_signed(arena_printf(&arena, HELLO "x %s%s", hello[0] + sizeof(HELLO), both), pairs, 1,
		1, "");
	check_signed(arena_printf(&arena, "sha256:%064d %s", 0, strchr(whole[0], ' ') + 1), pairs,
		1, 1, NONE(GLIBC, 0));
}

/* What a list says of signatures may be anything: it counts for nothing, and is not written. */
static void test_malformed(void)
{
	autoarena arena = { 0 };
	struct config_closure closure;
	struct owner pair;

	hello_read(&closure, &arena);
	pair_make(&pair, "one", 1);
	strings_add(&closure.trusted_keys, &arena, pair.public_text);
	strings_add(&closure.closure.paths[0].signatures, &arena, "one:AAAA\n/x y");
	strings_add(&closure.closure.paths[0].signatures, &arena, "");
	strings_add(&closure.closure.signatures, &arena, "one");
	CHECK(signatures_check(&closure, &err) == -1);
	CHECK_TEXT(signatures_write(&closure, &arena), "");
}

static void check_line(const char *text, size_t length, const char *wanted)
{
	autoarena arena = { 0 };
	struct config_closure closure;

	hello_read(&closure, &arena);
	CHECK(signatures_read(text, length, "file", &closure, &arena, &err) == -1);
	CHECK_TEXT(err.text, wanted);
}

static void test_lines(void)
{
#define LINE(text, wanted) check_line(text, sizeof(text) - 1, wanted)
	static const char space[] =
		"file:1: the line has no space: it should be a store path or sha256:<closure digest>, "
		"a space, and name:base64";

	LINE("\n", space);
	LINE(HELLO "\n", space);
	LINE(HELLO " " HELLO_SIGNATURE "\n" HELLO " " HELLO_SIGNATURE,
		"file:2: the line is cut short");
	LINE("hello " HELLO_SIGNATURE "\n",
		"file:1: the line begins with neither a store path nor sha256:<closure digest>");
	LINE("sha256:12 " HELLO_SIGNATURE "\n",
		"file:1: the line begins with neither a store path nor sha256:<closure digest>");
	LINE(HELLO " one:AAAA\n",
		"file:1: the line has a signature that has not the length it should have after its name");
	LINE(HELLO " " HELLO_SIGNATURE " \n",
		"file:1: the line has a signature that has not the length it should have after its name");
	LINE(HELLO "  " HELLO_SIGNATURE "\n",
		"file:1: the line has a signature that has a space or control character in its name");
	LINE(HELLO " " HELLO_SIGNATURE "\n" HELLO "\0 " HELLO_SIGNATURE "\n",
		"file:2: the line has a NUL byte");
}

int main(void)
{
	test_ed25519();
	test_base64();
	test_keys();
	test_trusted();
	test_fingerprint();
	test_signed();
	test_malformed();
	test_lines();
	return check_result("signature");
}
