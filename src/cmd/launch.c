/*
 * nucleus run --config FILE or --config-fd N: one document, in TOML or JSON, that is a config.json
 * if it has an ociVersion and else a launch request. A descriptor is read to its end, once, and
 * closed: the workload never has it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/file.h"
#include "cmd/prepare.h"
#include "format/json.h"
#include "format/toml.h"
#include "policy/policy.h"

static int descriptor_read(struct call *call, const char *text, const char **file,
	struct bytes *bytes, struct err *err)
{
	char *end;
	unsigned long number = strtoul(text, &end, 10);
	int fd = (int)number, result;

	if (*text < '0' || *text > '9' || *end || number >= CALLER_FDS || number == 1 ||
		number == 2)
		return err_set(err, EINVAL,
			"--config-fd %.40s: an open descriptor, 0 or from 3 to %d", text,
			CALLER_FDS - 1);
	*file = arena_printf(call->arena, "descriptor %d", fd);
	if (fd && !(call->inherited >> fd & 1))
		return err_set(err, EBADF, "--config-fd %d: it is not open", fd);
	result = file_read_fd(fd, *file, POLICY_SIZE_MOST, call->arena, bytes, err);
	if (!fd)
		return result;
	call->inherited &= ~(UINT64_C(1) << fd);
	close(fd);
	return result;
}

/* A config.json from a descriptor, as the file that --config would name. */
static int config_hold(struct call *call, const struct bytes *bytes, struct err *err)
{
	const struct option *option = call->command->options;
	int held = memfd_create("config.json", MFD_CLOEXEC);
	char path[FD_PATH_SIZE];

	if (held < 0 || fd_write_all(held, bytes->text, bytes->length) < 0)
		return err_errno(err, "--config-fd: keep what it gave");
	while (strcmp(option->name, "config") != 0)
		option++;
	call->given = arena_grow(call->arena, call->given, call->given_count, sizeof(*call->given));
	call->given[call->given_count++] = (struct given){ option,
		arena_strdup(call->arena, fd_path(held, path)) };
	return 0;
}

int launch_find(struct call *call, const char **name, struct err *err)
{
	const char *file = call_option(call, "config"), *number = call_option(call, "config-fd");
	struct node *document;
	struct launch launch;
	static char nothing[] = "";
	struct bytes bytes = { .text = nothing };
	struct err fault;
	bool json;

	if (file && number)
		return call_error(call, err, "--config and --config-fd are two places; give one");
	if ((number ? descriptor_read(call, number, &file, &bytes, err)
		    : file_read(AT_FDCWD, file, NULL, JSON_SIZE_MOST, call->arena, &bytes, err)) <
		0)
		return -1;
	json = bytes.text[strspn(bytes.text, " \t\r\n")] == '{';
	document = json ? json_read(call->arena, bytes.text, bytes.length, &fault)
			: toml_read(call->arena, bytes.text, bytes.length, &fault);
	if (!document)
		return err_set(err, fault.code, "%s:%s", file, fault.text);
	if (json && node_get(document, "ociVersion"))
		return number ? config_hold(call, &bytes, err) : 0;
	if (call_option(call, "policy") || call_option(call, "mode"))
		return call_error(call, err,
			"a launch request says it all: --policy and --mode do not "
			"go with it");
	if (call->args_count)
		return call_error(call, err,
			"the launch request %s says what is run: no words go with it", file);
	if (bytes.length > POLICY_SIZE_MOST)
		return err_set(
			err, EFBIG, "%s: larger than the %d bytes allowed", file, POLICY_SIZE_MOST);
	launch = (struct launch){ file, bytes.text, bytes.length, document };
	call->request = policy_read_request(&launch, name, call->arena, err);
	return call->request ? 0 : -1;
}
