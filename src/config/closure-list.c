/*
 * Where the list of a closure is and which form it has: a directory says so by what is in it, a
 * file by how it begins. What could be two forms is refused. The bytes hashed are the bytes read.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/fd.h"
#include "base/file.h"
#include "base/lists.h"
#include "config/image-trailer.h"
#include "config/listing.h"
#include "config/registration.h"
#include "config/store-place.h"

static int listing_begin(
	struct listing *listing, struct closure *closure, const char *file, struct err *err)
{
	const char *fault = store_dir_fault(closure->store_dir);

	closure->paths = NULL;
	closure->paths_count = 0;
	listing->closure = closure;
	listing->err = err;
	return fault ? err_set(err, EINVAL, "%s: the store directory \"%.300s\" %s", file,
			       closure->store_dir, fault)
		     : 0;
}

/* JSON begins with a bracket, a record with the slash of its path. */
static int form_read(struct listing *listing, const char *file, char *text, size_t length)
{
	static const char blank[] = " \t\r\n";
	size_t first = strspn(text, blank);

	if (text[first] == '{' || text[first] == '[')
		return listing_read_json(listing, file, text, length);
	if (!strncmp(text, "StorePath:", 10)) {
		err_set(listing->err, EINVAL, "%s: one narinfo file is no closure", file);
		return err_hint(listing->err,
			"name the directory of the binary cache, and the root's store path");
	}
	return listing_read_records(listing, file, text, length);
}

int registration_read(const char *text, size_t length, const char *file, struct closure *closure,
	struct arena *arena, struct err *err)
{
	struct listing listing = { .arena = arena };

	if (listing_begin(&listing, closure, file, err) < 0)
		return -1;
	if (length > REGISTRATION_SIZE_MOST)
		return err_set(err, EFBIG, "%s: larger than the %d bytes allowed", file,
			REGISTRATION_SIZE_MOST);
	if (form_read(&listing, file, arena_copy(arena, text, length), length) < 0)
		return -1;
	if (listing.count == 0)
		return err_set(err, EINVAL, "%s:1: no store path is listed", file);
	return listing_end(&listing);
}

static int cache_read(int dir, const char *name, const struct strings *roots,
	struct closure *closure, struct arena *arena, struct err *err)
{
	struct listing listing = { .arena = arena };

	if (listing_begin(&listing, closure, name, err) < 0)
		return -1;
	if (!roots->count) {
		err_set(err, EINVAL, "%s: a binary cache has more than one closure", name);
		return err_hint(err, "name the root's store path with --closure-root");
	}
	return listing_read_cache(&listing, dir, name, roots) < 0 ? -1 : listing_end(&listing);
}

static bool has(int dir, const char *name)
{
	return faccessat(dir, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static bool has_narinfo(int dir)
{
	DIR *entries = file_entries(dir);
	const char *name = entries ? file_entry_next(entries) : NULL;
	bool found = false;

	for (; name && !found; name = file_entry_next(entries))
		found = strlen(name) > 8 && !strcmp(name + strlen(name) - 8, ".narinfo");
	if (entries)
		closedir(entries);
	return found;
}

enum form { FORM_FILE, FORM_BUNDLE, FORM_CACHE };

#define FORMS                                                                                   \
	"a closure is named by a directory with `registration`, as closureInfo writes it, and " \
	"`rootfs`, a symlink to the root's store path; by such a list, one of nix-store "       \
	"--dump-db, or JSON of nix path-info or exportReferencesGraph; by the directory of a "  \
	"binary cache; or by what `nucleus closure pack` made"

static int directory_form(int dir, const char *name, enum form *form, struct err *err)
{
	bool bundle = has(dir, "registration"),
	     cache = has(dir, "nix-cache-info") || has_narinfo(dir);

	*form = bundle ? FORM_BUNDLE : FORM_CACHE;
	if (bundle && cache)
		return err_set(err, EINVAL,
			"%s: could be two things: it has a registration, and narinfo files of a "
			"binary cache",
			name);
	if (bundle || cache)
		return 0;
	err_set(err, EINVAL, "%s: has neither a registration nor narinfo files", name);
	return err_hint(err, FORMS);
}

/* Each is compared with all others. */
enum { ROOTS_MOST = 1024 };

/* Adds the store path that each name leads to. */
static int roots_follow(const struct strings *names, struct config_closure *closure,
	struct strings *notes, struct arena *arena, struct err *err)
{
	if (names->count > ROOTS_MOST)
		return err_set(err, E2BIG, "%zu roots are more than the %d that a closure may have",
			names->count, ROOTS_MOST);
	for (size_t i = 0; i < names->count; i++) {
		const char *name = names->items[i], *path = name;

		if (store_path_fault(name, closure->store_dir))
			path = store_follow(closure->store, closure->store_dir, name, arena, err);
		if (!path)
			return -1;
		if (strings_hold(&closure->roots, path))
			return err_set(err, EEXIST, "the root %s is named twice", path);
		strings_add(&closure->roots, arena, path);
		if (path != name && notes)
			strings_add(notes, arena,
				arena_printf(arena, "the root %s leads to %s", name, path));
	}
	return 0;
}

/* `rootfs` beside the registration; that it is a link needs no saying. */
static int own_root_follow(
	const char *dir, struct config_closure *closure, struct arena *arena, struct err *err)
{
	const char *name = arena_printf(arena, "%s/rootfs", dir);
	struct strings one = { .count = 1, .items = &name };

	if (roots_follow(&one, closure, NULL, arena, err) == 0)
		return 0;
	return err_hint(err,
		"make it a symlink to the root's store path, as in `ln -s "
		"%s/<hash>-rootfs rootfs`",
		closure->store_dir);
}

static int file_form_read(const struct closure_request *request, struct config_closure *closure,
	struct arena *arena, struct err *err)
{
	struct bytes bytes;

	if (file_read(request->dir_fd, closure->registration, NULL, REGISTRATION_SIZE_MOST, arena,
		    &bytes, err) < 0)
		return -1;
	return registration_read(
		bytes.text, bytes.length, closure->registration, &closure->closure, arena, err);
}

static int store_settle(const struct closure_request *request, struct config_closure *closure,
	struct arena *arena, struct err *err)
{
	autofree char *real = request->store ? realpath(request->store, NULL) : NULL;

	closure->store_dir = request->store_dir ? request->store_dir : "/nix/store";
	closure->closure.store_dir = closure->store_dir;
	if (request->store && !real)
		return err_errno(err, "the store at %s: open", request->store);
	if (real && strcmp(real, "/") != 0)
		closure->store = closure->closure.store = arena_strdup(arena, real);
	return 0;
}

/* The roots as they were asked for, or else the directory's own. */
static int roots_read(const struct closure_request *request, enum form form,
	struct config_closure *closure, struct strings *notes, struct arena *arena, struct err *err)
{
	closure->roots = (struct strings){ 0 };
	if (form == FORM_BUNDLE && !request->roots->count)
		return own_root_follow(request->list, closure, arena, err);
	return roots_follow(request->roots, closure, notes, arena, err);
}

/* What is asked for beside an image must be what it has. */
static int image_compare(const struct closure_request *request,
	const struct config_closure *closure, struct err *err)
{
	const struct strings *asked = request->roots;
	bool same = !asked->count || asked->count == closure->roots.count;

	if (request->store)
		return err_set(err, EINVAL, "%s: has its store in it, so none is named beside it",
			request->list);
	if (request->store_dir && strcmp(request->store_dir, closure->store_dir) != 0)
		return err_set(err, EINVAL, "%s: its store paths are in %s, not in %s",
			request->list, closure->store_dir, request->store_dir);
	for (size_t i = 0; same && i < asked->count; i++)
		same = strings_hold(&closure->roots, asked->items[i]);
	return same ? 0
		    : err_set(err, EINVAL,
			      "%s: its roots are others than those asked for; the first is %s",
			      request->list, closure->roots.items[0]);
}

/* 1 if it is one, else 0; or -1. */
static int image_read(const struct closure_request *request, struct config_closure *closure,
	struct arena *arena, struct err *err)
{
	autoclose fd = openat(
		request->dir_fd, request->list, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	char sum[SHA256_TEXT_SIZE];
	int found;

	if (fd < 0)
		return err_errno(err, "%s: open", request->list);
	found = image_trailer_read(fd, request->list, closure, arena, err);
	if (found == 0 && request->image_sha256)
		return err_set(err, EINVAL, "%s: is no closure that `nucleus closure pack` made",
			request->list);
	if (found <= 0)
		return found;
	closure->registration = request->list;
	closure->image_sha256 = request->image_sha256;
	if (!closure->image_sha256 && image_digest(fd, sum) < 0)
		return err_errno(err, "%s: read", request->list);
	if (!closure->image_sha256)
		closure->image_sha256 = arena_strdup(arena, sum);
	return image_compare(request, closure, err) < 0 ? -1 : 1;
}

/* What a binary cache lists depends on the roots. */
static int list_read(const struct closure_request *request, int dir, enum form form,
	struct config_closure *closure, struct strings *notes, struct arena *arena, struct err *err)
{
	closure->registration = form == FORM_BUNDLE
		? arena_printf(arena, "%s/registration", request->list)
		: request->list;
	if (form != FORM_CACHE && file_form_read(request, closure, arena, err) < 0)
		return -1;
	if (roots_read(request, form, closure, notes, arena, err) < 0)
		return -1;
	return form == FORM_CACHE ? cache_read(dir, closure->registration, &closure->roots,
					    &closure->closure, arena, err)
				  : 0;
}

int closure_read(const struct closure_request *request, struct config_closure *closure,
	struct strings *notes, struct arena *arena, struct err *err)
{
	autoclose dir = openat(request->dir_fd, request->list, O_PATH | O_DIRECTORY | O_CLOEXEC);
	enum form form = FORM_FILE;
	int image;

	if (dir < 0 && errno != ENOTDIR) {
		err_errno(err, "%s: open", request->list);
		return err_hint(err, FORMS);
	}
	image = dir < 0 ? image_read(request, closure, arena, err) : 0;
	if (image)
		return image < 0 ? -1 : 0;
	if (store_settle(request, closure, arena, err) < 0 ||
		(dir >= 0 && directory_form(dir, request->list, &form, err) < 0) ||
		list_read(request, dir, form, closure, notes, arena, err) < 0)
		return -1;
	for (size_t i = 0; i < closure->roots.count; i++)
		if (!closure_find(&closure->closure, closure->roots.items[i]))
			return err_set(err, ENOENT, "%s: the root %s is not listed",
				closure->registration, closure->roots.items[i]);
	return 0;
}
