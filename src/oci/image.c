/*
 * Recognising layered images: an OCI image layout, a docker save archive or directory, an unpacked
 * bundle whose files or annotations say it came from layers, an archive given as root, a root on an
 * overlay of layers. What is recognised is told by a few names that only image tools write; a plain
 * directory must always pass, also under clients that annotate every container.
 */
#include "oci/image.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/file.h"
#include "oci/image-parts.h"

int image_hint(struct err *err)
{
	return err_hint(err,
		"nucleus runs no layered images: build the root as a Nix closure "
		"(--closure DIR), or name a plain directory as the root");
}

static int refuse(struct err *err, const char *name, const char *what)
{
	err_set(err, EINVAL, "%s%s%s", name, *name ? ": " : "", what);
	return image_hint(err);
}

static bool has(int dir, const char *name)
{
	return faccessat(dir, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/* True if an entry of dir, or with `below` an entry of a directory in it, matches the pattern. */
static bool has_match(int dir, const char *pattern, const char *below)
{
	DIR *entries = file_entries(dir);
	struct dirent *entry;
	bool found = false;

	while (entries && !found && (entry = readdir(entries))) {
		char path[sizeof(entry->d_name) + 16];

		snprintf(path, sizeof(path), "%s%s", entry->d_name, below ? below : "");
		found = below ? has(dir, path) : !fnmatch(pattern, entry->d_name, 0);
	}
	if (entries)
		closedir(entries);
	return found;
}

/* What the directory is recognised as, or NULL. */
static const char *layout_name(int dir)
{
	if (has(dir, "oci-layout"))
		return "an OCI image layout (it has oci-layout)";
	if (has(dir, "index.json") && has(dir, "blobs"))
		return "an OCI image layout (it has index.json and blobs)";
	if (has(dir, "manifest.json") &&
		(has(dir, "repositories") || has(dir, "blobs") ||
			has_match(dir, NULL, "/layer.tar")))
		return "a docker save directory (it has manifest.json and layers)";
	return NULL;
}

static int bundle_refuse(int dir, struct err *err)
{
	const char *what = layout_name(dir);

	if (!what && has(dir, "umoci.json"))
		what = "a bundle unpacked from an image (it has umoci.json)";
	if (!what && has_match(dir, "*.mtree", NULL))
		what = "a bundle unpacked from an image (it has a .mtree file)";
	return what ? refuse(err, "bundle", what) : 0;
}

/*
 * Written from an image's configuration only. Not org.opencontainers.image.stopSignal: podman
 * writes that on every container, plain roots too.
 */
static const char *const image_annotations[] = {
	"org.opencontainers.image.architecture",
	"org.opencontainers.image.base.digest",
	"org.opencontainers.image.base.name",
	"org.opencontainers.image.created",
	"org.opencontainers.image.exposedPorts",
	"org.opencontainers.image.os",
	"org.opencontainers.image.ref.name",
	"io.buildah.version",
	"org.opensuse.umoci*",
};

static int annotations_refuse(const struct pairs *annotations, struct err *err)
{
	for (size_t i = 0; i < annotations->count; i++)
		for (size_t j = 0; j < sizeof(image_annotations) / sizeof(*image_annotations); j++)
			if (!fnmatch(image_annotations[j], annotations->items[i].key, 0)) {
				err_set(err, EINVAL,
					"annotations.%.100s: this bundle came from a layered image",
					annotations->items[i].key);
				return image_hint(err);
			}
	return 0;
}

static const struct {
	size_t offset, length;
	const char *bytes, *what;
} magics[] = {
	{ 257, 5, "ustar", "a tar archive, not a directory" },
	{ 0, 2, "\x1F\x8B", "a gzip file, not a directory" },
	{ 0, 4, "\x28\xB5\x2F\xFD", "a zstd file, not a directory" },
	{ 0, 6, "\3757zXZ\0", "an xz file, not a directory" },
	{ 0, 3, "BZh", "a bzip2 file, not a directory" },
	{ 0, 4, "\x04\x22\x4D\x18", "an lz4 file, not a directory" },
	{ 0, 4, "hsqs", "a squashfs image, not a directory" },
	{ 0, 4, "PK\x03\x04", "a zip archive, not a directory" },
};

static int archive_refuse(int dir, const char *path, struct err *err)
{
	autoclose fd = openat(dir, path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	char head[512] = "";
	ssize_t length = fd < 0 ? -1 : read(fd, head, sizeof(head));

	for (size_t i = 0; i < sizeof(magics) / sizeof(*magics); i++)
		if (length >= (ssize_t)(magics[i].offset + magics[i].length) &&
			!memcmp(head + magics[i].offset, magics[i].bytes, magics[i].length))
			return refuse(err, path, magics[i].what);
	return err_set(err, ENOTDIR, "root %s: not a directory", path);
}

static int root_refuse(
	int bundle_dir, const char *path, const struct config *config, struct err *err)
{
	autoclose root = openat(bundle_dir < 0 ? AT_FDCWD : bundle_dir, path, O_PATH | O_CLOEXEC);
	const char *store = config && config->closure ? config->closure->store_dir : NULL;
	const char *what;
	struct stat status;

	/* What cannot be opened is told by who mounts it; a plan is made without it. */
	if (root < 0)
		return 0;
	if (fstat(root, &status) < 0)
		return err_errno(err, "root %s: stat", path);
	if (!S_ISDIR(status.st_mode))
		return archive_refuse(bundle_dir < 0 ? AT_FDCWD : bundle_dir, path, err);
	what = layout_name(root);
	if (what)
		return refuse(err, path, what);
	return overlay_refuse(root, path, store ? store : "/nix/store", err);
}

/* Layers brought as a mount are layers all the same. */
static int mounts_refuse(const struct config *config, struct err *err)
{
	for (size_t i = 0; i < config->mounts_count; i++) {
		const struct config_mount *mount = &config->mounts[i];

		if (mount->type && !strcmp(mount->type, "overlay"))
			return refuse(err, mount->destination, "an overlay of layers");
	}
	return 0;
}

int image_refuse(
	int bundle_dir, const char *root_path, const struct config *config, struct err *err)
{
	if (bundle_dir >= 0 && bundle_refuse(bundle_dir, err) < 0)
		return -1;
	if (config &&
		(annotations_refuse(&config->annotations, err) < 0 ||
			mounts_refuse(config, err) < 0))
		return -1;
	return root_path ? root_refuse(bundle_dir, root_path, config, err) : 0;
}
