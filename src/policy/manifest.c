/*
 * The two files at the top of a plain root: the digests of its files, which are verified at the
 * start through what is mounted, and the store paths it leads to, which are mounted beside it. A
 * manifest lies in what it vouches for; only its own digest in the policy makes it more than a
 * guard against accidents, and only `manifest = true` makes one that is gone an error.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/digest.h"
#include "base/file.h"
#include "config/manifest.h"
#include "policy/sections.h"

int manifest_check(const struct policy *policy, const struct mode_rules *rules, struct err *err)
{
	const struct policy_filesystem *filesystem = &policy->filesystem;
	const char *key = filesystem->manifest.set ? "filesystem.manifest"
		: filesystem->manifest_sha256      ? "filesystem.manifest_sha256"
		: filesystem->store_paths.set      ? "filesystem.store_paths"
						   : NULL;
	unsigned char sum[SHA256_SIZE];

	if (key && !filesystem->root)
		return policy_error(policy, err, key,
			"is about the files in a plain root, and filesystem.root names none");
	if (filesystem->manifest.set && !filesystem->manifest.value && rules->degrading_refused)
		return policy_error(policy, err, "filesystem.manifest",
			"only agent mode may leave a manifest unread; remove this line");
	if (filesystem->manifest_sha256 && !digest_read(filesystem->manifest_sha256, sum))
		return policy_error(policy, err, "filesystem.manifest_sha256",
			"must be the 64 hexadecimal digits that sha256sum prints");
	if (filesystem->manifest_sha256 && filesystem->manifest.set && !filesystem->manifest.value)
		return policy_error(policy, err, "filesystem.manifest",
			"is false, and manifest_sha256 pins it; remove one of them");
	return 0;
}

/* One of the files: 1, 0 if it is not there and need not be, or -1. */
static int top_read(struct draft *draft, const char *name, const char *key, bool needed,
	const char *sha256, const char **file, struct bytes *bytes, struct err *err)
{
	struct stat status;

	*file = arena_printf(draft->arena, "%s/%s", draft->roots.items[0], name);
	if (lstat(*file, &status) < 0 && errno == ENOENT && !needed)
		return 0;
	if (file_read(AT_FDCWD, *file, sha256, MANIFEST_SIZE_MOST, draft->arena, bytes, err) < 0)
		return policy_error(draft->policy, err, key, "%s", err->text);
	return 1;
}

static int store_translate(struct draft *draft, struct err *err)
{
	const struct maybe_bool *wanted = &draft->policy->filesystem.store_paths;
	struct strings paths = { 0 };
	struct bytes bytes;
	const char *file;
	int found;

	if (wanted->set && !wanted->value)
		return 0;
	found = top_read(draft, STORE_PATHS_FILE, "filesystem.store_paths", wanted->value, NULL,
		&file, &bytes, err);
	if (found <= 0)
		return found;
	if (manifest_store_paths(bytes.text, bytes.length, file, &paths, draft->arena, err) < 0)
		return -1;
	for (size_t i = 0; i < paths.count; i++) {
		struct stat status;

		if (lstat(paths.items[i], &status) < 0)
			return err_errno(err, "%s: look at %s", file, paths.items[i]);
		draft_mount(draft, paths.items[i], "bind", paths.items[i],
			S_ISLNK(status.st_mode) ? "bind,ro,nosuid,nodev,copy-symlink"
						: "bind,ro,nosuid,nodev");
	}
	return 0;
}

int manifest_translate(struct draft *draft, struct err *err)
{
	const struct policy_filesystem *from = &draft->policy->filesystem;
	unsigned char sum[SHA256_SIZE];
	char text[SHA256_TEXT_SIZE];
	struct manifest manifest;
	struct bytes bytes;
	const char *file;
	int found;

	if (store_translate(draft, err) < 0)
		return -1;
	if (from->manifest.set && !from->manifest.value) {
		draft_warn(draft, "filesystem.manifest is false: what is run is not verified");
		return 0;
	}
	found = top_read(draft, MANIFEST_FILE, "filesystem.manifest",
		from->manifest.value || from->manifest_sha256, from->manifest_sha256, &file, &bytes,
		err);
	if (found <= 0)
		return found;
	if (manifest_read(bytes.text, bytes.length, file, &manifest, draft->arena, err) < 0)
		return -1;
	digest_bytes(bytes.text, bytes.length, sum);
	digest_text(sum, text);
	draft->config->manifest = arena_alloc(draft->arena, 1, sizeof(*draft->config->manifest));
	*draft->config->manifest = (struct config_manifest){ .root = draft->roots.items[0],
		.sha256 = arena_strdup(draft->arena, text) };
	if (from->manifest.set && !from->manifest_sha256)
		draft_warn(draft,
			"filesystem.manifest lies in the root that it vouches for; manifest_sha256 = "
			"\"%s\" would pin it",
			text);
	return 0;
}
