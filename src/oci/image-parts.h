#pragma once
/* The pieces of image.h that look at mounts. */
#include "base/err.h"

/*
 * Refuses the directory fd if it lies on an overlay mount, other than the host's own root, with
 * more than one lower directory outside store_dir. name is what errors call it. 0 or -1.
 */
int overlay_refuse(int fd, const char *name, const char *store_dir, struct err *err);

/* Lower directories outside store_dir in the options of an overlay as /proc/self/mountinfo has
 * them. */
unsigned overlay_lowers(const char *options, const char *store_dir);

/* The hint that every refusal of an image ends with. */
int image_hint(struct err *err);
