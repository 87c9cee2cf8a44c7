/*
 * The table of values. A new property of a config needs its row here, or each difference of it is
 * one that nobody understands: a unit test goes through the readers' own rows and finds it missing.
 */
#include <string.h>

#include "diff/values.h"

#define OURS ANNOTATION_PREFIX

/* clang-format off */
#define ELSEWHERE(path_) { (path_), AREA_UNKNOWN, VALUE_ELSEWHERE, 0, NULL }
#define ROW(path_, area_, order_) { (path_), AREA_##area_, VALUE_##order_, 0, NULL }
#define SECCOMP(prefix) \
	ELSEWHERE(prefix "defaultAction"), ELSEWHERE(prefix "defaultErrnoRet"), ELSEWHERE(prefix "architectures"), \
	ELSEWHERE(prefix "flags"), \
	ELSEWHERE(prefix "syscalls[].names"), ELSEWHERE(prefix "syscalls[].action"), ELSEWHERE(prefix "syscalls[].errnoRet"), \
	ELSEWHERE(prefix "syscalls[].args[].index"), ELSEWHERE(prefix "syscalls[].args[].value"), \
	ELSEWHERE(prefix "syscalls[].args[].valueTwo"), ELSEWHERE(prefix "syscalls[].args[].op")
#define LANDLOCK(prefix) \
	ELSEWHERE(prefix "minAbi"), ELSEWHERE(prefix "bestEffort"), ELSEWHERE(prefix "rules[].path"), \
	ELSEWHERE(prefix "rules[].access"), ELSEWHERE(prefix "netHandled"), ELSEWHERE(prefix "net[].port"), \
	ELSEWHERE(prefix "net[].access"), ELSEWHERE(prefix "scope")
#define IDMAP(prefix) \
	ELSEWHERE(prefix "[].containerID"), ELSEWHERE(prefix "[].hostID"), ELSEWHERE(prefix "[].size")

static const char *const modes[] = { "agent", "strict-agent", "production", NULL };
static const char *const attestations[] = { "off", "cached", "full", NULL };

const struct value values[] = {
	ROW("ociVersion", PROCESS, FREE),
	ROW("process.terminal", PROCESS, FREE),
	ROW("process.consoleSize", PROCESS, FREE),
	ROW("process.cwd", PROCESS, FREE),
	ROW("process.args", PROCESS, FREE),
	ELSEWHERE("process.env"),
	ROW("process.user.uid", IDENTITY, FOREIGN),
	ROW("process.user.gid", IDENTITY, FOREIGN),
	{ "process.user.umask", AREA_IDENTITY, VALUE_MORE_BITS, 0022, NULL },
	ROW("process.user.additionalGids", IDENTITY, ITEMS),
	ELSEWHERE("process.rlimits[type].type"),
	ROW("process.rlimits[type].soft", LIMITS, LESS),
	ROW("process.rlimits[type].hard", LIMITS, LESS),
	ELSEWHERE("process.capabilities.bounding"),
	ELSEWHERE("process.capabilities.effective"),
	ELSEWHERE("process.capabilities.inheritable"),
	ELSEWHERE("process.capabilities.permitted"),
	ELSEWHERE("process.capabilities.ambient"),
	ROW("process.noNewPrivileges", KERNEL, TIGHT),
	ROW("process.oomScoreAdj", LIMITS, FOREIGN),
	ROW("process.apparmorProfile", KERNEL, LABEL),
	ROW("process.selinuxLabel", KERNEL, LABEL),
	ROW("process.scheduler", LIMITS, FOREIGN),
	ROW("process.ioPriority", LIMITS, FOREIGN),
	ROW("process.execCPUAffinity", LIMITS, FOREIGN),
	ELSEWHERE("process.landlock.ruleset.handledAccessFS"),
	ELSEWHERE("process.landlock.ruleset.handledAccessNet"),
	ELSEWHERE("process.landlock.ruleset.scoped"),
	ELSEWHERE("process.landlock.rules.pathBeneath[].allowedAccess"),
	ELSEWHERE("process.landlock.rules.pathBeneath[].paths"),
	ELSEWHERE("process.landlock.rules.netPort[].allowedAccess"),
	ELSEWHERE("process.landlock.rules.netPort[].port"),
	ELSEWHERE("process.landlock.disableBestEffort"),
	ELSEWHERE("root.path"),
	ROW("root.readonly", MOUNTS, TIGHT),
	ROW("hostname", PROCESS, FREE),
	ROW("domainname", PROCESS, FREE),
	ELSEWHERE("mounts[].destination"),
	ELSEWHERE("mounts[].type"),
	ELSEWHERE("mounts[].source"),
	ELSEWHERE("mounts[].options"),
	IDMAP("mounts[].uidMappings"),
	IDMAP("mounts[].gidMappings"),
	ROW("hooks", KERNEL, FOREIGN),
	ROW("annotations", PROCESS, FREE),
	ELSEWHERE("linux.namespaces[].type"),
	ELSEWHERE("linux.namespaces[].path"),
	IDMAP("linux.uidMappings"),
	IDMAP("linux.gidMappings"),
	ROW("linux.timeOffsets", PROCESS, FREE),
	ROW("linux.devices[path]", DEVICES, ITEM),
	ROW("linux.cgroupsPath", LIMITS, PARENT),
	ELSEWHERE("linux.resources.devices[].allow"),
	ELSEWHERE("linux.resources.devices[].type"),
	ELSEWHERE("linux.resources.devices[].major"),
	ELSEWHERE("linux.resources.devices[].minor"),
	ELSEWHERE("linux.resources.devices[].access"),
	ROW("linux.resources.memory.limit", LIMITS, LESS),
	ROW("linux.resources.memory.reservation", LIMITS, LESS),
	ROW("linux.resources.memory.swap", LIMITS, LESS),
	ROW("linux.resources.memory.kernel", LIMITS, LESS),
	ROW("linux.resources.memory.kernelTCP", LIMITS, LESS),
	ROW("linux.resources.memory.swappiness", LIMITS, FREE),
	ROW("linux.resources.memory.disableOOMKiller", LIMITS, FOREIGN),
	ROW("linux.resources.memory.checkBeforeUpdate", LIMITS, FREE),
	{ "linux.resources.cpu.shares", AREA_LIMITS, VALUE_WEIGHT, 1024, NULL },
	ELSEWHERE("linux.resources.cpu.quota"),
	ELSEWHERE("linux.resources.cpu.period"),
	ROW("linux.resources.cpu.burst", LIMITS, WEIGHT),
	ROW("linux.resources.cpu.idle", LIMITS, FOREIGN),
	ELSEWHERE("linux.resources.cpu.cpus"),
	ELSEWHERE("linux.resources.cpu.mems"),
	ROW("linux.resources.cpu.realtimePeriod", LIMITS, FOREIGN),
	ROW("linux.resources.cpu.realtimeRuntime", LIMITS, WEIGHT),
	ROW("linux.resources.pids.limit", LIMITS, LESS),
	{ "linux.resources.blockIO.weight", AREA_LIMITS, VALUE_WEIGHT, 500, NULL },
	ROW("linux.resources.blockIO.weightDevice", LIMITS, FOREIGN),
	ROW("linux.resources.blockIO.throttleReadBpsDevice[major:minor].rate", LIMITS, LESS),
	ROW("linux.resources.blockIO.throttleWriteBpsDevice[major:minor].rate", LIMITS, LESS),
	ROW("linux.resources.blockIO.throttleReadIOPSDevice[major:minor].rate", LIMITS, LESS),
	ROW("linux.resources.blockIO.throttleWriteIOPSDevice[major:minor].rate", LIMITS, LESS),
	ELSEWHERE("linux.resources.blockIO.throttleReadBpsDevice[major:minor].major"),
	ELSEWHERE("linux.resources.blockIO.throttleReadBpsDevice[major:minor].minor"),
	ELSEWHERE("linux.resources.blockIO.throttleWriteBpsDevice[major:minor].major"),
	ELSEWHERE("linux.resources.blockIO.throttleWriteBpsDevice[major:minor].minor"),
	ELSEWHERE("linux.resources.blockIO.throttleReadIOPSDevice[major:minor].major"),
	ELSEWHERE("linux.resources.blockIO.throttleReadIOPSDevice[major:minor].minor"),
	ELSEWHERE("linux.resources.blockIO.throttleWriteIOPSDevice[major:minor].major"),
	ELSEWHERE("linux.resources.blockIO.throttleWriteIOPSDevice[major:minor].minor"),
	ELSEWHERE("linux.resources.hugepageLimits[pageSize].pageSize"),
	ROW("linux.resources.hugepageLimits[pageSize].limit", LIMITS, LESS),
	ROW("linux.resources.unified", LIMITS, FOREIGN),
	ROW("linux.resources.network", LIMITS, FOREIGN),
	ROW("linux.resources.rdma{}.hcaHandles", LIMITS, LESS),
	ROW("linux.resources.rdma{}.hcaObjects", LIMITS, LESS),
	ELSEWHERE("linux.rootfsPropagation"),
	ROW("linux.sysctl{}", KERNEL, FOREIGN),
	SECCOMP("linux.seccomp."),
	ROW("linux.seccomp.listenerPath", SYSCALLS, FOREIGN),
	ROW("linux.seccomp.listenerMetadata", SYSCALLS, FREE),
	ELSEWHERE("linux.maskedPaths"),
	ELSEWHERE("linux.readonlyPaths"),
	ROW("linux.personality", PROCESS, FREE),
	ROW("linux.netDevices{}", NETWORK, ITEM),
	ROW("linux.mountLabel", KERNEL, LABEL),
	ROW("linux.intelRdt", LIMITS, FOREIGN),
	ROW("linux.memoryPolicy", LIMITS, FOREIGN),
	{ OURS "mode", AREA_KERNEL, VALUE_WORDS, 0, modes },
	ROW(OURS "cgroup-manager", LIMITS, FOREIGN),
	ELSEWHERE(OURS "root-tmpfs"),
	ROW(OURS "init", PROCESS, FREE),
	ROW(OURS "verify-mounts", MOUNTS, TIGHT),
	ROW(OURS "stop", PROCESS, FREE),
	ROW(OURS "time", PROCESS, FREE),
	ROW(OURS "ids", NAMESPACES, FOREIGN),
	ROW(OURS "ids-size", NAMESPACES, FOREIGN),
	ROW(OURS "ids-best-effort", NAMESPACES, LOOSE),
	ROW(OURS "limits-best-effort", LIMITS, LOOSE),
	ROW(OURS "policy-file", PROCESS, FREE),
	ROW(OURS "secrets[name]", IDENTITY, ITEM),
	ROW(OURS "workspace", MOUNTS, ITEM),
	ROW(OURS "context", MOUNTS, ITEM),
	LANDLOCK(OURS "landlock."),
	{ OURS "closure.attestation", AREA_IDENTITY, VALUE_WORDS, 0, attestations },
	ROW(OURS "closure.registration", IDENTITY, FREE),
	ROW(OURS "closure.sha256", IDENTITY, FOREIGN),
	ROW(OURS "closure.root", IDENTITY, FOREIGN),
	ROW(OURS "closure.storeDir", IDENTITY, FOREIGN),
	ROW(OURS "closure.gcRoots", IDENTITY, FREE),
	ROW(OURS "closure.store", IDENTITY, FREE),
	ROW(OURS "closure.trustedKeys", IDENTITY, FOREIGN),
	ROW(OURS "closure.signaturesNeeded", IDENTITY, FOREIGN),
	ROW(OURS "closure.imageSha256", IDENTITY, FOREIGN),
	ROW(OURS "manifest.root", IDENTITY, FREE),
	ROW(OURS "manifest.sha256", IDENTITY, LABEL),
	ROW(OURS "policy", PROCESS, FREE),
	ROW(OURS "policy.sha256", PROCESS, FREE),
	SECCOMP(OURS "seccomp-more[]."),
	/* The listener is that of linux.seccomp. */
	ELSEWHERE(OURS "seccomp-more[].listenerPath"),
	ELSEWHERE(OURS "seccomp-more[].listenerMetadata"),
	LANDLOCK(OURS "landlock-more[]."),
	{ 0 }
};
/* clang-format on */

const struct value *value_find(const char *path)
{
	for (const struct value *value = values; value->path; value++)
		if (!strcmp(value->path, path))
			return value;
	return NULL;
}
