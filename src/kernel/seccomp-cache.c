/*
 * A cached program is loaded without being verified again, so everything about it is checked: the
 * state root, .cache, seccomp and the file itself must belong to root or to us and be writable by
 * nobody else (by descriptor, links not followed), and the file carries its own digest and the key
 * it was made for, so that a torn, truncated or renamed one is noticed. Anything odd means: compile
 * afresh, and replace. A cache that cannot be written is as good as none.
 *
 * The file: SHA-256 of the rest, the key, then struct sock_filter as seccomp(2) takes it.
 */
#include "kernel/seccomp-cache.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <string.h>
#include <sys/stat.h>

#include "base/arena.h"
#include "base/digest.h"
#include "base/fd.h"
#include "base/file.h"

/* To be raised with every change of what a profile compiles to; tests/unit/seccomp.c notices. */
static const char program_version[] = "nucleus " NUCLEUS_VERSION " program 1 x86_64";

enum { HEAD_SIZE = 2 * SHA256_SIZE, FILE_MOST = HEAD_SIZE + BPF_MAXINSNS * 8 };
static_assert(sizeof(struct sock_filter) == 8, "the kernel's instruction size");

static void add_number(struct digest *digest, uint64_t value)
{
	digest_add(digest, &value, sizeof(value));
}

/* Length first, so that no two different sequences of texts give the same bytes. */
static void add_text(struct digest *digest, const char *text)
{
	add_number(digest, text ? strlen(text) : UINT64_MAX);
	if (text)
		digest_add(digest, text, strlen(text));
}

static void add_strings(struct digest *digest, const struct strings *strings)
{
	add_number(digest, strings->set);
	add_number(digest, strings->count);
	for (size_t i = 0; i < strings->count; i++)
		add_text(digest, strings->items[i]);
}

static void add_maybe(struct digest *digest, bool set, uint64_t value)
{
	add_number(digest, set);
	add_number(digest, set ? value : 0);
}

static void add_syscall(struct digest *digest, const struct config_syscall *syscall)
{
	add_strings(digest, &syscall->names);
	add_text(digest, syscall->action);
	add_maybe(digest, syscall->errno_ret.set, (uint64_t)syscall->errno_ret.value);
	add_number(digest, syscall->args_count);
	for (size_t i = 0; i < syscall->args_count; i++) {
		const struct config_syscall_arg *arg = &syscall->args[i];

		add_maybe(digest, arg->index.set, (uint64_t)arg->index.value);
		add_maybe(digest, arg->value.set, arg->value.value);
		add_maybe(digest, arg->value_two.set, arg->value_two.value);
		add_text(digest, arg->op);
	}
}

void profile_digest(const struct config_seccomp *profile, unsigned char sum[static SHA256_SIZE])
{
	struct digest digest;

	digest_init(&digest);
	add_text(&digest, profile->default_action);
	add_maybe(&digest, profile->default_errno_ret.set,
		(uint64_t)profile->default_errno_ret.value);
	add_strings(&digest, &profile->architectures);
	add_strings(&digest, &profile->flags);
	add_number(&digest, profile->syscalls_count);
	for (size_t i = 0; i < profile->syscalls_count; i++)
		add_syscall(&digest, &profile->syscalls[i]);
	digest_end(&digest, sum);
}

void cache_key(const struct config_seccomp *const *profiles, size_t count, const char *library,
	unsigned char key[static SHA256_SIZE])
{
	struct digest digest;

	digest_init(&digest);
	add_text(&digest, program_version);
	add_text(&digest, library);
	for (size_t i = 0; i < count; i++) {
		profile_digest(profiles[i], key);
		digest_add(&digest, key, SHA256_SIZE);
	}
	digest_end(&digest, key);
}

static bool is_trusted(int fd, mode_t type)
{
	struct stat stat;

	return fstat(fd, &stat) == 0 && (stat.st_mode & S_IFMT) == type &&
		(stat.st_uid == 0 || stat.st_uid == geteuid()) &&
		!(stat.st_mode & (S_IWGRP | S_IWOTH));
}

/* The next directory down, if it is to be trusted; -1 otherwise. Makes it first if asked. */
static int dir_open(int parent, const char *name, bool make)
{
	if (make && mkdirat(parent, name, 0700) < 0 && errno != EEXIST)
		return -1;
	autoclose dir = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (dir < 0 || !is_trusted(dir, S_IFDIR))
		return -1;
	return take_fd(&dir);
}

static int cache_open(const char *state_root, bool make)
{
	autoclose root = state_root ? dir_open(AT_FDCWD, state_root, false) : -1;
	autoclose cache = root < 0 ? -1 : dir_open(root, ".cache", make);

	return cache < 0 ? -1 : dir_open(cache, "seccomp", make);
}

bool cache_read(const char *state_root, const unsigned char key[static SHA256_SIZE],
	struct arena *arena, struct filter *filter)
{
	unsigned char sum[SHA256_SIZE];
	char name[SHA256_TEXT_SIZE];
	struct bytes file;
	struct err ignored;
	autoclose dir = cache_open(state_root, false);

	if (dir < 0)
		return false;
	digest_text(key, name);
	/* Not blocking: somebody may have put a FIFO here. */
	autoclose fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0 || !is_trusted(fd, S_IFREG) ||
		file_read_fd(fd, name, FILE_MOST, arena, &file, &ignored) < 0)
		return false;
	if (file.length <= HEAD_SIZE || file.length % 8)
		return false;
	digest_bytes(file.text + SHA256_SIZE, file.length - SHA256_SIZE, sum);
	if (memcmp(file.text, sum, SHA256_SIZE) ||
		memcmp(file.text + SHA256_SIZE, key, SHA256_SIZE))
		return false;
	filter->program = file.text + HEAD_SIZE;
	filter->length = (unsigned short)((file.length - HEAD_SIZE) / sizeof(struct sock_filter));
	return true;
}

void cache_write(const char *state_root, const unsigned char key[static SHA256_SIZE],
	const struct filter *filter, struct arena *arena)
{
	size_t code = filter->length * sizeof(struct sock_filter);
	char name[SHA256_TEXT_SIZE], *bytes;
	unsigned char sum[SHA256_SIZE];
	struct err ignored = { 0 };
	autoclose dir = cache_open(state_root, true);

	if (dir < 0)
		return;
	bytes = arena_alloc(arena, HEAD_SIZE + code, 1);
	memcpy(bytes + SHA256_SIZE, key, SHA256_SIZE);
	memcpy(bytes + HEAD_SIZE, filter->program, code);
	digest_bytes(bytes + SHA256_SIZE, SHA256_SIZE + code, sum);
	memcpy(bytes, sum, SHA256_SIZE);
	digest_text(key, name);
	(void)file_replace(dir, name, bytes, HEAD_SIZE + code, &ignored);
}
