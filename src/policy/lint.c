/*
 * The linter: one table of rules, in the order of their codes. A code is never given to another
 * rule. `check.accept` of the policy itself says which findings its author knows about; they are
 * still told, and do not count.
 */
#include "policy/lint.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "policy/lint-rules.h"

/* clang-format off */
const struct lint_rule lint_rules[] = {
	{ "NP001", "WritableExecutable", "a place that can be written to and executed from", LINT_WARNING, lint_writable_executable },
	{ "NP002", "EngineSocket", "the socket of a container engine or another root's service inside a volume", LINT_ERROR, lint_engine_socket },
	{ "NP003", "CapabilityUndoes", "a capability that undoes what another section says", LINT_WARNING, lint_capability_undoes },
	{ "NP004", "LandlockNowhere", "a Landlock rule for a path that cannot exist in the sandbox", LINT_WARNING, lint_landlock_nowhere },
	{ "NP005", "CallWithoutEffect", "a system call whose mention in [seccomp] changes nothing", LINT_WARNING, lint_call_without_effect },
	{ "NP006", "SecretInEnv", "what looks like a secret in the environment", LINT_ERROR, lint_secret_in_env },
	{ "NP007", "Unpinned", "a file that is named without its sha256", LINT_WARNING, lint_unpinned },
	{ "NP008", "EgressOneFamily", "egress that names addresses of IPv4 and none of IPv6", LINT_WARNING, lint_egress_one_family },
	{ "NP009", "NotEnforceable", "what this version cannot enforce, so that a run refuses it", LINT_ERROR, lint_not_enforceable },
	{ "NP010", "NoLimit", "no limit on memory or on processes", LINT_WARNING, lint_no_limit },
	{ "NP011", "Degraded", "a wall that is taken down or may be lower than it seems", LINT_WARNING, lint_degraded },
	{ "NP012", "SharedNamespace", "a namespace shared with the host", LINT_WARNING, lint_shared },
	{ "NP013", "HostRoot", "the host's root among the sandbox's users", LINT_ERROR, lint_host_root },
	{ "NP014", "Unattested", "a closure that is not verified", LINT_WARNING, lint_unattested },
	{ "NP015", "OpenFile", "a policy file that others than its owner may write", LINT_ERROR, lint_open_file },
	{ "NP016", "SecretInCommand", "what looks like a secret in the command line", LINT_ERROR, lint_secret_in_command },
	{ 0 }
};

const struct key check_keys[] = {
	KEY(struct policy_check, accept, "codes of findings that `nucleus check` need not count, as [\"NP001\"]", .order = ORDER_FREE),
	{ 0 }
};
/* clang-format on */

static int check_check(const struct policy *policy, const struct mode_rules *rules, struct err *err)
{
	const struct strings *accept = &policy->check.accept;

	(void)rules;
	for (size_t i = 0; i < accept->count; i++) {
		const struct lint_rule *rule = lint_rules;

		while (rule->code && strcmp(rule->code, accept->items[i]))
			rule++;
		if (!rule->code)
			return policy_item_error(policy, err, "check.accept", i, NULL,
				"\"%s\" is no finding's code; `nucleus check --codes` lists them",
				accept->items[i]);
	}
	return 0;
}

const struct section check_section = { check_check, NULL };

void lint_find(struct lint *lint, const char *path, const char *format, ...)
{
	const struct node *node = rows_node(lint->policy->document, path);
	struct lint_finding *finding;
	char text[600];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	lint->findings = arena_grow(
		lint->arena, lint->findings, lint->count, sizeof(*lint->findings));
	finding = &lint->findings[lint->count++];
	*finding = (struct lint_finding){
		.rule = lint->rule,
		.path = arena_strdup(lint->arena, path),
		.text = arena_strdup(lint->arena, text),
		.file = node->file ? node->file : lint->policy->file,
		.line = node->line,
		.column = node->column,
		.accepted = strings_hold(&lint->policy->check.accept, lint->rule->code),
	};
}

const char *lint_item(const struct lint *lint, const char *list, size_t index, const char *member)
{
	return arena_printf(
		lint->arena, "%s[%zu]%s%s", list, index, member ? "." : "", member ? member : "");
}

const struct mode_rules *lint_mode(const struct lint *lint)
{
	return mode_find(lint->policy->mode);
}

void policy_lint(struct lint *lint)
{
	for (lint->rule = lint_rules; lint->rule->code; lint->rule++)
		lint->rule->look(lint);
}
