/*
 * The state directory. It is made under a name of its own and renamed into place, so that an id is
 * either free or wholly taken, and what is removed later is known to be ours by its inode. One
 * flock(2) on the directory serialises commands on an id. Undo neither allocates nor recurses: it
 * may run in the janitor.
 */
#include "run/state.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/file.h"
#include "format/json.h"
#include "format/rows.h"
#include "kernel/cgroup-parts.h"
#include "kernel/cgroup-processes.h"
#include "kernel/staging.h"
#include "oci/spec.h"
#include "run/await.h"
#include "run/baton.h"
#include "run/hooks.h"
#include "run/init.h"
#include "run/progress.h"
#include "run/ready.h"

enum { STATE_SIZE_MOST = 4 << 20, ID_MOST = 1024 };

/* What state.json is called until it is whole, or until the start it tells of is done. */
#define STATE_DRAFT ".state.json"

static const struct key state_keys[] = {
	NAMED("ociVersion", struct state, oci_version, "version of the specification"),
	KEY(struct state, id, "the container's name"),
	KEY(struct state, bundle, "absolute path of the bundle"),
	KEY(struct state, rootfs, "absolute path of the root"),
	KEY(struct state, created, "when, RFC 3339"),
	KEY(struct state, pid, "first process, in the runtime's pid namespace"),
	NAMED("pidStarted", struct state, pid_started, "its start time in clock ticks since boot"),
	KEY(struct state, cgroup, "path of its cgroup"),
	NAMED("systemdUnit", struct state, unit, "the scope systemd made for it"),
	NAMED("systemdUser", struct state, unit_of_user, "the user's systemd did"),
	NAMED("cgroupId", struct state, cgroup_id, "inode of the scope's directory"),
	NAMED("hostIds", struct state, host_ids,
		"the host's ids that it holds: the first, and how many"),
	NAMED("gcRoots", struct state, gc_roots,
		"the directory that holds its store paths against Nix's garbage collector"),
	KEY(struct state, resctrl, "its own resctrl group"),
	NAMED("exitStatus", struct state, exit_status, "how it ended, 128+n for signal n"),
	KEY(struct state, annotations, "of the config"),
	NAMED("planSha256", struct state, plan_sha256, "digest of the plan that was carried out"),
	KEY(struct state, attestation, "how the closure was verified"),
	NAMED("closureSha256", struct state, closure_sha256, "the closure digest"),
	NAMED("contextSha256", struct state, context_sha256,
		"digest of the context that was copied"),
	NAMED("contextExcluded", struct state, context_excluded, "how many entries were not"),
	NAMED("hasHooks", struct state, has_hooks, "start and delete have hooks to run"),
	{ 0 },
};

const char *status_name(enum status status)
{
	static const char *const names[] = { "creating", "created", "running", "paused",
		"stopped" };

	return names[status];
}

int state_check_id(const char *id, struct err *err)
{
	static const char allowed[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-.";
	size_t length = strlen(id);

	if (length == 0 || length > ID_MOST)
		return err_set(err, EINVAL,
			"container id: it is %zu bytes long, 1 to %d are allowed", length, ID_MOST);
	if (strspn(id, allowed) == length && id[0] != '.')
		return 0;
	err_set(err, EINVAL, "container id \"%.80s\": not allowed", id);
	return err_hint(err, "letters, digits and _ + . - only, not beginning with a dot");
}

/* The name it is made under: nobody else's. Undo may run in another process than its maker. */
static void temporary_name(const struct run *run, char name[static NAME_MAX + 1])
{
	snprintf(name, NAME_MAX + 1, ".new-%d-%llx", run->maker,
		(unsigned long long)run->progress->born);
}

int state_apply(struct run *run, struct err *err)
{
	char name[NAME_MAX + 1];

	if (state_root_make(run, err) < 0 || state_root_open(run, err) < 0)
		return -1;
	temporary_name(run, name);
	if (mkdirat(run->root_dir, name, 0700) < 0)
		return err_errno(err, "make a directory in %s", run->state_root);
	run->state_dir = openat(run->root_dir, name, O_DIRECTORY | O_RDONLY | O_CLOEXEC);
	if (run->state_dir < 0 || flock(run->state_dir, LOCK_EX) < 0)
		return err_errno(err, "open a directory in %s", run->state_root);
	if (syscall(SYS_renameat2, run->root_dir, name, run->root_dir, run->name,
		    RENAME_NOREPLACE) < 0) {
		if (errno != EEXIST)
			return err_errno(err, "make %s/%s", run->state_root, run->id);
		err_set(err, EEXIST, "container \"%.80s\" already exists", run->id);
		return err_hint(err, "use another id, or `nucleus delete %s` first", run->id);
	}
	run->claimed = true;
	if (run->detached) {
		run->listener = baton_listen(run->state_dir, err);
		if (run->listener < 0)
			return -1;
	}
	return ready_apply(run, err);
}

/* A container's directory holds these files and no others. */
static const char *const state_files[] = { "state.json", STATE_DRAFT, "start", "config.json",
	STATE_CONFIG_DRAFT };

static int remove_files(int dir)
{
	for (size_t i = 0; i < sizeof(state_files) / sizeof(*state_files); i++)
		if (unlinkat(dir, state_files[i], 0) < 0 && errno != ENOENT)
			return -1;
	return ready_remove(dir);
}

int state_undo(struct run *run, struct err *err)
{
	char name[NAME_MAX + 1];
	struct stat ours, named;

	if (run->root_dir >= 0 && run->progress) {
		temporary_name(run, name);
		unlinkat(run->root_dir, name, AT_REMOVEDIR);
	}
	if (run->state_dir < 0)
		return 0;
	if (fstat(run->state_dir, &ours) < 0)
		return err_errno(err, "stat the state directory");
	named.st_ino = 0;
	if (fstatat(run->root_dir, run->name, &named, AT_SYMLINK_NOFOLLOW) < 0 && errno != ENOENT)
		return err_errno(err, "stat %s/%s", run->state_root, run->id);
	if (named.st_ino != ours.st_ino || named.st_dev != ours.st_dev) {
		fd_close(&run->state_dir);
		return 0;
	}
	if (remove_files(run->state_dir) < 0 ||
		unlinkat(run->root_dir, run->name, AT_REMOVEDIR) < 0)
		return err_errno(err, "remove %s/%s", run->state_root, run->id);
	fd_close(&run->state_dir);
	return 0;
}

/*
 * Nothing is kept that the kernel knows: a first process that has called execve, or serves as init,
 * was started.
 */
enum status state_status(const struct run *run, struct state *state)
{
	const struct process *process = &state->process;

	if (!state->pid.set)
		return STATUS_CREATING;
	if (run->pidfd < 0)
		return STATUS_STOPPED;
	if (!process_ended(process)) {
		bool started = process->execed || !strcmp(process->comm, INIT_COMM);

		if (!started && strcmp(process->comm, AWAIT_COMM) != 0)
			return STATUS_CREATING;
		if (cgroup_is_frozen(&run->cgroup))
			return STATUS_PAUSED;
		return started ? STATUS_RUNNING : STATUS_CREATED;
	}
	if (!state->exit_status.set)
		state->exit_status = (struct maybe_int){
			.set = true,
			.value = WIFSIGNALED(process->ended) ? 128 + WTERMSIG(process->ended)
							     : WEXITSTATUS(process->ended),
		};
	return STATUS_STOPPED;
}

int state_file_write(const struct run *run, const char *name, const char *text, struct err *err)
{
	autoclose fd = openat(
		run->state_dir, name, O_CREAT | O_TRUNC | O_NOFOLLOW | O_WRONLY | O_CLOEXEC, 0600);

	if (fd < 0 || fd_write_all(fd, text, strlen(text)) < 0)
		return err_errno(err, "write %s/%s/%s", run->state_root, run->id, name);
	return 0;
}

int state_read_config(struct run *run, struct err *err)
{
	struct config *config = arena_alloc(run->arena, 1, sizeof(*config));
	const char *path = arena_printf(run->arena, "%s/%s", run->state_root, run->name);

	if (spec_read_kept(run->state_dir, path, config, run->arena, err) < 0)
		return -1;
	run->config = config;
	return 0;
}

static int state_replace(struct run *run, const struct state *state, struct err *err)
{
	const char *text = json_write(run->arena, rows_write(state_keys, state, run->arena), true);

	if (state_file_write(run, STATE_DRAFT, text, err) < 0)
		return -1;
	if (renameat(run->state_dir, STATE_DRAFT, run->state_dir, "state.json") < 0)
		return err_errno(err, "make %s/%s/state.json", run->state_root, run->id);
	return 0;
}

int state_write(struct run *run, const struct state *state, struct err *err)
{
	/* Whoever has the lock will write, or removes it all. */
	if (flock(run->state_dir, LOCK_EX | LOCK_NB) < 0)
		return 0;
	return state_replace(run, state, err);
}

static const char *time_text(struct arena *arena)
{
	struct timespec now;
	struct tm utc;
	char text[64];

	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &utc);
	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &utc);
	return arena_printf(arena, "%s.%09ldZ", text, now.tv_nsec);
}

static const char *plan_digest_text(const struct run *run)
{
	unsigned char sum[SHA256_SIZE];
	char text[SHA256_TEXT_SIZE];

	plan_digest(plan_make(run->config, run->arena), run->arena, sum);
	digest_text(sum, text);
	return arena_strdup(run->arena, text);
}

static const char *root_path(const struct run *run)
{
	const char *path = run->config->root.path;

	return !path || path[0] == '/' ? path
				       : arena_printf(run->arena, "%s/%s", run->bundle, path);
}

int record_apply(struct run *run, struct err *err)
{
	const struct config *config = run->config;
	struct state state = {
		.oci_version = config->oci_version,
		.id = run->id,
		.bundle = run->bundle,
		.rootfs = root_path(run),
		.created = time_text(run->arena),
		.pid = { .set = true, .value = run->pid },
		.cgroup = run->cgroup.path,
		.unit = run->cgroup.unit[0] ? run->cgroup.unit : NULL,
		.unit_of_user = run->cgroup.unit_of_user,
		.cgroup_id = { .set = run->cgroup.unit[0], .value = run->cgroup.unit_inode },
		.host_ids = run->ids.name[0] ? run->ids.name : NULL,
		.gc_roots = run->gc_roots.path[0] ? run->gc_roots.path : NULL,
		.resctrl = run->resctrl_made[0] ? run->resctrl_made : NULL,
		.annotations = spec_annotations(config, run->arena),
		/* Costs as much as all the rest of a short start, which nobody asks afterwards. */
		.plan_sha256 = run->detached ? plan_digest_text(run) : NULL,
		.attestation = attestation_names[run->attested],
		.closure_sha256 = config->closure ? config->closure->sha256 : NULL,
		.context_sha256 = config->context ? run->staging->context.sha256 : NULL,
		.context_excluded = { .set = config->context != NULL },
		.has_hooks = poststart_wanted(config) || poststop_wanted(config),
	};

	if (config->context)
		state.context_excluded.value = (int64_t)run->staging->context.tree.excluded.count;
	if (process_look(-1, run->pid, &state.process) <= 0)
		return err_errno(err, "read the start time of process %d", run->pid);
	state.pid_started = (struct maybe_uint){ .set = true, .value = state.process.started };
	/* What later commands know of the config: an edit of the bundle has no effect on them. */
	if (state_file_write(run, "config.json", spec_write(config, run->arena), err) < 0 ||
		state_replace(run, &state, err) < 0)
		return -1;
	/* From here on other commands find it. */
	if (flock(run->state_dir, LOCK_UN) < 0)
		return err_errno(err, "unlock the state directory");
	progress_record(run->progress);
	return 0;
}

static int state_read(struct run *run, struct state *state, struct err *err)
{
	struct bytes bytes;
	struct node *table;

	*state = (struct state){ .id = run->id };
	if (faccessat(run->state_dir, "state.json", F_OK, 0) < 0 && errno == ENOENT)
		return 0;
	if (file_read(run->state_dir, "state.json", NULL, STATE_SIZE_MOST, run->arena, &bytes,
		    err) < 0)
		return -1;
	table = json_read(run->arena, bytes.text, bytes.length, err);
	if (!table)
		return err_where(err, "%s/%s/state.json", run->state_root, run->id);
	return rows_read(state_keys, table, state, run->arena, UNKNOWN_IGNORED, "state.json", err);
}

/* Holds on to the first process if it is still the one that was made. */
static int process_open(struct run *run, struct state *state, struct err *err)
{
	int found;

	run->pid = (pid_t)state->pid.value;
	run->pidfd = (int)syscall(SYS_pidfd_open, run->pid, 0);
	if (run->pidfd < 0)
		return errno == ESRCH ? 0 : err_errno(err, "pidfd_open of process %d", run->pid);
	/* Looked at after the pidfd pins it: either it is the process that was made, or a stranger.
	 */
	found = process_look(-1, run->pid, &state->process);
	if (found < 0)
		return err_errno(err, "look at process %d", run->pid);
	if (!found || state->process.started != state->pid_started.value)
		fd_close(&run->pidfd);
	return 0;
}

static void unit_refresh(struct run_cgroup *cgroup, const struct state *state)
{
	snprintf(cgroup->unit, sizeof(cgroup->unit), "%s", state->unit);
	cgroup->unit_ours = true;
	cgroup->unit_of_user = state->unit_of_user;
	cgroup_scope_check(cgroup, state->cgroup_id.value);
}

static int state_refresh(struct run *run, struct state *state, struct err *err)
{
	fd_close(&run->pidfd);
	if (state_read(run, state, err) < 0)
		return -1;
	if (state->cgroup)
		snprintf(run->cgroup.path, sizeof(run->cgroup.path), "%s", state->cgroup);
	if (state->unit)
		unit_refresh(&run->cgroup, state);
	if (state->host_ids)
		snprintf(run->ids.name, sizeof(run->ids.name), "%s", state->host_ids);
	if (state->gc_roots)
		snprintf(run->gc_roots.path, sizeof(run->gc_roots.path), "%s", state->gc_roots);
	if (state->resctrl)
		snprintf(run->resctrl_made, sizeof(run->resctrl_made), "%s", state->resctrl);
	return state->pid.set ? process_open(run, state, err) : 0;
}

int state_ended(struct run *run, int status, struct err *err)
{
	struct state state;

	if (state_refresh(run, &state, err) < 0)
		return -1;
	state.exit_status = (struct maybe_int){ .set = true, .value = status };
	return state_write(run, &state, err);
}

int state_open(struct run *run, struct state *state, struct err *err)
{
	return state_check_id(run->id, err) < 0 ? -1 : state_open_named(run, state, err);
}

int state_open_named(struct run *run, struct state *state, struct err *err)
{
	if (state_root_check(run, err) < 0)
		return -1;
	if (faccessat(AT_FDCWD, run->state_root, F_OK, 0) < 0 && errno == ENOENT)
		return err_set(err, ENOENT, "container \"%.80s\" does not exist", run->id);
	if (state_root_open(run, err) < 0)
		return -1;
	run->state_dir = openat(
		run->root_dir, run->name, O_DIRECTORY | O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (run->state_dir < 0)
		return errno == ENOENT
			? err_set(err, ENOENT, "container \"%.80s\" does not exist", run->id)
			: err_errno(err, "open %s/%.80s", run->state_root, run->id);
	/* The root may be any directory of root's, such as that of everybody's homes. */
	return state_dir_check(run->state_dir, run->id, err) < 0 ? -1
								 : state_refresh(run, state, err);
}

bool state_deleted(const struct run *run)
{
	struct stat ours;

	flock(run->state_dir, LOCK_EX);
	return fstat(run->state_dir, &ours) == 0 && ours.st_nlink == 0;
}

int state_lock(struct run *run, struct state *state, struct err *err)
{
	if (flock(run->state_dir, LOCK_EX) < 0)
		return err_errno(err, "lock container \"%.80s\"", run->id);
	/* Whoever had it may have removed the container. */
	if (state_deleted(run))
		return err_set(err, ENOENT, "container \"%.80s\" does not exist", run->id);
	return state_refresh(run, state, err);
}

int state_not_running(const struct run *run, enum status status, struct err *err)
{
	return err_set(
		err, ESRCH, "container not running: \"%.80s\" is %s", run->id, status_name(status));
}

struct node *state_brief(const struct run *run, enum status status, pid_t pid)
{
	const struct state state = {
		.oci_version = run->config->oci_version,
		.id = run->id,
		.bundle = run->bundle,
		.pid = { .set = true, .value = pid },
		.annotations = spec_annotations(run->config, run->arena),
	};

	return state_document(&state, status, run->arena);
}

struct node *state_document(const struct state *state, enum status status, struct arena *arena)
{
	struct state shown = *state;
	struct node *table;

	if (status == STATUS_STOPPED)
		shown.pid = (struct maybe_int){ .set = true };
	shown.cgroup_id.set = false;
	shown.pid_started.set = shown.has_hooks = false;
	table = rows_write(state_keys, &shown, arena);
	node_put(arena, table, "status", node_string(arena, status_name(status)));
	return table;
}
