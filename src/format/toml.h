#pragma once
/* TOML 1.0.0, complete; positions kept. Source: https://toml.io/en/v1.0.0 */
#include "base/err.h"
#include "format/node.h"

/* Bounds on what is read; more is an error, not a crash. */
enum {
	TOML_DEPTH_MOST = 64,
	TOML_SIZE_MOST = 4 << 20,
};

/*
 * Reads length bytes of text into a table in arena; NULL with err "LINE:COLUMN: what is wrong".
 * The text need not outlive the call.
 */
struct node *toml_read(struct arena *arena, const char *text, size_t length, struct err *err);
