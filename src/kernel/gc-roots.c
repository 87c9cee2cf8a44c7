/*
 * The store paths of a sandbox, held against Nix's garbage collector: it knows nothing of mounts,
 * but follows every symlink below its directory gcroots. Ours are
 * gcroots/nucleus/<key of the state root>/<container>/<n>, one for each listed path that no other
 * refers to, since a root holds all that it refers to. Who makes or removes some has locked
 * gcroots/nucleus/lock, a file because a directory that a collector may read can be locked by
 * everybody. A collector that runs has read its roots already, so it is waited for: its
 * gc.lock is held, shared, while links are made, and whatever it took before is missed by the steps
 * that open and verify the paths. Whoever may not open that lock, as an ordinary user beside root's
 * store, is refused: a collector that began before his links were there could take what he has just
 * verified. Rests on the Nix manual, "Garbage Collector Roots", and flock(2).
 */
#include "kernel/gc-roots.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/file.h"
#include "config/store-path.h"
#include "config/store-place.h"
#include "format/node.h"
#include "kernel/ids.h"
#include "kernel/steps.h"

#define OURS "nucleus"
#define LOCK "lock"

/* flock(2) asks for no right to write; a fifo would not keep us waiting. */
enum { LOCK_FLAGS = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC };

static_assert(sizeof((struct run){ 0 }.gc_roots.path) == PATH_MAX, "room for any path");

static bool named(const struct config_closure *closure)
{
	return closure->gc_roots && strcmp(closure->gc_roots, "auto") != 0;
}

bool gc_roots_wanted(const struct config *config)
{
	return config->closure && !config->closure->image_sha256 &&
		!(config->closure->gc_roots && !strcmp(config->closure->gc_roots, "off"));
}

/* Where Nix lets an ordinary user have roots of his own; else place. */
static const char *users_place(const char *place, struct arena *arena)
{
	const char *own;
	struct stat status;

	if (geteuid() == 0)
		return place;
	own = arena_printf(arena, "%s/per-user/%s", place, ids_user_name(arena));
	return lstat(own, &status) == 0 && status.st_uid == geteuid() ? own : place;
}

static const char *gc_roots_place(const struct config_closure *closure, struct arena *arena)
{
	const char *store_dir;

	if (named(closure))
		return closure->gc_roots;
	store_dir = store_place(closure->store, closure->closure.store_dir, arena);
	return users_place(arena_printf(arena, "%.*s/var/nix/gcroots",
				   (int)(strrchr(store_dir, '/') - store_dir), store_dir),
		arena);
}

void gc_roots_key(const char *state_root, char key[static GC_ROOTS_KEY_SIZE])
{
	unsigned char sum[SHA256_SIZE];
	char text[SHA256_TEXT_SIZE];

	digest_bytes(state_root, strlen(state_root), sum);
	digest_text(sum, text);
	snprintf(key, GC_ROOTS_KEY_SIZE, "%.*s", GC_ROOTS_KEY_SIZE - 1, text);
}

static int directory_open(int at, const char *name)
{
	return openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

static int directory_make(int at, const char *name)
{
	return mkdirat(at, name, 0755) < 0 && errno != EEXIST ? -1 : directory_open(at, name);
}

int gc_roots_lock(int base, bool make, int *lock)
{
	autoclose ours = make ? directory_make(base, OURS) : directory_open(base, OURS), own = -1;
	struct stat status;

	if (ours < 0 || fstat(ours, &status) < 0)
		return -1;
	/* Whoever else may write there could take the roots away, or lead us elsewhere. */
	if (status.st_uid != geteuid() || status.st_mode & 022) {
		errno = EPERM;
		return -1;
	}
	own = openat(ours, LOCK, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
	if (own < 0 || flock(own, LOCK_EX) < 0)
		return -1;
	*lock = take_fd(&own);
	return take_fd(&ours);
}

int gc_roots_remove(int ours, const char *key, const char *name)
{
	autoclose parent = directory_open(ours, key), own = -1;
	char link[16];

	if (parent < 0)
		return errno == ENOENT ? 0 : -1;
	own = directory_open(parent, name);
	if (own < 0 && errno != ENOENT)
		return -1;
	for (unsigned i = 0; own >= 0 && i < UINT_MAX; i++) {
		snprintf(link, sizeof(link), "%u", i);
		if (unlinkat(own, link, 0) == 0)
			continue;
		if (errno != ENOENT)
			return -1;
		break;
	}
	if (unlinkat(parent, name, AT_REMOVEDIR) < 0 && errno != ENOENT)
		return -1;
	/* Kept while it holds others. */
	unlinkat(ours, key, AT_REMOVEDIR);
	return 0;
}

/* The lock that a collector holds while it runs; made as Nix makes it, for whose store it is. */
static int collector_lock_open(const char *path, int state)
{
	autoclose lock = openat(state, path, LOCK_FLAGS);
	struct stat owner;

	if (lock >= 0 || errno != ENOENT)
		return take_fd(&lock);
	lock = openat(state, path, LOCK_FLAGS | O_CREAT | O_EXCL, 0600);
	if (lock < 0)
		return errno == EEXIST ? openat(state, path, LOCK_FLAGS) : -1;
	if (fstat(state, &owner) == 0 && owner.st_uid != geteuid() &&
		fchown(lock, owner.st_uid, owner.st_gid) < 0)
		return -1;
	return take_fd(&lock);
}

/*
 * A directory of Nix's. What the policy names may be a link; beside a store no link is followed,
 * for whoever wrote a bundle may have named a store of his own.
 */
static int nix_open(const struct config_closure *closure, const char *path, int flags)
{
	return named(closure) ? open(path, flags | O_DIRECTORY | O_CLOEXEC)
			      : file_open_plain(AT_FDCWD, path, flags | O_DIRECTORY);
}

/* Signals wait too, blocked: one that ends the runtime ends this. 0, or -1 with errno. */
static int shared_lock(int lock)
{
	const struct timespec turn = { .tv_nsec = 50 * 1000 * 1000 };
	sigset_t ends;

	sigemptyset(&ends);
	sigaddset(&ends, SIGHUP);
	sigaddset(&ends, SIGINT);
	sigaddset(&ends, SIGTERM);
	while (flock(lock, LOCK_SH | LOCK_NB) < 0) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return -1;
		if (sigtimedwait(&ends, NULL, &turn) > 0) {
			errno = ECANCELED;
			return -1;
		}
	}
	return 0;
}

/* The collector's lock, shared, once none runs; what it is called is told of errors. */
static int collector_wait(const struct run *run, const char *place, struct err *err)
{
	const char *end = gc_roots_component(place);
	const char *path = arena_printf(run->arena, "%.*s", (int)(end - place), place);
	autoclose state = nix_open(run->config->closure, path, O_PATH), lock = -1;

	if (state >= 0)
		lock = collector_lock_open("gc.lock", state);
	if (lock < 0) {
		err_errno(err, "open %s/gc.lock", path);
		return err->code != EACCES
			? -1
			: err_hint(err,
				  "root lets every user wait for Nix's garbage collector, and also hold it up, "
				  "with \"chmod 0644 %s/gc.lock\"",
				  path);
	}
	if (flock(lock, LOCK_SH | LOCK_NB) == 0)
		return take_fd(&lock);
	if (errno == EWOULDBLOCK && run->warn)
		run->warn("Nix's garbage collector is running; waiting until it is done");
	if (shared_lock(lock) < 0)
		return err_errno(err, "wait for Nix's garbage collector at %s/gc.lock", path);
	return take_fd(&lock);
}

static int links_make(const struct closure *closure, int ours, const char *key, const char *name)
{
	autoclose parent = directory_make(ours, key), own = -1;
	unsigned count = 0;
	char link[16];

	if (parent < 0 || mkdirat(parent, name, 0755) < 0)
		return -1;
	own = directory_open(parent, name);
	if (own < 0)
		return -1;
	for (size_t i = 0; i < closure->paths_count; i++) {
		if (closure->paths[i].referenced)
			continue;
		snprintf(link, sizeof(link), "%u", count++);
		if (symlinkat(closure->paths[i].path, own, link) < 0)
			return -1;
	}
	return 0;
}

static int unheld(const char *place, struct err *err)
{
	err_where(err, "hold the closure in %s", place);
	return err_hint(err,
		"gc_roots in [closure] may name a directory that you can write to, as "
		"gcroots/per-user/NAME; \"off\" lets Nix's garbage collector remove what is run");
}

/*
 * gc_roots_apply - hold the closure's store paths for as long as the container is there
 *
 * Needs:  the state directory, by whose absence it is seen that nobody needs the roots any more
 * Leaves: run->gc_roots.path, a directory of links, if Nix has a place for such; else nothing
 * Mustn't run after a store path was opened: it could be half collected by then
 */
int gc_roots_apply(struct run *run, struct err *err)
{
	const struct config_closure *closure = run->config->closure;
	const char *place = gc_roots_place(closure, run->arena);
	autoclose base = nix_open(closure, place, O_RDONLY), collector = -1;
	char key[GC_ROOTS_KEY_SIZE];

	if (base < 0 && errno == ENOENT && !named(closure))
		return 0;
	if (base < 0) {
		err_errno(err, "open");
		return unheld(place, err);
	}
	collector = collector_wait(run, place, err);
	if (collector < 0)
		return unheld(place, err);
	run->gc_roots.ours = gc_roots_lock(base, true, &run->gc_roots.lock);
	gc_roots_key(run->state_root, key);
	if (run->gc_roots.ours < 0 || gc_roots_remove(run->gc_roots.ours, key, run->name) < 0) {
		err_errno(err, "make or use " OURS);
		return unheld(place, err);
	}
	/* From here on the janitor may be called at any moment. */
	if (snprintf(run->gc_roots.path, PATH_MAX, "%s/" OURS "/%s/%s", place, key, run->name) >=
		PATH_MAX) {
		run->gc_roots.path[0] = '\0';
		err_set(err, ENAMETOOLONG, "%s", strerror(ENAMETOOLONG));
		return unheld(place, err);
	}
	if (links_make(&closure->closure, run->gc_roots.ours, key, run->name) < 0) {
		err_errno(err, "make links below " OURS "/%s", key);
		return unheld(place, err);
	}
	fd_close(&run->gc_roots.ours);
	flock(run->gc_roots.lock, LOCK_UN);
	fd_close(&run->gc_roots.lock);
	return 0;
}

/* Splits a container's path into where ours is, and key and name below that. */
static bool path_split(char *path, char **key, char **name)
{
	*name = strrchr(path, '/');
	if (!*name)
		return false;
	*(*name)++ = '\0';
	*key = strrchr(path, '/');
	if (!*key)
		return false;
	*(*key)++ = '\0';
	path = strrchr(path, '/');
	if (!path || strcmp(path, "/" OURS) != 0)
		return false;
	*path = '\0';
	return true;
}

/*
 * gc_roots_undo - let the store paths go
 *
 * Needs:  run->gc_roots.path, as apply left it or as read from the state; apply may have been
 *         killed half-way, with the lock held, so nothing is allocated
 * Leaves: no link of this container
 */
int gc_roots_undo(struct run *run, struct err *err)
{
	char path[PATH_MAX], *key, *name;
	int result = 0;

	snprintf(path, sizeof(path), "%s", run->gc_roots.path);
	if (path_split(path, &key, &name)) {
		if (run->gc_roots.ours < 0) {
			autoclose base = -1;

			/* Of an apply that was killed as it let go; it would be waited for. */
			flock(run->gc_roots.lock, LOCK_UN);
			base = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
			run->gc_roots.ours = base < 0
				? -1
				: gc_roots_lock(base, false, &run->gc_roots.lock);
		}
		result = run->gc_roots.ours < 0 ? (errno == ENOENT ? 0 : -1)
						: gc_roots_remove(run->gc_roots.ours, key, name);
	}
	if (result < 0)
		return err_errno(err, "remove %s", run->gc_roots.path);
	fd_close(&run->gc_roots.lock);
	fd_close(&run->gc_roots.ours);
	run->gc_roots.path[0] = '\0';
	return 0;
}

void gc_roots_print(const struct config *config, struct node *params, struct arena *arena)
{
	const struct closure *closure = &config->closure->closure;
	struct node *roots = node_new(arena, NODE_ARRAY);

	node_put_string(arena, params, "directory", gc_roots_place(config->closure, arena));
	if (!named(config->closure))
		node_put_string(arena, params, "absent", "nothing to hold: nobody collects there");
	for (size_t i = 0; i < closure->paths_count; i++)
		if (!closure->paths[i].referenced)
			node_append(roots, node_string(arena, closure->paths[i].path));
	node_put(arena, params, "roots", roots);
}
