/*
 * Changes written back to the host. Every directory on the way is opened again below the root it
 * was copied from, through no link and no other mount, and must be the one that was copied. A file
 * is made whole under a name of its own and then takes its place at once; what that place held is
 * looked at afterwards, and put back if it is not what was copied: somebody else changed it
 * meanwhile. openat2(2), rename(2).
 *
 * A new file belongs to whom its directory belongs, a changed one to whom it did. Others may write
 * only what they could write before.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/file.h"
#include "kernel/tree.h"

static const char *path_of(const struct tree_change *change)
{
	return change->now ? change->now->path : change->was->path;
}

static bool type_differs(const struct tree_change *change)
{
	return change->was && change->now && (change->was->mode ^ change->now->mode) & S_IFMT;
}

static bool is_same_place(const struct stat *one, const struct stat *other)
{
	return one->st_ino == other->st_ino && one->st_dev == other->st_dev &&
		!((one->st_mode ^ other->st_mode) & S_IFMT);
}

static bool is_same_time(struct timespec one, struct timespec other)
{
	return one.tv_sec == other.tv_sec && one.tv_nsec == other.tv_nsec;
}

/* A directory may have got entries, and a rename changes the change time of what is renamed. */
static bool is_unchanged(const struct stat *was, const struct stat *here, bool renamed)
{
	if (!is_same_place(was, here))
		return false;
	return S_ISDIR(was->st_mode) ||
		(was->st_size == here->st_size && is_same_time(was->st_mtim, here->st_mtim) &&
			(renamed || is_same_time(was->st_ctim, here->st_ctim)));
}

/* The directory that path is in, and the last component; -1 with errno, ESTALE for another one. */
static int parent_open(const struct tree_return *back, const char *path, const char **name)
{
	const char *slash = strrchr(path, '/');
	const struct tree_entry *was;
	char parent[PATH_MAX];
	struct stat here;

	*name = slash ? slash + 1 : path;
	if (!slash)
		return openat(back->host, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	snprintf(parent, sizeof(parent), "%.*s", (int)(slash - path), path);
	autoclose dir = file_open_beneath(back->host, parent, O_RDONLY | O_DIRECTORY);
	if (dir < 0)
		return -1;
	was = tree_find(back->was, parent);
	if (was && S_ISDIR(was->mode) &&
		(fstat(dir, &here) < 0 || !is_same_place(&was->host, &here))) {
		errno = ESTALE;
		return -1;
	}
	return take_fd(&dir);
}

/*
 * True if nothing can be at path, as what it would be in is new or was no directory. Whether that
 * can be made is asked of its own change.
 */
static bool parent_is_new(const struct tree_return *back, const char *path)
{
	const struct tree_entry *was;
	char parent[PATH_MAX];
	char *slash;

	snprintf(parent, sizeof(parent), "%s", path);
	slash = strrchr(parent, '/');
	if (!slash)
		return false;
	*slash = '\0';
	was = tree_find(back->was, parent);
	return !was || !S_ISDIR(was->mode);
}

/* Entries of a directory that is to be removed must all be known. */
static bool has_stranger(const struct tree_return *back, const char *path)
{
	autoclose dir = file_open_beneath(back->host, path, O_RDONLY | O_DIRECTORY);
	DIR *entries = dir < 0 ? NULL : file_entries(dir);
	const char *name;
	bool found = false;

	while (entries && !found && (name = file_entry_next(entries)))
		found = !tree_find(back->was, arena_printf(back->arena, "%s/%s", path, name));
	if (entries)
		closedir(entries);
	return found;
}

const char *tree_conflict(const struct tree_return *back, const struct tree_change *change)
{
	const char *path = path_of(change), *name;
	autoclose dir = parent_open(back, path, &name);
	bool goes = change->was && S_ISDIR(change->was->mode) &&
		(!change->now || !S_ISDIR(change->now->mode));
	struct stat here;

	if (dir < 0 && !change->was && (errno == ENOENT || errno == ENOTDIR || errno == ELOOP) &&
		parent_is_new(back, path))
		return NULL;
	if (dir < 0)
		return errno == ESTALE || errno == ELOOP || errno == ENOTDIR || errno == ENOENT ||
				errno == EXDEV
			? "lies in a directory that was replaced"
			: "lies in a directory that cannot be opened";
	if (fstatat(dir, name, &here, AT_SYMLINK_NOFOLLOW) < 0)
		return !change->was && errno == ENOENT ? NULL : "was removed";
	if (!change->was)
		return "was made";
	if (!is_unchanged(&change->was->host, &here, false))
		return "was changed";
	return goes && has_stranger(back, path) ? "has got entries that were not copied" : NULL;
}

static int draft_begin(struct tree_draft *draft, int dir)
{
	unsigned long long number;

	if (getrandom(&number, sizeof(number), 0) != sizeof(number))
		return -1;
	snprintf(draft->name, sizeof(draft->name), ".nucleus-%016llx", number);
	draft->dir = fcntl(dir, F_DUPFD_CLOEXEC, 3);
	return draft->dir < 0 ? -1 : 0;
}

void tree_draft_remove(struct tree_draft *draft)
{
	if (draft->dir >= 0)
		unlinkat(draft->dir, draft->name, 0);
	fd_close(&draft->dir);
}

static int conflict_error(const struct tree_return *back, struct err *err)
{
	return err_set(err, ESTALE,
		"somebody else changed it on the host at this moment; %zu changes before it are written",
		back->done);
}

/*
 * The draft takes the place of what was copied; where that is something else by now, it gets its
 * place back. Where two names cannot be exchanged, the look before must do.
 */
static int draft_place(const struct tree_return *back, int dir, const char *name,
	const struct tree_change *change, struct err *err)
{
	struct tree_draft *draft = back->draft;
	bool replaces = change->was && !type_differs(change);
	struct stat here;

	if (!replaces) {
		if (syscall(SYS_renameat2, dir, draft->name, dir, name, RENAME_NOREPLACE) == 0) {
			fd_close(&draft->dir);
			return 0;
		}
		return errno == EEXIST ? conflict_error(back, err) : err_errno(err, "place it");
	}
	if (fstatat(dir, name, &here, AT_SYMLINK_NOFOLLOW) < 0 ||
		!is_unchanged(&change->was->host, &here, false))
		return conflict_error(back, err);
	if (syscall(SYS_renameat2, dir, draft->name, dir, name, RENAME_EXCHANGE) < 0) {
		if (errno != EINVAL || renameat(dir, draft->name, dir, name) < 0)
			return err_errno(err, "place it");
		fd_close(&draft->dir);
		return 0;
	}
	if (fstatat(dir, draft->name, &here, AT_SYMLINK_NOFOLLOW) == 0 &&
		is_unchanged(&change->was->host, &here, true)) {
		tree_draft_remove(draft);
		return 0;
	}
	syscall(SYS_renameat2, dir, draft->name, dir, name, RENAME_EXCHANGE);
	return conflict_error(back, err);
}

/* Whose the result is: of whom it was, else of its directory. */
static int owner_set(
	int dir, int fd, const char *name, const struct tree_change *change, struct err *err)
{
	struct stat like, here;
	int flags = AT_SYMLINK_NOFOLLOW | (*name ? 0 : AT_EMPTY_PATH);

	if (fstat(dir, &like) < 0 || fstatat(fd, name, &here, flags) < 0)
		return err_errno(err, "stat");
	if (change->was)
		like = change->was->host;
	if ((here.st_uid == like.st_uid && here.st_gid == like.st_gid) ||
		fchownat(fd, name, like.st_uid, like.st_gid, flags) == 0)
		return 0;
	/* Who is not root makes files of their own. */
	return geteuid() != 0 || errno == EINVAL ? 0 : err_errno(err, "set its owner");
}

static mode_t mode_back(const struct tree_change *change)
{
	mode_t others = change->was ? change->was->host.st_mode & 022 : 0;

	return change->now->mode & (0755 | others);
}

static int file_write(
	const struct tree_return *back, int dir, const struct tree_change *change, struct err *err)
{
	const struct stat *made = &change->now->host;
	autoclose in = file_open_beneath(back->root, change->now->path, O_RDONLY), out = -1;
	ssize_t sent;

	if (in < 0)
		return err_errno(err, "open what comes back");
	out = openat(
		dir, back->draft->name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (out < 0)
		return err_errno(err, "make a file");
	while ((sent = sendfile(out, in, NULL, INT_MAX)) > 0)
		continue;
	if (sent < 0)
		return err_errno(err, "write");
	if (owner_set(dir, out, "", change, err) < 0)
		return -1;
	if (fchmod(out, mode_back(change)) < 0 ||
		futimens(out, (struct timespec[]){ made->st_atim, made->st_mtim }) < 0)
		return err_errno(err, "set its mode and times");
	return 0;
}

static int link_write(
	const struct tree_return *back, int dir, const struct tree_change *change, struct err *err)
{
	if (symlinkat(change->now->link, dir, back->draft->name) < 0)
		return err_errno(err, "make a link");
	return owner_set(dir, dir, back->draft->name, change, err);
}

static int directory_write(const struct tree_return *back, int dir, const char *name,
	const struct tree_change *change, struct err *err)
{
	autoclose made = -1;

	if (change->was && !type_differs(change))
		return 0;
	if (mkdirat(dir, name, 0700) < 0)
		return errno == EEXIST ? conflict_error(back, err)
				       : err_errno(err, "make a directory");
	made = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return made < 0 ? err_errno(err, "open") : owner_set(dir, made, "", change, err);
}

static int change_write(
	const struct tree_return *back, const struct tree_change *change, struct err *err)
{
	const char *name;
	autoclose dir = parent_open(back, change->now->path, &name);
	int result;

	if (dir < 0)
		return errno == ESTALE || errno == ELOOP || errno == ENOTDIR || errno == ENOENT
			? conflict_error(back, err)
			: err_errno(err, "open the directory it lies in");
	if (S_ISDIR(change->now->mode))
		return directory_write(back, dir, name, change, err);
	if (draft_begin(back->draft, dir) < 0)
		return err_errno(err, "begin a file");
	result = change->now->link ? link_write(back, dir, change, err)
				   : file_write(back, dir, change, err);
	if (result == 0)
		result = draft_place(back, dir, name, change, err);
	tree_draft_remove(back->draft);
	return result;
}

/* What is removed is what was copied, as far as can be known: removal has no way to ask. */
static int change_remove(
	const struct tree_return *back, const struct tree_change *change, struct err *err)
{
	const char *name;
	autoclose dir = parent_open(back, change->was->path, &name);
	struct stat here;

	if (dir < 0 || fstatat(dir, name, &here, AT_SYMLINK_NOFOLLOW) < 0 ||
		!is_unchanged(&change->was->host, &here, false))
		return conflict_error(back, err);
	if (unlinkat(dir, name, S_ISDIR(change->was->mode) ? AT_REMOVEDIR : 0) == 0)
		return 0;
	return errno == ENOTEMPTY || errno == EEXIST ? conflict_error(back, err)
						     : err_errno(err, "remove");
}

/* Last of all, as it may keep its own owner from writing. */
static int directory_finish(
	const struct tree_return *back, const struct tree_change *change, struct err *err)
{
	autoclose dir = file_open_beneath(back->host, change->now->path, O_RDONLY | O_DIRECTORY);
	struct stat here;

	if (dir < 0 || fstat(dir, &here) < 0 ||
		(change->was && !type_differs(change) && !is_same_place(&change->was->host, &here)))
		return conflict_error(back, err);
	return fchmod(dir, mode_back(change)) < 0 ? err_errno(err, "set its mode") : 0;
}

typedef int one_change(
	const struct tree_return *back, const struct tree_change *change, struct err *err);

static int one_do(struct tree_return *back, const struct tree_change *change, one_change *act,
	struct err *err)
{
	if (act(back, change, err) < 0)
		return err_where(err, "%.300s", path_of(change));
	back->done++;
	return 0;
}

int tree_bring_back(struct tree_return *back, const struct tree_changes *changes, struct err *err)
{
	/* What is in a directory goes before it, and comes after it. */
	for (size_t i = changes->count; i-- > 0;) {
		const struct tree_change *change = &changes->items[i];

		if (!change->refused && change->was && (!change->now || type_differs(change)) &&
			one_do(back, change, change_remove, err) < 0)
			return -1;
	}
	for (size_t i = 0; i < changes->count; i++) {
		const struct tree_change *change = &changes->items[i];

		if (!change->refused && change->now && one_do(back, change, change_write, err) < 0)
			return -1;
	}
	for (size_t i = changes->count; i-- > 0;) {
		const struct tree_change *change = &changes->items[i];

		if (!change->refused && change->now && S_ISDIR(change->now->mode) &&
			directory_finish(back, change, err) < 0)
			return err_where(err, "%.300s", path_of(change));
	}
	return 0;
}
