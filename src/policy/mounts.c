/*
 * The kernel's own file systems in a sandbox: /proc and /sys read-only, /dev a tmpfs that the
 * executor fills with the harmless devices, and the parts of /proc and /sys that tell about the
 * host or reach it, which are hidden.
 */
#include "policy/policy.h"
#include "policy/sections.h"

/* What tells about the host's memory, timing, keys and hardware, or sets it. */
const char *const policy_masked_paths[] = {
	"/proc/acpi",
	"/proc/asound",
	"/proc/interrupts",
	"/proc/kallsyms",
	"/proc/kcore",
	"/proc/keys",
	"/proc/kmsg",
	"/proc/latency_stats",
	"/proc/sched_debug",
	"/proc/scsi",
	"/proc/sysrq-trigger",
	"/proc/timer_list",
	"/proc/timer_stats",
	"/sys/devices/virtual/powercap",
	"/sys/firmware",
	"/sys/fs/bpf",
	"/sys/kernel/debug",
	"/sys/kernel/security",
	"/sys/kernel/tracing",
	NULL,
};

void system_mounts(struct draft *draft)
{
	struct config *config = draft->config;

	draft_mount(draft, "/proc", "proc", "proc",
		draft->rules->hidepid ? "nosuid,noexec,nodev,ro,hidepid=2"
				      : "nosuid,noexec,nodev,ro");
	draft_mount(draft, "/dev", "tmpfs", "tmpfs", "nosuid,noexec,strictatime,mode=755,size=64k");
	draft_mount(draft, "/dev/pts", "devpts", "devpts",
		"nosuid,noexec,newinstance,ptmxmode=0666,mode=0620");
	draft_mount(
		draft, "/dev/shm", "tmpfs", "shm", "nosuid,noexec,nodev,mode=1777,size=67108864");
	/* The host's queues can only be mounted by the host's root. */
	if (config_has_new_namespace(config, NAMESPACE_IPC))
		draft_mount(draft, "/dev/mqueue", "mqueue", "mqueue", "nosuid,noexec,nodev");
	draft_mount(draft, "/sys", "sysfs", "sysfs", "nosuid,noexec,nodev,ro");
	for (const char *const *path = policy_masked_paths; *path; path++)
		strings_add(&config->masked_paths, draft->arena, *path);
}
