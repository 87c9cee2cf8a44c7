#pragma once
/* Namespaces: which are new, what is set inside them. A namespace is one row in ns.c. */
#include "nucleus/config.h"
#include "nucleus/run.h"

struct arena;
struct err;
struct node;

/* The clone3(2) flags for the new namespaces of config, but the cgroup one (see cgroupns_apply). */
uint64_t ns_clone_flags(const struct config *config);
void ns_print(const struct config *config, struct node *params, struct arena *arena);

/* Step timens: a time namespace whose clocks are shifted. */
bool timens_wanted(const struct config *config);
int timens_apply(struct run *run, struct err *err);
void timens_print(const struct config *config, struct node *params, struct arena *arena);

/* Step cgroupns: the cgroup the process is in becomes the root it sees. */
bool cgroupns_wanted(const struct config *config);
int cgroupns_apply(struct run *run, struct err *err);

/* Step hostname: host and NIS domain name. */
bool hostname_wanted(const struct config *config);
int hostname_apply(struct run *run, struct err *err);
void hostname_print(const struct config *config, struct node *params, struct arena *arena);
