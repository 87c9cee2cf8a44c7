#pragma once
/*
 * A step is one thing done to the kernel; the plan of a config is the list of steps wanted by it
 * with their parameters. The one table of steps is run/steps.c.
 */
#include "nucleus/config.h"
#include "nucleus/run.h"

struct arena;
struct err;
struct node;

struct step {
	const char *name;
	enum side side;
	/* NULL: always. */
	bool (*wanted)(const struct config *config);
	/* Does all of it or fails: 0, or -1 with err saying what and on which object. */
	int (*apply)(struct run *run, struct err *err);
	/* Takes back what outlives the processes; called by the parent and by delete, upwards. */
	int (*undo)(struct run *run, struct err *err);
	/* Puts the parameters into a table node, touching nothing; NULL: there are none. */
	void (*print)(const struct config *config, struct node *params, struct arena *arena);
};

extern const struct step steps[]; /* ends with a name of NULL */

/* An array of {step, side, params} tables for the steps config wants. */
struct node *plan_make(const struct config *config, struct arena *arena);

/* SHA-256 over the plan's compact JSON text. */
void plan_digest(
	const struct node *plan, struct arena *arena, unsigned char sum[static SHA256_SIZE]);
