/*
 * Landlock rules as the existing Nucleus' users write them: a TOML file with min_abi and [[rules]].
 * Its own program takes "read" for reading, listing and executing; here nothing is executed that no
 * rule says execute for, and a file that may have meant it is told so. See landlock(7).
 */
#include <string.h>

#include "format/toml.h"
#include "policy/sections.h"

/* What its format says where the file does not. */
enum { MIN_ABI = 3 };

struct rules_file {
	struct maybe_int min_abi;
	struct policy_landlock_rule *rules;
	size_t rules_count;
};

/* clang-format off */
static const struct key file_keys[] = {
	BOUND("min_abi", struct rules_file, min_abi, 1, 1000, "the oldest version of the kernel's Landlock that will do; 3 if absent"),
	LIST("rules", struct rules_file, rules, landlock_rule_keys, "trees that may be used, and no other"),
	{ 0 }
};
/* clang-format on */

static bool holds_any(const struct strings *access, const char *const *words)
{
	for (; *words; words++)
		if (strings_hold(access, *words))
			return true;
	return false;
}

static bool executes(const struct policy_landlock_rule *rule)
{
	return holds_any(&rule->access, (const char *const[]){ "execute", "all", NULL });
}

/* A place where programs could be put and then run. */
static int drop_check(const struct policy *shadow, const struct rules_file *file, struct err *err)
{
	static const char *const writing[] = { "write", "create", "all", NULL };

	for (size_t i = 0; i < file->rules_count; i++)
		if (executes(&file->rules[i]) && holds_any(&file->rules[i].access, writing))
			return policy_item_error(shadow, err, "rules", i, "access",
				"lets the workload run what it writes to %s, so production mode "
				"refuses it; write \"all_except_execute\", or leave write and "
				"create out",
				file->rules[i].path);
	return 0;
}

/* True if a rule lets programs at path be executed. */
static bool executable(const struct rules_file *file, const char *path)
{
	for (size_t i = 0; i < file->rules_count; i++)
		if (executes(&file->rules[i]) && path_below(path, file->rules[i].path))
			return true;
	return false;
}

/* Where "read" was the only word that could have meant executing. */
static void read_warn(struct draft *draft, const char *name, const struct rules_file *file)
{
	const char *places = "";

	for (size_t i = 0; i < file->rules_count; i++) {
		const struct policy_landlock_rule *rule = &file->rules[i];

		if (strings_hold(&rule->access, "read") && !executable(file, rule->path))
			places = arena_printf(
				draft->arena, "%s%s%s", places, *places ? ", " : "", rule->path);
	}
	if (*places)
		draft_warn(draft,
			"%s: \"read\" does not let anything be executed here, as it did: nothing "
			"in %s is; where programs or libraries lie, add \"execute\"",
			name, places);
}

static void rule_translate(struct draft *draft, const struct policy_landlock_rule *from)
{
	struct config_landlock *landlock = draft->config->landlock;
	struct config_landlock_rule *rule;

	landlock->rules = arena_grow(
		draft->arena, landlock->rules, landlock->rules_count, sizeof(*landlock->rules));
	rule = &landlock->rules[landlock->rules_count++];
	*rule = (struct config_landlock_rule){ .path = from->path };
	for (size_t i = 0; i < from->access.count; i++)
		strings_add(&rule->access, draft->arena, from->access.items[i]);
	if (strings_hold(&rule->access, "read") && !strings_hold(&rule->access, "readdir"))
		strings_add(&rule->access, draft->arena, "readdir");
}

int landlock_file_read(struct draft *draft, struct err *err)
{
	const struct policy_landlock *from = &draft->policy->landlock;
	struct config_landlock *landlock = draft->config->landlock;
	struct rules_file file = { .min_abi = { true, MIN_ABI } };
	struct policy shadow = { 0 };
	struct named named;

	if (named_read(draft, "landlock.file", from->file, from->sha256, toml_read, &named, err) <
			0 ||
		rows_read(file_keys, named.document, &file, draft->arena, UNKNOWN_REFUSED,
			named.file, err) < 0)
		return -1;
	shadow.file = named.file;
	shadow.document = named.document;
	if (landlock_rules_check(&shadow, "rules", file.rules, file.rules_count, err) < 0 ||
		(draft->rules->closure_required && drop_check(&shadow, &file, err) < 0))
		return -1;
	if (!landlock->min_abi.set || landlock->min_abi.value < file.min_abi.value)
		landlock->min_abi = file.min_abi;
	for (size_t i = 0; i < file.rules_count; i++)
		rule_translate(draft, &file.rules[i]);
	read_warn(draft, named.file, &file);
	return 0;
}
