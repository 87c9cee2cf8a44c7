#pragma once
/* Capabilities: all five sets exactly as asked, and no_new_privs. */
#include "nucleus/config.h"
#include "nucleus/run.h"

struct arena;
struct err;
struct node;

bool no_new_privs_wanted(const struct config *config);
int no_new_privs_apply(struct run *run, struct err *err);

/* Makes every permitted capability effective: a change of user clears that set. 0 or -1. */
int caps_raise(struct err *err);

int caps_apply(struct run *run, struct err *err);
void caps_print(const struct config *config, struct node *params, struct arena *arena);
