#pragma once
/* The parts of config_narrow, one file each. */
#include <errno.h>

#include "base/arena.h"
#include "base/err.h"
#include "nucleus/config.h"

struct narrowing {
	struct config *config;
	const struct config *policy;
	struct strings *notes;
	struct arena *arena;
	struct err *err;
};

int mounts_narrow(struct narrowing *narrowing);
int resources_narrow(struct narrowing *narrowing);

/* Adds a few words on what is narrower now. */
void narrowing_note(struct narrowing *narrowing, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
