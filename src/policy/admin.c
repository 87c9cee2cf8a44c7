/*
 * nucleus.toml and policies by name, for containers of clients. A name is no path, so whoever
 * writes a bundle chooses among what the administrator put there, and learns of a policy's text
 * nothing but the place of a fault. Whatever is not as it must be is an error: a container never
 * starts without a policy because its file could not be read. path_resolution(7), openat(2).
 */
#include "policy/admin.h"

#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/lists.h"
#include "format/toml.h"
#include "policy/sections.h"

#define POLICIES "/etc/nucleus/policies"

enum { NAME_MOST = 100 };

/* clang-format off */
static const struct key rule_keys[] = {
	KEY(struct admin_rule, root, "--root is this directory or below it: the client, as it was configured"),
	KEY(struct admin_rule, cgroup, "linux.cgroupsPath matches this pattern: * is any text"),
	KEY(struct admin_rule, annotation, "the bundle has this annotation"),
	KEY(struct admin_rule, value, "the annotation's value matches this pattern; any does if absent"),
	KEY(struct admin_rule, policy, "the name of a policy; required"),
	KEY(struct admin_rule, sha256, "what its file must hash to"),
	KEY(struct admin_rule, mandatory, "applied whatever else is: --policy or an annotation only narrow it further"),
	{ 0 }
};

const struct key admin_keys[] = {
	KEY(struct admin, version, "the version of this format: 1; required"),
	KEY(struct admin, policies, "directories of policies, NAME.toml each; [\"" POLICIES "\"] if absent"),
	LIST("rule", struct admin, rule, rule_keys, "who gets which policy; without a condition everybody does"),
	{ 0 }
};
/* clang-format on */

/* Belongs to root (who owns "/", seen from a user namespace), or to an unprivileged caller. */
static bool owner_trusted(const struct stat *status)
{
	struct stat root;

	return status->st_uid == 0 || status->st_uid == geteuid() ||
		(stat("/", &root) == 0 && status->st_uid == root.st_uid);
}

/* Others may add names to a sticky directory on the way, but not take ours. */
static int trust_check(int fd, bool on_the_way, const char *path, struct err *err)
{
	struct stat status;

	if (fstat(fd, &status) < 0)
		return err_errno(err, "%s: stat", path);
	if (!owner_trusted(&status))
		return err_set(err, EPERM, "%s: does not belong to root", path);
	if (status.st_mode & (S_IWGRP | S_IWOTH) && !(on_the_way && status.st_mode & S_ISVTX))
		return err_set(err, EPERM, "%s: others than root may write it", path);
	return 0;
}

/* Opens a directory from "/" on, name by name; -1 with err. */
static int directory_open(const char *path, struct arena *arena, struct err *err)
{
	autoclose at = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (at < 0)
		return err_errno(err, "/: open");
	for (const char *end = path; *end;) {
		size_t length = strcspn(end + 1, "/");
		const char *name = arena_copy(arena, end + 1, length), *place;
		int next;

		if (trust_check(at, true, arena_copy(arena, path, (size_t)(end - path)), err) < 0)
			return -1;
		end += 1 + length;
		place = arena_copy(arena, path, (size_t)(end - path));
		next = file_open_plain(at, name, O_PATH | O_DIRECTORY);
		if (next < 0)
			return err_errno(err, "%s: open", place);
		close(at);
		at = next;
	}
	return trust_check(at, false, path, err) < 0 ? -1 : take_fd(&at);
}

/* Reads a file of a directory that is trusted, if it is so itself. */
static int trusted_read(int dir, const char *name, const char *path, struct arena *arena,
	struct bytes *bytes, struct err *err)
{
	autoclose fd = file_open_plain(dir, name, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW);
	struct stat status;

	if (fd < 0)
		return err_errno(err, "%s: open", path);
	if (fstat(fd, &status) < 0 || !S_ISREG(status.st_mode))
		return err_set(err, EINVAL, "%s: not a regular file", path);
	if (trust_check(fd, false, path, err) < 0)
		return -1;
	return file_read_fd(fd, path, POLICY_SIZE_MOST, arena, bytes, err);
}

static bool name_well_formed(const char *name)
{
	return *name && strlen(name) <= NAME_MOST &&
		!name[strspn(
			name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-")];
}

#define admin_error(document, admin, path, err, ...) \
	rows_fault(document, (admin)->file, path, err, __VA_ARGS__)

static int rule_check(const struct node *document, const struct admin *admin, size_t index,
	struct arena *arena, struct err *err)
{
	const struct admin_rule *rule = &admin->rule[index];
	const char *at = arena_printf(arena, "rule[%zu]", index);
	unsigned char sum[SHA256_SIZE];

	if (!rule->policy || !name_well_formed(rule->policy))
		return admin_error(document, admin, arena_printf(arena, "%s.policy", at), err,
			"needs the name of a policy: letters, digits, - and _");
	if (rule->sha256 && !digest_read(rule->sha256, sum))
		return admin_error(document, admin, arena_printf(arena, "%s.sha256", at), err,
			"must be the 64 hexadecimal digits that sha256sum prints");
	if (rule->value && !rule->annotation)
		return admin_error(document, admin, arena_printf(arena, "%s.value", at), err,
			"is the value of which annotation? Name that too");
	if (rule->root && path_fault(rule->root))
		return admin_error(document, admin, arena_printf(arena, "%s.root", at), err,
			"\"%s\" %s", rule->root, path_fault(rule->root));
	return 0;
}

static int admin_check(const struct node *document, const struct admin *admin, struct arena *arena,
	struct err *err)
{
	if (!admin->version.set || admin->version.value != 1)
		return admin_error(document, admin, "version", err,
			"must be 1, the only version there is: add version = 1");
	for (size_t i = 0; i < admin->policies.count; i++)
		if (path_fault(admin->policies.items[i]))
			return admin_error(document, admin, arena_printf(arena, "policies[%zu]", i),
				err, "\"%s\" %s", admin->policies.items[i],
				path_fault(admin->policies.items[i]));
	for (size_t i = 0; i < admin->rule_count; i++)
		if (rule_check(document, admin, i, arena, err) < 0)
			return -1;
	return 0;
}

/* The bytes of a trusted file by its path; 1 if it is not there and need not be. */
static int path_read(
	const char *path, bool required, struct arena *arena, struct bytes *bytes, struct err *err)
{
	const char *slash = strrchr(path, '/');
	autoclose dir = directory_open(arena_copy(arena, path, (size_t)(slash - path)), arena, err);

	if (dir >= 0 && trusted_read(dir, slash + 1, path, arena, bytes, err) == 0)
		return 0;
	return err->code == ENOENT && !required ? 1 : -1;
}

int admin_parse(
	const struct bytes *bytes, struct admin *admin, struct arena *arena, struct err *err)
{
	struct err fault;
	struct node *document = toml_read(arena, bytes->text, bytes->length, &fault);

	if (!document)
		return err_set(err, fault.code, "%s:%s", admin->file, fault.text);
	if (rows_read(admin_keys, document, admin, arena, UNKNOWN_REFUSED, admin->file, err) < 0)
		return -1;
	return admin_check(document, admin, arena, err);
}

struct admin *admin_read(
	const char *file, bool required, bool hushed, struct arena *arena, struct err *err)
{
	struct admin *admin = arena_alloc(arena, 1, sizeof(*admin));
	struct bytes bytes = { 0 };
	int found;

	admin->file = file;
	if (path_fault(file)) {
		err_set(err, EINVAL, "%s: the administrator's file %s", file, path_fault(file));
		return NULL;
	}
	found = path_read(file, required, arena, &bytes, err);
	if (found < 0)
		return NULL;
	if (found == 0 && admin_parse(&bytes, admin, arena, err) < 0) {
		if (hushed)
			admin_hush("the administrator's file", file, err);
		return NULL;
	}
	if (!admin->policies.set)
		strings_add(&admin->policies, arena, POLICIES);
	return admin;
}

/* Text as paths are compared: without doubled slashes and single dots. */
static const char *path_fold(const char *from, struct arena *arena)
{
	char *folded = arena_strdup(arena, from), *to = folded;

	while (*from) {
		size_t length = strcspn(from, "/");

		if (length == 1 && *from == '.' && to > folded && to[-1] == '/')
			length = 0, from++;
		memmove(to, from, length);
		to += length;
		from += length;
		if (*from == '/' && (to == folded || to[-1] != '/'))
			*to++ = '/';
		from += strspn(from, "/");
	}
	if (to > folded + 1 && to[-1] == '/')
		to--;
	*to = '\0';
	return folded;
}

/* Where a path leads, links followed as far as there is anything. */
static const char *path_real(const char *path, struct arena *arena)
{
	char real[PATH_MAX];
	size_t length;

	if (*path != '/' && getcwd(real, sizeof(real)))
		path = arena_printf(arena, "%s/%s", real, path);
	length = strlen(path);
	while (length && !realpath(arena_copy(arena, path, length), real))
		while (length && path[--length] != '/')
			;
	return length ? path_fold(arena_printf(arena, "%s%s", real, path + length), arena)
		      : path_fold(path, arena);
}

static bool annotation_matches(const struct admin_rule *rule, const struct config *config)
{
	for (size_t i = 0; i < config->annotations.count; i++) {
		const struct pair *pair = &config->annotations.items[i];

		if (!strcmp(pair->key, rule->annotation) &&
			(!rule->value || fnmatch(rule->value, pair->value, 0) == 0))
			return true;
	}
	return false;
}

bool admin_rule_matches(const struct admin_rule *rule, const char *state_root,
	const struct config *config, struct arena *arena)
{
	const char *cgroup = config->cgroups_path ? config->cgroups_path : "";

	return (!rule->root ||
		       path_below(path_real(state_root, arena), path_real(rule->root, arena))) &&
		(!rule->cgroup || fnmatch(rule->cgroup, cgroup, 0) == 0) &&
		(!rule->annotation || annotation_matches(rule, config));
}

/* The text of the policy of that name, and what errors call it; NULL with err. */
static const char *policy_find(const struct admin *admin, const char *name, const char **file,
	struct arena *arena, struct bytes *bytes, struct err *err)
{
	for (size_t i = 0; i < admin->policies.count; i++) {
		const char *dir = admin->policies.items[i];
		int found;

		*file = arena_printf(arena, "%s/%s.toml", dir, name);
		found = path_read(*file, false, arena, bytes, err);
		if (found <= 0)
			return found < 0 ? NULL : bytes->text;
	}
	bytes->text = (char *)policy_builtin(name);
	*file = arena_printf(arena, "%s (built in)", name);
	if (bytes->text) {
		bytes->length = strlen(bytes->text);
		return bytes->text;
	}
	err_set(err, ENOENT, "policy \"%s\": the administrator has none of that name", name);
	return NULL;
}

/* True if text begins with FILE:LINE:COLUMN; *end is where that ends. */
static bool place_read(const char *text, const char *file, size_t *end)
{
	size_t at = 0;

	while (file[at] && text[at] == file[at])
		at++;
	if (file[at])
		return false;
	for (int i = 0; i < 2; i++) {
		size_t digits = text[at] == ':' ? strspn(text + at + 1, "0123456789") : 0;

		if (!digits)
			return false;
		at += 1 + digits;
	}
	*end = at;
	return true;
}

int admin_hush(const char *what, const char *file, struct err *err)
{
	char place[sizeof(err->text)] = "";
	size_t end = 0;

	if (place_read(err->text, file, &end))
		memcpy(place, err->text, end);
	place[end] = '\0';
	err_set(err, EINVAL, "%s: %s%scannot be used", what, place, *place ? ": " : "");
	return err_hint(err, "`nucleus plan` of the bundle tells more to who may read the file");
}

/* A policy is as trustworthy as the least of its layers. */
static int layer_read(const char *file, struct arena *arena, struct bytes *bytes, struct err *err)
{
	if (path_fault(file))
		return err_set(err, EINVAL, "%s: it %s", file, path_fault(file));
	return path_read(file, true, arena, bytes, err);
}

struct policy *admin_policy(const struct admin *admin, const char *name, const char *pinned,
	bool hushed, char sha256[static SHA256_TEXT_SIZE], struct arena *arena, struct err *err)
{
	unsigned char sum[SHA256_SIZE], wanted[SHA256_SIZE];
	struct policy *policy;
	struct bytes bytes = { 0 };
	const char *file;

	if (!name_well_formed(name)) {
		err_set(err, EINVAL,
			"it is no name of a policy, which has letters, digits, - and _ alone");
		return NULL;
	}
	if (!policy_find(admin, name, &file, arena, &bytes, err))
		return NULL;
	digest_bytes(bytes.text, bytes.length, sum);
	digest_text(sum, sha256);
	if (pinned && (!digest_read(pinned, wanted) || memcmp(sum, wanted, sizeof(sum)) != 0)) {
		err_set(err, EINVAL, "policy \"%s\": its sha256 is not the pinned one", name);
		return NULL;
	}
	policy = policy_read_layers(bytes.text, bytes.length, file, layer_read, arena, err);
	if (!policy && hushed)
		admin_hush(arena_printf(arena, "policy \"%s\"", name), file, err);
	return policy;
}
