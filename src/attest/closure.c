/*
 * Holds a closure against its registration: every listed path must be exactly what the list says,
 * and nothing else of the store may be shown. The list itself is trusted as far as its own digest
 * is pinned; this file never reads it and never decides how closely to look.
 */
#include "attest/closure.h"

#include <errno.h>
#include <fcntl.h>

#include "attest/level.h"
#include "attest/outside.h"
#include "attest/sources.h"
#include "attest/verify.h"
#include "base/fd.h"
#include "config/store-place.h"

bool attest_wanted(const struct config *config)
{
	return config->closure != NULL;
}

/*
 * attest_apply - verify the closure through the descriptors that will be mounted
 *
 * Needs:  every source open (run->sources, run->root_source), the host's /proc; in a user namespace
 *         of the runtime's own run->outside, for owners cannot be told apart in there
 * Leaves: each listed path's owners, modes and capabilities known to be what a store has, its
 *         content, unless attestation is off, what the registration says, and every mount of the
 *         store known to show those very inodes; no thread. Names in the store may be swapped
 *         afterwards without effect. The bytes can still be changed by whoever may write to the
 *         store, which is root of the host alone; the workload sees them through read-only mounts
 * Mustn't run after the clone: its threads would be in the way, and a workload could be waiting
 */
int attest_apply(struct run *run, struct err *err)
{
	const struct config_closure *closure = run->config->closure;
	size_t count = closure->closure.paths_count;
	struct verify_work work = {
		.jobs = arena_alloc(run->arena, count, sizeof(*work.jobs)),
		.count = count,
		.store_dir = -1,
	};
	struct attest_report report;
	int result;

	if (sources_match(run, &work, err) < 0)
		return -1;
	result = run->outside.end >= 0
		? outside_verify(run, &work, &report, err)
		: level_verify(closure, run->attest_means, &work, &report, err);
	if (result < 0)
		return -1;
	run->attested = report.level;
	return sources_check_same(run, &work, err);
}

void attest_print(const struct config *config, struct node *params, struct arena *arena)
{
	const struct config_closure *closure = config->closure;
	int64_t count = (int64_t)closure->closure.paths_count;

	if (closure->roots.count == 1)
		node_put_string(arena, params, "root", closure->roots.items[0]);
	else if (closure->roots.set)
		node_put_strings(arena, params, "root", &closure->roots);
	node_put(arena, params, "paths", node_integer(arena, count));
	if (closure->sha256)
		node_put(arena, params, "closure", node_string(arena, closure->sha256));
	node_put(arena, params, "attestation",
		node_string(arena, attestation_names[closure->attestation]));
}

int closure_verify(const struct config_closure *closure, const struct attest_means *means,
	struct attest_report *report, struct err *err)
{
	const struct closure *paths = &closure->closure;
	autoarena arena = { 0 };

	if (closure->image_sha256) {
		err_set(err, EINVAL, "%s: a packed closure is verified at each start",
			closure->registration);
		return err_hint(err,
			"`nucleus run` does, and `sha256sum` says whether it is the "
			"file that was packed");
	}
	autoclose store_dir = store_open(paths->store, paths->store_dir, O_PATH | O_DIRECTORY);
	struct verify_work work = {
		.jobs = arena_alloc(&arena, paths->paths_count, sizeof(*work.jobs)),
		.count = paths->paths_count,
		.store_dir = store_dir,
	};

	if (store_dir < 0)
		return err_errno(
			err, "%s: open", store_place(paths->store, paths->store_dir, &arena));
	for (size_t i = 0; i < work.count; i++)
		work.jobs[i] = (struct verify_job){ .path = &paths->paths[i], .fd = -1 };
	return level_verify(closure, means, &work, report, err);
}
