#pragma once
/* The rules of lint.c, each in the file of its subject, and how they tell what they found. */
#include "policy/lint.h"
#include "policy/sections.h"

/* A finding of lint->rule about the key at path. */
void lint_find(struct lint *lint, const char *path, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* "volume[3].source", in the arena. */
const char *lint_item(const struct lint *lint, const char *list, size_t index, const char *member);

/* The mode's rules, under which the policy is read. */
const struct mode_rules *lint_mode(const struct lint *lint);

/* lint-access.c: what the sandbox may do. */
void lint_writable_executable(struct lint *lint), lint_capability_undoes(struct lint *lint),
	lint_call_without_effect(struct lint *lint), lint_egress_one_family(struct lint *lint),
	lint_not_enforceable(struct lint *lint), lint_no_limit(struct lint *lint),
	lint_degraded(struct lint *lint), lint_shared(struct lint *lint),
	lint_host_root(struct lint *lint), lint_unattested(struct lint *lint);

/* lint-places.c: files and places of the host, and of the sandbox. */
void lint_engine_socket(struct lint *lint), lint_landlock_nowhere(struct lint *lint),
	lint_unpinned(struct lint *lint), lint_open_file(struct lint *lint);

/* lint-secrets.c: what belongs into [[secret]]. */
void lint_secret_in_env(struct lint *lint), lint_secret_in_command(struct lint *lint);
