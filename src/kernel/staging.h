#pragma once
/* What a start and its end know of the trees that were copied into the sandbox. */
#include "kernel/tree.h"
#include "nucleus/run.h"

struct staged {
	struct tree tree; /* as it was copied */
	int source, root; /* the tree on the host, and its copy; -1 */
	char sha256[SHA256_TEXT_SIZE];
};

struct staging {
	struct staged workspace, context;
	struct tree_draft draft;
	/* What was copied, and what came back or would: see report_* in staging.c. */
	struct node *report;
};
