#pragma once
/*
 * The baton between parent and child: one SOCK_SEQPACKET message that is a struct err. An empty one
 * means "your turn"; any other is the end of the start. There is no other handshake.
 */
#include "base/err.h"

enum baton {
	BATON_TURN,   /* the other side hands over */
	BATON_CLOSED, /* the other side is gone, or has become the workload (close-on-exec) */
	BATON_FAILED, /* it sent its error */
	BATON_LENDS,  /* it sends a descriptor next, and waits for its turn */
};

/* Makes the two ends; 0 or -1. */
int baton_make(int ends[2], struct err *err);

/* Hands the turn over. -1 if nobody is there any more. */
int baton_pass(int end, struct err *err);

/* Lends the other side a descriptor, for socket_receive_fd after BATON_LENDS; 0 or -1. */
int baton_lend(int end, int fd, struct err *err);

/* Sends the error; best effort, nobody may be listening. */
void baton_fail(int end, const struct err *err);

/* Waits for the other side. With BATON_FAILED err is what it sent (or what went wrong receiving).
 */
enum baton baton_await(int end, struct err *err);

/* If the other side's error is there already, it takes the place of err; never waits. */
void baton_heard(int end, struct err *err);

/*
 * The far end for `start`: a listening socket named "start" in the state directory, and the
 * connection to it. Descriptors or -1 with err.
 */
int baton_listen(int state_dir, struct err *err);
int baton_accept(int listener, struct err *err);
int baton_connect(int state_dir, struct err *err);
