/*
 * Names of users and groups looked up in the root's own /etc/passwd and /etc/group, which the
 * sandbox's author wrote, not the host: bounded, reached without leaving the root, every number
 * strict. The C library's own look-up would ask the host. Formats: passwd(5), group(5).
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "base/accounts.h"
#include "base/fd.h"
#include "base/file.h"
#include "config/registration.h"
#include "config/store-path.h"
#include "config/store-place.h"
#include "policy/sections.h"

enum { ACCOUNTS_SIZE_MOST = 1 << 20 };

/* True if the file is in one of the closure's store paths, all of which the sandbox shows. */
static bool is_listed(const struct config_closure *closure, int file, struct arena *arena)
{
	char link[FD_PATH_SIZE], place[PATH_MAX];
	ssize_t length = readlink(fd_path(file, link), place, sizeof(place));
	const char *path, *inside;

	if (length < 0 || length == (ssize_t)sizeof(place))
		return false;
	path = store_path_at(closure->store, arena_copy(arena, place, (size_t)length));
	inside = path ? path_inside(path, closure->store_dir) : NULL;
	if (!inside)
		return false;
	length = inside - path + (ssize_t)strcspn(inside, "/");
	return closure_find(&closure->closure, arena_copy(arena, path, (size_t)length)) != NULL;
}

/* Over links from one store path to another, as buildEnv makes them; -1 with errno. */
static int linked_open(const struct draft *draft, size_t root, const char *path)
{
	const struct config_closure *closure = draft->config->closure;
	char link[FD_PATH_SIZE];

	errno = ENOENT;
	if (!closure)
		return -1;
	path = arena_printf(draft->arena, "%s%s", closure->roots.items[root], path);
	autoclose place = store_open(closure->store, path, O_PATH);
	if (place < 0)
		return -1;
	if (is_listed(closure, place, draft->arena))
		return open(fd_path(place, link), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	errno = ENOENT;
	return -1;
}

/* The file of the first root that has it, or -1 with err. */
static int accounts_open(
	const struct draft *draft, const char *path, const char *name, struct err *err)
{
	if (draft->config->closure && draft->config->closure->image_sha256) {
		err_set(err, EINVAL,
			"look up \"%s\": the root's %s is in a packed closure, which is not "
			"mounted yet",
			name, path);
		return err_hint(err, "a number needs no look-up");
	}
	for (size_t i = 0; i < draft->roots.count; i++) {
		autoclose root = root_open(draft, i, O_PATH | O_DIRECTORY);
		int file;

		if (root < 0)
			return err_errno(err, "open the root %s", draft->roots.items[i]);
		file = file_open_in_root(root, path, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0);
		if (file < 0 && errno == ENOENT)
			file = linked_open(draft, i, path);
		if (file >= 0)
			return file;
	}
	err_errno(err, "look up \"%s\": open %s in the root %s", name, path,
		draft->roots.items[draft->roots.count - 1]);
	return err_hint(err, "a number needs no look-up");
}

/* The line of name in a file of the root, its text in the draft's arena; NULL with err. */
static const char *account_find(
	const struct draft *draft, const char *path, const char *name, struct err *err)
{
	autoclose file = accounts_open(draft, path, name, err);
	struct bytes bytes;
	const char *line;

	if (file < 0 || file_read_fd(file, path, ACCOUNTS_SIZE_MOST, draft->arena, &bytes, err) < 0)
		return NULL;
	line = account_line(bytes.text, 0, name);
	if (!line)
		err_set(err, EINVAL,
			"the root's %s has no \"%s\"; write one that it has, or a number", path,
			name);
	return line;
}

static bool numeric(const char *text)
{
	return !text[strspn(text, "0123456789")];
}

static int number_read(const char *text, int64_t *id, struct err *err)
{
	if (account_id_read(text, strlen(text), id))
		return 0;
	return err_set(err, EINVAL, "\"%s\" is no id; they go from 0 to 4294967294", text);
}

int account_user(
	const struct draft *draft, const char *user, int64_t *uid, int64_t *gid, struct err *err)
{
	const char *line, *uid_text, *gid_text;
	size_t uid_length, gid_length;

	if (numeric(user)) {
		if (number_read(user, uid, err) < 0)
			return -1;
		*gid = *uid;
		return 0;
	}
	line = account_find(draft, "/etc/passwd", user, err);
	if (!line)
		return -1;
	uid_text = account_field(line, 2, &uid_length);
	gid_text = account_field(line, 3, &gid_length);
	if (account_id_read(uid_text, uid_length, uid) &&
		account_id_read(gid_text, gid_length, gid))
		return 0;
	return err_set(err, EINVAL, "the root's /etc/passwd has a malformed line for \"%s\"", user);
}

int account_group(const struct draft *draft, const char *group, int64_t *gid, struct err *err)
{
	const char *line, *text;
	size_t length;

	if (numeric(group))
		return number_read(group, gid, err);
	line = account_find(draft, "/etc/group", group, err);
	if (!line)
		return -1;
	text = account_field(line, 2, &length);
	if (account_id_read(text, length, gid))
		return 0;
	return err_set(err, EINVAL, "the root's /etc/group has a malformed line for \"%s\"", group);
}
