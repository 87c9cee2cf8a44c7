/*
 * libFuzzer harness for the narinfo files of a binary cache: two of them, cut at the first form
 * feed. What is taken must hold the root, and be sorted and closed.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/registration.h"

#define HASH_A "0c3ixswyjzx5sj2q2h4y1ilr6lz7m0ag"
#define HASH_B "1dkbgqlhqdr3jj8ikmkkpxv4ylwb3cvi"

int LLVMFuzzerTestOneInput(const unsigned char *text, size_t length);

static void file_write(const char *name, const unsigned char *text, size_t length)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd < 0 || write(fd, text, length) != (ssize_t)length || close(fd) < 0)
		abort();
}

static void check(const struct closure *closure)
{
	for (size_t i = 0; i < closure->paths_count; i++) {
		const struct store_path *path = &closure->paths[i];

		if (i > 0 && strcmp(path[-1].path, path->path) >= 0)
			abort();
		for (size_t k = 0; k < path->references.count; k++)
			if (!closure_find(closure, path->references.items[k]))
				abort();
	}
}

int LLVMFuzzerTestOneInput(const unsigned char *text, size_t length)
{
	static const char *root = "/s/" HASH_A "-a";
	const unsigned char *cut = length ? memchr(text, '\f', length) : NULL;
	size_t first = cut ? (size_t)(cut - text) : length;
	const struct strings roots = { .count = 1, .items = &root };
	const struct closure_request request = {
		.dir_fd = AT_FDCWD, .list = "cache", .store_dir = "/s", .roots = &roots
	};
	autoarena arena = { 0 };
	struct config_closure closure = { 0 };
	struct err err = { 0 };

	mkdir("cache", 0700);
	file_write("cache/" HASH_A ".narinfo", text, first);
	file_write("cache/" HASH_B ".narinfo", cut ? cut + 1 : text, cut ? length - first - 1 : 0);
	if (closure_read(&request, &closure, NULL, &arena, &err) < 0)
		return err.code ? 0 : (abort(), 0);
	if (!closure_find(&closure.closure, root))
		abort();
	check(&closure.closure);
	return 0;
}
