/*
 * What of the host must stay out of every sandbox. Nothing permits these places, not even agent
 * mode: whoever can talk to a container engine, or can write what the host runs, is the host's
 * root; and what holds keys is given as a secret, one key at a time. A place is told by its name,
 * by the names it has elsewhere (mountinfo in proc(5)), and, for sockets, by its inode.
 */
#include "config/shared-place.h"

#include <assert.h>
#include <fnmatch.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/fd.h"
#include "config/host-places.h"

#define ENGINE "is how a container engine is told what to do: whoever reaches it is the host's root"
#define ENGINE_FILES "belongs to a container engine, with what its containers hold"
#define SYSTEM "is a part of the host that no sandbox may write"
#define WHOLE SYSTEM "; name a directory in it"
#define HOME "is a whole home directory, with its keys and start-up files; name a directory in it"
#define CREDENTIALS "holds credentials; give the sandbox the one it needs as a [[secret]]"
#define OWN "is nucleus' own"
#define HOLDS \
	"has places in it that no sandbox may see: sockets, keys or files of container engines; name a directory in it"

enum { ALONE = 0, TREE = 1, WRITTEN = 0, EVER = 2, ENGINES = 4 };

/* By pattern, "*" for one name; the place alone or all below it; when it is written or ever; but an
 * engine may share what is its own. */
static const struct rule {
	const char *pattern;
	unsigned when;
	const char *why;
} rules[] = {
	{ "/run/docker.sock", EVER, ENGINE },
	{ "/run/docker", TREE | EVER, ENGINE },
	{ "/run/containerd", TREE | EVER, ENGINE },
	{ "/run/crio", TREE | EVER, ENGINE },
	{ "/run/podman", TREE | EVER, ENGINE },
	{ "/run/buildkit", TREE | EVER, ENGINE },
	{ "/run/k3s", TREE | EVER, ENGINE },
	{ "/run/libvirt", TREE | EVER, ENGINE },
	{ "/run/user/*/docker.sock", EVER, ENGINE },
	{ "/run/user/*/podman", TREE | EVER, ENGINE },
	{ "/run/user/*/containerd*", TREE | EVER, ENGINE },
	{ "/run/systemd/private", EVER, "is how systemd is told what to run" },
	{ "/run/dbus", TREE | EVER, "is how services of the host are told what to do" },
	{ "/run/credentials", TREE | EVER, CREDENTIALS },
	{ "/run/nucleus", TREE | EVER, OWN },
	{ "/run/user/*", EVER, "has the sockets of a user's session; name a directory in it" },
	{ "/run/user", EVER, "has the sockets of users' sessions" },
	{ "/run", EVER, "has the sockets of the host's services; name a directory in it" },
	{ "/var/run", EVER, "has the sockets of the host's services; name a directory in it" },
	{ "/var/lib/docker", TREE | EVER | ENGINES, ENGINE_FILES },
	{ "/var/lib/containerd", TREE | EVER | ENGINES, ENGINE_FILES },
	{ "/var/lib/containers", TREE | EVER | ENGINES, ENGINE_FILES },
	{ "/var/lib/crio", TREE | EVER | ENGINES, ENGINE_FILES },
	{ "/var/lib/kubelet", TREE | EVER | ENGINES, ENGINE_FILES },
	{ "/var/lib/rancher", TREE | EVER | ENGINES, ENGINE_FILES },
	{ "/var/lib/etcd", TREE | EVER | ENGINES, ENGINE_FILES },
	{ "/var/lib/nucleus", TREE | EVER, OWN },
	{ "/etc/nucleus", TREE, OWN },
	{ "/root", EVER, HOME },
	{ "/home", EVER, "has every home directory; name a directory in one" },
	{ "/home/*", EVER, HOME },
	{ "/bin", TREE, SYSTEM },
	{ "/boot", TREE, SYSTEM },
	{ "/etc", TREE, SYSTEM },
	{ "/lib", TREE, SYSTEM },
	{ "/lib32", TREE, SYSTEM },
	{ "/lib64", TREE, SYSTEM },
	{ "/libx32", TREE, SYSTEM },
	{ "/nix", TREE, SYSTEM },
	{ "/sbin", TREE, SYSTEM },
	{ "/usr", TREE, SYSTEM },
	{ "/var", WRITTEN, WHOLE },
	{ "/var/lib", WRITTEN, WHOLE },
	{ "/var/lib/dpkg", TREE, SYSTEM },
	{ "/var/lib/rpm", TREE, SYSTEM },
	{ "/var/lib/systemd", TREE, SYSTEM },
	{ "/var/spool", WRITTEN, WHOLE },
	{ "/var/spool/cron", TREE, SYSTEM },
};

/* Wherever they are. */
static const char *const credential_names[] = { ".aws", ".azure", ".docker", ".gnupg", ".kube",
	".netrc", ".password-store", ".ssh", ".git-credentials", ".vault-token" };
static const char *const socket_names[] = { "buildkitd.sock", "containerd.sock", "cri-dockerd.sock",
	"crio.sock", "docker.sock", "dockershim.sock", "libvirt-sock", "podman.sock" };

static bool is_one_of(const char *name, size_t length, const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strlen(names[i]) == length && !strncmp(names[i], name, length))
			return true;
	return false;
}

static const char *names_fault(const char *path)
{
	while (*path) {
		const char *name = path + strspn(path, "/");
		size_t length = strcspn(name, "/");

		if (is_one_of(name, length, credential_names,
			    sizeof(credential_names) / sizeof(*credential_names)))
			return CREDENTIALS;
		if (is_one_of(name, length, socket_names,
			    sizeof(socket_names) / sizeof(*socket_names)))
			return ENGINE;
		path = name + length;
	}
	return NULL;
}

/* Whether path is the rule's place or lies in its tree. */
static bool rule_meets(const struct rule *rule, const char *path)
{
	char part[PATH_MAX], *slash;
	int length = snprintf(part, sizeof(part), "%s", path);

	for (; *part && length < PATH_MAX; *slash = '\0') {
		if (fnmatch(rule->pattern, part, FNM_PATHNAME) == 0)
			return true;
		slash = strrchr(part, '/');
		if (!(rule->when & TREE) || !slash)
			return false;
	}
	return length >= PATH_MAX;
}

/* Whether the rule's place lies in path. */
static bool rule_within(const struct rule *rule, const char *path)
{
	size_t length = strlen(path);

	return !strncmp(rule->pattern, path, length) && rule->pattern[length] == '/';
}

const char *shared_name_fault(const char *path, unsigned use)
{
	const char *fault = names_fault(path);
	bool holds = false;

	for (size_t i = 0; !fault && i < sizeof(rules) / sizeof(*rules); i++) {
		const struct rule *rule = &rules[i];

		if (!(use & PLACE_WRITTEN) && !(rule->when & EVER))
			continue;
		if (use & PLACE_OF_ENGINE && rule->when & ENGINES)
			continue;
		if (rule_meets(rule, path))
			fault = rule->why;
		holds |= rule->when & EVER && rule_within(rule, path);
	}
	return fault || !holds ? fault : HOLDS;
}

static const char *name_fault(const char *path, unsigned use, struct arena *arena)
{
	return use & PLACE_OF_BUNDLE ? host_place_fault(path, arena) : shared_name_fault(path, use);
}

/* A line of mountinfo, as far as it is looked at. */
struct mount_line {
	char *root, *point;
	dev_t device;
};

/* Undoes mountinfo's \040 and its kin. */
static void unescape(char *text)
{
	char *to = text;

	for (; *text; text++)
		if (*text == '\\' && strspn(text + 1, "01234567") >= 3) {
			*to++ = (char)((text[1] - '0') << 6 | (text[2] - '0') << 3 |
				(text[3] - '0'));
			text += 3;
		} else {
			*to++ = *text;
		}
	*to = '\0';
}

static bool line_read(const char *text, struct mount_line *line, struct arena *arena)
{
	char root[PATH_MAX], point[PATH_MAX];
	unsigned major, minor;

	static_assert(PATH_MAX == 4096, "the widths below");
	if (sscanf(text, "%*d %*d %u:%u %4095s %4095s", &major, &minor, root, point) != 4)
		return false;
	*line = (struct mount_line){ arena_strdup(arena, root), arena_strdup(arena, point),
		makedev(major, minor) };
	unescape(line->root);
	unescape(line->point);
	return true;
}

/* What follows tree in path, "" or "/...", or NULL if it does not lie there. */
static const char *rest_below(const char *path, const char *tree)
{
	size_t length = strlen(tree);

	if (length == 1)
		return path[1] ? path : "";
	return !strncmp(path, tree, length) && (!path[length] || path[length] == '/')
		? path + length
		: NULL;
}

/* Mounts, one line each. */
struct mounts {
	struct mount_line *lines;
	size_t count;
};

static struct mounts mounts_read(struct arena *arena)
{
	struct mounts mounts = { 0 };
	FILE *file = fopen("/proc/self/mountinfo", "re");
	char *text = NULL;
	size_t size = 0;

	while (file && getline(&text, &size, file) > 0) {
		mounts.lines = arena_grow(arena, mounts.lines, mounts.count, sizeof(*mounts.lines));
		mounts.count += line_read(text, &mounts.lines[mounts.count], arena);
	}
	free(text);
	if (file)
		fclose(file);
	return mounts;
}

/* The mount that a real path lies on: the longest mount point, of those the last. */
static const struct mount_line *mount_of(const struct mounts *mounts, const char *path)
{
	const struct mount_line *found = NULL;

	for (size_t i = 0; i < mounts->count; i++)
		if (rest_below(path, mounts->lines[i].point) &&
			(!found || strlen(mounts->lines[i].point) >= strlen(found->point)))
			found = &mounts->lines[i];
	return found;
}

/* A fault of one of the other names that the mounts give to path; *place is then that name. */
static const char *alias_fault(
	const char *path, unsigned use, const char **place, struct arena *arena)
{
	struct mounts mounts = mounts_read(arena);
	const struct mount_line *own = mount_of(&mounts, path);
	const char *inside, *fault = NULL;

	if (!own)
		return NULL;
	inside = arena_printf(arena, "%s%s", strcmp(own->root, "/") ? own->root : "",
		rest_below(path, own->point));
	if (!*inside)
		inside = "/";
	for (size_t i = 0; !fault && i < mounts.count; i++) {
		const struct mount_line *other = &mounts.lines[i];
		const char *rest = other->device == own->device ? rest_below(inside, other->root)
								: NULL;

		if (!rest || other == own)
			continue;
		*place = arena_printf(
			arena, "%s%s", strcmp(other->point, "/") ? other->point : "", rest);
		/* All of a file system that is mounted elsewhere too is no part of that place. */
		if (**place)
			fault = name_fault(*place, use, arena);
	}
	return fault;
}

/* A hard link of an engine's socket is that socket. */
static const char *socket_fault(const char *path, const char **place)
{
	static const char *const sockets[] = { "/run/docker.sock",
		"/run/containerd/containerd.sock", "/run/crio/crio.sock", "/run/podman/podman.sock",
		"/run/dbus/system_bus_socket" };
	struct stat own, other;

	if (stat(path, &own) < 0 || !S_ISSOCK(own.st_mode))
		return NULL;
	for (size_t i = 0; i < sizeof(sockets) / sizeof(*sockets); i++)
		if (stat(sockets[i], &other) == 0 && other.st_dev == own.st_dev &&
			other.st_ino == own.st_ino) {
			*place = sockets[i];
			return ENGINE;
		}
	return NULL;
}

const char *shared_place_fault(
	const char *path, unsigned use, const char **place, struct arena *arena)
{
	autofree char *real = realpath(path, NULL);
	const char *fault;

	*place = path;
	fault = name_fault(path, use, arena);
	if (fault || !real)
		return fault;
	*place = arena_strdup(arena, real);
	fault = name_fault(real, use, arena);
	if (!fault)
		fault = alias_fault(real, use, place, arena);
	return fault ? fault : socket_fault(real, place);
}
