/*
 * The file of signatures beside a closure's list: for lists whose form has no place for them, and
 * for signatures of the closure as a whole. Nothing in it is trusted until it is checked; a line
 * that nobody could have meant is an error all the same.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/digest.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/lists.h"
#include "config/registration.h"
#include "config/signature.h"

/* Where a signature of that subject belongs; NULL: nowhere in this closure. */
static struct strings *place_find(struct config_closure *closure, const char *subject)
{
	unsigned char sum[SHA256_SIZE], own[SHA256_SIZE];
	const struct store_path *path;

	if (*subject != '/')
		return digest_read(subject, sum) && digest_read(closure->sha256, own) &&
				!memcmp(sum, own, sizeof(sum))
			? &closure->closure.signatures
			: NULL;
	path = closure_find(&closure->closure, subject);
	return path ? &closure->closure.paths[path - closure->closure.paths].signatures : NULL;
}

/* What is wrong with a line, as half a sentence; or NULL. */
static const char *line_read(struct config_closure *closure, char *line, struct arena *arena)
{
	unsigned char sum[SHA256_SIZE];
	char *signature = strchr(line, ' ');
	struct strings *place;
	struct signer signer;
	const char *fault;

	if (!signature)
		return "has no space: it should be a store path or sha256:<closure digest>, a "
		       "space, and name:base64";
	*signature++ = '\0';
	if (*line != '/' && (strncmp(line, "sha256:", 7) != 0 || !digest_read(line, sum)))
		return "begins with neither a store path nor sha256:<closure digest>";
	fault = signer_read(signature, ED25519_SIGNATURE_SIZE, &signer);
	if (fault)
		return arena_printf(arena, "has a signature that %s", fault);
	place = place_find(closure, line);
	if (place)
		strings_add(place, arena, signature);
	return NULL;
}

int signatures_read(const char *text, size_t length, const char *file,
	struct config_closure *closure, struct arena *arena, struct err *err)
{
	char *next = arena_copy(arena, text, length), *end = next + length;

	for (unsigned line = 1; next < end; line++) {
		char *newline = memchr(next, '\n', (size_t)(end - next));
		const char *fault;

		if (!newline)
			return err_set(err, EINVAL, "%s:%u: the line is cut short", file, line);
		*newline = '\0';
		fault = strlen(next) == (size_t)(newline - next) ? line_read(closure, next, arena)
								 : "has a NUL byte";
		if (fault)
			return err_set(err, EINVAL, "%s:%u: the line %s", file, line, fault);
		next = newline + 1;
	}
	return 0;
}

const char *signatures_file(int dir_fd, const char *list, struct arena *arena)
{
	autoclose directory = openat(dir_fd, list, O_PATH | O_DIRECTORY | O_CLOEXEC);
	const char *slash = strrchr(list, '/');

	if (directory >= 0)
		return arena_printf(arena, "%s/" SIGNATURES_FILE, list);
	return slash ? arena_printf(arena, "%.*s/" SIGNATURES_FILE, (int)(slash - list), list)
		     : SIGNATURES_FILE;
}

int signatures_read_beside(int dir_fd, const char *list, struct config_closure *closure,
	struct arena *arena, struct err *err)
{
	const char *file = signatures_file(dir_fd, list, arena);
	struct bytes bytes;

	if (faccessat(dir_fd, file, F_OK, AT_SYMLINK_NOFOLLOW) < 0 && errno == ENOENT)
		return 0;
	if (file_read(dir_fd, file, NULL, SIGNATURES_SIZE_MOST, arena, &bytes, err) < 0)
		return -1;
	return signatures_read(bytes.text, bytes.length, file, closure, arena, err);
}

static size_t lines_put(char *text, const char *subject, const struct strings *signatures)
{
	size_t length = 0;

	for (size_t i = 0; i < signatures->count; i++) {
		const char *parts[] = { subject, " ", signatures->items[i], "\n" };
		struct signer signer;

		/* A list's own may be anything. */
		if (signer_read(signatures->items[i], ED25519_SIGNATURE_SIZE, &signer))
			continue;
		for (size_t k = 0; k < sizeof(parts) / sizeof(*parts); k++) {
			size_t more = strlen(parts[k]);

			if (text)
				memcpy(text + length, parts[k], more);
			length += more;
		}
	}
	return length;
}

/* Into text or, if that is NULL, only counted. */
static size_t all_put(char *text, const struct config_closure *closure, const char *digest)
{
	size_t length = lines_put(text, digest, &closure->closure.signatures);

	for (size_t i = 0; i < closure->closure.paths_count; i++) {
		const struct store_path *path = &closure->closure.paths[i];

		length += lines_put(text ? text + length : NULL, path->path, &path->signatures);
	}
	return length;
}

const char *signatures_write(const struct config_closure *closure, struct arena *arena)
{
	const char *digest = arena_printf(arena, "sha256:%s", closure->sha256);
	char *text = arena_alloc(arena, all_put(NULL, closure, digest) + 1, 1);

	all_put(text, closure, digest);
	return text;
}
