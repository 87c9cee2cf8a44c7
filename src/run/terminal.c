/*
 * A client such as containerd names a socket and keeps the terminal; a person in the foreground
 * gets a proxy. The caller's terminal is put back as it was on every way out, the janitor's too.
 */
#include "run/terminal.h"

#include <errno.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/socket.h"

int terminal_prepare(struct run *run, const char *console_socket, struct err *err)
{
	int ends[2];

	if (!run->config->process.terminal)
		return console_socket
			? err_set(err, EINVAL, "--console-socket: the config asks for no terminal")
			: 0;
	if (console_socket) {
		run->console_socket = socket_connect(console_socket, "console socket", err);
		return run->console_socket < 0 ? -1 : 0;
	}
	if (run->detached || run->target.detached) {
		err_set(err, EINVAL,
			"process.terminal: a container that is not run in the foreground "
			"needs --console-socket");
		return err_hint(
			err, "set process.terminal to false to use the caller's stdin and stdout");
	}
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		return err_errno(err, "make a socket pair for the terminal");
	run->console_socket = ends[0];
	run->console_near = ends[1];
	return 0;
}

void terminal_resize(const struct run *run)
{
	struct winsize window;

	for (int fd = 0; run->terminal >= 0 && fd < 3; fd++)
		if (ioctl(fd, TIOCGWINSZ, &window) == 0) {
			ioctl(run->terminal, TIOCSWINSZ, &window);
			return;
		}
}

int terminal_attach(struct run *run, struct err *err)
{
	struct termios raw;

	if (run->console_near < 0)
		return 0;
	run->terminal = socket_receive_fd(run->console_near, "the sandbox's terminal", err);
	if (run->terminal < 0)
		return -1;
	if (!run->config->process.console_size.height.set)
		terminal_resize(run);
	if (tcgetattr(STDIN_FILENO, &run->caller_terminal) < 0)
		return 0;
	raw = run->caller_terminal;
	cfmakeraw(&raw);
	if (tcsetattr(STDIN_FILENO, TCSANOW, &raw) < 0)
		return err_errno(err, "put this terminal into raw mode");
	run->caller_raw = true;
	return 0;
}

void terminal_detach(struct run *run)
{
	if (run->caller_raw)
		tcsetattr(STDIN_FILENO, TCSANOW, &run->caller_terminal);
	run->caller_raw = false;
	fd_close(&run->terminal);
	fd_close(&run->console_near);
}

struct pollfd relay_wants(const struct relay *relay)
{
	if (relay->begin < relay->end)
		return (struct pollfd){ .fd = relay->to, .events = POLLOUT };
	return (struct pollfd){ .fd = relay->to < 0 ? -1 : relay->from, .events = POLLIN };
}

static void relay_read(struct relay *relay)
{
	ssize_t got = read(relay->from, relay->bytes, sizeof(relay->bytes));

	if (got < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	relay->begin = 0;
	relay->end = got > 0 ? (size_t)got : 0;
	if (got <= 0)
		relay->from = -1;
}

void relay_move(struct relay *relay)
{
	ssize_t wrote;

	if (relay->begin == relay->end) {
		relay_read(relay);
		return;
	}
	wrote = write(relay->to, relay->bytes + relay->begin, relay->end - relay->begin);
	if (wrote >= 0)
		relay->begin += (size_t)wrote;
	else if (errno != EINTR && errno != EAGAIN)
		*relay = (struct relay){ .from = -1, .to = -1 };
}
