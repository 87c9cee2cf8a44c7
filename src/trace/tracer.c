/*
 * Each call waits until it is answered, so that what cannot be written down cannot happen: where
 * writing fails, or there are too many different calls, the run is ended. If the runtime is killed,
 * the janitor has the listener too, and nothing goes on until it has ended the sandbox.
 *
 * Without WAIT_KILLABLE_RECV a signal takes a call back that was asked about, and it is made again.
 * seccomp_unotify(2).
 */
#include "trace/tracer.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>

#include "base/fd.h"
#include "base/lists.h"
#include "kernel/abilities.h"
#include "trace/file.h"

/* Linux 6.6; not in Debian 12's headers. */
#define NOTIF_SET_FLAGS SECCOMP_IOW(4, uint64_t)
#define NOTIF_SYNC_WAKE_UP 1UL

/* Milliseconds for the last filtered process to be gone after the sandbox is. */
enum { LAST_WAIT = 5000, LOOK_AGAIN = 100, STACK_SIZE = 256 << 10 };

struct config_seccomp *tracer_profile(struct arena *arena)
{
	static const char flag[] = "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV";
	struct config_seccomp *profile = arena_alloc(arena, 1, sizeof(*profile));

	profile->default_action = "SCMP_ACT_NOTIFY";
	/* For whoever reads the config: it names nobody else who could answer. */
	profile->listener_path = "/dev/null";
	strings_add(&profile->architectures, arena, "SCMP_ARCH_X86_64");
	strings_add(&profile->architectures, arena, "SCMP_ARCH_X86");
	strings_add(&profile->architectures, arena, "SCMP_ARCH_X32");
	if (seccomp_flag_supported(flag))
		strings_add(&profile->flags, arena, flag);
	return profile;
}

/* As traced_look, but what does not depend on arguments is looked up once. */
static void look(struct tracer *tracer, const struct seccomp_data *data, struct traced *call)
{
	unsigned index;

	traced_which(data, call);
	index = (unsigned)call->number & ~(call->abi == CALL_ABI_X32 ? CALL_X32_BIT : 0);
	if (index >= KNOWN_MOST)
		return;
	if (!tracer->known[call->abi][index].looked) {
		traced_look(data, tracer->arena, call);
		tracer->known[call->abi][index].looked = true;
		tracer->known[call->abi][index].name = call->name;
		tracer->known[call->abi][index].faceted = facet_next(call, NULL);
		return;
	}
	call->name = tracer->known[call->abi][index].name;
	if (tracer->known[call->abi][index].faceted)
		traced_arguments(call, (const uint64_t *)data->args);
}

static int write_down(struct tracer *tracer, const struct seen *seen)
{
	autoarena scratch = { 0 };
	const char *line = trace_call_line(seen, 1, &scratch);

	if (fd_write_all(tracer->out, line, strlen(line)) < 0)
		return err_errno(&tracer->err, "write the trace %s", tracer->file);
	return 0;
}

/* What the call is answered with, once it is written down; -1 if it cannot be. */
static int answer_find(struct tracer *tracer, const struct traced *call)
{
	struct seen *seen = set_find(&tracer->set, call);

	if (!seen)
		return err_set(&tracer->err, E2BIG,
			"more than %d different calls: that is no workload but a flood", SET_MOST);
	tracer->set.calls++;
	if (seen->count++)
		return seen->answer;
	seen->answer = tracer->decide(tracer, call);
	if (tracer->out >= 0 && write_down(tracer, seen) < 0)
		return -1;
	return seen->answer;
}

/* The call that waits, if it is still there. Any error but those of a caller that was killed
 * meanwhile is one. */
static int answer_one(struct tracer *tracer)
{
	struct seccomp_notif asked = { 0 };
	struct seccomp_notif_resp reply = { 0 };
	struct traced call = { 0 };
	int code;

	if (ioctl(tracer->listener, SECCOMP_IOCTL_NOTIF_RECV, &asked) < 0)
		return errno == ENOENT || errno == EINTR
			? 0
			: err_errno(&tracer->err, "receive a system call");
	look(tracer, &asked.data, &call);
	code = answer_find(tracer, &call);
	if (code < 0)
		return -1;
	reply.id = asked.id;
	reply.error = -code;
	reply.flags = code ? 0 : SECCOMP_USER_NOTIF_FLAG_CONTINUE;
	if (ioctl(tracer->listener, SECCOMP_IOCTL_NOTIF_SEND, &reply) < 0 && errno != ENOENT)
		return err_errno(&tracer->err, "answer a system call");
	return 0;
}

/* Until nobody is left who could call; a while after the sandbox is gone that must be so. */
static int serve(struct tracer *tracer)
{
	struct pollfd calls = { .fd = tracer->listener, .events = POLLIN };
	int waited = 0, ready;

	for (;;) {
		ready = poll(&calls, 1, LOOK_AGAIN);
		if (ready < 0 && errno != EINTR)
			return err_errno(&tracer->err, "wait for system calls");
		if (ready > 0 && calls.revents & POLLIN && answer_one(tracer) < 0)
			return -1;
		if (ready > 0 && !(calls.revents & POLLIN)) {
			tracer->complete = true;
			return 0;
		}
		if (ready == 0 && atomic_load(&tracer->over) && (waited += LOOK_AGAIN) > LAST_WAIT)
			return 0;
	}
}

static void *tracer_main(void *argument)
{
	struct tracer *tracer = argument;

	if (serve(tracer) < 0)
		pidfd_signal(tracer->process, SIGKILL);
	/* Whoever waits for an answer now waits until it is killed. */
	return NULL;
}

int tracer_start(struct tracer *tracer, int listener, int process, struct err *err)
{
	pthread_attr_t attributes;

	tracer->listener = listener;
	tracer->set.arena = tracer->arena;
	tracer->process = fcntl(process, F_DUPFD_CLOEXEC, 3);
	if (tracer->process < 0)
		return err_errno(err, "keep the pidfd of the traced process");
	/* The one who waits goes on where the other one ran; an older kernel does without. */
	ioctl(listener, NOTIF_SET_FLAGS, NOTIF_SYNC_WAKE_UP);
	errno = pthread_attr_init(&attributes);
	if (errno || (errno = pthread_attr_setstacksize(&attributes, STACK_SIZE)) ||
		(errno = pthread_create(&tracer->thread, &attributes, tracer_main, tracer)))
		return err_errno(err, "start the thread that traces");
	tracer->started = true;
	return 0;
}

void tracer_finish(struct tracer *tracer)
{
	if (tracer->started) {
		atomic_store(&tracer->over, true);
		pthread_join(tracer->thread, NULL);
	}
	fd_close(&tracer->listener);
	fd_close(&tracer->process);
}
