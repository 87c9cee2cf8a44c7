#pragma once
/* The steps around a config's mounts: cloning sources on the host, attaching inside, reading back.
 */
#include <stdbool.h>

#include "nucleus/config.h"
#include "nucleus/run.h"

struct arena;
struct err;
struct node;

int sources_apply(struct run *run, struct err *err);
void sources_print(const struct config *config, struct node *params, struct arena *arena);

bool idmap_mounts_wanted(const struct config *config);
int idmap_mounts_apply(struct run *run, struct err *err);

int procfs_apply(struct run *run, struct err *err);

bool mounts_wanted(const struct config *config);
int mounts_apply(struct run *run, struct err *err);
void mounts_print(const struct config *config, struct node *params, struct arena *arena);

bool verify_mounts_wanted(const struct config *config);
int verify_mounts_apply(struct run *run, struct err *err);
