/*
 * A workload gets no socket of the service manager, which would take orders on descriptors, main
 * processes and time limits from it, but one of ours; a single word is passed on: READY=1. A
 * foreground run listens while it waits; a detached container is listened to by `start`, which ends
 * when it is ready: no process stays behind. A workload that would never say so gets no socket: the
 * service manager hears of it as soon as it runs.
 */
#include "run/ready.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/lists.h"

#define DIRECTORY "notify"
#define SOCKET DIRECTORY "/socket"
#define INSIDE "/run/" DIRECTORY

static const char *mount_options[] = { "bind", "ro", "nosuid", "nodev", "noexec" };

const char *ready_manager(void)
{
	const char *socket = getenv("NOTIFY_SOCKET");

	return socket && (socket[0] == '/' || socket[0] == '@') && socket[1] ? socket : NULL;
}

void ready_settle(struct run *run, struct config *config)
{
	struct strings *env = &config->process.env;
	struct config_mount *mounts;

	run->notify_socket = ready_manager();
	if (!run->notify_socket || run->ready_at_start)
		return;
	*env = strings_without(env, "NOTIFY_SOCKET=", run->arena);
	strings_add(env, run->arena, "NOTIFY_SOCKET=" INSIDE "/socket");
	mounts = arena_alloc(run->arena, config->mounts_count + 1, sizeof(*mounts));
	if (config->mounts_count)
		memcpy(mounts, config->mounts, config->mounts_count * sizeof(*mounts));
	mounts[config->mounts_count++] = (struct config_mount){
		.destination = INSIDE,
		.type = "bind",
		.source = arena_printf(run->arena, "%s/%s/" DIRECTORY, run->state_root, run->name),
		.options = { .set = true,
			.count = sizeof(mount_options) / sizeof(*mount_options),
			.items = mount_options },
	};
	config->mounts = mounts;
}

int ready_apply(struct run *run, struct err *err)
{
	if (!run->notify_socket || run->ready_at_start)
		return 0;
	if (mkdirat(run->state_dir, DIRECTORY, 0755) < 0)
		return err_errno(err, "make a directory for the workload's notifications");
	return run->detached ? 0 : ready_listen(run, err);
}

int ready_remove(int state_dir)
{
	if (unlinkat(state_dir, SOCKET, 0) < 0 && errno != ENOENT)
		return -1;
	return unlinkat(state_dir, DIRECTORY, AT_REMOVEDIR) < 0 && errno != ENOENT ? -1 : 0;
}

int ready_listen(struct run *run, struct err *err)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	autoclose listener = -1;

	if (!run->notify_socket ||
		(faccessat(run->state_dir, DIRECTORY, F_OK, 0) < 0 && errno == ENOENT))
		return 0;
	listener = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d/" SOCKET,
		run->state_dir);
	if (listener < 0 || (unlinkat(run->state_dir, SOCKET, 0) < 0 && errno != ENOENT) ||
		bind(listener, (struct sockaddr *)&address, sizeof(address)) < 0 ||
		chmod(address.sun_path, 0777) < 0)
		return err_errno(err, "make a socket for the workload's notifications");
	run->ready = take_fd(&listener);
	return 0;
}

/* The service manager may be gone: then nobody waits to hear it. */
static void manager_tell(const struct run *run)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	size_t length = strlen(run->notify_socket);
	char text[64] = "READY=1";
	autoclose socket_fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (socket_fd < 0 || length >= sizeof(address.sun_path))
		return;
	memcpy(address.sun_path, run->notify_socket, length);
	if (address.sun_path[0] == '@')
		address.sun_path[0] = '\0';
	/* It will be the service's main process when this one has ended. */
	if (run->detached)
		snprintf(text, sizeof(text), "MAINPID=%d\nREADY=1", run->pid);
	sendto(socket_fd, text, strlen(text), MSG_NOSIGNAL, (struct sockaddr *)&address,
		(socklen_t)(offsetof(struct sockaddr_un, sun_path) + length));
}

void ready_started(const struct run *run)
{
	if (run->notify_socket && run->ready_at_start)
		manager_tell(run);
}

static bool says_ready(const char *text)
{
	for (; text; text = strchr(text, '\n') ? strchr(text, '\n') + 1 : NULL)
		if (!strncmp(text, "READY=1", 7) && (text[7] == '\n' || !text[7]))
			return true;
	return false;
}

bool ready_forward(struct run *run)
{
	char text[4096];
	ssize_t length;

	/* All there is: whoever said so last may be gone by now. */
	while ((length = recv(run->ready, text, sizeof(text) - 1, MSG_DONTWAIT)) >= 0) {
		text[length] = '\0';
		if (!says_ready(text))
			continue;
		manager_tell(run);
		fd_close(&run->ready);
		return true;
	}
	return false;
}

void ready_wait(struct run *run)
{
	struct pollfd sources[] = { { run->ready, POLLIN, 0 }, { run->pidfd, POLLIN, 0 } };

	while (run->ready >= 0 && (poll(sources, 2, -1) > 0 || errno == EINTR)) {
		if (sources[0].revents && ready_forward(run))
			return;
		if (!sources[0].revents && sources[1].revents)
			return;
	}
}
