/*
 * Files that a policy names: where they are, that they are the ones it pinned, and what errors call
 * them. The bytes hashed are the bytes parsed. Nothing here knows what such a file says.
 */
#include <fcntl.h>

#include "base/file.h"
#include "policy/sections.h"

const char *named_path(
	const struct policy *policy, const char *key, const char *path, struct arena *arena)
{
	return path ? policy_path(policy, key, path, arena) : NULL;
}

int named_read(const struct draft *draft, const char *key, const char *path, const char *sha256,
	document_read *read, struct named *named, struct err *err)
{
	struct err fault;
	struct bytes bytes;

	named->file = policy_path(draft->policy, key, path, draft->arena);
	if (file_read(AT_FDCWD, named->file, sha256, POLICY_SIZE_MOST, draft->arena, &bytes, err) <
		0)
		return policy_error(draft->policy, err, key, "%s", err->text);
	named->document = read(draft->arena, bytes.text, bytes.length, &fault);
	return named->document ? 0 : err_set(err, fault.code, "%s:%s", named->file, fault.text);
}

int named_check(const struct policy *policy, const struct mode_rules *rules, const char *section,
	const char *file, const char *sha256, const char *instead, struct err *err)
{
	char key[80];

	snprintf(key, sizeof(key), "%s.%s", section, file && *file ? "sha256" : "file");
	if (!file && sha256) {
		snprintf(key, sizeof(key), "%s.sha256", section);
		return policy_error(
			policy, err, key, "pins a file, and there is none; name it as file");
	}
	if (!file)
		return 0;
	if (!*file)
		return policy_error(policy, err, key, "is empty; name a file, or remove this line");
	if (instead) {
		snprintf(key, sizeof(key), "%s.file", section);
		return policy_error(policy, err, key,
			"stands instead of %s, which is there too; remove one of them", instead);
	}
	return pin_check(policy, rules, sha256, key, err);
}
