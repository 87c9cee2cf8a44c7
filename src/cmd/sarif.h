#pragma once
/*
 * Findings as SARIF 2.1.0, which code hosts and editors show at their lines: one run of one tool,
 * its rules with ids that stay the same between releases, and a result for each finding.
 */
#include "base/arena.h"
#include "format/node.h"

/* error: must not go on; warning: look at it; note: worth knowing. */
enum sarif_level { SARIF_NOTE, SARIF_WARNING, SARIF_ERROR };

struct sarif {
	struct arena *arena;
	struct node *document, *rules, *results;
};

struct sarif_result {
	const char *rule; /* the id of one that sarif_rule() has added */
	enum sarif_level level;
	const char *message;     /* plain text, a whole sentence */
	const char *file;        /* as the user named it; NULL: the finding has no place */
	unsigned line, column;   /* from 1, in bytes; 0: not known */
	struct node *properties; /* a table of whatever else a machine may want, or NULL */
};

/* command: the tool's full name, "nucleus check". All text is copied into or stays in arena. */
void sarif_begin(struct sarif *sarif, struct arena *arena, const char *command);

/* name: one word in PascalCase; text: what the rule is about, one sentence. */
void sarif_rule(struct sarif *sarif, const char *id, const char *name, const char *text,
	enum sarif_level level);

void sarif_add(struct sarif *sarif, const struct sarif_result *result);

/* The whole log, indented, NUL-terminated, in the arena. */
char *sarif_write(const struct sarif *sarif);
