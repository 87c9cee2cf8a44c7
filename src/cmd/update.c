/*
 * nucleus update: new limits, as a table like linux.resources in JSON, or one by one. The single
 * options are put into such a table over what the file says, so that both are read by the same
 * rows.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/file.h"
#include "base/names.h"
#include "cmd/commands.h"
#include "cmd/prepare.h"
#include "format/json.h"
#include "oci/spec.h"
#include "run/life.h"

const struct option update_options[] = {
	{ "resources", 'r', "FILE", "JSON like linux.resources; - is standard input" },
	{ "memory", 0, "BYTES",
		"memory; here and below: -1 is unlimited, 512M and the like are taken" },
	{ "memory-reservation", 0, "BYTES", "memory that is kept back last" },
	{ "memory-swap", 0, "BYTES", "memory and swap together" },
	{ "kernel-memory", 0, "BYTES", "kernel memory" },
	{ "kernel-memory-tcp", 0, "BYTES", "buffers of TCP" },
	{ "cpu-share", 0, "N", "relative weight, 2 to 262144" },
	{ "cpu-shares", 0, "N", "the same" },
	{ "cpu-period", 0, "USEC", "what a quota is for" },
	{ "cpu-quota", 0, "USEC", "processor time each period; -1: unlimited" },
	{ "cpu-burst", 0, "USEC", "processor time saved up at most" },
	{ "cpu-idle", 0, "0|1", "run only when nothing else does" },
	{ "cpu-rt-period", 0, "USEC", "what realtime is for" },
	{ "cpu-rt-runtime", 0, "USEC", "realtime each period" },
	{ "cpuset-cpus", 0, "LIST", "processors, like 0-3,7" },
	{ "cpuset-mems", 0, "LIST", "memory nodes" },
	{ "pids-limit", 0, "N", "processes; -1: unlimited" },
	{ "blkio-weight", 0, "N", "10 to 1000" },
	{ "l3-cache-schema", 0, "TEXT",
		"refused: Intel RDT is settled when a container is created" },
	{ "mem-bw-schema", 0, "TEXT", "refused, as above" },
	{ 0 },
};

/* Where in the table an option goes. */
static const struct place {
	const char *option, *section, *key;
	enum { NUMBER, SIZE, TEXT } kind;
} places[] = {
	{ "memory", "memory", "limit", SIZE },
	{ "memory-reservation", "memory", "reservation", SIZE },
	{ "memory-swap", "memory", "swap", SIZE },
	{ "kernel-memory", "memory", "kernel", SIZE },
	{ "kernel-memory-tcp", "memory", "kernelTCP", SIZE },
	{ "cpu-share", "cpu", "shares", NUMBER },
	{ "cpu-shares", "cpu", "shares", NUMBER },
	{ "cpu-period", "cpu", "period", NUMBER },
	{ "cpu-quota", "cpu", "quota", NUMBER },
	{ "cpu-burst", "cpu", "burst", NUMBER },
	{ "cpu-idle", "cpu", "idle", NUMBER },
	{ "cpu-rt-period", "cpu", "realtimePeriod", NUMBER },
	{ "cpu-rt-runtime", "cpu", "realtimeRuntime", NUMBER },
	{ "cpuset-cpus", "cpu", "cpus", TEXT },
	{ "cpuset-mems", "cpu", "mems", TEXT },
	{ "pids-limit", "pids", "limit", NUMBER },
	{ "blkio-weight", "blockIO", "weight", NUMBER },
};

static int number_read(
	const struct place *place, const char *text, int64_t *number, struct err *err)
{
	uint64_t size;
	char *end;

	errno = 0;
	*number = strtoll(text, &end, 10);
	if (!errno && end != text && !*end && (*text == '-' || (*text >= '0' && *text <= '9')))
		return 0;
	if (place->kind == SIZE && size_number(text, &size) && size <= INT64_MAX) {
		*number = (int64_t)size;
		return 0;
	}
	return err_set(err, EINVAL, "--%s %.80s: it is no %s", place->option, text,
		place->kind == SIZE ? "size like 512M" : "whole number");
}

static int place_fill(
	struct call *call, const struct place *place, struct node *table, struct err *err)
{
	const char *text = call_option(call, place->option);
	struct node *section;
	int64_t number = 0;

	if (!text)
		return 0;
	if (place->kind != TEXT && number_read(place, text, &number, err) < 0)
		return -1;
	section = node_get(table, place->section);
	if (!section) {
		section = node_new(call->arena, NODE_TABLE);
		node_put(call->arena, table, place->section, section);
	}
	node_put(call->arena, section, place->key,
		place->kind == TEXT ? node_string(call->arena, text)
				    : node_integer(call->arena, number));
	return 0;
}

/* An absent file is an empty table. */
static int file_fill(
	struct call *call, const char *file, struct config_resources *resources, struct err *err)
{
	bool standard = file && !strcmp(file, "-");
	struct bytes bytes;
	struct node *table;

	if (!file)
		return 0;
	autoclose fd = standard ? dup(STDIN_FILENO) : open(file, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return err_errno(err, "open %s", file);
	file = standard ? "standard input" : file;
	if (file_read_fd(fd, file, JSON_SIZE_MOST, call->arena, &bytes, err) < 0)
		return -1;
	table = json_read(call->arena, bytes.text, bytes.length, err);
	if (!table)
		return err_where(err, "%s", file);
	return resources_read(table, file, resources, call->arena, err);
}

static int options_fill(struct call *call, struct config_resources *resources, struct err *err)
{
	struct node *table = node_new(call->arena, NODE_TABLE);
	struct config_resources single = { 0 };

	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++)
		if (place_fill(call, &places[i], table, err) < 0)
			return -1;
	if (resources_read(table, "update", &single, call->arena, err) < 0)
		return -1;
	return resources_merge(resources, &single, call->arena, err);
}

int update_main(struct call *call, struct err *err)
{
	const char *id = call_id(call, err);
	struct config_resources resources = { 0 };
	struct run run;
	int result;

	if (!id)
		return -1;
	if (call_option(call, "l3-cache-schema") || call_option(call, "mem-bw-schema"))
		return err_set(err, EOPNOTSUPP,
			"update: Intel RDT is settled when a container is created");
	if (file_fill(call, call_option(call, "resources"), &resources, err) < 0 ||
		options_fill(call, &resources, err) < 0)
		return -1;
	prepare_run(call, id, &run);
	result = life_update(&run, &resources, err);
	run_release(&run);
	return result;
}
