/*
 * A transient scope of systemd's around a container. The scope needs a process when it is made, so
 * one that only waits stands in until the container's first is born into the cgroup. Stopping runs
 * in undo, in the janitor too: from buffers on the stack. Rests on org.freedesktop.systemd1(5),
 * systemd.scope(5), systemd.special(7) and systemd's "Control Group APIs and Delegation".
 */
#include "kernel/systemd.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/err.h"
#include "kernel/cgroup-parts.h"
#include "kernel/dbus.h"

enum { BODY_ROOM = 64 << 10, UNIT_MOST = 255, OBJECT_MOST = 256 };
/* A unit that has just ended may take a moment to be forgotten. */
enum { TRIES = 50, PAUSE_NANOSECONDS = 10 * 1000 * 1000 };

static struct dbus_call manager_call(
	const char *member, const char *signature, const struct dbus_writer *body)
{
	return (struct dbus_call){
		.destination = "org.freedesktop.systemd1",
		.path = "/org/freedesktop/systemd1",
		.interface = "org.freedesktop.systemd1.Manager",
		.member = member,
		.signature = signature,
		.body = body,
	};
}

/* An id may hold what a unit's name may not. */
static const char *unit_escape(const char *id, struct arena *arena)
{
	char *escaped = arena_alloc(arena, strlen(id) * 4 + 1, 1), *at = escaped;

	for (; *id; id++)
		if (*id == '+' || *id == '~')
			at += sprintf(at, "\\x%02x", (unsigned char)*id);
		else
			*at++ = *id;
	return escaped;
}

/* Splits "SLICE:PREFIX:NAME". */
static int path_split(const char *path, struct arena *arena, const char *parts[static 3])
{
	for (int i = 0; i < 3; i++) {
		size_t length = strcspn(path, ":");

		if ((path[length] == ':') != (i < 2))
			return -1;
		parts[i] = arena_copy(arena, path, length);
		path += length + 1;
	}
	return strchr(parts[0], '/') || strchr(parts[1], '/') || strchr(parts[2], '/') || !*parts[2]
		? -1
		: 0;
}

int systemd_names(const struct config *config, const char *id, struct arena *arena,
	struct systemd_names *names, struct err *err)
{
	const char *path = config->cgroups_path;
	const char *parts[3] = { "", CGROUP_PARENT, path ? "" : unit_escape(id, arena) };
	size_t length;

	if (path && path_split(path, arena, parts) < 0) {
		err_set(err, EINVAL,
			"linux.cgroupsPath: \"%.200s\" is not of the form SLICE:PREFIX:NAME", path);
		return err_hint(err,
			"systemd makes the cgroup, give it \"system.slice:nucleus:%.80s\" or the like",
			id);
	}
	length = strlen(parts[0]);
	if (length && (length < 7 || strcmp(parts[0] + length - 6, ".slice") != 0))
		return err_set(err, EINVAL,
			"linux.cgroupsPath: \"%.200s\" is no slice of systemd's", parts[0]);
	names->slice = parts[0];
	names->unit = arena_printf(arena, "%s%s%s.scope", parts[1], *parts[1] ? "-" : "", parts[2]);
	if (strlen(names->unit) > UNIT_MOST)
		return err_set(err, ENAMETOOLONG,
			"linux.cgroupsPath: the unit's name is longer than %d bytes", UNIT_MOST);
	return 0;
}

static void text(struct dbus_writer *writer, const char *name, const char *value)
{
	dbus_write_property(writer, name, "s");
	dbus_write_text(writer, 's', value);
}

static void flag(struct dbus_writer *writer, const char *name, bool value)
{
	dbus_write_property(writer, name, "b");
	dbus_write_number(writer, 'b', value);
}

static int annotations_write(
	const struct pairs *annotations, struct dbus_writer *writer, struct err *err)
{
	const size_t skip = strlen(SYSTEMD_ANNOTATION);

	for (size_t i = 0; i < annotations->count; i++) {
		const struct pair *pair = &annotations->items[i];

		if (strncmp(pair->key, SYSTEMD_ANNOTATION, skip) != 0)
			continue;
		if (systemd_property(pair->key + skip, pair->value, writer, err) < 0)
			return err_where(err, "annotations.%.120s", pair->key);
	}
	return 0;
}

static int limits_write(const struct run *run, struct dbus_writer *writer, struct err *err)
{
	struct device_rules devices = { 0 };
	unsigned on_v1 = cgroup_mounted_v1();

	if (systemd_limits(&run->config->resources, on_v1, writer, err) < 0)
		return -1;
	/* On v2 ours is a program beside systemd's. */
	if (!(on_v1 >> CGROUP_DEVICES & 1) || !run->config->resources.devices_count)
		return 0;
	if (device_rules_read(run->config, run->arena, &devices, err) < 0)
		return -1;
	return systemd_devices(&devices, writer, err);
}

/* The body of StartTransientUnit: "ssa(sv)a(sa(sv))". */
static int body_write(const struct run *run, const struct systemd_names *names, pid_t process,
	struct dbus_writer *body, struct err *err)
{
	struct dbus_array properties, inner;

	dbus_write_text(body, 's', names->unit);
	dbus_write_text(body, 's', "replace");
	properties = dbus_array_begin(body, 8);
	text(body, "Description", arena_printf(run->arena, "nucleus container %s", run->id));
	if (*names->slice)
		text(body, "Slice", names->slice);
	flag(body, "Delegate", true);
	flag(body, "DefaultDependencies", false);
	text(body, "CollectMode", "inactive-or-failed");
	dbus_write_property(body, "PIDs", "au");
	inner = dbus_array_begin(body, 4);
	dbus_write_number(body, 'u', (uint64_t)process);
	dbus_array_end(body, inner);
	if (limits_write(run, body, err) < 0 ||
		annotations_write(&run->config->annotations, body, err) < 0)
		return -1;
	dbus_array_end(body, properties);
	dbus_array_end(body, dbus_array_begin(body, 8));
	return 0;
}

/* So that a bus tells us of the end of this unit's jobs; systemd itself does so unasked. */
static int jobs_watch(struct dbus *bus, const char *unit, struct err *err)
{
	_Alignas(8) char bytes[512];
	struct dbus_writer body = { .bytes = bytes, .room = sizeof(bytes) };
	struct dbus_call call = {
		.destination = "org.freedesktop.DBus",
		.path = "/org/freedesktop/DBus",
		.interface = "org.freedesktop.DBus",
		.member = "AddMatch",
		.signature = "s",
		.body = &body,
	};
	char rule[448];

	if (bus->direct)
		return 0;
	snprintf(rule, sizeof(rule),
		"type='signal',sender='org.freedesktop.systemd1',member='JobRemoved',arg2='%s'",
		unit);
	dbus_write_text(&body, 's', rule);
	return dbus_call(bus, &call, err);
}

/* Waits for the end of the job that bus->in is the reply for. */
static int job_await(struct dbus *bus, const char *unit, struct err *err)
{
	const char *object = dbus_read_text(&bus->in, 'o'), *name, *result;
	char job[OBJECT_MOST];
	uint64_t id;

	if (!object || strlen(object) >= sizeof(job))
		return err_set(err, EPROTO, "%s: the answer is no job", unit);
	memcpy(job, object, strlen(object) + 1);
	do {
		if (dbus_next(bus, err) < 0)
			return err_where(err, "%s", unit);
		object = NULL;
		if (bus->in.type == DBUS_SIGNAL && !strcmp(bus->in.member, "JobRemoved") &&
			dbus_read_number(&bus->in, 'u', &id))
			object = dbus_read_text(&bus->in, 'o');
	} while (!object || strcmp(object, job) != 0);
	name = dbus_read_text(&bus->in, 's');
	result = dbus_read_text(&bus->in, 's');
	if (!name || !result || strcmp(result, "done") != 0)
		return err_set(
			err, EIO, "%s: the job ended as \"%s\"", unit, result ? result : "unknown");
	return 0;
}

/* Calls a method of the manager's whose arguments are the unit and perhaps how jobs conflict. */
static int unit_call(
	struct dbus *bus, const char *member, const char *unit, const char *mode, struct err *err)
{
	_Alignas(8) char bytes[512];
	struct dbus_writer body = { .bytes = bytes, .room = sizeof(bytes) };
	struct dbus_call call = manager_call(member, mode ? "ss" : "s", &body);

	dbus_write_text(&body, 's', unit);
	if (mode)
		dbus_write_text(&body, 's', mode);
	return dbus_call(bus, &call, err);
}

/* One that failed, or ended just now, is in the way for a moment only. */
static int unit_start(struct dbus *bus, struct run_cgroup *cgroup, const struct dbus_writer *body,
	struct err *err)
{
	const struct timespec pause = { .tv_nsec = PAUSE_NANOSECONDS };
	struct dbus_call call = manager_call("StartTransientUnit", "ssa(sv)a(sa(sv))", body);
	struct err ignored;
	bool answered = false;
	int failed = -1;

	for (int tries = 0; failed && tries < TRIES; tries++) {
		if (tries)
			nanosleep(&pause, NULL);
		failed = dbus_call(bus, &call, err);
		answered = bus->answered;
		if (failed && err->code != EEXIST)
			break;
		if (failed)
			unit_call(bus, "ResetFailedUnit", cgroup->unit, NULL, &ignored);
	}
	if (!failed)
		cgroup->unit_ours = true;
	/* Without an answer it may still be made. */
	else if (answered)
		cgroup->unit[0] = '\0';
	return failed;
}

int systemd_start(
	struct run *run, const struct systemd_names *names, pid_t process, struct err *err)
{
	struct dbus_writer body = {
		.bytes = arena_alloc(run->arena, BODY_ROOM, 1),
		.room = BODY_ROOM,
	};
	struct dbus bus;
	int failed = -1;

	if (body_write(run, names, process, &body, err) < 0)
		return -1;
	if (dbus_open(&bus, run->cgroup.unit_of_user, err) < 0)
		return err_where(err, "systemd");
	if (jobs_watch(&bus, names->unit, err) == 0) {
		run->cgroup.unit_ours = false;
		memcpy(run->cgroup.unit, names->unit, strlen(names->unit) + 1);
		failed = unit_start(&bus, &run->cgroup, &body, err);
	}
	if (!failed)
		failed = job_await(&bus, names->unit, err);
	dbus_close(&bus);
	return failed ? err_where(err, "systemd") : 0;
}

int systemd_stop(const struct run_cgroup *cgroup, struct err *err)
{
	struct dbus bus;
	struct err ignored;
	int failed;

	if (dbus_open(&bus, cgroup->unit_of_user, err) < 0)
		return err_where(err, "systemd: stop %s", cgroup->unit);
	failed = jobs_watch(&bus, cgroup->unit, err);
	if (!failed)
		failed = unit_call(&bus, "StopUnit", cgroup->unit, "replace", err);
	if (!failed)
		failed = job_await(&bus, cgroup->unit, err);
	else if (err->code == ENOENT)
		failed = 0;
	if (!failed)
		unit_call(&bus, "ResetFailedUnit", cgroup->unit, NULL, &ignored);
	dbus_close(&bus);
	return failed ? err_where(err, "systemd") : 0;
}

int systemd_update(const struct run *run, const struct config_resources *resources, struct err *err)
{
	struct dbus_writer body = {
		.bytes = arena_alloc(run->arena, BODY_ROOM, 1),
		.room = BODY_ROOM,
	};
	struct dbus_call call = manager_call("SetUnitProperties", "sba(sv)", &body);
	struct dbus_array properties;
	struct dbus bus;
	int failed;

	if (!run->cgroup.unit[0])
		return 0;
	dbus_write_text(&body, 's', run->cgroup.unit);
	/* For as long as the machine runs: a scope does not outlive it. */
	dbus_write_number(&body, 'b', true);
	properties = dbus_array_begin(&body, 8);
	if (systemd_limits(resources, cgroup_mounted_v1(), &body, err) < 0)
		return -1;
	dbus_array_end(&body, properties);
	if (dbus_open(&bus, run->cgroup.unit_of_user, err) < 0)
		return err_where(err, "systemd");
	failed = dbus_call(&bus, &call, err);
	dbus_close(&bus);
	return failed ? err_where(err, "systemd: %s", run->cgroup.unit) : 0;
}
