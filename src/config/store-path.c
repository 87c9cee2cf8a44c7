/*
 * The grammar of store paths and the three text forms of their hashes. Strict both ways: a text has
 * one meaning or none, and bits that no 256-bit value has must be zero.
 * Source: Nix manual, "Store path" and "Nix32 encoding"; W3C SRI for sha256-<base64>.
 */
#include "config/store-path.h"

#include <string.h>

#include "base/base64.h"
#include "base/digest.h"

enum {
	STORE_NAME_MOST = 211,
	NIX32_LENGTH = NIX32_TEXT_SIZE - 1,
};

static const char nix32_digits[] = "0123456789abcdfghijklmnpqrsvwxyz";

static int digit_value(const char *digits, char digit)
{
	const char *found = digit ? strchr(digits, digit) : NULL;

	return found ? (int)(found - digits) : -1;
}

const char *store_dir_fault(const char *text)
{
	if (text[0] != '/' || text[1] == '\0')
		return "is not an absolute path below /";
	for (const char *part = text; *part; part += strcspn(part, "/")) {
		size_t length = strcspn(++part, "/");

		if (length == 0)
			return "has an empty component";
		if ((length == 1 && part[0] == '.') || (length == 2 && !strncmp(part, "..", 2)))
			return "has a . or .. component";
	}
	/* Lists of paths are lines. */
	for (; *text; text++)
		if ((unsigned char)*text < ' ' || *text == '\x7f')
			return "has a control character";
	return NULL;
}

const char *gc_roots_component(const char *path)
{
	static const char name[] = "/gcroots";
	const char *found = path;

	while ((found = strstr(found, name))) {
		char after = found[sizeof(name) - 1];

		if (!after || after == '/')
			return found;
		found++;
	}
	return NULL;
}

const char *gc_roots_fault(const char *text)
{
	if (!strcmp(text, "auto") || !strcmp(text, "off"))
		return NULL;
	if (store_dir_fault(text) || !gc_roots_component(text))
		return "is not auto, off or the absolute path of Nix's directory gcroots or of one "
		       "below it";
	return NULL;
}

static const char *store_name_fault(const char *name)
{
	size_t dots = strspn(name, "."), length = strlen(name);

	if (length == 0 || length > STORE_NAME_MOST)
		return "has a name that is not 1 to 211 characters long";
	if ((dots == 1 || dots == 2) && (name[dots] == '\0' || name[dots] == '-'))
		return "has a name that starts like . or ..";
	if (name[strspn(name,
		    "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
		    "+._?=-")])
		return "has a character that no store path's name may have";
	return NULL;
}

const char *path_inside(const char *path, const char *directory)
{
	size_t length = strlen(directory);

	if (strncmp(path, directory, length) != 0)
		return NULL;
	if (path[length] == '\0')
		return path + length;
	return path[length] == '/' ? path + length + 1 : NULL;
}

const char *store_path_fault(const char *path, const char *store_dir)
{
	const char *base = path_inside(path, store_dir);

	if (!base || !*base)
		return "is not in the store directory";
	for (int i = 0; i < STORE_HASH_LENGTH; i++)
		if (digit_value(nix32_digits, base[i]) < 0)
			return "does not start with 32 characters of the nix alphabet";
	if (base[STORE_HASH_LENGTH] != '-')
		return "has no - after its 32 characters of hash";
	return store_name_fault(base + STORE_HASH_LENGTH + 1);
}

/* 52 digits, the most significant first, hold 260 bits: the top four must be zero. */
static bool nix32_read(const char *text, unsigned char sum[static SHA256_SIZE])
{
	if (strlen(text) != NIX32_LENGTH)
		return false;
	memset(sum, 0, SHA256_SIZE);
	for (int i = 0; i < NIX32_LENGTH; i++) {
		int digit = digit_value(nix32_digits, text[NIX32_LENGTH - 1 - i]);
		int byte = i * 5 / 8, shift = i * 5 % 8;
		int high;

		if (digit < 0)
			return false;
		sum[byte] |= (unsigned char)(digit << shift);
		high = digit << shift >> 8;
		if (high && byte + 1 == SHA256_SIZE)
			return false;
		if (high)
			sum[byte + 1] |= (unsigned char)high;
	}
	return true;
}

void store_hash_write(
	const unsigned char sum[static SHA256_SIZE], char text[static NIX32_TEXT_SIZE])
{
	for (int i = 0; i < NIX32_LENGTH; i++) {
		int byte = i * 5 / 8, shift = i * 5 % 8;
		unsigned next = byte + 1 < SHA256_SIZE ? sum[byte + 1] : 0;

		text[NIX32_LENGTH - 1 - i] = nix32_digits[(sum[byte] | next << 8) >> shift & 31];
	}
	text[NIX32_LENGTH] = '\0';
}

bool store_hash_read(const char *text, unsigned char sum[static SHA256_SIZE])
{
	if (digest_read(text, sum))
		return true;
	if (!strncmp(text, "sha256:", 7))
		return nix32_read(text + 7, sum);
	return !strncmp(text, "sha256-", 7) && base64_read(text + 7, sum, SHA256_SIZE);
}
