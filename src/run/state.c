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
#include <time.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/file.h"
#include "format/json.h"
#include "format/rows.h"
#include "run/baton.h"

enum { STATE_SIZE_MOST = 4 << 20, ID_MOST = 1024 };

static const struct key state_keys[] = {
	NAMED("ociVersion", struct state, oci_version, "version of the specification"),
	KEY(struct state, id, "the container's name"),
	KEY(struct state, bundle, "absolute path of the bundle"),
	KEY(struct state, created, "when, RFC 3339"),
	KEY(struct state, pid, "first process, in the runtime's pid namespace"),
	NAMED("pidStarted", struct state, pid_started, "its start time in clock ticks since boot"),
	KEY(struct state, cgroup, "path of its cgroup"),
	KEY(struct state, started, "whether start was called"),
	NAMED("exitStatus", struct state, exit_status, "how it ended, 128+n for signal n"),
	KEY(struct state, annotations, "of the config"),
	NAMED("planSha256", struct state, plan_sha256, "digest of the plan that was carried out"),
	KEY(struct state, attestation, "how the closure was verified"),
	{ 0 },
};

const char *status_name(enum status status)
{
	static const char *const names[] = { "creating", "created", "running", "stopped" };

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
	snprintf(name, NAME_MAX + 1, ".new-%d", run->maker);
}

static int make_root(const char *path, struct err *err)
{
	char parent[PATH_MAX];

	if (mkdir(path, 0711) == 0 || errno == EEXIST)
		return 0;
	if (errno == ENOENT) {
		const char *slash = strrchr(path, '/');

		if (slash && slash != path && (size_t)(slash - path) < sizeof(parent)) {
			memcpy(parent, path, (size_t)(slash - path));
			parent[slash - path] = '\0';
			if (make_root(parent, err) < 0)
				return -1;
			if (mkdir(path, 0711) == 0 || errno == EEXIST)
				return 0;
		}
	}
	return err_errno(err, "make the state root %s", path);
}

static int open_root(struct run *run, struct err *err)
{
	run->root_dir = open(run->state_root, O_DIRECTORY | O_PATH | O_CLOEXEC);
	if (run->root_dir < 0)
		return err_errno(err, "open the state root %s", run->state_root);
	return 0;
}

int state_apply(struct run *run, struct err *err)
{
	char name[NAME_MAX + 1];

	if (make_root(run->state_root, err) < 0 || open_root(run, err) < 0)
		return -1;
	temporary_name(run, name);
	if (mkdirat(run->root_dir, name, 0711) < 0)
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
	if (run->detached) {
		run->listener = baton_listen(run->state_dir, err);
		if (run->listener < 0)
			return -1;
	}
	return 0;
}

/* The containers' directories hold these files and no others. */
static const char *const state_files[] = { "state.json", "config.json", "start" };

static int remove_files(int dir, pid_t maker)
{
	char temporary[NAME_MAX + 1];

	for (size_t i = 0; i < sizeof(state_files) / sizeof(*state_files); i++) {
		if (unlinkat(dir, state_files[i], 0) < 0 && errno != ENOENT)
			return -1;
		snprintf(temporary, sizeof(temporary), ".%s.%d", state_files[i], maker);
		if (unlinkat(dir, temporary, 0) < 0 && errno != ENOENT)
			return -1;
	}
	return 0;
}

int state_undo(struct run *run, struct err *err)
{
	char name[NAME_MAX + 1];
	struct stat ours, named;

	temporary_name(run, name);
	if (run->root_dir >= 0)
		unlinkat(run->root_dir, name, AT_REMOVEDIR);
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
	if (remove_files(run->state_dir, run->maker) < 0 ||
		unlinkat(run->root_dir, run->name, AT_REMOVEDIR) < 0)
		return err_errno(err, "remove %s/%s", run->state_root, run->id);
	fd_close(&run->state_dir);
	return 0;
}

/* Field 22 of /proc/PID/stat; 0 if the process is gone. With zombie, whether and how it ended. */
static uint64_t process_started(pid_t pid, bool *zombie, int *wait_status)
{
	char path[64], line[2048], *fields, state = 'X';
	unsigned long long started = 0;
	ssize_t length;

	*zombie = false;
	*wait_status = 0;
	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	autoclose fd = open(path, O_RDONLY | O_CLOEXEC);
	length = fd < 0 ? -1 : read(fd, line, sizeof(line) - 1);
	if (length <= 0)
		return 0;
	line[length] = '\0';
	fields = strrchr(line, ')');
	if (!fields ||
		sscanf(fields + 1,
			" %c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d "
			"%*d %*d %*d %*d %llu",
			&state, &started) != 2)
		return 0;
	*zombie = state == 'Z' || state == 'X';
	fields = strrchr(fields, ' ');
	if (*zombie && fields)
		sscanf(fields, " %d", wait_status);
	return started;
}

enum status state_status(const struct run *run, struct state *state)
{
	bool zombie;
	int ended;

	if (!state->pid.set)
		return STATUS_CREATING;
	if (run->pidfd < 0 ||
		process_started((pid_t)state->pid.value, &zombie, &ended) !=
			state->pid_started.value)
		return STATUS_STOPPED;
	if (!zombie)
		return state->started ? STATUS_RUNNING : STATUS_CREATED;
	if (!state->exit_status.set)
		state->exit_status = (struct maybe_int){
			.set = true,
			.value = ended & 0x7f ? 128 + (ended & 0x7f) : ended >> 8 & 0xff,
		};
	return STATUS_STOPPED;
}

int state_write(struct run *run, const struct state *state, struct err *err)
{
	const char *text = json_write(run->arena, rows_write(state_keys, state, run->arena), true);

	return file_replace(run->state_dir, "state.json", text, strlen(text), err);
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

int record_apply(struct run *run, struct err *err)
{
	const struct config *config = run->config;
	struct state state = {
		.oci_version = config->oci_version,
		.id = run->id,
		.bundle = run->bundle,
		.created = time_text(run->arena),
		.pid = { .set = true, .value = run->pid },
		.cgroup = run->cgroup.path,
		.started = !run->detached,
		.annotations = config->annotations,
		.plan_sha256 = plan_digest_text(run),
		.attestation = config->closure ? attestation_names[config->closure->attestation]
					       : NULL,
	};
	bool zombie;
	int ended;

	state.pid_started.set = true;
	state.pid_started.value = process_started(run->pid, &zombie, &ended);
	if (!state.pid_started.value)
		return err_errno(err, "read the start time of process %d", run->pid);
	return state_write(run, &state, err);
}

int state_publish(struct run *run, struct err *err)
{
	return flock(run->state_dir, LOCK_UN) < 0 ? err_errno(err, "unlock the state directory")
						  : 0;
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

int state_open(struct run *run, struct state *state, struct err *err)
{
	bool zombie;
	int ended;

	if (state_check_id(run->id, err) < 0)
		return -1;
	run->root_dir = open(run->state_root, O_DIRECTORY | O_PATH | O_CLOEXEC);
	if (run->root_dir >= 0)
		run->state_dir = openat(
			run->root_dir, run->name, O_DIRECTORY | O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (run->state_dir < 0)
		return err_set(err, ENOENT, "container \"%.80s\" does not exist", run->id);
	if (flock(run->state_dir, LOCK_EX) < 0)
		return err_errno(err, "lock container \"%.80s\"", run->id);
	if (state_read(run, state, err) < 0)
		return -1;
	if (state->cgroup)
		snprintf(run->cgroup.path, sizeof(run->cgroup.path), "%s", state->cgroup);
	if (!state->pid.set)
		return 0;
	run->pid = (pid_t)state->pid.value;
	run->pidfd = (int)syscall(SYS_pidfd_open, run->pid, 0);
	/* Looked at after the pidfd pins it: either it is the process that was made, or a stranger.
	 */
	if (run->pidfd >= 0 &&
		process_started(run->pid, &zombie, &ended) != state->pid_started.value)
		fd_close(&run->pidfd);
	return 0;
}

struct node *state_document(const struct state *state, enum status status, struct arena *arena)
{
	struct state shown = *state;
	struct node *table;

	if (status == STATUS_STOPPED)
		shown.pid = (struct maybe_int){ .set = true };
	shown.pid_started.set = false;
	shown.started = false;
	table = rows_write(state_keys, &shown, arena);
	node_put(arena, table, "status", node_string(arena, status_name(status)));
	return table;
}
