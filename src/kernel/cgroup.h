#pragma once
/*
 * The container's control group: made and limited before the first process is cloned, removed by
 * the very path it was made at. The kernel's side is described in
 * Documentation/admin-guide/cgroup-v2.rst and cgroup-v1/.
 */
#include "nucleus/config.h"
#include "nucleus/run.h"

struct arena;
struct err;
struct node;

/*
 * Where the cgroup of a container lies below each hierarchy's root: config's cgroups_path, or
 * "/nucleus/ID" without one. 0, or -1 with err for a path that could lead elsewhere.
 */
int cgroup_path(
	const struct config *config, const char *id, char path[static 512], struct err *err);

bool cgroup_wanted(const struct config *config);
int cgroup_apply(struct run *run, struct err *err);
int cgroup_undo(struct run *run, struct err *err);
void cgroup_print(const struct config *config, struct node *params, struct arena *arena);

bool cgroup_attach_wanted(const struct config *config);
int cgroup_attach_apply(struct run *run, struct err *err);
