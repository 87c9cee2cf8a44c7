/*
 * nucleus closure pack: a closure as one file, its store paths as a file system and its list behind
 * that, with one digest for everything. The closure is verified first. Until the file is whole it
 * has no name, so that whatever ends the program leaves nothing.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "attest/closure.h"
#include "base/fd.h"
#include "cmd/closure.h"
#include "cmd/commands.h"
#include "cmd/means.h"
#include "config/erofs.h"
#include "config/image-trailer.h"
#include "format/json.h"
#include "policy/policy.h"

/* The new file; named is what it has while it is neither whole nor gone, or NULL. */
struct output {
	int dir, fd;
	const char *file, *name, *named;
};

static void output_close(struct output *output)
{
	if (output->named)
		unlinkat(output->dir, output->named, 0);
	fd_close(&output->fd);
	fd_close(&output->dir);
}

static int output_open(struct call *call, struct output *output, struct err *err)
{
	const char *slash = strrchr(output->file, '/');

	output->name = slash ? slash + 1 : output->file;
	output->dir = open(slash
			? arena_copy(call->arena, output->file, (size_t)(slash - output->file) + 1)
			: ".",
		O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (output->dir < 0 || !*output->name)
		return err_errno(err, "--output %s: its directory", output->file);
	output->fd = openat(output->dir, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0644);
	if (output->fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR))
		return output->fd < 0 ? err_errno(err, "--output %s: write", output->file) : 0;
	output->named = arena_printf(call->arena, ".%s.%d", output->name, getpid());
	output->fd = openat(
		output->dir, output->named, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (output->fd >= 0)
		return 0;
	output->named = NULL;
	return err_errno(err, "--output %s: write", output->file);
}

static int output_finish(struct call *call, struct output *output, struct err *err)
{
	char path[FD_PATH_SIZE];

	if (!output->named) {
		const char *name = arena_printf(call->arena, ".%s.%d", output->name, getpid());

		if (linkat(AT_FDCWD, fd_path(output->fd, path), output->dir, name,
			    AT_SYMLINK_FOLLOW) < 0)
			return err_errno(err, "--output %s: name it", output->file);
		output->named = name;
	}
	/* Others than the owner must not be able to write to it, whatever the umask says. */
	if (fchmod(output->fd, 0444) < 0 ||
		renameat(output->dir, output->named, output->dir, output->name) < 0)
		return err_errno(err, "--output %s: name it", output->file);
	output->named = NULL;
	return 0;
}

static int image_put(struct call *call, struct config_closure *closure, const struct output *output,
	uint64_t *size, struct err *err)
{
	struct bytes trailer;
	char sum[SHA256_TEXT_SIZE];

	if (policy_pack(closure, call->arena, err) < 0 ||
		erofs_write(output->fd, closure, size, call->arena, err) < 0)
		return -1;
	trailer = image_trailer_write(closure, call->arena);
	if (trailer.length > IMAGE_TRAILER_MOST)
		return err_set(err, EFBIG, "the closure's list is too long for one image");
	*size += trailer.length;
	if (lseek(output->fd, 0, SEEK_END) < 0 ||
		fd_write_all(output->fd, trailer.text, trailer.length) < 0 ||
		image_digest(output->fd, sum) < 0)
		return err_errno(err, "write the image");
	closure->image_sha256 = arena_strdup(call->arena, sum);
	return 0;
}

static void print(struct call *call, const struct config_closure *closure, uint64_t size)
{
	struct node *table;

	if (!call_option(call, "json")) {
		printf("packed:  %zu paths, %.1f MB\nclosure: sha256:%s\nimage:   sha256:%s\n",
			closure->closure.paths_count, (double)size / 1e6, closure->sha256,
			closure->image_sha256);
		return;
	}
	table = node_new(call->arena, NODE_TABLE);
	node_put_string(call->arena, table, "closureSha256", closure->sha256);
	node_put_string(call->arena, table, "imageSha256", closure->image_sha256);
	node_put_integer(call->arena, table, "paths", (int64_t)closure->closure.paths_count);
	node_put_integer(call->arena, table, "bytes", (int64_t)size);
	puts(json_write(call->arena, table, true));
}

int closure_pack(struct call *call, struct err *err)
{
	__attribute__((cleanup(output_close))) struct output output = {
		.dir = -1, .fd = -1, .file = call_option(call, "output")
	};
	struct attest_report report;
	struct config_closure closure;
	uint64_t size;

	if (!output.file)
		return call_error(call, err, "--output FILE names what is made");
	if (closure_named(call, &closure, err) < 0)
		return -1;
	if (closure.image_sha256)
		return err_set(err, EINVAL, "%s: is packed already", closure.registration);
	closure.attestation = ATTESTATION_FULL;
	if (closure_verify(&closure, means_make(call), &report, err) < 0 ||
		output_open(call, &output, err) < 0)
		return -1;
	if (image_put(call, &closure, &output, &size, err) < 0)
		return err_where(err, "--output %s", output.file);
	if (output_finish(call, &output, err) < 0)
		return -1;
	print(call, &closure, size);
	return 0;
}
