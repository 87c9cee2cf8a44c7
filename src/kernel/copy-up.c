/*
 * The mount option tmpcopyup: a tmpfs that begins with a copy of the directory it covers. The image
 * fills that directory, so nothing in it is trusted: every entry is opened by its name in a
 * directory's descriptor without following a link, and looked at by the descriptor. Extended
 * attributes are left behind, and hard links become files of their own. Rests on openat(2),
 * sendfile(2).
 */
#include "kernel/copy-up.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/file.h"

static int attributes_set(int dir, const char *name, const struct stat *like, struct err *err)
{
	const struct timespec times[] = { like->st_atim, like->st_mtim };

	/* An owner that the user namespace does not map cannot be given. */
	if (fchownat(dir, name, like->st_uid, like->st_gid, AT_SYMLINK_NOFOLLOW) < 0 &&
		errno != EINVAL)
		return err_errno(err, "set its owner");
	if (!S_ISLNK(like->st_mode) && fchmodat(dir, name, like->st_mode & 07777, 0) < 0)
		return err_errno(err, "set its mode");
	if (utimensat(dir, name, times, AT_SYMLINK_NOFOLLOW) < 0)
		return err_errno(err, "set its times");
	return 0;
}

static int file_copy(int from, int to, const char *name, struct err *err)
{
	ssize_t sent;

	autoclose in = openat(from, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (in < 0)
		return err_errno(err, "open");
	autoclose out = openat(
		to, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (out < 0)
		return err_errno(err, "make the copy");
	while ((sent = sendfile(out, in, NULL, INT_MAX)) > 0)
		continue;
	return sent < 0 ? err_errno(err, "copy") : 0;
}

static int link_copy(int from, int to, const char *name, struct err *err)
{
	char target[PATH_MAX];
	ssize_t length = readlinkat(from, name, target, sizeof(target) - 1);

	if (length < 0)
		return err_errno(err, "read the link");
	target[length] = '\0';
	return symlinkat(target, to, name) < 0 ? err_errno(err, "make the link") : 0;
}

static int directory_copy(int from, int to, struct err *err);

static int below_copy(int from, int to, const char *name, struct err *err)
{
	autoclose in = openat(from, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	autoclose out = -1;

	if (in < 0)
		return err_errno(err, "open");
	if (mkdirat(to, name, 0700) < 0)
		return err_errno(err, "make the directory");
	out = openat(to, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return out < 0 ? err_errno(err, "open the copy") : directory_copy(in, out, err);
}

static int entry_copy(int from, int to, const char *name, struct err *err)
{
	struct stat stat;
	int result;

	if (fstatat(from, name, &stat, AT_SYMLINK_NOFOLLOW) < 0)
		return err_errno(err, "stat");
	if (S_ISREG(stat.st_mode))
		result = file_copy(from, to, name, err);
	else if (S_ISDIR(stat.st_mode))
		result = below_copy(from, to, name, err);
	else if (S_ISLNK(stat.st_mode))
		result = link_copy(from, to, name, err);
	else if ((result = mknodat(to, name, stat.st_mode, stat.st_rdev)) < 0)
		err_errno(err, "make the node");
	return result < 0 ? -1 : attributes_set(to, name, &stat, err);
}

static int directory_copy(int from, int to, struct err *err)
{
	DIR *entries = file_entries(from);
	const char *name;
	int result = 0;

	if (!entries)
		return err_errno(err, "list the directory");
	while (result == 0 && (name = file_entry_next(entries))) {
		result = entry_copy(from, to, name, err);
		if (result < 0)
			err_where(err, "copy %s", name);
	}
	closedir(entries);
	return result;
}

int copy_up(int from, int to, struct err *err)
{
	struct stat stat;

	if (fstat(from, &stat) < 0)
		return err_errno(err, "stat the directory it covers");
	return directory_copy(from, to, err) < 0 ? -1 : attributes_set(to, ".", &stat, err);
}
