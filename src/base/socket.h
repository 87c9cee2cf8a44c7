#pragma once
/* unix(7) sockets of a caller, and descriptors sent over them. */
#include <stddef.h>

#include "base/err.h"

/* Connects to the stream socket at path, waiting 10 s at most, then and at each send; what
 * ("console socket") is what errors call it. The descriptor, or -1. */
int socket_connect(const char *path, const char *what, struct err *err);

/* Sends all length (at least 1) bytes, fd with the first of them; 0, or -1 with errno. */
int socket_send_fd(int socket, int fd, const void *bytes, size_t length);

/* Takes one descriptor off a socket; -1 with err. what ("the terminal") is what errors call it. */
int socket_receive_fd(int socket, const char *what, struct err *err);
