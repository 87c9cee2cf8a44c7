#pragma once
/*
 * systemd as the maker of a container's cgroup: a transient scope, whose limits systemd is told of
 * too, so that it does not undo what is written to the cgroup's files.
 */
#include "kernel/cgroup-devices.h"
#include "kernel/dbus-message.h"
#include "nucleus/run.h"

/* Before the name of a property of the unit, in an annotation. */
#define SYSTEMD_ANNOTATION "org.systemd.property."

/* What linux.cgroupsPath means to systemd; texts in arena. */
struct systemd_names {
	const char *slice; /* "" leaves it to systemd */
	const char *unit;  /* "nucleus-ID.scope" */
};

/* From "SLICE:PREFIX:NAME", or from the id if there is no cgroupsPath; -1 for any other form. */
int systemd_names(const struct config *config, const char *id, struct arena *arena,
	struct systemd_names *names, struct err *err);

/* Makes the scope of names around the process and waits until it is in; run->cgroup.unit is set
 * from the moment systemd may know of it, unit_ours once it is our own. */
int systemd_start(
	struct run *run, const struct systemd_names *names, pid_t process, struct err *err);

/* Stops cgroup->unit, if it still exists, and waits for that. Does not allocate. */
int systemd_stop(const struct run_cgroup *cgroup, struct err *err);

/* Tells systemd of new limits of the container's scope; nothing if it has none. */
int systemd_update(
	const struct run *run, const struct config_resources *resources, struct err *err);

/* Appends the properties for those limits that systemd knows; on_v1 is a bit set of controllers. */
int systemd_limits(const struct config_resources *resources, unsigned on_v1,
	struct dbus_writer *writer, struct err *err);

/* Appends the device rules, which systemd writes itself on v1 alone. */
int systemd_devices(const struct device_rules *rules, struct dbus_writer *writer, struct err *err);

/*
 * Appends a property from its GVariant text, "uint64 5" or "['a.service']"; one in seconds, "XSec",
 * becomes "XUSec". 0, or -1 with what is wrong.
 */
int systemd_property(
	const char *name, const char *text, struct dbus_writer *writer, struct err *err);
