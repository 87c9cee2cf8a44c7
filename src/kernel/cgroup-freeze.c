/*
 * Stopping all processes of a container and letting them go on: cgroup.freeze on v2, the freezer's
 * own hierarchy on v1. Both only ask; a process that sleeps uninterruptibly stops later, so there
 * is a bound, after which everything goes on as before. On v2 a frozen process can be killed, on v1
 * it dies once it is thawed. Rests on Documentation/admin-guide/cgroup-v2.rst ("cgroup.freeze") and
 * cgroup-v1/freezer-subsystem.rst.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/file.h"
#include "kernel/cgroup-parts.h"
#include "kernel/cgroup-processes.h"

enum { FREEZE_MILLISECONDS = 5000 };

/* Where the container is frozen; dir is -1 if nothing can. */
struct freezer {
	int dir;
	const char *file, *on, *off;
	/* What tells that it was asked to freeze, not one above it; and that all have stopped. */
	const char *asked_file, *stopped_file, *stopped;
};

static struct freezer freezer_open(const struct run_cgroup *cgroup)
{
	struct freezer freezer = {
		cgroup_dir(cgroup, CGROUP_NONE),
		"cgroup.freeze",
		"1",
		"0",
		"cgroup.freeze",
		"cgroup.events",
		"frozen 1",
	};

	if (freezer.dir < 0)
		freezer = (struct freezer){
			cgroup_dir(cgroup, CGROUP_FREEZER),
			"freezer.state",
			"FROZEN",
			"THAWED",
			"freezer.self_freezing",
			"freezer.state",
			"FROZEN",
		};
	return freezer;
}

static bool reads(int dir, const char *file, const char *text)
{
	char found[256];

	return cgroup_read(dir, file, found, sizeof(found)) >= 0 && strstr(found, text);
}

bool cgroup_is_frozen(const struct run_cgroup *cgroup)
{
	struct freezer freezer = freezer_open(cgroup);
	bool frozen = freezer.dir >= 0 && reads(freezer.dir, freezer.asked_file, "1");

	fd_close(&freezer.dir);
	return frozen;
}

static int ask(const struct freezer *freezer, const char *path, const char *state, struct err *err)
{
	if (file_write_beneath(freezer->dir, freezer->file, state) == 0)
		return 0;
	return err_errno(err, "write \"%s\" to %s of cgroup %s", state, freezer->file, path);
}

/* v1 may have to be asked again: what was forked meanwhile runs on. */
static int stop_all(const struct freezer *freezer, const char *path, struct err *err)
{
	long long deadline = clock_milliseconds() + FREEZE_MILLISECONDS;
	long nanoseconds = 50 * 1000;
	struct err ignored;

	do {
		if (ask(freezer, path, freezer->on, err) < 0)
			return -1;
		if (reads(freezer->dir, freezer->stopped_file, freezer->stopped))
			return 0;
	} while (cgroup_pause(deadline, &nanoseconds));
	ask(freezer, path, freezer->off, &ignored);
	return err_set(err, ETIMEDOUT,
		"freeze cgroup %s: some process has not stopped within %d ms, so all go on", path,
		FREEZE_MILLISECONDS);
}

int cgroup_freeze(const struct run_cgroup *cgroup, struct err *err)
{
	struct freezer freezer = freezer_open(cgroup);
	int result;

	if (freezer.dir < 0)
		return err_set(err, EOPNOTSUPP, "freeze: the container has no cgroup %s",
			cgroup->path[0] ? "that can be frozen" : "of its own");
	result = stop_all(&freezer, cgroup->path, err);
	fd_close(&freezer.dir);
	return result;
}

int cgroup_thaw(const struct run_cgroup *cgroup, struct err *err)
{
	struct freezer freezer = freezer_open(cgroup);
	int result = freezer.dir < 0 ? 0 : ask(&freezer, cgroup->path, freezer.off, err);

	fd_close(&freezer.dir);
	return result;
}
