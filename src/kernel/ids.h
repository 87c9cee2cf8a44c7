#pragma once
/* Ids of the host for a new user namespace. */
#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "nucleus/run.h"

/* Ids from first up to, but not, end. */
struct id_span {
	uint64_t first, end;
};

struct id_spans {
	struct arena *arena;
	struct id_span *items;
	size_t count;
};

void id_spans_add(struct id_spans *spans, struct id_span span);

/* The first item that has an id in common with span; NULL if none has. */
const struct id_span *id_spans_meet(const struct id_spans *spans, struct id_span span);

/*
 * From where sandboxes of this caller, perhaps in a user namespace, may be given users and groups
 * of the host, and what in there is others'; 0, or -1 with err if there is nothing. Depends on the
 * user namespace this process is in, and on /etc/subuid and /etc/subgid.
 */
int ids_range(bool nested, struct id_span *range, struct id_spans *others, struct err *err);

/* Adds what /etc/subuid or /etc/subgid gives this process's user, by name or number. 0 or -1. */
int ids_granted(const char *file, struct id_spans *granted, struct err *err);

/* The name of this process's user in /etc/passwd, else its number. */
const char *ids_user_name(struct arena *arena);

/* True if there are too few ids in this user namespace for any sandbox to have some of its own. */
bool ids_short(void);

/* The fewest ids that a user namespace must have for a sandbox to get a range of its own. */
enum { IDS_FEWEST = 2048 };

/* The maps of the container's user namespace: what ids_apply made, else the config's. */
struct id_maps {
	const struct config_idmapping *uids, *gids;
	size_t uids_count, gids_count;
};
struct id_maps ids_maps(const struct run *run);

/*
 * Who of the host a user and a group of the sandbox are. Where its root is nobody of the host, what
 * belongs to root belongs to the caller, who makes it. 0, or -1 with err.
 */
int ids_owner(const struct run *run, int64_t uid, int64_t gid, uid_t *host_uid, gid_t *host_gid,
	struct err *err);
