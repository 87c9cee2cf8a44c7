/*
 * [closure]: a Nix closure as the root. Each listed store path is bound read-only at its own
 * place, nothing else of the store is visible, and the root's top-level entries appear at "/".
 * Directories called proc, sys, dev and tmp, and the one the store is in, are left out: they are
 * mount points of the sandbox's own. A plain directory becomes a root in the same way, so that
 * mount points it lacks need not be made in it. The hashes of the registration's records are
 * verified later, through the descriptors that are mounted.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/digest.h"
#include "base/fd.h"
#include "base/file.h"
#include "config/registration.h"
#include "policy/sections.h"

/* Nothing may be mounted below a store path that was verified; a plain directory may have mounts.
 */
#define STORE_OPTIONS "bind,ro,nosuid,nodev"
#define DIRECTORY_OPTIONS "rbind,ro,nosuid,nodev"

/* Bytes of a root that holds nothing but mount points. */
enum { ROOT_TMPFS = 1 << 20 };

/* clang-format off */
const struct key closure_policy_keys[] = {
	KEY(struct policy_closure, registration, "the list of store paths, as closureInfo or nix-store --dump-db writes it", .is_file = true, .order = ORDER_FIXED),
	KEY(struct policy_closure, root, "the store path whose entries appear at /", .order = ORDER_FIXED),
	KEY(struct policy_closure, store_dir, "where store paths live; /nix/store if absent", .order = ORDER_FIXED, .absent = "\"/nix/store\""),
	CHOICE("attestation", struct policy_closure, attestation, attestation_names, "full (if absent): every byte is verified; off", .order = ORDER_LESS, .absent = "\"full\""),
	KEY(struct policy_closure, sha256, "what the registration must hash to; in production required beside registration", .order = ORDER_ONCE),
	{ 0 }
};
/* clang-format on */

static const char *store_dir(const struct policy *policy)
{
	return policy->closure.store_dir ? policy->closure.store_dir : "/nix/store";
}

static int closure_check(
	const struct policy *policy, const struct mode_rules *rules, struct err *err)
{
	const struct policy_closure *closure = &policy->closure;
	const char *fault = store_dir_fault(store_dir(policy));

	if (fault)
		return policy_error(policy, err, "closure.store_dir", "%s", fault);
	if (!closure->registration != !closure->root)
		return policy_error(policy, err,
			closure->root ? "closure.registration" : "closure.root",
			"missing; registration and root go together");
	if (closure->root && store_path_fault(closure->root, store_dir(policy)))
		return policy_error(policy, err, "closure.root", "\"%s\" %s", closure->root,
			store_path_fault(closure->root, store_dir(policy)));
	if (closure->attestation == ATTESTATION_OFF && rules->closure_required)
		return policy_error(policy, err, "closure.attestation",
			"production mode verifies what it runs; remove this line");
	if (closure->registration || closure->sha256)
		return pin_check(policy, rules, closure->sha256, "closure.sha256", err);
	return 0;
}

/* Reads the registration that the policy names, the bytes hashed being those parsed. */
static int policy_closure_read(struct draft *draft, struct config_closure *closure, struct err *err)
{
	const struct policy_closure *from = &draft->policy->closure;
	const char *file = policy_path(
		draft->policy, "closure.registration", from->registration, draft->arena);
	unsigned char sum[SHA256_SIZE];
	char text[SHA256_TEXT_SIZE];
	struct bytes bytes;

	if (file_read(AT_FDCWD, file, NULL, REGISTRATION_SIZE_MOST, draft->arena, &bytes, err) < 0)
		return policy_error(draft->policy, err, "closure.registration", "%s", err->text);
	digest_bytes(bytes.text, bytes.length, sum);
	digest_text(sum, text);
	closure->sha256 = arena_strdup(draft->arena, text);
	closure->registration = file;
	closure->root = from->root;
	closure->closure.store_dir = closure->store_dir;
	if (registration_read(
		    bytes.text, bytes.length, file, &closure->closure, draft->arena, err) < 0)
		return -1;
	if (!closure_find(&closure->closure, closure->root))
		return policy_error(draft->policy, err, "closure.root", "%s does not list %s", file,
			closure->root);
	return 0;
}

static int closure_read(struct draft *draft, struct config_closure *closure, struct err *err)
{
	const char *dir = draft->translation->closure_dir;
	char text[SHA256_TEXT_SIZE];

	if (!dir)
		return policy_closure_read(draft, closure, err);
	if (closure_read_dir(dir, closure->store_dir, &closure->closure, &closure->root, text,
		    draft->arena, err) < 0)
		return err_where(err, "--closure %s", dir);
	closure->sha256 = arena_strdup(draft->arena, text);
	closure->registration = arena_printf(draft->arena, "%s/registration", dir);
	return 0;
}

static int pin_compare(
	const struct draft *draft, const struct config_closure *closure, struct err *err)
{
	unsigned char wanted[SHA256_SIZE], got[SHA256_SIZE];

	if (!draft->policy->closure.sha256)
		return 0;
	if (digest_read(draft->policy->closure.sha256, wanted) &&
		digest_read(closure->sha256, got) && !memcmp(wanted, got, sizeof(got)))
		return 0;
	return policy_error(draft->policy, err, "closure.sha256",
		"%s has the digest %s; another file than the one that was pinned",
		closure->registration, closure->sha256);
}

static const char *bind_options(const struct draft *draft, const struct stat *status)
{
	if (draft->config->closure)
		return S_ISLNK(status->st_mode) ? STORE_OPTIONS ",copy-symlink" : STORE_OPTIONS;
	return S_ISLNK(status->st_mode) ? DIRECTORY_OPTIONS ",copy-symlink" : DIRECTORY_OPTIONS;
}

/* True for a top-level place where the sandbox mounts its own. */
static bool own_place(const char *destination, const char *store)
{
	static const char *const own[] = { "/dev", "/proc", "/sys", "/tmp" };

	for (size_t i = 0; i < sizeof(own) / sizeof(*own); i++)
		if (!strcmp(destination, own[i]))
			return true;
	return path_below(store, destination);
}

/* True for a directory in which the sandbox makes places of its own beside what the root has. */
static bool shared_place(const struct draft *draft, const char *destination)
{
	return !strcmp(destination, "/run") && secret_places_wanted(draft->policy);
}

static int directory_mounts(struct draft *draft, const char *path, int parent, struct err *err);

/* The entry name of a directory of the root, path, which is "" for the root itself. */
static int entry_mount(
	struct draft *draft, const char *path, const char *name, int root, struct err *err)
{
	const char *destination = arena_printf(draft->arena, "%s/%s", path, name);
	const char *source = arena_printf(draft->arena, "%s%s", draft->root, destination);
	struct stat status;

	if (fstatat(root, name, &status, AT_SYMLINK_NOFOLLOW) < 0)
		return err_errno(err, "look at %s", source);
	if (S_ISDIR(status.st_mode) && shared_place(draft, destination))
		return directory_mounts(draft, destination, root, err);
	if (!own_place(destination, store_dir(draft->policy)))
		draft_mount(draft, destination, "bind", source, bind_options(draft, &status));
	else if (!S_ISDIR(status.st_mode))
		return err_set(err, EINVAL,
			"%s: the root may have no %s but a directory: the sandbox mounts its own there",
			source, destination);
	return 0;
}

static int entry_allowed(const struct dirent *entry)
{
	return strcmp(entry->d_name, ".") && strcmp(entry->d_name, "..");
}

/* A directory's entries, sorted, so that the same closure always makes the same config. */
static int entries_mount(struct draft *draft, const char *path, int root, struct err *err)
{
	struct dirent **entries;
	int count, result = 0;

	count = scandirat(root, ".", &entries, entry_allowed, alphasort);
	if (count < 0)
		return err_errno(err, "list the root %s%s", draft->root, path);
	for (int i = 0; i < count; i++) {
		if (result == 0)
			result = entry_mount(draft, path, entries[i]->d_name, root, err);
		free(entries[i]);
	}
	free(entries);
	return result;
}

static int directory_mounts(struct draft *draft, const char *path, int parent, struct err *err)
{
	autoclose directory = openat(
		parent, strrchr(path, '/') + 1, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);

	return directory < 0 ? err_errno(err, "open the root %s%s", draft->root, path)
			     : entries_mount(draft, path, directory, err);
}

static int root_mounts(struct draft *draft, struct err *err)
{
	autoclose root = open(draft->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);

	return root < 0 ? err_errno(err, "open the root %s", draft->root)
			: entries_mount(draft, "", root, err);
}

static int store_mounts(struct draft *draft, const struct closure *closure, struct err *err)
{
	for (size_t i = 0; i < closure->paths_count; i++) {
		const char *path = closure->paths[i].path;
		struct stat status;

		if (lstat(path, &status) < 0)
			return err_errno(err, "look at store path %s", path);
		draft_mount(draft, path, "bind", path, bind_options(draft, &status));
	}
	return 0;
}

static int closure_root_translate(struct draft *draft, struct err *err)
{
	struct config_closure *closure = arena_alloc(draft->arena, 1, sizeof(*closure));
	const struct policy_closure *from = &draft->policy->closure;

	closure->store_dir = store_dir(draft->policy);
	closure->attestation = from->attestation ? from->attestation : ATTESTATION_FULL;
	if (closure->attestation == ATTESTATION_OFF)
		draft_warn(draft, "closure.attestation is off: what is run is not verified");
	if (closure_read(draft, closure, err) < 0 || pin_compare(draft, closure, err) < 0)
		return -1;
	/* Whoever names the closure on the command line answers for it; that must be seen. */
	if (draft->rules->pins_required && !from->sha256)
		draft_warn(draft,
			"closure.sha256 is absent: the closure is held against its own list, which "
			"nothing pins; sha256 = \"%s\" would",
			closure->sha256);
	if (*closure->registration != '/') {
		autofree char *absolute = realpath(closure->registration, NULL);

		if (!absolute)
			return err_errno(err, "find %s", closure->registration);
		closure->registration = arena_strdup(draft->arena, absolute);
	}
	draft->config->closure = closure;
	draft->root = closure->root;
	if (root_mounts(draft, err) < 0)
		return -1;
	return store_mounts(draft, &closure->closure, err);
}

/* The directory may be named by a link; its entries are mounted from where it is. */
static int directory_translate(struct draft *draft, struct err *err)
{
	autofree char *real = realpath(draft->policy->filesystem.root, NULL);

	if (!real)
		return err_errno(err, "open the root %s", draft->policy->filesystem.root);
	draft->root = arena_strdup(draft->arena, real);
	return root_mounts(draft, err) < 0 ? -1 : manifest_translate(draft, err);
}

/* The root, of whichever kind: the mounts that follow stand on it. */
static int root_translate(struct draft *draft, struct err *err)
{
	const struct policy *policy = draft->policy;
	bool closure = draft->translation->closure_dir || policy->closure.registration;

	draft->config->root.readonly = true;
	if (closure && policy->filesystem.root)
		return policy_error(policy, err, "filesystem.root",
			"there is a closure too; a sandbox has one root, so remove one of them");
	if (!closure && draft->rules->closure_required)
		return policy_error(policy, err, "closure.registration",
			"production mode runs nothing but a closure; name one here, with root, or "
			"give --closure DIR");
	draft->config->root.path = "rootfs";
	draft->config->root_tmpfs = (struct maybe_size){ .set = true, .value = ROOT_TMPFS };
	if (closure)
		return closure_root_translate(draft, err);
	return policy->filesystem.root ? directory_translate(draft, err) : host_mounts(draft, err);
}

const struct section closure_section = { closure_check, root_translate };
