#pragma once
/* The id maps of a user namespace. */
#include <sys/types.h>

#include "base/err.h"
#include "nucleus/config.h"

struct arena;
struct node;

/* Writes both maps of the user namespace that pid, a child not yet waited for, was made in. */
int idmap_write(pid_t pid, const struct config_idmapping *uids, size_t uids_count,
	const struct config_idmapping *gids, size_t gids_count, struct err *err);

/* Puts both maps into params, a line each. */
void idmap_maps_print(const struct config_idmapping *uids, size_t uids_count,
	const struct config_idmapping *gids, size_t gids_count, struct node *params,
	struct arena *arena);
