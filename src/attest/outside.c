/*
 * The descriptors that will be mounted are sent to a process that was made before the user
 * namespace was entered, and looked at there: stat(2) tells owners as whoever asks is mapped. It
 * verifies the very inodes, at the step's own moment, with no more rights on the host than the
 * caller has; and it keeps nothing that must be believed later. Whatever it does not answer is a
 * failure. See unix(7), user_namespaces(7).
 */
#include "attest/outside.h"

#include <errno.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "base/fd.h"
#include "base/socket.h"

struct answer {
	int result; /* 0 or -1, then with err */
	struct attest_report report;
	struct err err;
};

/* One for each listed path, however many the caller's soft limit allows. */
static int descriptors_receive(int end, struct verify_work *work, struct err *err)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
	for (size_t i = 0; i < work->count; i++) {
		work->jobs[i].fd = socket_receive_fd(end, work->jobs[i].path->path, err);
		if (work->jobs[i].fd < 0)
			return -1;
	}
	return 0;
}

void outside_serve(const struct config_closure *closure, const struct attest_means *means, int end)
{
	const struct closure *paths = &closure->closure;
	autoarena arena = { 0 };
	struct verify_work work = {
		.jobs = arena_alloc(&arena, paths->paths_count, sizeof(*work.jobs)),
		.count = paths->paths_count,
		.store_dir = -1,
	};
	struct answer answer = { 0 };

	for (size_t i = 0; i < work.count; i++)
		work.jobs[i] = (struct verify_job){ .path = &paths->paths[i], .fd = -1 };
	answer.result = descriptors_receive(end, &work, &answer.err);
	if (answer.result == 0)
		answer.result = level_verify(closure, means, &work, &answer.report, &answer.err);
	send(end, &answer, sizeof(answer), MSG_NOSIGNAL);
}

/* Who ended with something of ours unread makes the kernel say ECONNRESET once, before the answer.
 */
static int answer_receive(int end, struct answer *answer, struct err *err)
{
	int resets = 0;
	ssize_t got;

	do
		got = recv(end, answer, sizeof(*answer), 0);
	while (got < 0 && (errno == EINTR || (errno == ECONNRESET && resets++ == 0)));
	if (got == sizeof(*answer))
		return 0;
	return err_set(err, EPIPE, "the process that verifies the closure ended without an answer");
}

static int verdict_get(
	int end, const struct verify_work *work, struct attest_report *report, struct err *err)
{
	struct answer answer;

	for (size_t i = 0; i < work->count; i++) {
		if (socket_send_fd(end, work->jobs[i].fd, "", 1) == 0)
			continue;
		/* It has ended, and its answer says why. */
		if (errno == EPIPE || errno == ECONNRESET)
			break;
		return err_errno(err, "%s: hand it over to be verified", work->jobs[i].path->path);
	}
	if (answer_receive(end, &answer, err) < 0)
		return -1;
	if (answer.result < 0) {
		*err = answer.err;
		return -1;
	}
	*report = answer.report;
	return 0;
}

int outside_verify(struct run *run, const struct verify_work *work, struct attest_report *report,
	struct err *err)
{
	int result = verdict_get(run->outside.end, work, report, err);
	pid_t got;

	fd_close(&run->outside.end);
	do
		got = waitpid(run->outside.pid, NULL, 0);
	while (got < 0 && errno == EINTR);
	return result;
}
