/*
 * [closure]: a Nix closure as the root. Each listed store path is bound read-only at its own
 * place, nothing else of the store is visible, and the roots' top-level entries appear at "/". A
 * plain directory becomes a root in the same way, so that mount points it lacks need not be made in
 * it. The hashes of the registration's records are verified later, through the descriptors that are
 * mounted.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/digest.h"
#include "base/fd.h"
#include "base/lists.h"
#include "config/closure-manifest.h"
#include "config/registration.h"
#include "config/store-place.h"
#include "policy/sections.h"

/* Bytes of a root that holds nothing but mount points. */
enum { ROOT_TMPFS = 1 << 20 };

/* clang-format off */
const struct key closure_policy_keys[] = {
	KEY(struct policy_closure, registration, "the list of store paths: of closureInfo, nix-store --dump-db, nix path-info --json or exportReferencesGraph, or a binary cache's directory", .is_file = true, .order = ORDER_FIXED),
	SINGLE("root", struct policy_closure, roots, "the store paths whose entries appear at /, or symlinks to them; directories of one name become one", .order = ORDER_FIXED),
	KEY(struct policy_closure, store_dir, "where store paths live; /nix/store if absent", .order = ORDER_FIXED, .absent = "\"/nix/store\""),
	KEY(struct policy_closure, gc_roots, "auto: held against Nix's garbage collector if there is one beside the store; off; or the directory it keeps roots in", .order = ORDER_FIXED, .absent = "\"auto\""),
	KEY(struct policy_closure, store, "the host's directory below which store_dir is, for a chroot store; if absent it is where it says", .order = ORDER_FIXED),
	CHOICE("attestation", struct policy_closure, attestation, attestation_names, "full (if absent): every byte is verified; cached: every byte once, then that no file has changed since; off: owners and modes alone", .order = ORDER_LESS, .absent = "\"full\""),
	KEY(struct policy_closure, trusted_keys, "public keys, as Nix writes them, that must have signed each path or the closure", .order = ORDER_ONCE),
	KEY(struct policy_closure, signatures_needed, "how many of them; 1 if absent", .order = ORDER_ONCE),
	KEY(struct policy_closure, sha256, "the closure digest, as `nucleus closure digest` prints it; in production required beside registration", .order = ORDER_ONCE),
	KEY(struct policy_closure, image_sha256, "registration is a closure that `nucleus closure pack` made, and its bytes have this SHA-256; in production required for one", .order = ORDER_ONCE),
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
	unsigned char sum[SHA256_SIZE];

	if (fault)
		return policy_error(policy, err, "closure.store_dir", "%s", fault);
	if (closure->image_sha256 && !closure->registration)
		return policy_error(policy, err, "closure.image_sha256",
			"goes with registration, which names the image");
	if (!closure->registration != !closure->roots.count && !closure->image_sha256)
		return policy_error(policy, err,
			closure->registration ? "closure.root" : "closure.registration",
			"missing; registration and root go together");
	if (closure->gc_roots && gc_roots_fault(closure->gc_roots))
		return policy_error(policy, err, "closure.gc_roots", "\"%s\" %s", closure->gc_roots,
			gc_roots_fault(closure->gc_roots));
	if (closure->store && store_dir_fault(closure->store))
		return policy_error(
			policy, err, "closure.store", "%s", store_dir_fault(closure->store));
	if (closure->attestation == ATTESTATION_OFF && rules->closure_required)
		return policy_error(policy, err, "closure.attestation",
			"production mode verifies what it runs; remove this line");
	if (closure->sha256 && !digest_read(closure->sha256, sum))
		return policy_error(policy, err, "closure.sha256",
			"must be the 64 hexadecimal digits that `nucleus closure digest` prints");
	if (closure->image_sha256 && !digest_read(closure->image_sha256, sum))
		return policy_error(policy, err, "closure.image_sha256",
			"must be the 64 hexadecimal digits that `nucleus closure pack` prints");
	if (closure->registration && !closure->sha256 && rules->pins_required)
		return policy_error(policy, err, "closure.sha256",
			"missing; production mode pins the closure it runs: add the digest that "
			"`nucleus closure digest` prints");
	return closure_trust_check(policy, err);
}

struct strings closure_roots(const struct policy *policy, struct arena *arena)
{
	const struct strings *named = &policy->closure.roots;
	struct strings roots = { 0 };

	for (size_t i = 0; i < named->count; i++)
		strings_add(
			&roots, arena, policy_path(policy, "closure.root", named->items[i], arena));
	return roots;
}

/* As the caller names it, or else the policy. */
static int closure_fill(struct draft *draft, struct config_closure *closure, struct err *err)
{
	const struct policy_closure *from = &draft->policy->closure;
	const struct translation *caller = draft->translation;
	const struct strings roots = closure_roots(draft->policy, draft->arena);
	struct strings notes = { 0 };
	struct closure_request request = {
		.dir_fd = AT_FDCWD,
		.list = caller->closure,
		.store_dir = store_dir(draft->policy),
		.store = caller->store ? caller->store : from->store,
		.roots = caller->closure ? &caller->closure_roots : &roots,
		.image_sha256 = from->image_sha256,
	};

	if (!request.list)
		request.list = policy_path(
			draft->policy, "closure.registration", from->registration, draft->arena);
	if (closure_read(&request, closure, &notes, draft->arena, err) < 0)
		return caller->closure
			? err_where(err, "--closure %s", caller->closure)
			: policy_error(draft->policy, err, "closure.registration", "%s", err->text);
	for (size_t i = 0; i < notes.count; i++)
		draft_warn(draft, "%s", notes.items[i]);
	if (closure->roots.count)
		return 0;
	err_set(err, EINVAL, "--closure %s: a list alone does not say what is the root",
		caller->closure);
	return err_hint(err, "name the root's store path with --closure-root");
}

/* Names the closure, which must be the one that the policy pins. */
static int pin_compare(struct draft *draft, struct config_closure *closure, struct err *err)
{
	if (closure_identify(closure, draft->policy->closure.sha256, draft->arena))
		return 0;
	return policy_error(draft->policy, err, "closure.sha256",
		"the closure of %s has the digest %s; another one than what was pinned",
		closure->registration, closure->sha256);
}

/* The image is its own pin unless the policy has one, which production asks of the policy. */
static int image_pin_check(
	struct draft *draft, const struct config_closure *closure, struct err *err)
{
	if (!closure->image_sha256 || draft->policy->closure.image_sha256)
		return 0;
	if (draft->rules->pins_required && !draft->translation->closure)
		return policy_error(draft->policy, err, "closure.image_sha256",
			"missing; %s is a packed closure, and production mode pins its bytes: add "
			"the digest that `nucleus closure pack` printed",
			closure->registration);
	draft_warn(draft,
		"closure.image_sha256 is absent: the image is what it is now; image_sha256 = "
		"\"%s\" would pin it",
		closure->image_sha256);
	return 0;
}

/* The store of an image is one mount; its roots' entries are those it names. */
static int image_mounts(struct draft *draft, const struct config_closure *closure, struct err *err)
{
	const char *store_dir = closure->closure.store_dir;

	if (root_entries_mount(draft, closure, err) < 0)
		return -1;
	root_bind(draft, store_dir, store_dir, S_IFDIR);
	return 0;
}

static int store_mounts(struct draft *draft, const struct closure *closure, struct err *err)
{
	for (size_t i = 0; i < closure->paths_count; i++) {
		const char *path = closure->paths[i].path;
		autoclose fd = store_open(closure->store, path, O_PATH | O_NOFOLLOW);
		struct stat status;

		if (fd < 0 || fstat(fd, &status) < 0)
			return err_errno(err, "look at store path %s",
				store_place(closure->store, path, draft->arena));
		root_bind(draft, path, store_place(closure->store, path, draft->arena),
			status.st_mode);
	}
	return 0;
}

static int closure_root_translate(struct draft *draft, struct err *err)
{
	struct config_closure *closure = arena_alloc(draft->arena, 1, sizeof(*closure));
	const struct policy_closure *from = &draft->policy->closure;

	closure->attestation = from->attestation ? from->attestation : ATTESTATION_FULL;
	if (closure->attestation == ATTESTATION_OFF)
		draft_warn(draft,
			"closure.attestation is off: owners and modes of what is run are looked at, its contents are not");
	if (from->gc_roots && strcmp(from->gc_roots, "auto") != 0)
		closure->gc_roots = from->gc_roots;
	if (closure->gc_roots && !strcmp(closure->gc_roots, "off"))
		draft_warn(draft,
			"closure.gc_roots is off: Nix's garbage collector may remove what is run");
	if (closure_fill(draft, closure, err) < 0 || pin_compare(draft, closure, err) < 0 ||
		closure_trust_translate(draft, closure, err) < 0 ||
		image_pin_check(draft, closure, err) < 0)
		return -1;
	/* Whoever names the closure on the command line answers for it; that must be seen. */
	if (draft->rules->pins_required && !from->sha256 && !from->trusted_keys.set)
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
	for (size_t i = 0; i < closure->roots.count; i++)
		strings_add(&draft->roots, draft->arena,
			store_place(closure->store, closure->roots.items[i], draft->arena));
	if (closure->image_sha256)
		return image_mounts(draft, closure, err);
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
	strings_add(&draft->roots, draft->arena, arena_strdup(draft->arena, real));
	return root_mounts(draft, err) < 0 ? -1 : manifest_translate(draft, err);
}

/* The root, of whichever kind: the mounts that follow stand on it. */
static int root_translate(struct draft *draft, struct err *err)
{
	const struct policy *policy = draft->policy;
	bool closure = draft->translation->closure || policy->closure.registration;

	draft->config->root.readonly = true;
	if (closure && policy->filesystem.root)
		return policy_error(policy, err, "filesystem.root",
			"there is a closure too; a sandbox has one root, so remove one of them");
	if (!closure && draft->rules->closure_required)
		return policy_error(policy, err, "closure.registration",
			"production mode runs nothing but a closure; name one here, with root, or "
			"give --closure LIST");
	draft->config->root.path = "rootfs";
	draft->config->root_tmpfs = (struct maybe_size){ .set = true, .value = ROOT_TMPFS };
	if (closure)
		return closure_root_translate(draft, err);
	return policy->filesystem.root ? directory_translate(draft, err) : host_mounts(draft, err);
}

const struct section closure_section = { closure_check, root_translate };
