#pragma once
/*
 * What one sandbox allows and another does not, worked out from their configs alone. Everything in
 * a config is compared by what it means to the workload where that is understood; a difference that
 * nobody understands counts as if it allowed more.
 */
#include "base/arena.h"
#include "base/err.h"
#include "format/node.h"
#include "nucleus/config.h"

enum diff_area {
	AREA_SYSCALLS,
	AREA_LANDLOCK,
	AREA_CAPABILITIES,
	AREA_MOUNTS,
	AREA_NAMESPACES,
	AREA_NETWORK,
	AREA_LIMITS,
	AREA_DEVICES,
	AREA_IDENTITY, /* who it runs as, and what its root is */
	AREA_PROCESS,  /* what is run, and how */
	AREA_KERNEL,   /* parameters, labels, hooks, and how strictly all of it is set up */
	AREA_UNKNOWN,  /* what no comparison understands */
	AREAS
};
extern const char *const diff_areas[];

/* From the first config to the second. */
enum diff_way {
	DIFF_CHANGED,  /* neither allows more */
	DIFF_NARROWER, /* the second allows less */
	DIFF_WIDER,    /* the second allows more */
	DIFF_OTHER,    /* each may allow what the other does not; counts as wider and as narrower */
};
extern const char *const diff_ways[];

struct difference {
	enum diff_area area;
	enum diff_way way;
	const char *key;     /* its place in config.json, "linux.resources.memory.limit" */
	const char *subject; /* what it is about: a call, a path, a limit */
	const char *change;  /* "errno EPERM -> allow" */
	/* WIDER and OTHER: something the second allows and the first refuses; see nucleus(1). */
	struct node *witness;
};

struct diff {
	struct arena *arena;
	const struct config *a, *b;
	struct difference *items;
	size_t count;
};

/*
 * Fills diff, in arena. Both configs must have been checked, and their relative paths made
 * absolute. 0, or -1 with err where one of them cannot be looked at (its filter does not compile).
 */
int diff_make(const struct config *a, const struct config *b, struct arena *arena,
	struct diff *diff, struct err *err);

/* True if b allows something that a does not, and the reverse. */
bool diff_widens(const struct diff *diff);
bool diff_narrows(const struct diff *diff);
