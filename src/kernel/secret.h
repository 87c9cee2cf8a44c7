#pragma once
/* The bytes of a secret on their way from its source into the file that is the workload's. */
#include "nucleus/run.h"

struct err;

/*
 * Sends all of the secret's source to the open file out, within the kernel: what is in it is never
 * in this program's memory. A source that others could read is an error; in agent mode run->warn
 * tells of it. 0, or -1 with an err that says nothing of the contents.
 */
int secret_send(
	const struct run *run, const struct config_secret *secret, int out, struct err *err);
