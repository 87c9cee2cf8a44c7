/*
 * Records are believed because nobody else could have made them. So everything is reached by
 * descriptors and must belong to the caller alone: the directory (mode 0700), the key and the
 * records in it (0600, one name). The key is 32 random bytes, made once; two who make it at the
 * same time both go on with the first one's. It must never be replaced here: whoever finds it
 * odd says so and does without. See rename(2), getrandom(2).
 */
#include "attest/records.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/fd.h"

#define KEY_NAME "key"

static int own_check(int fd, mode_t type, const char *path, const char *name, struct err *err)
{
	struct stat stat;

	if (fstat(fd, &stat) < 0)
		return err_errno(err, "%s%s: stat", path, name);
	if ((stat.st_mode & S_IFMT) == type && stat.st_uid == geteuid() && !(stat.st_mode & 077) &&
		(type == S_IFDIR || stat.st_nlink == 1))
		return 0;
	return err_set(err, EPERM,
		"%s%s: must be a %s of uid %u that nobody else has any right to (owner %u, mode %04o)",
		path, name, type == S_IFDIR ? "directory" : "file with one name", geteuid(),
		stat.st_uid, stat.st_mode & 07777);
}

/* One of the directory's files, checked; -1 with err, whose code is ENOENT if it is not there. */
static int own_open(const struct records *records, const char *name, struct err *err)
{
	autoclose fd = openat(records->dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	char place[SHA256_TEXT_SIZE + 1];

	snprintf(place, sizeof(place), "/%s", name);
	if (fd < 0)
		return err_errno(err, "%s%s: open", records->path, place);
	return own_check(fd, S_IFREG, records->path, place, err) < 0 ? -1 : take_fd(&fd);
}

/* A name that nobody else has is whole before it becomes the key's. */
static int key_make(const struct records *records, struct err *err)
{
	unsigned char key[MAC_KEY_SIZE];
	uint64_t number;
	char name[40];
	bool lost; /* to somebody who made one meanwhile */

	if (getrandom(key, sizeof(key), 0) != sizeof(key) ||
		getrandom(&number, sizeof(number), 0) != sizeof(number))
		return err_errno(err, "get random bytes");
	snprintf(name, sizeof(name), ".%s.%llx", KEY_NAME, (unsigned long long)number);
	autoclose fd = openat(
		records->dir, name, O_CREAT | O_EXCL | O_NOFOLLOW | O_WRONLY | O_CLOEXEC, 0600);
	if (fd < 0)
		return err_errno(err, "make a key in %s", records->path);
	if (fd_write_all(fd, key, sizeof(key)) == 0 && fsync(fd) == 0 &&
		syscall(SYS_renameat2, records->dir, name, records->dir, KEY_NAME,
			RENAME_NOREPLACE) == 0)
		return 0;
	lost = errno == EEXIST;
	if (!lost)
		err_errno(err, "make a key in %s", records->path);
	unlinkat(records->dir, name, 0);
	return lost ? 0 : -1;
}

static int key_read(struct records *records, struct err *err)
{
	unsigned char bytes[MAC_KEY_SIZE + 1];
	autoclose fd = own_open(records, KEY_NAME, err);

	if (fd < 0)
		return -1;
	if (read(fd, bytes, sizeof(bytes)) != MAC_KEY_SIZE) {
		err_set(err, EINVAL, "%s/" KEY_NAME ": is no key", records->path);
		return err_hint(err, "remove it; another is made, and every record with it anew");
	}
	memcpy(records->key, bytes, MAC_KEY_SIZE);
	return 0;
}

static int key_find(struct records *records, struct err *err)
{
	if (key_read(records, err) == 0)
		return 0;
	if (err->code != ENOENT || key_make(records, err) < 0)
		return -1;
	return key_read(records, err);
}

int records_open(const char *path, struct records *records, struct err *err)
{
	*records = (struct records){ .path = path, .dir = -1 };
	if (file_make_dirs(path, 0700) < 0)
		return err_errno(err, "make the directory %s", path);
	records->dir = file_open_plain(AT_FDCWD, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
	if (records->dir < 0)
		return err_errno(err, "%s: open", path);
	return own_check(records->dir, S_IFDIR, path, "", err) < 0 ? -1 : key_find(records, err);
}

void records_close(struct records *records)
{
	fd_close(&records->dir);
	explicit_bzero(records->key, sizeof(records->key));
}

int records_read(const struct records *records, const char *name, size_t most, struct arena *arena,
	struct bytes *bytes, struct err *err)
{
	autoclose fd = own_open(records, name, err);

	if (fd < 0)
		return err->code == ENOENT ? 0 : -1;
	return file_read_fd(fd, name, most, arena, bytes, err) < 0 ? -1 : 1;
}

int records_write(const struct records *records, const char *name, const void *bytes, size_t length,
	struct err *err)
{
	return file_replace(records->dir, name, bytes, length, err) < 0
		? err_where(err, "%s", records->path)
		: 0;
}
