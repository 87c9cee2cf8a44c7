#pragma once
/*
 * What a valid policy says and its author may not have meant: findings with codes that stay the
 * same between releases. Nothing here decides whether a policy is accepted by `run`.
 */
#include "policy/policy.h"

enum lint_level { LINT_WARNING, LINT_ERROR };

struct lint;

struct lint_rule {
	const char *code;  /* "NP001" */
	const char *name;  /* one word in PascalCase */
	const char *about; /* what it looks for, one sentence */
	enum lint_level level;
	void (*look)(struct lint *lint);
};

extern const struct lint_rule lint_rules[]; /* ends with a code of NULL */

struct lint_finding {
	const struct lint_rule *rule;
	const char *path; /* the key it is about, "volume[0].source" */
	const char *text; /* what is wrong and the smallest fix */
	const char *file;
	unsigned line, column; /* of the key's value; 0: nobody wrote it */
	bool accepted;         /* check.accept names its code */
};

struct lint {
	const struct policy *policy;
	const struct config
		*config; /* what it is translated to, or NULL: that cannot be done here */
	struct arena *arena;
	const struct lint_rule *rule; /* the one that looks */
	struct lint_finding *findings;
	size_t count;
};

/* Fills lint->findings, in the arena; the three members above must be set. */
void policy_lint(struct lint *lint);
