#pragma once
/* The parts of diff_make, one file for each mechanism, and how they tell what they found. */
#include "diff/diff.h"

/* Adds a difference and returns it; subject and key as they are, change formatted. */
struct difference *diff_add(struct diff *diff, enum diff_area area, enum diff_way way,
	const char *key, const char *subject, const char *change, ...)
	__attribute__((format(printf, 6, 7)));

/* A witness of a kind for an item that is not narrower; more is put into the table returned. */
struct node *diff_witness(struct diff *diff, struct difference *item, const char *kind);

/* The way of something that is allowed by a, by b, by both or by neither of them (false: equal). */
bool diff_way_of(bool a, bool b, enum diff_way *way);

int syscalls_compare(struct diff *diff, struct err *err);
void landlock_compare(struct diff *diff);
void capabilities_compare(struct diff *diff);
void mounts_compare(struct diff *diff);
void namespaces_compare(struct diff *diff);
void limits_compare(struct diff *diff);
void env_compare(struct diff *diff);
int devices_compare(struct diff *diff, struct err *err);
/* All values that need no more than their own meaning, and whatever nobody knows. */
void values_compare(struct diff *diff);

/* Which of Landlock's file rights mounts and masks refuse at path, in config. */
uint64_t mounts_refuse(const struct config *config, struct arena *arena, const char *path);
