/*
 * Capabilities as the existing Nucleus' users write them: a TOML file that names the bounding,
 * effective, inheritable and ambient set each by itself; what is not named is dropped. What a
 * program has once it is executed is decided by the kernel's rules for execve, so sets that these
 * would change are refused and never quietly become others. See capabilities(7), "Transformation of
 * capabilities during execve".
 */
#include <string.h>

#include "base/names.h"
#include "format/toml.h"
#include "policy/sections.h"

struct keep {
	struct strings keep;
};

struct sets_file {
	struct keep *bounding, *effective, *inheritable, *ambient; /* NULL: not there */
};

/* clang-format off */
static const struct key keep_keys[] = {
	KEY(struct keep, keep, "names with or without CAP_"),
	{ 0 }
};

static const struct key file_keys[] = {
	POINTER("bounding", struct sets_file, bounding, keep_keys, "what can be had at all"),
	POINTER("effective", struct sets_file, effective, keep_keys, "what is had; if absent, what execve gives"),
	POINTER("inheritable", struct sets_file, inheritable, keep_keys, "what execve hands on; as ambient if absent"),
	POINTER("ambient", struct sets_file, ambient, keep_keys, "what execve keeps for a user other than 0"),
	{ 0 }
};
/* clang-format on */

struct reading {
	const struct draft *draft;
	struct named named;
	struct err *err;
};

#define set_fault(reading, set, index, ...)                                                  \
	rows_fault((reading)->named.document, (reading)->named.file,                         \
		arena_printf((reading)->draft->arena, "%s.keep[%zu]", set, (size_t)(index)), \
		(reading)->err, __VA_ARGS__)

/* One set by the names of the kernel, each once. */
static int set_read(
	const struct reading *reading, const char *set, const struct keep *from, struct strings *to)
{
	struct arena *arena = reading->draft->arena;

	to->set = true;
	for (size_t i = 0; from && i < from->keep.count; i++) {
		const char *word = from->keep.items[i];
		const char *name = capability_name(capability_number(word));

		if (!name)
			return set_fault(reading, set, i,
				"\"%s\" is no capability; capabilities(7) lists them", word);
		if (reading->draft->rules->dangerous_refused && capability_dangerous(name))
			return set_fault(reading, set, i,
				"%s leads out of a sandbox, so production mode refuses it; remove it",
				name);
		if (!strings_hold(to, name))
			strings_add(to, arena, name);
	}
	return 0;
}

/* Each of inner must be in outer too; the fault is inner's, and why says what follows else. */
static int within_check(const struct reading *reading, const char *inner_name,
	const struct keep *inner, const char *outer_name, const struct strings *outer,
	const char *why)
{
	for (size_t i = 0; inner && i < inner->keep.count; i++) {
		const char *name = capability_name(capability_number(inner->keep.items[i]));

		if (!strings_hold(outer, name))
			return set_fault(reading, inner_name, i,
				"%s is not in [%s], %s; add it there, or remove it here", name,
				outer_name, why);
	}
	return 0;
}

/* Sets that the kernel would not keep are a mistake in the file. */
static int sets_check(const struct reading *reading, const struct sets_file *file,
	const struct config_capabilities *sets)
{
	static const char beyond[] = "beyond which nothing can be had";
	int64_t uid = reading->draft->config->process.user.uid.value;

	if (within_check(reading, "effective", file->effective, "bounding", &sets->bounding,
		    beyond) < 0 ||
		within_check(reading, "inheritable", file->inheritable, "bounding", &sets->bounding,
			beyond) < 0 ||
		within_check(reading, "ambient", file->ambient, "bounding", &sets->bounding,
			beyond) < 0 ||
		within_check(reading, "ambient", file->ambient, "inheritable", &sets->inheritable,
			"without which the kernel has nothing ambient") < 0)
		return -1;
	if (!uid)
		return within_check(reading, "bounding", file->bounding, "effective",
			&sets->effective, "but what user 0 executes gets all of the bounding set");
	if (within_check(reading, "effective", file->effective, "ambient", &sets->ambient,
		    "and what a user other than 0 executes has nothing else") < 0)
		return -1;
	return within_check(reading, "ambient", file->ambient, "effective", &sets->effective,
		"but what is ambient is effective in whatever is executed");
}

static void sets_warn(struct draft *draft, const char *file, const struct config_capabilities *sets)
{
	for (size_t i = 0; i < sets->bounding.count; i++) {
		const char *name = sets->bounding.items[i];

		if (capability_dangerous(name))
			draft_warn(draft, "%s keeps %s, which leads out of a sandbox", file, name);
		if (!strings_hold(&sets->effective, name) &&
			!strings_hold(&sets->inheritable, name))
			draft_warn(draft,
				"%s keeps %s in [bounding] alone: user %ld cannot use it unless "
				"[ambient] has it too",
				file, name, (long)draft->config->process.user.uid.value);
	}
}

int capabilities_file_read(struct draft *draft, struct config_capabilities *sets, struct err *err)
{
	const struct policy_capabilities *from = &draft->policy->capabilities;
	struct reading reading = { .draft = draft, .err = err };
	struct sets_file file = { 0 };

	if (named_read(draft, "capabilities.file", from->file, from->sha256, toml_read,
		    &reading.named, err) < 0 ||
		rows_read(file_keys, reading.named.document, &file, draft->arena, UNKNOWN_REFUSED,
			reading.named.file, err) < 0 ||
		set_read(&reading, "bounding", file.bounding, &sets->bounding) < 0 ||
		set_read(&reading, "effective", file.effective, &sets->effective) < 0 ||
		set_read(&reading, "inheritable", file.inheritable, &sets->inheritable) < 0 ||
		set_read(&reading, "ambient", file.ambient, &sets->ambient) < 0)
		return -1;
	if (!file.inheritable)
		sets->inheritable = sets->ambient;
	if (!file.effective)
		sets->effective = draft->config->process.user.uid.value ? sets->ambient
									: sets->bounding;
	/* The kernel takes nothing as inheritable that is not permitted; execve sorts that out. */
	sets->permitted = (struct strings){ .set = true };
	for (size_t i = 0; i < sets->bounding.count; i++)
		if (strings_hold(&sets->effective, sets->bounding.items[i]) ||
			strings_hold(&sets->inheritable, sets->bounding.items[i]))
			strings_add(&sets->permitted, draft->arena, sets->bounding.items[i]);
	if (sets_check(&reading, &file, sets) < 0)
		return -1;
	sets_warn(draft, reading.named.file, sets);
	return 0;
}
