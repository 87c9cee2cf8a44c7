#pragma once
/* The caller's side of a sandbox's terminal: who gets it, and the proxy of a foreground run. */
#include <poll.h>
#include <stddef.h>

#include "nucleus/run.h"

struct err;

/*
 * Before the clone: with a path, connects run->console_socket to it (a client's --console-socket);
 * without one, makes a pair and keeps the near end for terminal_attach. Does nothing for a config
 * without a terminal; a path is then an error.
 */
int terminal_prepare(struct run *run, const char *console_socket, struct err *err);

/* After the start, in the foreground: receives the terminal, takes over the caller's size, and
 * puts the caller's own terminal into raw mode until terminal_detach. */
int terminal_attach(struct run *run, struct err *err);
void terminal_detach(struct run *run);

/* Bytes on their way from one descriptor to another: read when there are none, written when there
 * is room, so that a slow reader never holds anything else up. */
struct relay {
	int from, to;     /* -1: that side has ended */
	char bytes[4096]; /* what a pipe that polls writable takes without blocking */
	size_t begin, end;
};

/* What to poll for next; fd -1 once it is over. */
struct pollfd relay_wants(const struct relay *relay);

/* After poll(2) said so: one read or one write. */
void relay_move(struct relay *relay);

/* Gives the sandbox's terminal the size of the caller's. */
void terminal_resize(const struct run *run);
