#pragma once
/* What the files that read a launch request share, and nobody else includes. */
#include "policy/sections.h"

struct launch_request {
	struct node *to; /* the policy */
	const char *file, *name;
	struct node *group, *more_groups; /* NULL: not there */
	struct arena *arena;
	struct err *err;
};

struct launch_row {
	const char *name; /* stands first: name_nearest looks for it */
	int (*read)(
		struct launch_request *request, const struct launch_row *row, struct node *value);
	const char *to; /* "section.key", or a word */
	const char *why;
};

typedef int launch_read(
	struct launch_request *request, const struct launch_row *row, struct node *value);

/* Sets the request's err to FILE:LINE:COLUMN: text, for the node; -1. */
int launch_fault(const struct launch_request *request, const struct node *node, const char *format,
	...) __attribute__((format(printf, 3, 4)));

/* Gives what was made the place of what it stands for. */
struct node *launch_at(struct node *made, const struct node *where);

/* Puts the value at "section.key", or at the top; the section is made if it is not there. */
void launch_put(struct launch_request *request, const char *path, struct node *value);

/* That a value is text without a NUL, or of another kind; 0 or -1. */
int launch_text_check(const struct launch_request *request, const struct launch_row *row,
	const struct node *node);
int launch_kind_check(const struct launch_request *request, const struct launch_row *row,
	const struct node *node, enum node_kind kind);

/* The value as it is, to where the row says. */
launch_read launch_move;

/* launch-lists.c */
launch_read launch_env_read, launch_volumes_read, launch_secrets_read, launch_tmpfs_read;
