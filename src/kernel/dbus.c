/*
 * A D-Bus connection for the few calls made to systemd. There is no static libsystemd, libdbus
 * needs it, and both allocate, which undo must not: it may run after the runtime was killed inside
 * malloc. The bus is only believed about what it answers; what has become of a process is read from
 * the kernel. Rests on the D-Bus specification ("Server Addresses", "Authentication Protocol").
 */
#include "kernel/dbus.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>

#include "base/clock.h"
#include "base/fd.h"

enum { PATIENCE_SECONDS = 25, LINE_SIZE = 256 };

/* length bytes of path, with a NUL in front for an abstract one. */
static int connect_path(const char *path, size_t length, bool abstract)
{
	const struct timeval patience = { .tv_sec = PATIENCE_SECONDS };
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	autoclose fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	if (length + 1 >= sizeof(address.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(address.sun_path + abstract, path, length);
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	length += offsetof(struct sockaddr_un, sun_path) + 1;
	if (connect(fd, (struct sockaddr *)&address, (socklen_t)length) < 0)
		return -1;
	return take_fd(&fd);
}

static int hex_digit(char digit)
{
	static const char digits[] = "0123456789abcdef";
	const char *found = digit ? strchr(digits, digit | 0x20) : NULL;

	return found ? (int)(found - digits) : -1;
}

/* Undoes the %XX of an address's value up to end; the length, or 0 if it does not fit. */
static size_t unescape(const char *value, const char *end, char *path, size_t room)
{
	size_t length = 0;

	for (; value < end && length < room; length++) {
		if (*value != '%') {
			path[length] = *value++;
			continue;
		}
		if (end - value < 3 || hex_digit(value[1]) < 0 || hex_digit(value[2]) < 0)
			return 0;
		path[length] = (char)(hex_digit(value[1]) << 4 | hex_digit(value[2]));
		value += 3;
	}
	return value < end ? 0 : length;
}

/* One "unix:path=/run/...,guid=..." that ends at end. */
static int connect_address(const char *address, const char *end)
{
	static const char *const keys[] = { "path=", "abstract=" };
	char path[sizeof(((struct sockaddr_un *)0)->sun_path)];

	errno = EAFNOSUPPORT;
	if (strncmp(address, "unix:", 5) != 0)
		return -1;
	for (address += 5; address < end; address += strcspn(address, ",;") + 1)
		for (int i = 0; i < 2; i++) {
			size_t length, skip = strlen(keys[i]);

			if (strncmp(address, keys[i], skip) != 0)
				continue;
			length = unescape(address + skip, address + strcspn(address, ",;"), path,
				sizeof(path));
			return connect_path(path, length, i == 1);
		}
	return -1;
}

static int connect_list(const char *list)
{
	int fd = -1;

	while (fd < 0 && *list) {
		const char *end = list + strcspn(list, ";");

		fd = connect_address(list, end);
		list = end + (*end == ';');
	}
	return fd;
}

/* The bus where one runs; else the socket systemd itself listens on. */
static int connect_any(struct dbus *bus, bool user, struct err *err)
{
	const char *list = getenv(user ? "DBUS_SESSION_BUS_ADDRESS" : "DBUS_SYSTEM_BUS_ADDRESS");
	const char *dir = user ? getenv("XDG_RUNTIME_DIR") : "/run";
	char path[256];

	if (list && *list) {
		bus->fd = connect_list(list);
		return bus->fd < 0 ? err_errno(err, "connect to the bus %s", list) : 0;
	}
	if (!dir || !*dir) {
		err_set(err, ENOENT, "the user's bus is not known");
		return err_hint(err,
			"set XDG_RUNTIME_DIR or DBUS_SESSION_BUS_ADDRESS; or --rootless false for "
			"the system's");
	}
	snprintf(path, sizeof(path), user ? "%s/bus" : "%s/dbus/system_bus_socket", dir);
	bus->fd = connect_path(path, strlen(path), false);
	if (bus->fd < 0 && (errno == ENOENT || errno == ECONNREFUSED)) {
		snprintf(path, sizeof(path), "%s/systemd/private", dir);
		bus->direct = true;
		bus->fd = connect_path(path, strlen(path), false);
	}
	if (bus->fd >= 0)
		return 0;
	err_errno(err, "connect to %s", path);
	return err_hint(err, "this needs a running systemd; --cgroup-manager cgroupfs does not");
}

static int broken(struct err *err, ssize_t got)
{
	if (got == 0)
		return err_set(err, ECONNRESET, "it closed the connection");
	if (errno == EAGAIN)
		return err_set(err, ETIMEDOUT, "no answer within %d s", PATIENCE_SECONDS);
	return err_errno(err, "the connection");
}

static int receive(const struct dbus *bus, char *bytes, size_t length, struct err *err)
{
	while (length) {
		ssize_t got = recv(bus->fd, bytes, length, 0);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return broken(err, got);
		bytes += got;
		length -= (size_t)got;
	}
	return 0;
}

/* Both parts in one piece, as long as the socket takes it. */
static int transmit(const struct dbus *bus, struct iovec parts[2], struct err *err)
{
	while (parts[0].iov_len + parts[1].iov_len) {
		struct msghdr message = { .msg_iov = parts, .msg_iovlen = 2 };
		ssize_t sent = sendmsg(bus->fd, &message, MSG_NOSIGNAL);

		if (sent < 0 && errno == EINTR)
			continue;
		if (sent < 0)
			return broken(err, sent);
		for (int i = 0; i < 2; i++) {
			size_t part = (size_t)sent < parts[i].iov_len ? (size_t)sent
								      : parts[i].iov_len;

			parts[i].iov_base = (char *)parts[i].iov_base + part;
			parts[i].iov_len -= part;
			sent -= (ssize_t)part;
		}
	}
	return 0;
}

/* One line, and not a byte more: what follows the last one are messages already. */
static int line_receive(const struct dbus *bus, char line[static LINE_SIZE], struct err *err)
{
	size_t used = 0;

	do {
		if (used == LINE_SIZE - 1)
			return err_set(err, EPROTO, "it does not speak D-Bus");
		if (receive(bus, line + used, 1, err) < 0)
			return -1;
	} while (line[used++] != '\n');
	line[used] = '\0';
	return 0;
}

/*
 * EXTERNAL without a name: the server takes our uid from the kernel, in its own user namespace,
 * where it may be another number than in ours. BEGIN goes with it, as systemd 252 leaves alone what
 * it reads together with a BEGIN until more comes.
 */
static int authenticate(const struct dbus *bus, struct err *err)
{
	static char begin[] = "\0AUTH EXTERNAL\r\nDATA\r\nBEGIN\r\n";
	struct iovec parts[2] = { { begin, sizeof(begin) - 1 }, { 0 } };
	char line[LINE_SIZE];

	if (transmit(bus, parts, err) < 0 || line_receive(bus, line, err) < 0)
		return -1;
	if (!strncmp(line, "DATA", 4) && line_receive(bus, line, err) < 0)
		return -1;
	return strncmp(line, "OK ", 3) != 0 ? err_set(err, EACCES, "it refuses this user") : 0;
}

/* The numbers of processes we send must mean the same to who hears them. */
static int peer_check(const struct dbus *bus, struct err *err)
{
	struct ucred peer;
	socklen_t size = sizeof(peer);

	if (getsockopt(bus->fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0)
		return err_errno(err, "ask who listens there");
	return peer.pid ? 0 : err_set(err, EPERM, "it lives in another pid namespace");
}

static int hello(struct dbus *bus, struct err *err)
{
	static const struct dbus_call call = {
		.destination = "org.freedesktop.DBus",
		.path = "/org/freedesktop/DBus",
		.interface = "org.freedesktop.DBus",
		.member = "Hello",
		.signature = "",
	};

	return bus->direct ? 0 : dbus_call(bus, &call, err);
}

int dbus_open(struct dbus *bus, bool user, struct err *err)
{
	bus->direct = false;
	bus->serial = 0;
	bus->deadline = clock_milliseconds() + PATIENCE_SECONDS * 1000LL;
	if (connect_any(bus, user, err) < 0)
		return -1;
	if (peer_check(bus, err) == 0 && authenticate(bus, err) == 0 && hello(bus, err) == 0)
		return 0;
	dbus_close(bus);
	return -1;
}

void dbus_close(struct dbus *bus)
{
	fd_close(&bus->fd);
}

/* What is longer than the room is nothing anybody here waits for. */
static int pass_over(struct dbus *bus, size_t length, struct err *err)
{
	while (length) {
		size_t part = length < sizeof(bus->bytes) ? length : sizeof(bus->bytes);

		if (receive(bus, bus->bytes, part, err) < 0)
			return -1;
		length -= part;
	}
	return 0;
}

int dbus_next(struct dbus *bus, struct err *err)
{
	size_t length;

	do {
		if (clock_milliseconds() > bus->deadline)
			return err_set(err, ETIMEDOUT, "no answer within %d s", PATIENCE_SECONDS);
		if (receive(bus, bus->bytes, DBUS_FIRST, err) < 0)
			return -1;
		length = dbus_message_length(bus->bytes);
		if (!length)
			return err_set(err, EPROTO, "it sent something else than D-Bus messages");
		if (length > sizeof(bus->bytes)) {
			if (pass_over(bus, length - DBUS_FIRST, err) < 0)
				return -1;
		} else if (receive(bus, bus->bytes + DBUS_FIRST, length - DBUS_FIRST, err) < 0) {
			return -1;
		}
	} while (length > sizeof(bus->bytes));
	if (!dbus_message_read(bus->bytes, length, &bus->in))
		return err_set(err, EPROTO, "it sent a malformed message");
	return 0;
}

static int error_code(const char *name)
{
	static const struct {
		const char *end;
		int code;
	} codes[] = {
		{ ".UnitExists", EEXIST },
		{ ".NoSuchUnit", ENOENT },
		{ ".AccessDenied", EACCES },
		{ ".InteractiveAuthorizationRequired", EACCES },
		{ ".InvalidArgs", EINVAL },
		{ ".PropertyReadOnly", EINVAL },
	};
	const char *end = strrchr(name, '.');

	for (size_t i = 0; end && i < sizeof(codes) / sizeof(*codes); i++)
		if (!strcmp(end, codes[i].end))
			return codes[i].code;
	return EIO;
}

int dbus_call(struct dbus *bus, const struct dbus_call *call, struct err *err)
{
	_Alignas(8) char bytes[512];
	struct dbus_writer header = { .bytes = bytes, .room = sizeof(bytes) };
	uint32_t serial = ++bus->serial;
	struct iovec parts[2] = { { .iov_base = bytes }, { 0 } };
	const char *text;

	bus->answered = false;
	if (dbus_write_call(&header, call, serial) < 0)
		return err_set(err, E2BIG, "%s: more than fits into one message", call->member);
	parts[0].iov_len = header.length;
	if (call->body)
		parts[1] = (struct iovec){ call->body->bytes, call->body->length };
	if (transmit(bus, parts, err) < 0)
		return err_where(err, "%s", call->member);
	do
		if (dbus_next(bus, err) < 0)
			return err_where(err, "%s", call->member);
	while (bus->in.reply_serial != serial);
	bus->answered = true;
	if (bus->in.type == DBUS_REPLY)
		return 0;
	text = dbus_read_text(&bus->in, 's');
	return err_set(err, error_code(bus->in.error_name), "%s: %s", call->member,
		text ? text : bus->in.error_name);
}
