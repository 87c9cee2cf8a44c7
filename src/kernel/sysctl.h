#pragma once
/* Kernel parameters of the container's own namespaces. */
#include <stdbool.h>

#include "nucleus/config.h"
#include "nucleus/run.h"

struct arena;
struct err;
struct node;

bool sysctl_wanted(const struct config *config);
int sysctl_apply(struct run *run, struct err *err);
void sysctl_print(const struct config *config, struct node *params, struct arena *arena);

/*
 * The namespace that must be new for this parameter to be the container's own; NAMESPACE_UNSET if
 * the parameter is the host's and cannot be set. key as in the config, with dots or slashes.
 */
enum namespace_type sysctl_namespace(const char *key);
