#pragma once
/* The sandbox's terminal, when its config asks for one. */
#include "nucleus/config.h"
#include "nucleus/run.h"

struct arena;
struct err;
struct node;

bool console_wanted(const struct config *config);
int console_apply(struct run *run, struct err *err);
void console_print(const struct config *config, struct node *params, struct arena *arena);
