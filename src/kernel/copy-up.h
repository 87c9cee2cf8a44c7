#pragma once
/* What a fresh tmpfs begins with when it is to look like what it covers. */

struct err;

/*
 * Copies everything below the directory from (O_PATH) into the directory to, with modes, owners and
 * times; from's own are given to `to` as well. Links are copied, never followed. 0 or -1.
 */
int copy_up(int from, int to, struct err *err);
