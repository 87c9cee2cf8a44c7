/*
 * openat2(2) everywhere a path meets a root somebody else fills. There is no fallback: Linux 5.6 is
 * required, and a kernel that answers ENOSYS is an error the user sees.
 */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/fd.h"

static int open_how(int dir_fd, const char *path, int flags, mode_t mode, uint64_t resolve)
{
	struct open_how how = {
		.flags = (uint64_t)(unsigned)(flags | O_CLOEXEC),
		.mode = flags & O_CREAT ? mode : 0,
		.resolve = resolve,
	};
	long fd;

	/* EAGAIN: a rename or mount raced the walk and the kernel could not prove the scope. */
	for (int tries = 0; tries < 64; tries++) {
		fd = syscall(SYS_openat2, dir_fd, path, &how, sizeof(how));
		if (fd >= 0 || errno != EAGAIN)
			break;
	}
	return (int)fd;
}

int file_open_in_root(int root_fd, const char *path, int flags, mode_t mode)
{
	return open_how(root_fd, path, flags, mode, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);
}

int file_open_beneath(int dir_fd, const char *path, int flags)
{
	return open_how(
		dir_fd, path, flags, 0, RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV);
}

int file_open_within(int dir_fd, const char *path, int flags)
{
	return open_how(dir_fd, path, flags, 0, RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS);
}

int file_open_plain(int dir_fd, const char *path, int flags)
{
	return open_how(dir_fd, path, flags, 0, RESOLVE_NO_SYMLINKS);
}

/* Cuts the parent part off path; returns where the last component starts, NULL if it has none. */
static const char *split_last(const char *path, char parent[static 4096])
{
	const char *end = path + strlen(path), *last;

	while (end > path && end[-1] == '/')
		end--;
	last = end;
	while (last > path && last[-1] != '/')
		last--;
	if (end == last || (size_t)(last - path) >= 4096)
		return NULL;
	memcpy(parent, path, (size_t)(last - path));
	parent[last - path] = '\0';
	return last;
}

int file_make_dirs(const char *path, mode_t mode)
{
	char parent[4096];

	if (mkdir(path, mode) == 0 || errno == EEXIST)
		return 0;
	if (errno != ENOENT || !split_last(path, parent) || !parent[0])
		return -1;
	if (file_make_dirs(parent, 0711) < 0)
		return -1;
	return mkdir(path, mode) == 0 || errno == EEXIST ? 0 : -1;
}

int file_make_parent_in_root(int root_fd, const char *path, const char **last)
{
	char parent[4096];

	*last = split_last(path, parent);
	if (*last)
		return file_make_dirs_in_root(root_fd, parent);
	errno = ENOENT;
	return -1;
}

int file_make_dirs_in_root(int root_fd, const char *path)
{
	const char *last;
	int fd = file_open_in_root(root_fd, path[0] ? path : ".", O_PATH | O_DIRECTORY, 0);

	if (fd >= 0 || errno != ENOENT)
		return fd;
	autoclose dir = file_make_parent_in_root(root_fd, path, &last);
	if (dir < 0)
		return -1;
	if (mkdirat(dir, last, 0755) < 0 && errno != EEXIST)
		return -1;
	/* From the root again: a link that points at a missing place resolves as the kernel says.
	 */
	return file_open_in_root(root_fd, path, O_PATH | O_DIRECTORY, 0);
}

int file_make_file_in_root(int root_fd, const char *path)
{
	const char *last;
	int fd = file_open_in_root(root_fd, path, O_PATH, 0);

	if (fd >= 0 || errno != ENOENT)
		return fd;
	autoclose dir = file_make_parent_in_root(root_fd, path, &last);
	if (dir < 0)
		return -1;
	autoclose made = openat(
		dir, last, O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC | O_RDONLY, 0644);
	if (made < 0 && errno != EEXIST)
		return -1;
	return openat(dir, last, O_PATH | O_NOFOLLOW | O_CLOEXEC);
}

DIR *file_entries(int dir_fd)
{
	int fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *entries = fd < 0 ? NULL : fdopendir(fd);

	if (!entries)
		fd_close(&fd);
	return entries;
}

const char *file_entry_next(DIR *entries)
{
	struct dirent *entry;

	while ((entry = readdir(entries)))
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			return entry->d_name;
	return NULL;
}

int file_refuse_place(int fd, struct err *err)
{
	int flags = fcntl(fd, F_GETFL);
	struct stat status;

	if (flags < 0 || fstat(fd, &status) < 0)
		return err_errno(err, "look at descriptor %d", fd);
	if (!S_ISDIR(status.st_mode) && !(flags & O_PATH))
		return 0;
	return err_set(err, EINVAL,
		"descriptor %d is a directory; a sandbox could reach the host's files through it",
		fd);
}

bool file_is_same(int one, int other)
{
	struct stat a, b;

	return fstat(one, &a) == 0 && fstat(other, &b) == 0 && a.st_ino == b.st_ino &&
		a.st_dev == b.st_dev;
}

bool file_is_empty_directory(int fd)
{
	DIR *entries = file_entries(fd);
	bool empty = entries && !file_entry_next(entries);

	if (entries)
		closedir(entries);
	return empty;
}

int file_read_fd(int fd, const char *name, size_t most, struct arena *arena, struct bytes *bytes,
	struct err *err)
{
	size_t room = 16 << 10, used = 0;
	char *text = arena_alloc(arena, room, 1);

	for (;;) {
		ssize_t got = read(fd, text + used, room - used - 1);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return err_errno(err, "%s: read", name);
		used += (size_t)got;
		if (got == 0)
			break;
		if (used > most)
			return err_set(
				err, EFBIG, "%s: larger than the %zu bytes allowed", name, most);
		if (room - used <= 1) {
			char *wider = arena_alloc(arena, room * 2, 1);

			memcpy(wider, text, used);
			text = wider;
			room *= 2;
		}
	}
	text[used] = '\0';
	*bytes = (struct bytes){ .text = text, .length = used };
	return 0;
}

static int digest_check(
	const char *path, const char *sha256, const struct bytes *bytes, struct err *err)
{
	unsigned char wanted[SHA256_SIZE], got[SHA256_SIZE];
	char text[SHA256_TEXT_SIZE];

	if (!digest_read(sha256, wanted))
		return err_set(err, EINVAL, "%s: sha256 \"%.80s\" is not 64 hexadecimal digits",
			path, sha256);
	digest_bytes(bytes->text, bytes->length, got);
	if (!memcmp(wanted, got, SHA256_SIZE))
		return 0;
	digest_text(got, text);
	return err_set(err, EINVAL, "%s: its sha256 is %s, not the pinned %s", path, text, sha256);
}

int file_read(int dir_fd, const char *path, const char *sha256, size_t most, struct arena *arena,
	struct bytes *bytes, struct err *err)
{
	autoclose fd = openat(dir_fd, path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct stat stat;

	if (fd < 0)
		return err_errno(err, "%s: open", path);
	if (fstat(fd, &stat) < 0)
		return err_errno(err, "%s: stat", path);
	if (!S_ISREG(stat.st_mode))
		return err_set(err, EINVAL, "%s: not a regular file", path);
	if (file_read_fd(fd, path, most, arena, bytes, err) < 0)
		return -1;
	return sha256 ? digest_check(path, sha256, bytes, err) : 0;
}

int file_write_beneath(int dir_fd, const char *path, const char *text)
{
	autoclose fd = file_open_beneath(dir_fd, path, O_WRONLY | O_NOCTTY);
	ssize_t wrote;

	if (fd < 0)
		return -1;
	do
		wrote = write(fd, text, strlen(text));
	while (wrote < 0 && errno == EINTR);
	return wrote < 0 ? -1 : 0;
}

int file_replace(int dir_fd, const char *name, const void *bytes, size_t length, struct err *err)
{
	char temporary[NAME_MAX + 1];

	snprintf(temporary, sizeof(temporary), ".%s.%d", name, getpid());
	/* In a directory that others may write, it could be theirs. */
	unlinkat(dir_fd, temporary, 0);
	autoclose fd = openat(
		dir_fd, temporary, O_CREAT | O_EXCL | O_NOFOLLOW | O_WRONLY | O_CLOEXEC, 0600);
	if (fd < 0)
		return err_errno(err, "create %s", name);
	if (fd_write_all(fd, bytes, length) < 0 || renameat(dir_fd, temporary, dir_fd, name) < 0) {
		err_errno(err, "write %s", name);
		unlinkat(dir_fd, temporary, 0);
		return -1;
	}
	return 0;
}

const char *file_name_for(struct arena *arena, const char *id)
{
	const int kept = 128;
	unsigned char sum[SHA256_SIZE];
	char text[SHA256_TEXT_SIZE];

	if (strlen(id) <= kept + SHA256_TEXT_SIZE)
		return id;
	digest_bytes(id, strlen(id), sum);
	digest_text(sum, text);
	return arena_printf(arena, "%.*s~%s", kept, id, text);
}
