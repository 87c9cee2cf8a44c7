/*
 * namespaces(7). All new ones come from the one clone3(2), except the cgroup namespace, whose root
 * is where its maker is when it is made: clone3 would take the parent's. A time namespace with
 * shifted clocks is unshared beforehand by the process that makes the first one, because offsets
 * must be written before anybody lives in it (time_namespaces(7)). A new network namespace has one
 * interface, `lo`, and it is down (netdevice(7)).
 */
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "format/node.h"
#include "kernel/ns.h"
#include "kernel/steps.h"

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x00000080
#endif

const uint64_t ns_flags[NAMESPACE_TYPES] = {
	[NAMESPACE_USER] = CLONE_NEWUSER,
	[NAMESPACE_PID] = CLONE_NEWPID,
	[NAMESPACE_NETWORK] = CLONE_NEWNET,
	[NAMESPACE_MOUNT] = CLONE_NEWNS,
	[NAMESPACE_IPC] = CLONE_NEWIPC,
	[NAMESPACE_UTS] = CLONE_NEWUTS,
	[NAMESPACE_CGROUP] = CLONE_NEWCGROUP,
	[NAMESPACE_TIME] = CLONE_NEWTIME,
};

const char *const ns_files[NAMESPACE_TYPES] = {
	[NAMESPACE_USER] = "user",
	[NAMESPACE_PID] = "pid",
	[NAMESPACE_NETWORK] = "net",
	[NAMESPACE_MOUNT] = "mnt",
	[NAMESPACE_IPC] = "ipc",
	[NAMESPACE_UTS] = "uts",
	[NAMESPACE_CGROUP] = "cgroup",
	[NAMESPACE_TIME] = "time",
};

uint64_t ns_clone_flags(const struct config *config)
{
	/* One of its own to mount in, even if it ends up in another, see rootfs.c. */
	uint64_t flags = CLONE_NEWNS;

	for (size_t i = 0; i < config->namespaces_count; i++)
		if (!config->namespaces[i].path)
			flags |= ns_flags[config->namespaces[i].type];
	flags &= ~(uint64_t)CLONE_NEWCGROUP;
	if (timens_wanted(config))
		flags &= ~(uint64_t)CLONE_NEWTIME;
	return flags;
}

static bool offset_set(const struct config_time_offset *offset)
{
	return offset->secs.value || offset->nanosecs.value;
}

bool timens_wanted(const struct config *config)
{
	return config_has_new_namespace(config, NAMESPACE_TIME) &&
		(offset_set(&config->time_offsets.monotonic) ||
			offset_set(&config->time_offsets.boottime));
}

int timens_make(const struct config *config, struct err *err)
{
	const struct config_time_offset *monotonic = &config->time_offsets.monotonic;
	const struct config_time_offset *boottime = &config->time_offsets.boottime;
	char text[160];
	int length = snprintf(text, sizeof(text), "monotonic %lld %lld\nboottime %lld %lld\n",
		(long long)monotonic->secs.value, (long long)monotonic->nanosecs.value,
		(long long)boottime->secs.value, (long long)boottime->nanosecs.value);

	if (unshare(CLONE_NEWTIME) < 0)
		return err_errno(err, "unshare the time namespace");
	autoclose offsets = open("/proc/self/timens_offsets", O_WRONLY | O_CLOEXEC);
	if (offsets < 0 || write(offsets, text, (size_t)length) != length)
		return err_errno(err,
			"write the clock offsets monotonic %lld.%09lld s, boottime %lld.%09lld s",
			(long long)monotonic->secs.value, (long long)monotonic->nanosecs.value,
			(long long)boottime->secs.value, (long long)boottime->nanosecs.value);
	return 0;
}

static void offset_print(const char *name, const struct config_time_offset *offset,
	struct node *params, struct arena *arena)
{
	node_put(arena, params, name,
		node_printf(arena, "%lld.%09lld", (long long)offset->secs.value,
			(long long)offset->nanosecs.value));
}

void ns_print(const struct config *config, struct node *params, struct arena *arena)
{
	struct node *list = node_new(arena, NODE_ARRAY);

	for (size_t i = 0; i < config->namespaces_count; i++)
		if (!config->namespaces[i].path)
			node_append(list,
				node_string(arena, namespace_names[config->namespaces[i].type]));
	node_put(arena, params, "namespaces", list);
	if (!timens_wanted(config))
		return;
	offset_print("monotonic", &config->time_offsets.monotonic, params, arena);
	offset_print("boottime", &config->time_offsets.boottime, params, arena);
}

bool loopback_wanted(const struct config *config)
{
	return config_has_new_namespace(config, NAMESPACE_NETWORK);
}

/*
 * loopback_apply - let programs of the sandbox talk to one another over 127.0.0.1 and ::1
 *
 * Needs:  CAP_NET_ADMIN in the namespace's user namespace
 * Leaves: `lo` up; no other interface is there, so nothing leaves the namespace
 */
int loopback_apply(struct run *run, struct err *err)
{
	struct ifreq lo = { .ifr_name = "lo", .ifr_flags = IFF_UP };

	(void)run;
	autoclose fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return err_errno(err, "make a socket");
	return ioctl(fd, SIOCSIFFLAGS, &lo) < 0 ? err_errno(err, "bring up lo") : 0;
}

bool hostname_wanted(const struct config *config)
{
	return config->hostname || config->domainname;
}

/*
 * hostname_apply - name the sandbox
 *
 * Needs:  a UTS namespace that is not the runtime's (config_check, namespaces_apply see to it)
 */
int hostname_apply(struct run *run, struct err *err)
{
	const char *host = run->config->hostname, *domain = run->config->domainname;
	struct utsname now;

	/* Whoever joined its namespace may not be allowed to say once more what it is called. */
	if (uname(&now) == 0 && (!host || !strcmp(host, now.nodename)) &&
		(!domain || !strcmp(domain, now.domainname)))
		return 0;
	if (host && sethostname(host, strlen(host)) < 0)
		return err_errno(err, "sethostname \"%s\"", host);
	if (domain && setdomainname(domain, strlen(domain)) < 0)
		return err_errno(err, "setdomainname \"%s\"", domain);
	return 0;
}

void hostname_print(const struct config *config, struct node *params, struct arena *arena)
{
	node_put_string(arena, params, "hostname", config->hostname);
	node_put_string(arena, params, "domainname", config->domainname);
}
