#pragma once
#include <stdbool.h>

struct arena;
struct node;

/* report: of struct staging. */
void changes_print(const struct node *report, bool json, struct arena *arena);
