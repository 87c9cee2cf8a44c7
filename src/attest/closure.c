/*
 * Holds a closure against its registration: every listed path must be exactly what the list says,
 * and nothing else of the store may be shown. The list itself is trusted as far as its own digest
 * is pinned; this file never reads it and never decides whether to look.
 */
#include "attest/closure.h"

#include <fcntl.h>

#include "attest/sources.h"
#include "attest/verify.h"
#include "base/fd.h"
#include "config/store-place.h"

bool attest_wanted(const struct config *config)
{
	return config->closure && config->closure->attestation == ATTESTATION_FULL;
}

/*
 * attest_apply - verify the closure through the descriptors that will be mounted
 *
 * Needs:  every source open (run->sources, run->root_source), the host's /proc
 * Leaves: each listed path's content, owners, modes and capabilities known to be what the
 *         registration says, and every mount of the store known to show those very inodes; no
 *         thread. Names in the store may be swapped afterwards without effect. The bytes can still
 *         be changed by whoever may write to the store, which is root of the host alone; the
 *         workload sees them through read-only mounts
 * Mustn't run after the clone: its threads would be in the way, and a workload could be waiting
 */
int attest_apply(struct run *run, struct err *err)
{
	const struct closure *closure = &run->config->closure->closure;
	struct verify_job *jobs = arena_alloc(run->arena, closure->paths_count, sizeof(*jobs));
	struct attest_report report;

	if (sources_match(run, jobs, err) < 0)
		return -1;
	if (verify_jobs(jobs, closure->paths_count, -1, NULL, &report, err) < 0)
		return -1;
	return sources_check_same(run, jobs, err);
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

int closure_verify(const struct closure *closure, const struct attest_progress *progress,
	struct attest_report *report, struct err *err)
{
	autoarena arena = { 0 };
	autoclose store_dir = store_open(closure->store, closure->store_dir, O_PATH | O_DIRECTORY);
	struct verify_job *jobs = arena_alloc(&arena, closure->paths_count, sizeof(*jobs));
	struct attest_report own;

	if (store_dir < 0)
		return err_errno(
			err, "%s: open", store_place(closure->store, closure->store_dir, &arena));
	for (size_t i = 0; i < closure->paths_count; i++)
		jobs[i] = (struct verify_job){ .path = &closure->paths[i], .fd = -1 };
	if (!report)
		report = &own;
	return verify_jobs(jobs, closure->paths_count, store_dir, progress, report, err);
}
