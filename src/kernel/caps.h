#pragma once
/* What is between the steps of identity.c and caps.c. */

struct err;

/* Makes every permitted capability effective: a change of user clears that set. 0 or -1. */
int caps_raise(struct err *err);
