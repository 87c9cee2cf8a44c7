/*
 * A pseudo terminal of the sandbox's own devpts, so that nothing inside can reach the caller's
 * terminal (TIOCSTI and its kin). No path is trusted: the multiplexer is checked to be one, the
 * terminal comes from TIOCGPTPEER, and /dev/console is that very descriptor (CVE-2025-52565).
 * Rests on pty(7), ioctl_tty(2).
 */
#include <errno.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/socket.h"
#include "format/node.h"
#include "kernel/mount-api.h"
#include "kernel/steps.h"

bool console_wanted(const struct config *config)
{
	return config->process.terminal;
}

static int multiplexer_open(const struct run *run, struct err *err)
{
	autoclose fd = file_open_in_root(run->rootfs, "dev/pts/ptmx", O_RDWR | O_NOCTTY, 0);

	if (fd < 0)
		return err_errno(err, "open /dev/pts/ptmx");
	if (!fd_has_magic(fd, DEVPTS_SUPER_MAGIC)) {
		err_set(err, ENODEV, "/dev/pts/ptmx is not on a devpts");
		return err_hint(err, "a terminal needs a mount of type devpts at /dev/pts");
	}
	return take_fd(&fd);
}

/* /dev/console is the terminal itself, bound over an empty file. */
static int console_bind(const struct run *run, int terminal, struct err *err)
{
	autoclose target = file_make_file_in_root(run->rootfs, "dev/console");
	autoclose tree = mount_clone(terminal, 0);

	if (target < 0)
		return err_errno(err, "make /dev/console");
	if (tree < 0)
		return err_errno(err, "clone the terminal's mount");
	if (mount_attach(tree, target) < 0)
		return err_errno(err, "mount the terminal on /dev/console");
	return 0;
}

/* The caller's size, if it has a terminal: before the workload can look. */
static struct winsize caller_window(void)
{
	struct winsize window = { 0 };

	for (int fd = 0; fd < 3; fd++)
		if (ioctl(fd, TIOCGWINSZ, &window) == 0)
			break;
	return window;
}

static int size_set(const struct config *config, int terminal, struct err *err)
{
	const struct config_console_size *size = &config->process.console_size;
	struct winsize window = caller_window();

	if (size->height.set || size->width.set)
		window = (struct winsize){
			.ws_row = (unsigned short)size->height.value,
			.ws_col = (unsigned short)size->width.value,
		};
	return ioctl(terminal, TIOCSWINSZ, &window) < 0 ? err_errno(err, "set the terminal's size")
							: 0;
}

/*
 * console_apply - give the sandbox a terminal and hand its other end out
 *
 * Needs:  a session of its own, the devpts mounted, run->console_socket
 * Leaves: descriptors 0-2 and the controlling terminal are the pty; in a start /dev/console is
 *         bound to it
 * Mustn't run before the devices: /dev must be there
 */
int console_apply(struct run *run, struct err *err)
{
	autoclose multiplexer = multiplexer_open(run, err);
	const struct config_user *user = &run->config->process.user;
	int unlock = 0;

	if (multiplexer < 0)
		return -1;
	if (ioctl(multiplexer, TIOCSPTLCK, &unlock) < 0)
		return err_errno(err, "unlock the terminal");
	autoclose terminal = ioctl(multiplexer, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (terminal < 0)
		return err_errno(err, "open the terminal");
	if (fchown(terminal, (uid_t)user->uid.value, (gid_t)-1) < 0)
		return err_errno(err, "give the terminal to user %lld", (long long)user->uid.value);
	/* A container that runs has its own console already. */
	if (size_set(run->config, terminal, err) < 0 ||
		(!run->target.entered && console_bind(run, terminal, err) < 0))
		return -1;
	if (socket_send_fd(run->console_socket, multiplexer, " ", 1) < 0)
		return err_errno(err, "send the terminal to the console socket");
	fd_close(&run->console_socket);
	if (ioctl(terminal, TIOCSCTTY, 0) < 0)
		return err_errno(err, "make it the controlling terminal");
	for (int fd = 0; fd < 3; fd++)
		if (dup2(terminal, fd) < 0)
			return err_errno(err, "make the terminal descriptor %d", fd);
	return 0;
}

void console_print(const struct config *config, struct node *params, struct arena *arena)
{
	const struct config_console_size *size = &config->process.console_size;

	if (size->height.set)
		node_put_integer(arena, params, "height", size->height.value);
	if (size->width.set)
		node_put_integer(arena, params, "width", size->width.value);
}
