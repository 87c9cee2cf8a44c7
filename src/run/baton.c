/*
 * One message type over unix(7) sockets. A socket path is at most 108 bytes, so the state
 * directory is named through /proc/self/fd and the path never depends on --root.
 */
#include "run/baton.h"

#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/fd.h"
#include "base/socket.h"

/* What code says that is no error's: a descriptor comes next. */
enum { LENDS = -1 };

int baton_make(int ends[2], struct err *err)
{
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return err_errno(err, "make the baton's socket pair");
	return 0;
}

/* write(2), not send(2): a workload's seccomp filter that is already in force allows it. */
static ssize_t send_err(int end, const struct err *err)
{
	ssize_t sent;

	do
		sent = write(end, err, sizeof(*err));
	while (sent < 0 && errno == EINTR);
	return sent;
}

int baton_pass(int end, struct err *err)
{
	static const struct err your_turn;

	if (send_err(end, &your_turn) == sizeof(your_turn))
		return 0;
	return err_errno(err, "hand over to the other side of the start");
}

int baton_lend(int end, int fd, struct err *err)
{
	static const struct err lends = { .code = LENDS };

	if (send_err(end, &lends) == sizeof(lends) && socket_send_fd(end, fd, "", 1) == 0)
		return 0;
	return err_errno(err, "lend a descriptor to the other side of the start");
}

void baton_fail(int end, const struct err *err)
{
	(void)!send_err(end, err);
}

/*
 * One message. A peer that ended with something of ours unread makes the kernel say ECONNRESET
 * once, before what the peer had said itself, which is the very thing to hear.
 */
static ssize_t receive_err(int end, struct err *received, int flags)
{
	ssize_t got;
	int resets = 0;

	do
		got = recv(end, received, sizeof(*received), flags);
	while (got < 0 && (errno == EINTR || (errno == ECONNRESET && resets++ == 0)));
	return got;
}

enum baton baton_await(int end, struct err *err)
{
	struct err received;
	ssize_t got = receive_err(end, &received, 0);

	if (got == 0 || (got < 0 && errno == ECONNRESET))
		return BATON_CLOSED;
	if (got < 0) {
		err_errno(err, "wait for the other side of the start");
		return BATON_FAILED;
	}
	if (got != sizeof(received)) {
		err_set(err, EPROTO, "wait for the other side of the start: a message of %zd bytes",
			got);
		return BATON_FAILED;
	}
	if (received.code == 0)
		return BATON_TURN;
	if (received.code == LENDS)
		return BATON_LENDS;
	received.text[sizeof(received.text) - 1] = '\0';
	*err = received;
	return BATON_FAILED;
}

void baton_heard(int end, struct err *err)
{
	struct err received;

	if (receive_err(end, &received, MSG_DONTWAIT) == sizeof(received) && received.code != 0)
		*err = received;
}

static struct sockaddr_un start_address(int state_dir)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d/start", state_dir);
	return address;
}

int baton_listen(int state_dir, struct err *err)
{
	struct sockaddr_un address = start_address(state_dir);
	autoclose listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	if (listener < 0)
		return err_errno(err, "make the socket `start` connects to");
	if (bind(listener, (struct sockaddr *)&address, sizeof(address)) < 0 ||
		listen(listener, 1) < 0)
		return err_errno(err, "bind the socket `start` connects to");
	return take_fd(&listener);
}

int baton_accept(int listener, struct err *err)
{
	int end;

	do
		end = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	while (end < 0 && errno == EINTR);
	return end >= 0 ? end : err_errno(err, "wait for `start`");
}

int baton_connect(int state_dir, struct err *err)
{
	struct sockaddr_un address = start_address(state_dir);
	autoclose end = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	if (end < 0)
		return err_errno(err, "make a socket");
	if (connect(end, (struct sockaddr *)&address, sizeof(address)) < 0)
		return err_errno(err, "reach the container's waiting process");
	return take_fd(&end);
}
