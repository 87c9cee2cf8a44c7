/*
 * Verifies store paths on all cores. A NAR is one serial stream, so the unit of work is a store
 * path; the largest start first. Which error is reported must not depend on timing: after a
 * failure only jobs that come before it in the list go on. The threads are gone before anything
 * else happens, since clone, unshare and setns want a process with one. A thread that cannot be
 * made is no fault: the calling one works in any case. See pthreads(7), sched_getaffinity(2).
 */
#include "attest/verify.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "attest/nar.h"
#include "attest/seen.h"
#include "attest/window.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/fd.h"

enum {
	THREADS_MOST = 64,
	/* Enough for NAR_DEPTH_MOST directories, also with a sanitizer's larger frames. */
	THREAD_STACK_SIZE = 1 << 20,
	/* Archive bytes for which one more thread pays: about half a millisecond of hashing. */
	THREAD_WORTH = 512 << 10,
	/* What opening a path costs, and how much less it is to look at files than to read them. */
	PATH_WORTH = 8 << 10,
	METADATA_SHARE = 8,
	REPORT_APART_NS = 100000000,
	PAUSE_NS = 50000,
	/* Whoever has no id here looks like this one; see user_namespaces(7). */
	UNMAPPED = 65534,
};

struct turn {
	uint64_t size;
	size_t job;
};

struct verify {
	const struct verify_work *work;
	const struct turn *turns; /* the jobs, largest first */
	uint64_t total;
	time_t settled_before;
	size_t window;        /* of each thread, see window.h */
	atomic_size_t next;   /* the turn to be taken */
	atomic_size_t failed; /* the first job that failed, or count */
	_Atomic uint64_t done, files;
	pthread_mutex_t failed_lock, report_lock;
	struct err first;     /* of the job `failed`; under failed_lock */
	uint64_t reported_ns; /* under report_lock */
};

/* What advance() is given: whose turn it is. */
struct turner {
	struct verify *verify;
	size_t job;
};

static void report_progress(struct verify *verify, uint64_t done)
{
	const struct attest_progress *progress = verify->work->progress;
	uint64_t now = clock_now();

	if (pthread_mutex_trylock(&verify->report_lock) != 0)
		return;
	if (now - verify->reported_ns >= REPORT_APART_NS) {
		verify->reported_ns = now;
		progress->report(progress->object, done, verify->total);
	}
	pthread_mutex_unlock(&verify->report_lock);
}

static bool turn_advance(void *object, uint64_t bytes)
{
	const struct turner *turner = object;
	struct verify *verify = turner->verify;
	uint64_t done = atomic_fetch_add(&verify->done, bytes) + bytes;

	if (verify->work->progress)
		report_progress(verify, done);
	return atomic_load(&verify->failed) > turner->job;
}

static int sum_check(const struct store_path *path, const struct nar_sum *sum, struct err *err)
{
	char is[SHA256_TEXT_SIZE], should[SHA256_TEXT_SIZE];

	if (memcmp(sum->sha256, path->nar_sha256, SHA256_SIZE) != 0) {
		digest_text(sum->sha256, is);
		digest_text(path->nar_sha256, should);
		return err_set(err, EINVAL,
			"%s: its content hashes to sha256:%s, the registration says sha256:%s",
			path->path, is, should);
	}
	if (sum->size != path->nar_size)
		return err_set(err, EINVAL,
			"%s: its archive has %llu bytes, the registration says %llu", path->path,
			(unsigned long long)sum->size, (unsigned long long)path->nar_size);
	return 0;
}

static int job_verify(struct verify *verify, struct verify_job *job,
	const struct nar_hasher *hasher, struct err *err)
{
	const char *name = strrchr(job->path->path, '/') + 1;
	autoclose opened = -1;
	struct nar_sum sum;

	if (job->fd < 0) {
		opened = openat(verify->work->store_dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
		if (opened < 0)
			return err_errno(err, "%s: open", job->path->path);
	}
	if (nar_hash_at(job->fd < 0 ? opened : job->fd, job->path->path, hasher, &sum, err) < 0)
		return -1;
	atomic_fetch_add(&verify->files, sum.files);
	memcpy(job->seen, sum.seen, sizeof(job->seen));
	job->settled = sum.settled;
	return hasher->look == LOOK_CONTENTS ? sum_check(job->path, &sum, err) : 0;
}

static void failure_keep(struct verify *verify, size_t job, const struct err *err)
{
	while (pthread_mutex_trylock(&verify->failed_lock) != 0)
		sched_yield();
	if (job < atomic_load(&verify->failed)) {
		atomic_store(&verify->failed, job);
		verify->first = *err;
	}
	pthread_mutex_unlock(&verify->failed_lock);
}

uid_t owner_trusted(void)
{
	uid_t own = geteuid();

	return own == UNMAPPED ? 0 : own;
}

static void turns_take(struct verify *verify, unsigned char *buffer)
{
	struct turner turner = { .verify = verify };
	autoarena names = { 0 };
	const struct nar_hasher hasher = {
		.owner = owner_trusted(),
		.look = verify->work->look,
		.settled_before = verify->settled_before,
		.settle = verify->work->settle,
		.buffer = buffer,
		.names = &names,
		.window = verify->window,
		.advance = turn_advance,
		.object = &turner,
	};
	struct err err;
	size_t turn;

	while ((turn = atomic_fetch_add(&verify->next, 1)) < verify->work->count) {
		turner.job = verify->turns[turn].job;
		if (turner.job >= atomic_load(&verify->failed))
			continue;
		if (job_verify(verify, &verify->work->jobs[turner.job], &hasher, &err) < 0)
			failure_keep(verify, turner.job, &err);
	}
}

/* A thread without its buffer leaves the work to the others. */
static void *thread_run(void *object)
{
	autofree unsigned char *buffer = malloc(NAR_BUFFER_SIZE);

	if (buffer)
		turns_take(object, buffer);
	return NULL;
}

/* How long it takes, in archive bytes that could be hashed meanwhile. */
static uint64_t toil(const struct verify *verify)
{
	const struct verify_work *work = verify->work;

	return work->count * PATH_WORTH +
		verify->total / (work->look == LOOK_CONTENTS ? 1 : METADATA_SHARE);
}

static unsigned threads_wanted(const struct verify *verify)
{
	uint64_t threads = 1 + toil(verify) / THREAD_WORTH;
	cpu_set_t cpus;

	if (sched_getaffinity(0, sizeof(cpus), &cpus) < 0)
		return 1;
	if (threads > CPU_COUNT(&cpus))
		threads = CPU_COUNT(&cpus);
	if (threads > verify->work->count)
		threads = verify->work->count;
	return threads < THREADS_MOST ? (unsigned)threads : THREADS_MOST;
}

/* Signals stay with the calling thread, but for the one that is a thread's own. Returns how many
 * were started. */
static unsigned threads_start(struct verify *verify, unsigned wanted, pthread_t *threads)
{
	pthread_attr_t attributes;
	sigset_t all, before;
	unsigned started = 0;

	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, THREAD_STACK_SIZE);
	sigfillset(&all);
	sigdelset(&all, SIGBUS);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	while (started < wanted &&
		pthread_create(&threads[started], &attributes, thread_run, verify) == 0)
		started++;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&attributes);
	return started;
}

/* Asks and sleeps rather than to wait on a futex: when that fails, glibc ends the program. */
static void threads_join(const pthread_t *threads, unsigned count)
{
	struct timespec pause = { .tv_nsec = PAUSE_NS };

	for (unsigned i = 0; i < count; i++)
		while (pthread_tryjoin_np(threads[i], NULL) == EBUSY)
			nanosleep(&pause, NULL);
}

/* Each thread holds a descriptor for each directory it is inside of. */
static void descriptors_raise(struct rlimit *before)
{
	struct rlimit most;

	if (getrlimit(RLIMIT_NOFILE, before) < 0)
		*before = (struct rlimit){ 0 };
	most = (struct rlimit){ .rlim_cur = before->rlim_max, .rlim_max = before->rlim_max };
	if (before->rlim_cur < before->rlim_max)
		setrlimit(RLIMIT_NOFILE, &most);
}

static void descriptors_restore(const struct rlimit *before)
{
	if (before->rlim_cur < before->rlim_max)
		setrlimit(RLIMIT_NOFILE, before);
}

static int turn_compare(const void *one, const void *other)
{
	const struct turn *a = one, *b = other;

	if (a->size != b->size)
		return a->size < b->size ? 1 : -1;
	return a->job < b->job ? -1 : a->job > b->job;
}

static const struct turn *turns_make(struct verify *verify, struct arena *arena)
{
	size_t count = verify->work->count;
	struct turn *turns = arena_alloc(arena, count, sizeof(*turns));

	for (size_t i = 0; i < count; i++) {
		uint64_t size = verify->work->jobs[i].path->nar_size;

		turns[i] = (struct turn){ .size = size, .job = i };
		if (__builtin_add_overflow(verify->total, size, &verify->total))
			verify->total = UINT64_MAX / 2;
	}
	if (count > 1)
		qsort(turns, count, sizeof(*turns), turn_compare);
	return turns;
}

/* Works on all turns, in this thread and the others; how many there were. */
static unsigned turns_work_off(struct verify *verify, unsigned char *buffer)
{
	unsigned wanted = threads_wanted(verify), started;
	pthread_t threads[THREADS_MOST];
	struct windows windows;
	struct rlimit limit;

	verify->window = window_size(wanted);
	descriptors_raise(&limit);
	windows_begin(&windows);
	started = threads_start(verify, wanted - 1, threads);
	turns_take(verify, buffer);
	threads_join(threads, started);
	windows_end(&windows);
	descriptors_restore(&limit);
	return started + 1;
}

int verify_jobs(const struct verify_work *work, struct attest_report *report, struct err *err)
{
	autoarena arena = { 0 };
	autofree unsigned char *buffer = malloc(NAR_BUFFER_SIZE);
	uint64_t started_ns = clock_now();
	struct verify verify = {
		.work = work,
		.settled_before = seen_settled_before(),
		.failed = work->count,
		.failed_lock = PTHREAD_MUTEX_INITIALIZER,
		.report_lock = PTHREAD_MUTEX_INITIALIZER,
		.reported_ns = started_ns,
	};
	const struct attest_progress *progress = work->progress;

	if (!buffer)
		return err_errno(err, "make room for reading");
	verify.turns = turns_make(&verify, &arena);
	if (progress)
		progress->report(progress->object, 0, verify.total);
	report->threads = turns_work_off(&verify, buffer);
	if (progress)
		progress->report(progress->object, verify.total, verify.total);
	report->paths = work->count;
	report->files = verify.files;
	report->bytes = verify.done;
	report->seconds = (double)(clock_now() - started_ns) / 1e9;
	if (verify.failed == work->count)
		return 0;
	*err = verify.first;
	return -1;
}
