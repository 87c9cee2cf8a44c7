/*
 * A range of the host's ids that no other sandbox has. What is held stands in one directory for all
 * state roots: a symlink "FIRST-SIZE" that leads nowhere and says which state directory it is for.
 * It is made while the directory is locked, goes with the container, and is believed for as long as
 * that state directory is there or a process has such ids: so one that nobody could take back costs
 * nothing once all others are taken. Rests on user_namespaces(7), flock(2).
 */
#include "kernel/ids.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/file.h"
#include "format/node.h"
#include "kernel/steps.h"

#define RECORDS ".ids"

/* What a sandbox gets where there is plenty, and how many of them shall fit in elsewhere. */
enum { IDS_USUAL = 65536, SANDBOXES_FEWEST = 16 };

/* The number of an inode, a space, a path. */
enum { RECORD_SIZE = PATH_MAX + 32, LIST_SIZE = 2048 };

struct id_maps ids_maps(const struct run *run)
{
	const struct config *config = run->config;

	if (run->ids.uids_count)
		return (struct id_maps){ run->ids.uids, run->ids.gids, run->ids.uids_count,
			run->ids.gids_count };
	return (struct id_maps){ config->uid_mappings, config->gid_mappings,
		config->uid_mappings_count, config->gid_mappings_count };
}

static int64_t host_id(const struct config_idmapping *maps, size_t count, int64_t id)
{
	for (size_t i = 0; i < count; i++)
		if (id >= maps[i].container_id.value &&
			id - maps[i].container_id.value < maps[i].size.value)
			return maps[i].host_id.value + (id - maps[i].container_id.value);
	return -1;
}

int ids_owner(const struct run *run, int64_t uid, int64_t gid, uid_t *host_uid, gid_t *host_gid,
	struct err *err)
{
	struct id_maps maps = ids_maps(run);
	bool own = config_has_namespace(run->config, NAMESPACE_USER);
	int64_t user = own ? host_id(maps.uids, maps.uids_count, uid) : uid;
	int64_t group = own ? host_id(maps.gids, maps.gids_count, gid) : gid;

	if (user < 0 && uid == 0)
		user = geteuid();
	if (group < 0 && gid == 0)
		group = getegid();
	if (user < 0 || group < 0)
		return err_set(err, EINVAL,
			"the id mappings do not say who of the host the files' owner is");
	*host_uid = (uid_t)user;
	*host_gid = (gid_t)group;
	return 0;
}

bool ids_wanted(const struct config *config)
{
	return config->ids == IDS_AUTO || (config->ids == IDS_KEEP && config->ids_size.set);
}

static bool is_ours_alone(int dir)
{
	struct stat status;

	return fstat(dir, &status) == 0 && status.st_uid == geteuid() && !(status.st_mode & 022);
}

static int records_open(const struct run *run)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/" RECORDS, run->ids.dir);
	return open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

static int records_make(const struct run *run)
{
	autoclose base = -1;

	if (mkdir(run->ids.dir, 0711) < 0 && errno != EEXIST)
		return -1;
	base = open(run->ids.dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (base < 0 || (mkdirat(base, RECORDS, 0700) < 0 && errno != EEXIST))
		return -1;
	return records_open(run);
}

/* The directory, locked; -1 with errno. Does not allocate. */
static int records_lock(const struct run *run, bool make)
{
	autoclose dir = records_open(run);

	if (dir < 0 && errno == ENOENT && make)
		dir = records_make(run);
	if (dir >= 0 && !is_ours_alone(dir)) {
		errno = EPERM;
		return -1;
	}
	return dir < 0 || flock(dir, LOCK_EX) < 0 ? -1 : take_fd(&dir);
}

/* What the record of this sandbox says. */
static int record_text(const struct run *run, char text[static RECORD_SIZE])
{
	struct stat status;

	if (fstat(run->state_dir, &status) < 0)
		return -1;
	snprintf(text, RECORD_SIZE, "%llu %s/%s", (unsigned long long)status.st_ino,
		run->state_root, run->name);
	return 0;
}

/* True if the state directory that a record is for is gone, or is another one by now. */
static bool record_stale(int records, const char *name)
{
	char text[RECORD_SIZE] = "", *path;
	unsigned long long inode;
	struct stat status;

	if (readlinkat(records, name, text, sizeof(text) - 1) < 0)
		return false;
	inode = strtoull(text, &path, 10);
	if (*path != ' ' || path[1] != '/')
		return false;
	return stat(path + 1, &status) < 0 ? errno == ENOENT || errno == ENOTDIR
					   : status.st_ino != inode;
}

static bool name_read(const char *name, struct id_span *span)
{
	unsigned long long first, size;
	int used = 0;

	if (sscanf(name, "%llu-%llu%n", &first, &size, &used) != 2 || name[used])
		return false;
	*span = (struct id_span){ first, first + size };
	return true;
}

/* Adds what is held; with live, records that are stale and of whose ids none lives are removed. */
static int records_read(
	int records, const struct id_spans *live, struct id_spans *taken, struct err *err)
{
	union {
		struct dirent64 entry;
		char bytes[LIST_SIZE];
	} list;
	struct id_span span;
	ssize_t got;

	lseek(records, 0, SEEK_SET);
	while ((got = getdents64(records, (void *)&list, sizeof(list))) > 0)
		for (ssize_t at = 0; at < got;) {
			const struct dirent64 *entry = (const void *)(list.bytes + at);

			at += entry->d_reclen;
			if (!name_read(entry->d_name, &span))
				continue;
			if (live && record_stale(records, entry->d_name) &&
				!id_spans_meet(live, span) &&
				unlinkat(records, entry->d_name, 0) == 0)
				continue;
			id_spans_add(taken, span);
		}
	return got < 0 ? err_errno(err, "list the ids in use") : 0;
}

/* The ids behind all user namespaces in which a process lives. */
static int live_read(struct id_spans *live, struct err *err)
{
	autoclose proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *entries = proc < 0 ? NULL : file_entries(proc);
	unsigned long long inside, outside, count;
	char path[NAME_MAX + 16], line[128];
	const char *name;

	if (!entries)
		return err_errno(err, "list processes");
	while ((name = file_entry_next(entries))) {
		FILE *map;

		snprintf(path, sizeof(path), "/proc/%s/uid_map", name);
		map = *name >= '1' && *name <= '9' ? fopen(path, "re") : NULL;
		while (map && fgets(line, sizeof(line), map))
			if (sscanf(line, "%llu %llu %llu", &inside, &outside, &count) == 3 &&
				outside)
				id_spans_add(live, (struct id_span){ outside, outside + count });
		if (map)
			fclose(map);
	}
	closedir(entries);
	return 0;
}

static bool gap_find(const struct id_spans *taken, struct id_span in, uint64_t size, uint64_t *at)
{
	for (*at = in.first; *at + size <= in.end;) {
		const struct id_span *met = id_spans_meet(
			taken, (struct id_span){ *at, *at + size });

		if (!met)
			return true;
		*at = met->end;
	}
	return false;
}

/* Begins anywhere, so that ids which were somebody's lately are seldom the next one's. */
static bool place_find(
	const struct id_spans *taken, struct id_span range, uint64_t size, uint64_t *first)
{
	uint64_t places = (range.end - range.first) / size;
	struct id_span rest = range;
	unsigned number = 0;

	if (!places || getrandom(&number, sizeof(number), 0) < 0)
		return gap_find(taken, range, size, first);
	rest.first += number % places * size;
	return gap_find(taken, rest, size, first) || gap_find(taken, range, size, first);
}

/* The highest id that the workload has. */
static uint64_t highest_id(const struct config_user *user)
{
	int64_t most = user->uid.value > user->gid.value ? user->uid.value : user->gid.value;

	for (size_t i = 0; i < user->additional_gids.count; i++)
		if (user->additional_gids.items[i] > most)
			most = user->additional_gids.items[i];
	return (uint64_t)most;
}

static uint64_t size_choose(const struct config *config, struct id_span range)
{
	uint64_t share = (range.end - range.first) / SANDBOXES_FEWEST;
	uint64_t least = highest_id(&config->process.user) + 1;

	if (config->ids_size.set)
		return (uint64_t)config->ids_size.value;
	share = share < least ? least : share;
	return share < IDS_USUAL ? share : IDS_USUAL;
}

static int exhausted(struct id_span range, uint64_t size, const struct id_spans *taken,
	const struct id_spans *others, struct err *err)
{
	err_set(err, EAGAIN,
		"%llu ids in a row are wanted, and none are free from %llu to %llu: "
		"%zu sandboxes have the others",
		(unsigned long long)size, (unsigned long long)range.first,
		(unsigned long long)range.end - 1, taken->count - others->count);
	return err_hint(err,
		"delete some, set a smaller ids_size in [namespaces], or give more ids in "
		"/etc/subuid and /etc/subgid");
}

/* Finds a place and makes the record; the directory is locked. */
static int range_take(struct run *run, struct id_span range, uint64_t size,
	const struct id_spans *others, struct id_span *found, struct err *err)
{
	struct id_spans taken = *others, live = { .arena = run->arena };
	char text[RECORD_SIZE];

	taken.items = NULL;
	taken.count = 0;
	for (size_t i = 0; i < others->count; i++)
		id_spans_add(&taken, others->items[i]);
	if (records_read(run->ids.records, NULL, &taken, err) < 0)
		return -1;
	if (!place_find(&taken, range, size, &found->first)) {
		taken.count = others->count;
		if (live_read(&live, err) < 0 ||
			records_read(run->ids.records, &live, &taken, err) < 0)
			return -1;
		if (!place_find(&taken, range, size, &found->first))
			return exhausted(range, size, &taken, others, err);
	}
	found->end = found->first + size;
	/* From here on the janitor may be called at any moment. */
	snprintf(run->ids.name, sizeof(run->ids.name), "%llu-%llu",
		(unsigned long long)found->first, (unsigned long long)size);
	if (record_text(run, text) < 0 || symlinkat(text, run->ids.records, run->ids.name) < 0)
		return err_errno(err, "record that ids %s are in use", run->ids.name);
	return 0;
}

static void map_add(struct config_idmapping *maps, size_t *count, uint64_t inside, uint64_t outside,
	uint64_t size)
{
	if (size)
		maps[(*count)++] = (struct config_idmapping){
			.container_id = { true, (int64_t)inside },
			.host_id = { true, (int64_t)outside },
			.size = { true, (int64_t)size },
		};
}

/* Ids from 0 on are those of the range but for the one that is kept, if it is one of them. */
static size_t maps_make(
	struct config_idmapping *maps, const struct config_idmapping *kept, struct id_span from)
{
	uint64_t all = from.end - from.first, id = kept ? (uint64_t)kept->container_id.value : all;
	size_t count = 0;

	if (id > all)
		id = all;
	map_add(maps, &count, 0, from.first, id);
	if (kept)
		map_add(maps, &count, (uint64_t)kept->container_id.value,
			(uint64_t)kept->host_id.value, 1);
	map_add(maps, &count, id + 1, from.first + id, id < all ? all - id - 1 : 0);
	return count;
}

/*
 * ids_apply - pick a range of the host's ids for this sandbox
 *
 * Needs:  the state directory, which the record is for
 * Leaves: run->ids' maps, of ids that no other sandbox has, but for what the config keeps
 * Mustn't run after the clone: what is locked here would stay so in the child
 */
int ids_apply(struct run *run, struct err *err)
{
	const struct config *config = run->config;
	const bool keeps = config->ids == IDS_KEEP;
	struct id_spans others = { .arena = run->arena };
	struct id_span range, found = { 0 };
	uint64_t size;

	if (!run->ids.dir)
		return err_set(err, EINVAL,
			"XDG_RUNTIME_DIR is no directory of this user's own, in which the ids in "
			"use could be recorded");
	if (ids_range(run->ids.nested, &range, &others, err) < 0)
		return -1;
	size = size_choose(config, range);
	run->ids.records = records_lock(run, true);
	if (run->ids.records < 0)
		return err_errno(err, "open %s/" RECORDS, run->ids.dir);
	if (range_take(run, range, size, &others, &found, err) < 0)
		return -1;
	/* By name: undo would wait for itself if the descriptor stayed open. */
	flock(run->ids.records, LOCK_UN);
	fd_close(&run->ids.records);
	run->ids.uids_count = maps_make(run->ids.uids, keeps ? config->uid_mappings : NULL, found);
	run->ids.gids_count = maps_make(run->ids.gids, keeps ? config->gid_mappings : NULL, found);
	return 0;
}

/* Removes the record if it is this sandbox's; there may be none. */
static int record_remove(struct run *run)
{
	char ours[RECORD_SIZE], there[RECORD_SIZE] = "";

	if (record_text(run, ours) < 0)
		return -1;
	if (run->ids.records < 0)
		run->ids.records = records_lock(run, false);
	if (run->ids.records < 0 ||
		readlinkat(run->ids.records, run->ids.name, there, sizeof(there) - 1) < 0)
		return errno == ENOENT ? 0 : -1;
	return strcmp(ours, there) ? 0 : unlinkat(run->ids.records, run->ids.name, 0);
}

/*
 * ids_undo - let the ids go
 *
 * Needs:  run->ids.name, as apply left it or as read from the state, and the state directory; apply
 *         may have been killed half-way, so nothing is allocated
 * Leaves: no record of this sandbox
 */
int ids_undo(struct run *run, struct err *err)
{
	struct id_span span;
	bool held = run->ids.name[0] && run->ids.dir && run->state_dir >= 0 &&
		name_read(run->ids.name, &span);

	if (held && record_remove(run) < 0)
		return err_errno(err, "remove the record of ids %s", run->ids.name);
	fd_close(&run->ids.records);
	run->ids.name[0] = '\0';
	return 0;
}

void ids_print(const struct config *config, struct node *params, struct arena *arena)
{
	node_put_string(arena, params, "ids", ids_names[config->ids]);
	if (config->ids_size.set)
		node_put_integer(arena, params, "size", config->ids_size.value);
}
