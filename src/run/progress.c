/*
 * Where a start is, in memory that outlives either side. Written without locks: each side writes
 * its own step only, and the readers look after the writer is dead or done.
 */
#include "run/progress.h"

#include <linux/futex.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"

struct progress *progress_new(struct err *err)
{
	struct progress *progress = mmap(
		NULL, sizeof(*progress), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (progress == MAP_FAILED) {
		err_errno(err, "map %zu bytes shared with the sandbox's first process",
			sizeof(*progress));
		return NULL;
	}
	progress->step[PARENT] = progress->step[CHILD] = -1;
	progress->first = progress->first_pidfd = -1;
	progress->born = clock_now();
	return progress;
}

void progress_release(struct progress *progress)
{
	if (progress)
		munmap(progress, sizeof(*progress));
}

void progress_begin(struct progress *progress, enum side side, int step)
{
	progress->step[side] = step;
	progress->times[step].begin = clock_now();
}

void progress_end(struct progress *progress, int step)
{
	progress->times[step].end = clock_now();
}

void progress_record(struct progress *progress)
{
	__atomic_store_n(&progress->recorded, 1, __ATOMIC_RELEASE);
	syscall(SYS_futex, &progress->recorded, FUTEX_WAKE, 1, NULL, NULL, 0);
}

void progress_await_record(struct progress *progress)
{
	while (!__atomic_load_n(&progress->recorded, __ATOMIC_ACQUIRE))
		syscall(SYS_futex, &progress->recorded, FUTEX_WAIT, 0, NULL, NULL, 0);
}

const char *progress_step_name(const struct run *run, enum side side)
{
	int step = run->progress->step[side];

	return step < 0 ? "the beginning" : run->steps[step].name;
}
