/*
 * Whom the new process runs as. A name means what the container's own /etc/passwd and /etc/group
 * say; its workload may have written those, so they are read by descriptor, bounded, and believed
 * only about ids inside. A number is a number from its first to its last character: what is neither
 * is an error and never becomes another user (CVE-2026-30892). Formats: passwd(5), group(5).
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/accounts.h"
#include "base/arena.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/lists.h"
#include "run/exec.h"

enum { ACCOUNTS_SIZE_MOST = 4 << 20 };

/* The text of a file of the container; "" if it has none. NULL with err. */
static const char *accounts_read(const struct run *run, const char *path, struct err *err)
{
	struct stat stat;
	struct bytes bytes;
	autoclose file = file_open_in_root(
		run->target.root, path, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0);

	if (file < 0 && (errno == ENOENT || errno == ENOTDIR))
		return "";
	if (file < 0 || fstat(file, &stat) < 0) {
		err_errno(err, "open the container's %s", path);
		return NULL;
	}
	if (!S_ISREG(stat.st_mode)) {
		err_set(err, EINVAL, "the container's %s is not a regular file", path);
		return NULL;
	}
	if (file_read_fd(file, path, ACCOUNTS_SIZE_MOST, run->arena, &bytes, err) < 0)
		return NULL;
	return bytes.text;
}

static bool field_id(const char *line, unsigned index, int64_t *id)
{
	size_t length;
	const char *text = account_field(line, index, &length);

	return account_id_read(text, length, id);
}

/* A user or group, by number or by name, as the lines of its file have it; *line may be NULL. */
static int account_find(const char *accounts, const char *path, const char *text, int64_t *id,
	const char **line, struct err *err)
{
	bool number = account_id_read(text, strlen(text), id);

	*line = account_line(accounts, number ? 2 : 0, text);
	if (number)
		return 0;
	/* A sign or a digit begins a number, and this is none. */
	if (*text && !strchr("+-0123456789", *text) && *line && field_id(*line, 2, id))
		return 0;
	return err_set(err, EINVAL,
		"\"%.80s\" is neither a number up to 4294967294 nor a name in the container's %s",
		text, path);
}

static bool is_member(const char *line, const char *name, size_t name_length)
{
	size_t length;
	const char *members = account_field(line, 3, &length), *end = members + length;

	while (members < end) {
		size_t word = strcspn(members, ",\n");

		if (word == name_length && !strncmp(members, name, word))
			return true;
		members += word + 1;
	}
	return false;
}

/* The groups that list the user of a line of /etc/passwd. */
static void groups_of(
	struct config_user *user, const char *line, const char *accounts, struct arena *arena)
{
	size_t length;
	const char *name = account_field(line, 0, &length);
	int64_t gid;

	for (; length && *accounts; accounts = account_next(accounts))
		if (is_member(accounts, name, length) && field_id(accounts, 2, &gid))
			numbers_add(&user->additional_gids, arena, gid);
}

static int user_settle(const struct run *run, const struct exec_request *request,
	struct config_user *user, const char *passwd, const char *group, struct err *err)
{
	const char *colon = strchr(request->user, ':'), *line, *ignored;
	const char *name = colon
		? arena_copy(run->arena, request->user, (size_t)(colon - request->user))
		: request->user;

	user->uid.set = user->gid.set = true;
	user->additional_gids = (struct numbers){ 0 };
	if (account_find(passwd, "/etc/passwd", name, &user->uid.value, &line, err) < 0)
		return -1;
	if (!line || !field_id(line, 3, &user->gid.value))
		user->gid.value = 0;
	if (line && !request->groups.count)
		groups_of(user, line, group, run->arena);
	return colon ? account_find(group, "/etc/group", colon + 1, &user->gid.value, &ignored, err)
		     : 0;
}

static int groups_settle(const struct run *run, const struct exec_request *request,
	struct config_user *user, const char *group, struct err *err)
{
	const char *ignored;
	int64_t gid;

	user->additional_gids = (struct numbers){ 0 };
	for (size_t i = 0; i < request->groups.count; i++) {
		if (account_find(
			    group, "/etc/group", request->groups.items[i], &gid, &ignored, err) < 0)
			return err_where(err, "--additional-gids");
		numbers_add(&user->additional_gids, run->arena, gid);
	}
	return 0;
}

int exec_user_settle(const struct run *run, const struct exec_request *request,
	struct config_process *process, struct err *err)
{
	const char *passwd, *group;

	if (!request->user && !request->groups.count)
		return 0;
	passwd = accounts_read(run, "/etc/passwd", err);
	group = passwd ? accounts_read(run, "/etc/group", err) : NULL;
	if (!group)
		return -1;
	if (request->user && user_settle(run, request, &process->user, passwd, group, err) < 0)
		return err_where(err, "--user");
	return request->groups.count ? groups_settle(run, request, &process->user, group, err) : 0;
}
