#pragma once
/* A connection to systemd, over a bus or straight to its own socket. Nothing here allocates: it is
 * used by undo too. */
#include "base/err.h"
#include "kernel/dbus-message.h"

enum { DBUS_ROOM = 16 << 10 };

struct dbus {
	int fd;
	bool direct;   /* to systemd's own socket: there is no bus in between */
	bool answered; /* the last call got its reply, or an error as one */
	uint32_t serial;
	long long deadline;     /* milliseconds, CLOCK_MONOTONIC */
	struct dbus_message in; /* the message read last; its texts live in bytes */
	char bytes[DBUS_ROOM];
};

/* Connects to the system's manager, or the user's; everything on it together may take 25 seconds.
 * 0, or -1 with err and nothing to close. */
int dbus_open(struct dbus *bus, bool user, struct err *err);
void dbus_close(struct dbus *bus);

/* Makes a call and waits for its reply, which is then bus->in; -1 with the error that came instead:
 * EEXIST for a unit that is there, ENOENT for one that is not. */
int dbus_call(struct dbus *bus, const struct dbus_call *call, struct err *err);

/* Waits for the next message of any kind, which is then bus->in. */
int dbus_next(struct dbus *bus, struct err *err);
