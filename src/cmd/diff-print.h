#pragma once
/* The three forms in which `nucleus diff` tells what it found. */
#include "diff/diff.h"

/* One of the two things compared. */
struct diff_side {
	const char *name;            /* as the caller wrote it */
	const char *file;            /* where it stands; NULL: in the program itself */
	const struct node *document; /* a policy's, for lines; NULL for a bundle */
	struct config *config;
};

/* For a reviewer: by area, "+" wider, "-" narrower, "~" changed, "!" not to be compared. */
void diff_print_text(const struct diff *diff, const struct diff_side *a, const struct diff_side *b);
void diff_print_json(const struct diff *diff, const struct diff_side *a, const struct diff_side *b);
void diff_print_sarif(
	const struct diff *diff, const struct diff_side *a, const struct diff_side *b);
