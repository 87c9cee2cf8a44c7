/*
 * [[volume]]: directories and files of the host in a sandbox. What is written there is
 * on the host afterwards, so a volume must not let a workload choose what its next run is: nothing
 * that run rests on may be found through a writable volume, no link may decide which place is
 * mounted, and nobody writes as the host's root. See path_resolution(7), mount_setattr(2).
 */
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/names.h"
#include "config/shared-place.h"
#include "config/store-place.h"
#include "policy/sections.h"

enum { ACCESS_RO = 1, ACCESS_RW = 2 };
static const char *const access_names[] = { NULL, "ro", "rw", NULL };

/* As many links as the kernel follows in one path. */
enum { LINKS_MOST = 40 };

/* clang-format off */
const struct key volume_keys[] = {
	KEY(struct policy_volume, source, "a directory or file of the host by its real path; only agent mode follows symlinks. Sockets and files of container engines, whole homes, keys and /run are never shared, what the host runs is never written", .order = ORDER_FIXED),
	KEY(struct policy_volume, target, "where it appears; over no program of the root", .order = ORDER_FIXED),
	CHOICE("access", struct policy_volume, access, access_names, "ro (if absent) or rw; either way programs can connect to a server's socket that lies in it", .order = ORDER_LESS, .absent = "\"ro\""),
	KEY(struct policy_volume, noexec, "nothing in it can be executed; true if absent, and cannot be false with rw in production", .order = ORDER_MORE, .absent = "true"),
	KEY(struct policy_volume, idmap, "each user of the sandbox is on this volume the one of the same number, as whom files are read and written; without it they are nobody's there, and only what everybody may read can be read. true for rw, false for ro if absent; only root can have it, on a file system that can do it", .order = ORDER_FIXED),
	{ 0 }
};
/* clang-format on */

/* Each of these is as good as root's user id for writing as the host's root. */
static const char *const owner_capabilities[] = { "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER",
	"CAP_SETGID", "CAP_SETUID" };

/* What keeps a path from being a share whatever it leads to. */
static const char *source_fault(const char *source)
{
	if (path_fault(source))
		return path_fault(source);
	if (!strcmp(source, "/"))
		return "is the whole host; name a directory in it";
	return kernel_place(source) ? "belongs to the kernel; a volume holds files" : NULL;
}

/* How a place is used, for shared_place_fault. */
static unsigned share_use(const struct share *share)
{
	return share->writable ? PLACE_WRITTEN : 0;
}

/* Sets err for "KEY.member" of a share, or for "KEY" if member is NULL; -1. */
static int share_error(const struct policy *policy, struct err *err, const struct share *share,
	const char *member, const char *format, ...) __attribute__((format(printf, 5, 6)));

static int share_error(const struct policy *policy, struct err *err, const struct share *share,
	const char *member, const char *format, ...)
{
	char path[128], text[600];
	va_list args;

	snprintf(path, sizeof(path), "%s%s%s", share->key, member ? "." : "", member ? member : "");
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	return policy_error(policy, err, path, "%s", text);
}

bool share_at(const struct policy *policy, size_t index, struct share *share)
{
	const struct policy_volume *volume = &policy->volume[index];

	if (index >= policy->volume_count)
		return index == policy->volume_count && workspace_share(policy, share);
	*share = (struct share){
		.source = volume->source,
		.target = volume->target,
		.writable = volume->access == ACCESS_RW,
		.exec = volume->noexec.set && !volume->noexec.value,
		.exec_key = "noexec",
		.idmap = volume->idmap,
		.safer = "access = \"ro\"",
	};
	snprintf(share->key, sizeof(share->key), "volume[%zu]", index);
	return true;
}

/* A place of the host, by the name it is refused for; a read-only share of it may do. */
static int place_error(const struct policy *policy, const struct share *share, const char *place,
	const char *fault, struct err *err)
{
	bool same = !strcmp(place, share->source);
	bool safer = share->writable && !shared_name_fault(place, 0);

	return share_error(policy, err, share, "source", "\"%s\"%s%s%s %s%s%s", share->source,
		same ? "" : " is \"", same ? "" : place, same ? "" : "\", which", fault,
		!safer                       ? ""
			: strchr(fault, ';') ? ", or set "
					     : "; set ",
		safer ? share->safer : "");
}

static int source_check(const struct policy *policy, const struct share *share, struct err *err)
{
	const char *fault = source_fault(share->source);

	if (fault)
		return share_error(policy, err, share, "source", "\"%s\" %s", share->source, fault);
	fault = shared_name_fault(share->source, share_use(share));
	return fault ? place_error(policy, share, share->source, fault, err) : 0;
}

int share_check(const struct policy *policy, const struct mode_rules *rules,
	const struct share *share, struct err *err)
{
	const char *fault = place_fault(policy, share->target);

	if (source_check(policy, share, err) < 0)
		return -1;
	if (fault)
		return share_error(policy, err, share, "target", "\"%s\" %s", share->target, fault);
	if (rules->closure_required && share->writable && share->exec)
		return share_error(policy, err, share, share->exec_key,
			"production mode executes nothing that a workload can write; remove this "
			"line, or set %s",
			share->safer);
	return 0;
}

static int one_check(
	const struct policy *policy, const struct mode_rules *rules, size_t index, struct err *err)
{
	const struct policy_volume *volumes = policy->volume;
	struct share share;

	share_at(policy, index, &share);
	if (!share.source || !share.target)
		return share_error(policy, err, &share, NULL, "needs source and target");
	if (share_check(policy, rules, &share, err) < 0)
		return -1;
	for (size_t i = 0; i < index; i++)
		if (!strcmp(volumes[i].target, share.target))
			return share_error(policy, err, &share, "target",
				"\"%s\" is an earlier volume's target", share.target);
	return 0;
}

static int volume_check(
	const struct policy *policy, const struct mode_rules *rules, struct err *err)
{
	for (size_t i = 0; i < policy->volume_count; i++)
		if (one_check(policy, rules, i, err) < 0)
			return -1;
	return 0;
}

static const char *path_absolute(const char *path, struct arena *arena)
{
	autofree char *here = *path == '/' ? NULL : getcwd(NULL, 0);

	return here ? arena_printf(arena, "%s/%s", strcmp(here, "/") ? here : "", path) : path;
}

/* The directory that a real path is in; "" is the root. */
static const char *path_parent(const char *path, struct arena *arena)
{
	const char *slash = strrchr(path, '/');

	return slash ? arena_copy(arena, path, (size_t)(slash - path)) : "";
}

/*
 * Follows path as the kernel would and gives the first entry on the way, of a file, a directory or
 * a link, that lies in tree (a real path): who writes there decides what path leads to. NULL if
 * there is none.
 */
static const char *path_through(const char *path, const char *tree, struct arena *arena)
{
	const char *rest = path_absolute(path, arena), *at = "";

	for (int links = 0; links <= LINKS_MOST;) {
		size_t length;
		const char *place;
		char link[PATH_MAX];
		ssize_t size;

		rest += strspn(rest, "/");
		length = strcspn(rest, "/");
		place = arena_printf(arena, "%s/%.*s", at, (int)length, rest);
		if (!length)
			break;
		rest += length;
		if (!strcmp(place + strlen(at), "/."))
			continue;
		if (!strcmp(place + strlen(at), "/..")) {
			at = path_parent(at, arena);
			continue;
		}
		/* The tree's own entry lies outside it. */
		if (path_below(place, tree) && (strcmp(place, tree) || !rest[strspn(rest, "/")]))
			return place;
		size = readlink(place, link, sizeof(link));
		if (size < 0) {
			at = place;
			continue;
		}
		links++;
		at = *link == '/' ? "" : at;
		rest = arena_printf(arena, "%.*s/%s", (int)size, link, rest);
	}
	return NULL;
}

static const char *path_real(const char *path, struct arena *arena)
{
	autofree char *real = path ? realpath(path, NULL) : NULL;

	return real ? arena_strdup(arena, real) : NULL;
}

/* A file, or a tree in which nothing may be written either. */
struct need {
	const char *path; /* as it was given; NULL: there is none */
	bool tree;
};

static int need_check(const struct draft *draft, const char *place, const struct share *share,
	struct need need, struct err *err)
{
	struct arena *arena = draft->arena;
	const char *through = need.path ? path_through(need.path, place, arena) : NULL;
	const char *real = need.tree ? path_real(need.path, arena) : NULL;

	if (!through && real && path_below(place, real))
		through = place;
	if (!through)
		return 0;
	return share_error(draft->policy, err, share, "source",
		"the workload could write %s, on which its next run rests; keep "
		"that out of writable volumes, or set %s",
		through, share->safer);
}

static int needs_check(const struct draft *draft, const char *place, const struct share *share,
	const struct strings *files, struct err *err)
{
	for (size_t i = 0; i < files->count; i++)
		if (need_check(draft, place, share, (struct need){ files->items[i], false }, err) <
			0)
			return -1;
	return 0;
}

/* A workload that can write what its next run rests on chooses what it may do then. */
static int next_run_check(
	const struct draft *draft, const char *place, const struct share *share, struct err *err)
{
	const struct policy *policy = draft->policy;
	const struct config_closure *closure = draft->config->closure;
	const struct translation *caller = draft->translation;
	const char *list = caller->closure;
	struct arena *arena = draft->arena;
	const struct strings files = policy_files(policy, arena);
	const struct strings roots = closure_roots(policy, arena);
	const struct need needs[] = {
		{ policy->filesystem.root, false },
		{ closure ? closure->registration : NULL, true },
		{ list, false },
		{ list ? arena_printf(arena, "%s/registration", list) : NULL, false },
		{ list ? arena_printf(arena, "%s/rootfs", list) : NULL, false },
		{ closure ? store_place(closure->store, closure->store_dir, arena) : NULL, true },
		{ caller->store ? caller->store : policy->closure.store, false },
		{ caller->state_root, true },
		{ closure && closure->attestation == ATTESTATION_CACHED ? caller->records : NULL,
			true },
		{ "/proc/self/exe", false },
	};

	if (needs_check(draft, place, share, &files, err) < 0 ||
		needs_check(draft, place, share, &caller->closure_roots, err) < 0 ||
		needs_check(draft, place, share, &roots, err) < 0)
		return -1;
	for (size_t i = 0; i < sizeof(needs) / sizeof(*needs); i++)
		if (need_check(draft, place, share, needs[i], err) < 0)
			return -1;
	for (size_t i = 0; i < draft->policy->secret_count; i++)
		if (need_check(draft, place, share,
			    (struct need){ draft->policy->secret[i].file, false }, err) < 0)
			return -1;
	return 0;
}

/* A share that the workload can write and in which it says where source leads; NULL if none. */
static const char *source_writer(const struct draft *draft, const char *source)
{
	struct share share;

	for (size_t i = 0; share_at(draft->policy, i, &share); i++) {
		const char *tree = path_real(share.source, draft->arena), *through;

		if (!share.writable || !tree)
			continue;
		through = path_through(source, tree, draft->arena);
		if (through && strcmp(through, tree))
			return share.source;
	}
	return NULL;
}

/*
 * The place to share, without a link on the way, so that what was checked is what is mounted. A
 * source that is not there stays as it is: mounting says so.
 */
static int place_find(
	const struct draft *draft, const struct share *share, const char **place, struct err *err)
{
	const struct policy *policy = draft->policy;
	const char *real = path_real(share->source, draft->arena), *fault, *known, *writer;

	*place = real ? real : share->source;
	fault = shared_place_fault(share->source, share_use(share), &known, draft->arena);
	if (fault)
		return place_error(policy, share, known, fault, err);
	if (!real || !strcmp(real, share->source))
		return 0;
	if (draft->rules->sharing_refused)
		return share_error(policy, err, share, "source",
			"\"%s\" is reached through a symlink; name the place itself: \"%s\"",
			share->source, real);
	fault = source_fault(real);
	if (fault)
		return share_error(policy, err, share, "source", "\"%s\" is \"%s\", which %s",
			share->source, real, fault);
	writer = source_writer(draft, share->source);
	if (writer)
		return share_error(policy, err, share, "source",
			"\"%s\" is reached through a symlink that the workload could write in %s; "
			"name the place itself: \"%s\"",
			share->source, writer, real);
	return 0;
}

int share_place(
	const struct draft *draft, const struct share *share, const char **place, struct err *err)
{
	const char *covered = draft_covered(draft, share->target);

	if (covered)
		return share_error(draft->policy, err, share, "target",
			"\"%s\" would cover the root's %s", share->target, covered);
	if (place_find(draft, share, place, err) < 0)
		return -1;
	return share->writable ? next_run_check(draft, *place, share, err) : 0;
}

/* The key that gives the sandbox an id or a power with which it writes as disk's root; or NULL. */
static const char *root_key(const struct draft *draft)
{
	const struct config_user *user = &draft->config->process.user;
	const struct strings *kept = &draft->config->process.capabilities->bounding;
	bool group = !user->gid.value;

	if (!user->uid.value)
		return "process.user";
	for (size_t i = 0; i < user->additional_gids.count; i++)
		group |= !user->additional_gids.items[i];
	if (group)
		return "process.groups";
	for (size_t i = 0; i < sizeof(owner_capabilities) / sizeof(char *); i++)
		if (strings_hold(kept, owner_capabilities[i]))
			return draft->policy->capabilities.file ? "capabilities.file"
								: "capabilities.keep";
	return NULL;
}

/* The mapping of a volume gives each id of the sandbox the same number on disk, 0 included. */
static int owner_check(struct draft *draft, const struct share *share, struct err *err)
{
	const char *key = root_key(draft);

	if (!key)
		return 0;
	if (draft->rules->sharing_refused)
		return policy_error(draft->policy, err, key,
			"with this, files in the %s %s; %s, or set its %s",
			arena_printf(draft->arena, "%s volume %s",
				share->writable ? "writable" : "mapped", share->source),
			share->writable ? "could become those of the host's root"
					: "could be read as the host's root",
			strncmp(key, "capabilities", 12) != 0
				? "name another id than 0, such as \"1000\""
				: "keep none of CHOWN, DAC_OVERRIDE, FOWNER, SETGID and SETUID",
			share->writable ? share->safer : "idmap = false");
	draft_warn(draft, "%s: files in the %s volume %s can %s", key,
		share->writable ? "writable" : "mapped", share->source,
		share->writable ? "become those of the host's root" : "be read as the host's root");
	return 0;
}

/* Who is not root has his own files in the sandbox only under his own id. */
static int unmapped_check(struct draft *draft, const struct share *share, struct err *err)
{
	if (!share->writable || draft->translation->uid == 0 || draft->config->ids != IDS_AUTO)
		return 0;
	if (draft->rules->sharing_refused)
		return share_error(draft->policy, err, share, NULL,
			"only root can give the sandbox's users the files of a volume; set ids = "
			"\"keep-id\" in [namespaces], or %s",
			share->safer);
	draft_warn(draft, "%s: only what everybody may write can be written there", share->key);
	return 0;
}

/* Whether the ids of its mount are to be the sandbox's. */
static int idmap_find(struct draft *draft, const struct share *share, bool *mapped, struct err *err)
{
	const struct config *config = draft->config;
	const bool root = draft->translation->uid == 0;

	*mapped = share->idmap.set ? share->idmap.value : share->writable && root;
	*mapped &= config->uid_mappings_count > 0;
	if (!*mapped)
		return unmapped_check(draft, share, err);
	if (!root)
		return share_error(draft->policy, err, share, "idmap",
			"only root can map the ids of a volume; remove this line, and set ids = "
			"\"keep-id\" in [namespaces] to have one's own files there");
	return owner_check(draft, share, err);
}

int share_mount(struct draft *draft, const struct share *share, struct err *err)
{
	const char *place = share->source;
	bool mapped = false;

	if (share_place(draft, share, &place, err) < 0 ||
		idmap_find(draft, share, &mapped, err) < 0)
		return -1;
	draft_mount(draft, share->target, "bind", place,
		arena_printf(draft->arena, "rbind,%s,nosuid,nodev%s%s",
			share->writable ? "rw" : "ro", share->exec ? "" : ",noexec",
			mapped ? ",idmap" : ""));
	return 0;
}

static int volume_translate(struct draft *draft, struct err *err)
{
	struct share share;

	for (size_t i = 0; i < draft->policy->volume_count; i++)
		if (share_at(draft->policy, i, &share) && share_mount(draft, &share, err) < 0)
			return -1;
	return 0;
}

const struct section volume_section = { volume_check, volume_translate };
