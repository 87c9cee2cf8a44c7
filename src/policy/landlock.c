/*
 * [landlock]: which trees and TCP ports may be used, enforced by the kernel beside the mounts and
 * not instead of them. Without rules in the policy they follow from the mounts: everything can be
 * read, only programs of read-only mounts executed, only writable mounts written. See landlock(7).
 */
#include <stdio.h>
#include <string.h>

#include "config/landlock-rules.h"
#include "format/node.h"
#include "policy/sections.h"

static const char *const access_words[] = { "read", "write", "create", "remove", "readdir",
	"execute", "refer", "truncate", "ioctl_dev", "all", "all_except_execute", NULL };
static const char *const port_words[] = { "bind", "connect", NULL };
static const char *const scope_words[] = { "abstract_unix_socket", "signal", NULL };

static bool access_covers(const char *below, const char *other)
{
	if (!strcmp(below, "all_except_execute"))
		return strcmp(other, "all") != 0 && strcmp(other, "execute") != 0;
	return !strcmp(below, "all");
}

/* clang-format off */
const struct key landlock_rule_keys[] = {
	KEY(struct policy_landlock_rule, path, "a tree inside the sandbox", .order = ORDER_BELOW),
	KEY(struct policy_landlock_rule, access, "read, write, create, remove, readdir, execute, refer, truncate, ioctl_dev, all, all_except_execute", .order = ORDER_SUBSET, .covers = access_covers),
	{ 0 }
};

static const struct key net_keys[] = {
	BOUND("port", struct policy_landlock_net, port, 0, 65535, "a TCP port", .order = ORDER_FIXED),
	KEY(struct policy_landlock_net, access, "bind, connect", .order = ORDER_SUBSET),
	{ 0 }
};

const struct key landlock_policy_keys[] = {
	KEY(struct policy_landlock, enabled, "true if absent; false in agent mode only", .order = ORDER_MORE, .absent = "true"),
	BOUND("min_abi", struct policy_landlock, min_abi, 1, 1000, "the oldest version of the kernel's Landlock that will do", .order = ORDER_MORE),
	KEY(struct policy_landlock, best_effort, "leave out what the kernel lacks instead of failing; agent mode only", .order = ORDER_LESS, .absent = "false"),
	KEY(struct policy_landlock, file, "instead of rule, a TOML file with min_abi and [[rules]]: path, access; its read is read and readdir, never execute", .is_file = true, .order = ORDER_FIXED),
	KEY(struct policy_landlock, sha256, "what that file must hash to; required in production", .order = ORDER_ONCE),
	LIST("rule", struct policy_landlock, rule, landlock_rule_keys, "trees that may be used, and no other; from the mounts if absent", .order = ORDER_SUBSET),
	LIST("net", struct policy_landlock, net, net_keys, "TCP ports that may be used, and no other; [] is none; if absent all, in production none", .order = ORDER_SUBSET, .absent = ABSENT_ALL),
	KEY(struct policy_landlock, scope, "what may not leave the sandbox: abstract_unix_socket, signal; both if absent", .order = ORDER_SUPERSET, .absent = "[\"abstract_unix_socket\", \"signal\"]"),
	{ 0 }
};
/* clang-format on */

/* Whether the list was written at all; an empty one denies everything. */
static bool list_given(const struct policy *policy, const char *key)
{
	const struct node *section = node_get(policy->document, "landlock");

	return section && node_get(section, key);
}

static bool word_known(const char *const *words, const char *word)
{
	for (; *words; words++)
		if (!strcmp(*words, word))
			return true;
	return false;
}

/* Each must be a known word; a list that grants nothing is a mistake. */
static int access_check(const struct policy *policy, const struct strings *access,
	const char *const *words, const char *list, size_t index, struct err *err)
{
	if (!access->count)
		return policy_item_error(policy, err, list, index, access->set ? "access" : NULL,
			"grants nothing; name an access, or remove it");
	for (size_t i = 0; i < access->count; i++) {
		char item[32];

		snprintf(item, sizeof(item), "access[%zu]", i);
		if (!word_known(words, access->items[i]))
			return policy_item_error(policy, err, list, index, item,
				"\"%s\" is no access; there are %s", access->items[i],
				words == port_words
					? "bind and connect"
					: "read, write, create, remove, readdir, "
					  "execute, refer, truncate, ioctl_dev, all and "
					  "all_except_execute");
	}
	return 0;
}

int landlock_rules_check(const struct policy *policy, const char *list,
	const struct policy_landlock_rule *rules, size_t count, struct err *err)
{
	for (size_t i = 0; i < count; i++) {
		const char *path = rules[i].path;

		if (!path)
			return policy_item_error(policy, err, list, i, NULL, "needs a path");
		if (path_fault(path))
			return policy_item_error(
				policy, err, list, i, "path", "\"%s\" %s", path, path_fault(path));
		if (access_check(policy, &rules[i].access, access_words, list, i, err) < 0)
			return -1;
	}
	return 0;
}

static int net_check(const struct policy *policy, struct err *err)
{
	const struct policy_landlock *landlock = &policy->landlock;

	for (size_t i = 0; i < landlock->net_count; i++) {
		const struct policy_landlock_net *net = &landlock->net[i];

		if (!net->port.set)
			return policy_item_error(
				policy, err, "landlock.net", i, NULL, "needs a port");
		if (access_check(policy, &net->access, port_words, "landlock.net", i, err) < 0)
			return -1;
	}
	return 0;
}

static int landlock_check(
	const struct policy *policy, const struct mode_rules *rules, struct err *err)
{
	const struct policy_landlock *landlock = &policy->landlock;

	if (landlock->enabled.set && !landlock->enabled.value && rules->degrading_refused)
		return policy_error(policy, err, "landlock.enabled",
			"only agent mode may go without Landlock; remove this line");
	if (landlock->best_effort.value && rules->degrading_refused)
		return policy_error(policy, err, "landlock.best_effort",
			"only agent mode may leave out what the kernel lacks; remove this line");
	for (size_t i = 0; i < landlock->scope.count; i++)
		if (!word_known(scope_words, landlock->scope.items[i]))
			return policy_item_error(policy, err, "landlock.scope", i, NULL,
				"\"%s\" is no scope; there are abstract_unix_socket and signal",
				landlock->scope.items[i]);
	if (named_check(policy, rules, "landlock", landlock->file, landlock->sha256,
		    list_given(policy, "rule") ? "rule" : NULL, err) < 0 ||
		landlock_rules_check(
			policy, "landlock.rule", landlock->rule, landlock->rule_count, err) < 0)
		return -1;
	return net_check(policy, err);
}

bool landlock_rules_given(const struct policy *policy)
{
	return policy->landlock.file || list_given(policy, "rule");
}

/* What the runtime makes for the workload can be read, whatever else can. */
static void files_rules(struct draft *draft)
{
	const struct config *config = draft->config;

	if (config->policy_file)
		landlock_rule_add(draft->config->landlock, draft->arena, POLICY_FILE, "read", NULL);
	for (size_t i = 0; i < config->secrets_count; i++)
		landlock_rule_add(draft->config->landlock, draft->arena, config->secrets[i].target,
			"read", NULL);
}

static int rules_translate(struct draft *draft, struct err *err)
{
	const struct policy_landlock *from = &draft->policy->landlock;
	struct config_landlock *landlock = draft->config->landlock;

	if (from->file) {
		if (landlock_file_read(draft, err) < 0)
			return -1;
		files_rules(draft);
		return 0;
	}
	if (!list_given(draft->policy, "rule")) {
		landlock_derive(landlock, draft->config, false, draft->arena);
		return 0;
	}
	landlock->rules_count = from->rule_count;
	for (size_t i = 0; i < from->rule_count; i++) {
		landlock->rules = arena_grow(
			draft->arena, landlock->rules, i, sizeof(*landlock->rules));
		landlock->rules[i] = (struct config_landlock_rule){ from->rule[i].path,
			from->rule[i].access };
	}
	files_rules(draft);
	return 0;
}

static void net_translate(struct draft *draft)
{
	const struct policy_landlock *from = &draft->policy->landlock;
	struct config_landlock *landlock = draft->config->landlock;

	landlock->net_handled = list_given(draft->policy, "net") || draft->rules->tcp_denied;
	if (!landlock->net_handled)
		return;
	landlock->net_count = from->net_count;
	landlock->net = arena_alloc(draft->arena, from->net_count, sizeof(*landlock->net));
	for (size_t i = 0; i < from->net_count; i++)
		landlock->net[i] = (struct config_landlock_port){ from->net[i].port,
			from->net[i].access };
}

static int landlock_translate(struct draft *draft, struct err *err)
{
	const struct policy_landlock *from = &draft->policy->landlock;
	struct config_landlock *landlock;

	if (from->enabled.set && !from->enabled.value) {
		draft_warn(draft, "landlock.enabled is false: files are guarded by mounts alone");
		return 0;
	}
	landlock = arena_alloc(draft->arena, 1, sizeof(*landlock));
	draft->config->landlock = landlock;
	landlock->min_abi = from->min_abi;
	landlock->best_effort = from->best_effort.value;
	landlock->scope = from->scope;
	if (!from->scope.set)
		for (size_t i = 0; scope_words[i]; i++)
			strings_add(&landlock->scope, draft->arena, scope_words[i]);
	net_translate(draft);
	return rules_translate(draft, err);
}

const struct section landlock_section = { landlock_check, landlock_translate };
