/*
 * Findings about places: what a volume brings along from the host, which rules name nothing that
 * can be there, and which files a policy rests on without knowing what is in them. Looks at the
 * host without opening anything; see path_resolution(7), unix(7).
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/file.h"
#include "policy/lint-rules.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

/* Whoever can connect to one of these can do what its server can, which is everything. */
static const char *const engine_sockets[] = { "docker.sock", "containerd.sock", "crio.sock",
	"podman.sock", "buildkitd.sock", "dockershim.sock", "cri-dockerd.sock", "libvirt-sock",
	"system_bus_socket", "snapd.socket", "lxd.socket", "unix.socket" };

/* As deep and as much of a volume as is looked through. */
enum { DEEP = 4, ENTRIES_MOST = 5000 };

struct search {
	struct arena *arena;
	unsigned left;
};

static bool engine_named(const char *name)
{
	for (size_t i = 0; i < COUNT(engine_sockets); i++)
		if (!strcmp(engine_sockets[i], name))
			return true;
	return false;
}

/* The path of an engine's socket at or below place, or NULL. */
static const char *socket_below(
	struct search *search, int at, const char *name, const char *place, int deep)
{
	const char *found = NULL, *entry, *base = strrchr(place, '/');
	struct stat status;
	DIR *entries;

	if (!search->left || fstatat(at, name, &status, AT_SYMLINK_NOFOLLOW) < 0)
		return NULL;
	search->left--;
	if (S_ISSOCK(status.st_mode) && engine_named(base ? base + 1 : place))
		return place;
	if (!S_ISDIR(status.st_mode) || !deep)
		return NULL;
	autoclose dir = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	entries = dir < 0 ? NULL : file_entries(dir);
	while (entries && !found && (entry = file_entry_next(entries)))
		found = socket_below(search, dir, entry,
			arena_printf(search->arena, "%s/%s", place, entry), deep - 1);
	if (entries)
		closedir(entries);
	return found;
}

void lint_engine_socket(struct lint *lint)
{
	struct share share;

	for (size_t i = 0; share_at(lint->policy, i, &share); i++) {
		struct search search = { lint->arena, ENTRIES_MOST };
		const char *found = share.source
			? socket_below(&search, AT_FDCWD, share.source, share.source, DEEP)
			: NULL;

		if (found)
			lint_find(lint, share.key,
				"%s is in it: whoever connects to that commands the host, also "
				"from a read-only volume",
				found);
	}
}

/* What a mount's source holds at path, which is at or below its destination. */
static bool source_holds(
	const struct lint *lint, const struct config_mount *mount, const char *path)
{
	const char *rest = path +
		(strcmp(mount->destination, "/") ? strlen(mount->destination) : 0);
	const char *place = arena_printf(lint->arena, "%s%s", mount->source, rest);

	return faccessat(AT_FDCWD, place, F_OK, AT_SYMLINK_NOFOLLOW) == 0 ||
		(errno != ENOENT && errno != ENOTDIR);
}

/* True if the path can be there when the workload starts. */
static bool place_exists(const struct lint *lint, const char *path)
{
	const struct config *config = lint->config;
	const struct config_mount *covering = NULL;

	for (size_t i = 0; i < config->mounts_count; i++) {
		if (path_below(config->mounts[i].destination, path))
			return true;
		if (path_below(path, config->mounts[i].destination))
			covering = &config->mounts[i];
	}
	if (!covering)
		return !config->root_tmpfs.set;
	if (mount_binds(covering))
		return source_holds(lint, covering, path);
	return strcmp(covering->type, "tmpfs") != 0;
}

void lint_landlock_nowhere(struct lint *lint)
{
	const struct policy_landlock *landlock = &lint->policy->landlock;

	for (size_t i = 0; lint->config && i < landlock->rule_count; i++)
		if (!place_exists(lint, landlock->rule[i].path))
			lint_find(lint, lint_item(lint, "landlock.rule", i, "path"),
				"%s is not there when the workload starts, so the rule grants nothing",
				landlock->rule[i].path);
}

static void pin_look(struct lint *lint, const char *file, const char *sha256, const char *path)
{
	if (file && !sha256)
		lint_find(
			lint, path, "%s may change without anybody noticing; add its sha256", file);
}

void lint_unpinned(struct lint *lint)
{
	const struct policy *policy = lint->policy;

	if (seccomp_file(policy, lint->arena))
		pin_look(lint, policy->seccomp.profile, policy->seccomp.sha256, "seccomp.profile");
	pin_look(
		lint, policy->closure.registration, policy->closure.sha256, "closure.registration");
	for (size_t i = 0; i + 1 < policy->layers_count; i++) {
		const struct policy_layer *layer = policy->layers[i];

		if (!layer->builtin && !layer->pinned)
			lint_find(lint, layer->named,
				"%s may change without anybody noticing; add its sha256",
				layer->file);
	}
}

/* A directory or file that others may change, sticky directories aside. */
static void open_look(struct lint *lint, const char *file, const char *path)
{
	struct stat status;

	if (file && stat(file, &status) == 0 && S_ISREG(status.st_mode) && status.st_mode & 022)
		lint_find(lint, path,
			"%s can be written by others than its owner (mode %04o); chmod go-w it",
			file, status.st_mode & 07777);
}

void lint_open_file(struct lint *lint)
{
	const struct policy *policy = lint->policy;

	for (size_t i = 0; i < policy->layers_count; i++)
		if (!policy->layers[i]->builtin)
			open_look(lint, policy->layers[i]->file, "version");
	open_look(lint, seccomp_file(policy, lint->arena), "seccomp.profile");
	open_look(lint, policy->closure.registration, "closure.registration");
}
