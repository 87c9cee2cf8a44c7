/* err, arena, digest, names: the ground floor. */
#include <errno.h>
#include <signal.h>
#include <string.h>

#include "base/arena.h"
#include "base/digest.h"
#include "base/err.h"
#include "base/names.h"
#include "check.h"

static void test_err(void)
{
	struct err err = { 0 };
	char long_text[2000];

	memset(long_text, 'x', sizeof(long_text) - 1);
	long_text[sizeof(long_text) - 1] = '\0';
	errno = ENOENT;
	CHECK(err_errno(&err, "open %s", "/a") == -1);
	CHECK(err.code == ENOENT);
	CHECK_TEXT(err.text, "open /a: No such file or directory");
	err_where(&err, "mounts");
	CHECK_TEXT(err.text, "mounts: open /a: No such file or directory");
	err_set(&err, 0, "%s", long_text);
	CHECK(err.code == EINVAL && strlen(err.text) < sizeof(err.text));
	/* Two-byte characters: wherever the cut falls, no half of one is left. */
	for (int shift = 0; shift < 2; shift++) {
		for (size_t i = shift; i + 2 < sizeof(long_text); i += 2)
			memcpy(long_text + i, "\xC3\xA9", 2);
		err_set(&err, 1, "%s", long_text);
		CHECK((unsigned char)err.text[strlen(err.text) - 1] == 0xA9 ||
			(unsigned char)err.text[strlen(err.text) - 1] < 0x80);
	}
}

static void test_arena(void)
{
	autoarena arena = { 0 };
	int *list = NULL;

	for (int i = 0; i < 10000; i++) {
		list = arena_grow(&arena, list, (size_t)i, sizeof(*list));
		list[i] = i;
	}
	for (int i = 0; i < 10000; i++)
		if (list[i] != i)
			CHECK(list[i] == i);
	CHECK_TEXT(arena_printf(&arena, "%d-%s", 5, "x"), "5-x");
	CHECK(arena_alloc(&arena, 3, 2 << 20) != NULL);

	autoarena turns = { 0 };
	struct arena_mark empty = arena_mark(&turns);
	char *first = arena_strdup(&turns, "first");
	struct arena_mark mark = arena_mark(&turns);
	char *second = arena_strdup(&turns, "second");

	arena_alloc(&turns, 3, 2 << 20);
	arena_rewind(&turns, mark);
	CHECK(arena_strdup(&turns, "third!") == second && !strcmp(first, "first"));
	arena_rewind(&turns, empty);
	CHECK(arena_alloc(&turns, 1, 1) == (void *)first && *first == '\0');
}

static void test_digest(void)
{
	unsigned char sum[SHA256_SIZE], again[SHA256_SIZE];
	char text[SHA256_TEXT_SIZE];

	digest_bytes("abc", 3, sum);
	digest_text(sum, text);
	CHECK_TEXT(text, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	CHECK(digest_read(text, again) && !memcmp(sum, again, SHA256_SIZE));
	text[63] = 'g';
	CHECK(!digest_read(text, again));
	CHECK(!digest_read("", again));
}

static void test_names(void)
{
	CHECK(capability_number("CAP_CHOWN") == 0);
	CHECK(capability_number("net_bind_service") == 10);
	CHECK(capability_number("CAP_NOPE") == -1 && capability_number("CAP_") == -1);
	CHECK(signal_number("TERM") == SIGTERM && signal_number("SIGKILL") == SIGKILL);
	CHECK(signal_number("9") == 9 && signal_number("0") == 0);
	CHECK(signal_number("9x") == -1 && signal_number("") == -1 && signal_number("65") == -1);
	CHECK(rlimit_number("RLIMIT_NOFILE") == 7 && rlimit_number("NOFILE") == -1);
}

/* Vectors of RFC 4231; a key is filled up with zeros as HMAC does. */
static void test_mac(void)
{
	static const unsigned char short_key[MAC_KEY_SIZE] = "Jefe";
	unsigned char key[MAC_KEY_SIZE] = { 0 }, mac[SHA256_SIZE];
	char text[SHA256_TEXT_SIZE];

	memset(key, 0x0b, 20);
	digest_mac(key, "Hi There", 8, mac);
	digest_text(mac, text);
	CHECK_TEXT(text, "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
	digest_mac(short_key, "what do ya want for nothing?", 28, mac);
	digest_text(mac, text);
	CHECK_TEXT(text, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
	CHECK(digest_equal(mac, mac) && !digest_equal(mac, key));
}

int main(void)
{
	test_err();
	test_arena();
	test_digest();
	test_mac();
	test_names();
	return check_result("base");
}
