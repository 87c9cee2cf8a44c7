#pragma once
/* config.json, read into the waist and written back. */
#include "base/arena.h"
#include "base/err.h"
#include "format/rows.h"
#include "nucleus/config.h"

/*
 * Fills config (zeroed before) from config.json below bundle_dir, with what it names (the closure's
 * registration), and checks it: also that it is no layered image (image.h). bundle_path is what
 * errors call the bundle. Unknown properties are ignored as the specification asks; what is known
 * but not supported is an error. Text lives in arena. 0 or -1.
 */
int spec_read(int bundle_dir, const char *bundle_path, struct config *config, struct arena *arena,
	struct err *err);

/*
 * Fills config (zeroed before) from the config.json that a container was created with, which
 * spec_write wrote into its state directory: checked then, believed now. 0 or -1.
 */
int spec_read_kept(int state_dir, const char *state_path, struct config *config,
	struct arena *arena, struct err *err);

/* The text of a valid config.json that spec_read would read back into an equal config, in arena. */
char *spec_write(const struct config *config, struct arena *arena);

/* The rows of all of config.json, for the table in spec-compat/. */
extern const struct key spec_keys[];
