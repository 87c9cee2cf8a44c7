#pragma once
/* The caller's side of a sandbox's terminal: who gets it, and the proxy of a foreground run. */
#include <stdbool.h>

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

/* Copies what is there from the caller to the sandbox or back; false when that side has ended. */
bool terminal_copy(int from, int to);

/* Gives the sandbox's terminal the size of the caller's. */
void terminal_resize(const struct run *run);
