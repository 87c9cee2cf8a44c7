/*
 * oci: config.json read, refused with the exact text, and written back; images refused; bundles
 * written whole or not at all. Run with --table it prints the body of spec-compat/config.md.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/file.h"
#include "check.h"
#include "config/check.h"
#include "oci/bundle.h"
#include "oci/image-parts.h"
#include "oci/image.h"
#include "oci/parts.h"
#include "oci/spec.h"

static char scratch[] = "/tmp/nucleus-oci.XXXXXX";
static int scratch_dir;

static void put(const char *name, const char *text, size_t length)
{
	int fd = openat(scratch_dir, name, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0644);

	CHECK(fd >= 0 && fd_write_all(fd, text, length) == 0);
	close(fd);
}

static int read_spec(const char *text, struct config *config, struct arena *arena, struct err *err)
{
	put("config.json", text, strlen(text));
	return spec_read(scratch_dir, "B", config, arena, err);
}

#define TOP(more)                                              \
	"{\"ociVersion\":\"1.2.0\",\"root\":{\"path\":\"r\"}," \
	"\"linux\":{\"namespaces\":[{\"type\":\"mount\"}]}" more "}"
#define LINUX(more)                                            \
	"{\"ociVersion\":\"1.2.0\",\"root\":{\"path\":\"r\"}," \
	"\"linux\":{\"namespaces\":[{\"type\":\"mount\"},{\"type\":\"ipc\"}]," more "}}"
#define RESOURCES(more) LINUX("\"resources\":{" more "}")
#define PROCESS(more) TOP(",\"process\":{\"cwd\":\"/\",\"args\":[\"sh\"]," more "}")
#define NOTE(name, value) TOP(",\"annotations\":{\"dev.nucleus." name "\":\"" value "\"}")
#define F "B/config.json:"

/* clang-format off */
static const struct {
	const char *text, *wanted;
} bad[] = {
	{ "", F "1:1: the text ends too early" },
	{ "{\"ociVersion\":", F "1:15: the text ends too early" },
	{ "{\"a\":1,\"a\":2}", F "1:8: duplicate key \"a\"" },
	{ "[]", F "1:1: expected a table, found an array" },
	{ "{}", F "1:1: ociVersion: missing" },
	{ "{\"ociVersion\":\"2.0.0\"}", F "1:15: ociVersion: \"2.0.0\" is not a version 1 of the runtime specification" },
	{ "{\"ociVersion\":\"1.0\"}", F "1:15: ociVersion: \"1.0\" is not a version 1 of the runtime specification" },
	{ "{\"ociVersion\":\"1.0.0\"}", F "1:1: root.path: missing: the directory the container sees as /" },
	{ TOP(",\"hostname\":\"h\""), F "1:96: hostname: needs a uts namespace, or the host's own name would change" },
	{ TOP(",\"process\":{\"args\":[\"x\"]}"), F "1:95: process.cwd: missing" },
	{ TOP(",\"process\":{\"cwd\":\"x\"}"), F "1:102: process.cwd: \"x\" is not absolute" },
	{ TOP(",\"process\":{\"cwd\":1}"), F "1:102: process.cwd: expected a string, found an integer" },
	{ TOP(",\"process\":{\"cwd\":\"/\",\"args\":[]}"), F "1:113: process.args: empty: there is nothing to run" },
	{ PROCESS("\"env\":[\"A=1\",\"B\"]"), F "1:133: process.env[1]: \"B\" is not NAME=value" },
	{ PROCESS("\"user\":{\"uid\":1}"), F "1:127: process.user.gid: missing: uid and gid go together" },
	{ PROCESS("\"user\":{\"uid\":-1,\"gid\":0}"), F "1:134: process.user.uid: must be from 0 to 4294967294, not -1" },
	{ PROCESS("\"rlimits\":[{\"type\":\"RLIMIT_X\",\"soft\":1,\"hard\":1}]"), F "1:139: process.rlimits[0].type: \"RLIMIT_X\" is no limit of Linux" },
	{ PROCESS("\"rlimits\":[{\"type\":\"RLIMIT_CPU\",\"soft\":2,\"hard\":1}]"), F "1:159: process.rlimits[0].soft: above the hard limit of RLIMIT_CPU" },
	{ PROCESS("\"rlimits\":[{\"type\":\"RLIMIT_CPU\",\"soft\":1,\"hard\":1},{\"type\":\"RLIMIT_CPU\",\"soft\":1,\"hard\":1}]"), F "1:179: process.rlimits[1].type: RLIMIT_CPU is there twice" },
	{ PROCESS("\"oomScoreAdj\":1001"), F "1:134: process.oomScoreAdj: must be from -1000 to 1000, not 1001" },
	{ TOP(",\"hooks\":{\"poststop\":[{\"path\":\"bin/true\"}]}"), F "1:114: hooks.poststop[0].path: \"bin/true\" is not absolute" },
	{ TOP(",\"hooks\":{\"prestart\":[{\"path\":\"/a\"},{}]}"), F "1:120: hooks.prestart[1].path: missing" },
	{ TOP(",\"hooks\":{\"createRuntime\":[{\"path\":\"/a\",\"timeout\":0}]}"), F "1:134: hooks.createRuntime[0].timeout: must be from 1 to 2147483647, not 0" },
	{ TOP(",\"mounts\":[{\"destination\":\"/a\",\"type\":\"bind\"}]"), F "1:95: mounts[0].source: missing: /a is a bind mount" },
	{ TOP(",\"mounts\":[{\"destination\":\"/a\"}]"), F "1:95: mounts[0].type: missing: the file system for /a, or \"bind\"" },
	{ TOP(",\"mounts\":[{\"type\":\"tmpfs\"}]"), F "1:95: mounts[0].destination: missing" },
	{ TOP(",\"mounts\":[{\"destination\":\"/a\",\"type\":\"tmpfs\",\"uidMappings\":[{}]}]"), F "1:95: mounts[0].options: only a bind mount can be id-mapped" },
	{ LINUX("\"namespaces\":[]"), F "1:99: duplicate key \"namespaces\"" },
	{ "{\"ociVersion\":\"1.2.0\",\"root\":{\"path\":\"r\"},\"linux\":{\"namespaces\":[{\"type\":\"mount\"},{\"type\":\"mount\"}]}}", F "1:91: linux.namespaces[1].type: \"mount\" is there twice" },
	{ "{\"linux\":{\"namespaces\":[{\"type\":\"mnt\"}]}}", F "1:33: linux.namespaces[0].type: \"mnt\" is not \"user\", \"pid\", \"network\", \"mount\", \"ipc\", \"uts\", \"cgroup\" or \"time\"" },
	{ "{\"ociVersion\":\"1.2.0\",\"root\":{\"path\":\"r\"},\"linux\":{\"namespaces\":[{\"type\":\"pid\",\"path\":\"p\"}]}}", F "1:87: linux.namespaces[0].path: \"p\" is not absolute" },
	{ "{\"ociVersion\":\"1.2.0\",\"root\":{\"path\":\"r\"},\"linux\":{\"namespaces\":[{\"type\":\"time\",\"path\":\"/p\"}],\"timeOffsets\":{\"boottime\":{\"secs\":1}}}}", F "1:121: linux.timeOffsets.boottime: needs a new time namespace" },
	{ LINUX("\"netDevices\":{\"eth0\":{}}"), F "1:112: linux.netDevices: needs a network namespace" },
	{ TOP(",\"mounts\":[{\"destination\":\"/a\",\"type\":\"tmpfs\",\"options\":[\"idmap\"]}]"), F "1:140: mounts[0].options: only a bind mount can be id-mapped" },
	{ TOP(",\"mounts\":[{\"destination\":\"/a\",\"source\":\"/b\",\"options\":[\"bind\",\"idmap\"]}]"), F "1:139: mounts[0].options: idmap needs uidMappings and gidMappings, or a user namespace to take the mapping from" },
	{ TOP(",\"mounts\":[{\"destination\":\"/a\",\"source\":\"/b\",\"type\":\"bind\",\"uidMappings\":[{\"containerID\":0,\"hostID\":1,\"size\":1}]}]"), F "1:95: mounts[0]: needs both uidMappings and gidMappings" },
	{ TOP(",\"mounts\":[{\"destination\":\"/a\",\"source\":\"/b\",\"options\":[\"bind\",\"tmpcopyup\"]}]"), F "1:139: mounts[0].options: tmpcopyup is for a tmpfs" },
	{ LINUX("\"uidMappings\":[{\"containerID\":0,\"hostID\":0,\"size\":1}]"), F "1:113: linux.uidMappings: needs a new user namespace" },
	{ LINUX("\"timeOffsets\":{\"boottime\":{\"secs\":1}}"), F "1:125: linux.timeOffsets.boottime: needs a new time namespace" },
	{ LINUX("\"sysctl\":{\"kernel.core_pattern\":\"x\"}"), F "1:108: linux.sysctl: kernel.core_pattern belongs to the whole host: it cannot be set for one container" },
	{ LINUX("\"sysctl\":{\"net.ipv4.ip_forward\":\"1\"}"), F "1:108: linux.sysctl: net.ipv4.ip_forward needs a new or joined network namespace" },
	{ LINUX("\"sysctl\":{\"fs.mqueue.../x\":\"1\"}"), F "1:108: linux.sysctl: \"fs.mqueue.../x\" is no name of a sysctl" },
	{ LINUX("\"rootfsPropagation\":\"x\""), F "1:119: linux.rootfsPropagation: \"x\" is not shared, slave, private or unbindable" },
	{ LINUX("\"maskedPaths\":[\"proc\"]"), F "1:114: linux.maskedPaths[0]: \"proc\" is not absolute" },
	{ LINUX("\"devices\":[{\"path\":\"/dev/x\",\"type\":\"c\"}]"), F "1:110: linux.devices[0]: needs major and minor" },
	{ LINUX("\"devices\":[{\"path\":\"/dev/../x\",\"type\":\"p\"}]"), F "1:118: linux.devices[0].path: must be absolute and without \"..\"" },
	{ LINUX("\"cgroupsPath\":\"/a/../b\""), F "1:113: linux.cgroupsPath: may not hold \"..\"" },
	{ RESOURCES("\"memory\":{\"limit\":10,\"swap\":9}"), F "1:140: linux.resources.memory.swap: counts memory and swap together, so it cannot be below memory.limit" },
	{ RESOURCES("\"memory\":{\"swappiness\":101}"), F "1:135: linux.resources.memory.swappiness: must be from 0 to 100" },
	{ RESOURCES("\"memory\":{\"kernelTCP\":-2}"), F "1:134: linux.resources.memory.kernelTCP: must be from -1 to 9223372036854775807, not -2" },
	{ RESOURCES("\"cpu\":{\"period\":10}"), F "1:128: linux.resources.cpu.period: must be from 1000 to 1000000 microseconds" },
	{ RESOURCES("\"cpu\":{\"cpus\":\"0-x\"}"), F "1:126: linux.resources.cpu.cpus: \"0-x\" is no list like 0-3,7" },
	{ RESOURCES("\"pids\":{\"limit\":-2}"), F "1:128: linux.resources.pids.limit: must be from -1 to 9223372036854775807, not -2" },
	{ RESOURCES("\"blockIO\":{\"weight\":5}"), F "1:132: linux.resources.blockIO.weight: must be from 10 to 1000, not 5" },
	{ RESOURCES("\"hugepageLimits\":[{\"pageSize\":\"../2MB\",\"limit\":1}]"), F "1:142: linux.resources.hugepageLimits[0].pageSize: must be a size like 2MB" },
	{ RESOURCES("\"unified\":{\"../cgroup.procs\":\"1\"}"), F "1:122: linux.resources.unified: \"../cgroup.procs\" is no file of a cgroup" },
	{ RESOURCES("\"rdma\":{\"mlx5_1\":{}}"), F "1:129: linux.resources.rdma.mlx5_1: needs hcaHandles or hcaObjects" },
	{ RESOURCES("\"rdma\":{\"mlx5_1\":{\"hcaHandles\":2147483648}}"), F "1:129: linux.resources.rdma.mlx5_1: must be below 2^31" },
	{ RESOURCES("\"rdma\":{\"a b\":{\"hcaHandles\":3}}"), F "1:119: linux.resources.rdma: \"a b\" is no device" },
	{ RESOURCES("\"rdma\":{\"mlx5_1\":3}"), F "1:129: linux.resources.rdma.mlx5_1: expected a table, found an integer" },
	{ RESOURCES("\"network\":{\"classID\":4294967296}"), F "1:133: linux.resources.network.classID: must be below 2^32" },
	{ RESOURCES("\"network\":{\"priorities\":[{\"priority\":1}]}"), F "1:137: linux.resources.network.priorities[0].name: must be an interface" },
	{ RESOURCES("\"network\":{\"priorities\":[{\"name\":\"lo\"}]}"), F "1:137: linux.resources.network.priorities[0].priority: must be below 2^32" },
	{ LINUX("\"seccomp\":{}"), F "1:109: linux.seccomp.defaultAction: missing" },
	{ LINUX("\"seccomp\":{\"defaultAction\":\"SCMP_ACT_NOTIFY\"}"), F "1:109: linux.seccomp.listenerPath: missing: SCMP_ACT_NOTIFY needs it" },
	{ LINUX("\"seccomp\":{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"defaultErrnoRet\":1}"), F "1:161: linux.seccomp.defaultErrnoRet: SCMP_ACT_ALLOW has none" },
	{ LINUX("\"seccomp\":{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"listenerPath\":\"x\"}"), F "1:158: linux.seccomp.listenerPath: \"x\" is not absolute" },
	{ LINUX("\"seccomp\":{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"listenerMetadata\":\"x\"}"), F "1:162: linux.seccomp.listenerMetadata: needs listenerPath" },
	{ LINUX("\"seccomp\":{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[\"read\"],\"action\":\"X\"}]}"), F "1:182: linux.seccomp.syscalls[0].action: \"X\" is no action of seccomp" },
	{ LINUX("\"seccomp\":{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[\"read\"],\"action\":\"SCMP_ACT_LOG\",\"args\":[{\"index\":6,\"value\":1,\"op\":\"SCMP_CMP_EQ\"}]}]}"), F "1:214: linux.seccomp.syscalls[0].args[0].index: must be from 0 to 5, not 6" },
	{ NOTE("mode", "production"), F "1:119: annotations.dev.nucleus.mode: the bundle says production, but has not got a closure" },
	{ NOTE("mode", "agnt"), F "1:119: annotations.dev.nucleus.mode: \"agnt\" is not \"agent\", \"strict-agent\" or \"production\"\nhint: did you mean \"agent\"?" },
	{ NOTE("mdoe", "agent"), F "1:100: annotations: unknown key \"dev.nucleus.mdoe\"\nhint: did you mean \"dev.nucleus.mode\"?" },
	{ NOTE("init", "yes"), F "1:119: annotations.dev.nucleus.init: not the JSON it should be: 1:1: invalid char in json text." },
	{ NOTE("init", "1"), F "1:119: annotations.dev.nucleus.init: expected a boolean, found an integer" },
	{ NOTE("root-tmpfs", "12"), F "1:125: annotations.dev.nucleus.root-tmpfs: must be at least 4K and below 2^63" },
	{ NOTE("landlock", "{\\\"rules\\\":[{\\\"path\\\":\\\"x\\\"}]}"), F "1:123: annotations.dev.nucleus.landlock.rules[0].path: must be absolute" },
	{ NOTE("landlock", "{\\\"rules\\\":[{\\\"path\\\":\\\"/x\\\",\\\"access\\\":[\\\"reed\\\"]}]}"), F "1:123: annotations.dev.nucleus.landlock.rules[0].access[0]: \"reed\" is no right to files" },
	{ NOTE("landlock", "{\\\"rulez\\\":[]}"), F "1:123: annotations.dev.nucleus.landlock: unknown key \"rulez\"\nhint: did you mean \"rules\"?" },
	{ NOTE("closure", "{\\\"root\\\":\\\"/nix/store/x\\\"}"), F "1:122: annotations.dev.nucleus.closure.attestation: missing" },
};
/* clang-format on */

static void test_bad(void)
{
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		autoarena arena = { 0 };
		struct config config = { 0 };
		struct err err = { 0 };

		CHECK(read_spec(bad[i].text, &config, &arena, &err) == -1);
		CHECK_TEXT(err.text, bad[i].wanted);
	}
}

/* What other tools write and must pass. */
static void test_accepted(void)
{
	static const char *const good[] = {
		TOP(""),
		TOP(",\"hooks\":{},\"what\":{\"ever\":[1]},\"process\":null,\"mounts\":null"),
		TOP(",\"annotations\":{\"org.opencontainers.image.stopSignal\":\"15\"}"),
		PROCESS("\"apparmorProfile\":\"\",\"selinuxLabel\":\"\",\"user\":{\"uid\":0,\"gid\":0}"),
		LINUX("\"personality\":{\"domain\":\"LINUX\"},\"intelRdt\":{},\"seccomp\":null"),
		RESOURCES(
			"\"devices\":[{\"allow\":false,\"access\":\"rwm\"}],\"cpu\":{\"shares\":0},"
			"\"blockIO\":{\"weight\":0},\"memory\":{\"disableOOMKiller\":false}"),
	};

	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
		autoarena arena = { 0 };
		struct config config = { 0 };
		struct err err = { 0 };

		CHECK(read_spec(good[i], &config, &arena, &err) == 0);
		CHECK_TEXT(err.text, "");
	}
}

static void test_settled(void)
{
	autoarena arena = { 0 };
	struct config config = { 0 };
	struct err err = { 0 };

	CHECK(read_spec(TOP(",\"process\":{\"cwd\":\"/\",\"capabilities\":{\"bounding\":"
			    "[\"CAP_KILL\",\"CAP_NEW\"]}},\"mounts\":[{\"destination\":\"a\","
			    "\"type\":\"tmpfs\"}],\"annotations\":{\"x\":\"y\","
			    "\"dev.nucleus.time\":\"{\\\"boottime\\\":{\\\"secs\\\":5}}\"}"),
		      &config, &arena, &err) == 0);
	CHECK_TEXT(err.text, "");
	CHECK(config.process.capabilities->bounding.count == 1 && config.warnings.count == 1);
	CHECK_TEXT(config.warnings.items[0],
		"process.capabilities.bounding: \"CAP_NEW\" is unknown and left out");
	CHECK_TEXT(config.mounts[0].destination, "/a");
	CHECK(config.annotations.count == 1);
	CHECK(config_has_new_namespace(&config, NAMESPACE_TIME));
	CHECK(config.time_offsets.boottime.secs.value == 5);
}

static const char rich[] =
	"{\"ociVersion\":\"1.3.0\",\"process\":{\"terminal\":true,\"consoleSize\":{\"height\":24,"
	"\"width\":80},\"cwd\":\"/w\",\"env\":[\"A=1\",\"B=\"],\"args\":[\"sh\",\"-c\",\"\"],"
	"\"user\":{\"uid\":1,\"gid\":2,\"umask\":18,\"additionalGids\":[3,4]},\"rlimits\":[{\"type\":"
	"\"RLIMIT_CORE\",\"soft\":0,\"hard\":18446744073709551615}],\"capabilities\":{\"bounding\":"
	"[\"CAP_KILL\"],\"effective\":[],\"ambient\":[\"CAP_KILL\"]},\"noNewPrivileges\":true,"
	"\"oomScoreAdj\":-5},\"root\":{\"path\":\"rootfs\",\"readonly\":true},\"hostname\":\"h\","
	"\"domainname\":\"d\",\"mounts\":[{\"destination\":\"/proc\",\"type\":\"proc\",\"source\":"
	"\"proc\",\"options\":[\"ro\"]},{\"destination\":\"/b\",\"source\":\"/tmp\",\"options\":"
	"[\"rbind\"]}],\"annotations\":{\"x.y\":\"z\",\"dev.nucleus.mode\":\"strict-agent\","
	"\"dev.nucleus.root-tmpfs\":\"1M\",\"dev.nucleus.init\":\"true\",\"dev.nucleus.time\":"
	"\"{\\\"monotonic\\\":{\\\"secs\\\":-3,\\\"nanosecs\\\":7}}\",\"dev.nucleus.landlock\":"
	"\"{\\\"minAbi\\\":3,\\\"rules\\\":[{\\\"path\\\":\\\"/\\\",\\\"access\\\":[\\\"read\\\"]}],"
	"\\\"netHandled\\\":true,\\\"net\\\":[],\\\"scope\\\":[\\\"signal\\\"]}\"},\"linux\":{"
	"\"namespaces\":[{\"type\":\"mount\"},{\"type\":\"user\"},{\"type\":\"uts\"},{\"type\":\"ipc\"},{\"type\":\"pid\"}],"
	"\"uidMappings\":[{\"containerID\":0,\"hostID\":100000,\"size\":65536}],\"gidMappings\":"
	"[{\"containerID\":0,\"hostID\":100000,\"size\":65536}],\"devices\":[{\"type\":\"c\",\"path\":"
	"\"/dev/x\",\"major\":1,\"minor\":3,\"fileMode\":438,\"uid\":0,\"gid\":0}],\"cgroupsPath\":"
	"\"/a/b\",\"resources\":{\"devices\":[{\"allow\":false,\"access\":\"rwm\"},{\"allow\":true,"
	"\"type\":\"c\",\"major\":1,\"minor\":-1}],\"memory\":{\"limit\":1000000,\"swap\":-1},\"cpu\":"
	"{\"shares\":2,\"quota\":50000,\"period\":100000,\"cpus\":\"0-1\"},\"pids\":{\"limit\":0},"
	"\"blockIO\":{\"weight\":100,\"weightDevice\":[{\"major\":8,\"minor\":0,\"weight\":10}],"
	"\"throttleReadBpsDevice\":[{\"major\":8,\"minor\":0,\"rate\":18446744073709551615}]},"
	"\"hugepageLimits\":[{\"pageSize\":\"2MB\",\"limit\":0}],\"unified\":{\"memory.high\":\"max\"},"
	"\"network\":{\"classID\":3,\"priorities\":[{\"name\":\"lo\",\"priority\":0}]},"
	"\"rdma\":{\"mlx5_0\":{\"hcaHandles\":0},\"mlx5_1\":{\"hcaObjects\":7}}},"
	"\"rootfsPropagation\":\"rslave\",\"sysctl\":{\"kernel.shmmax\":\"1\"},\"seccomp\":"
	"{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"defaultErrnoRet\":38,\"architectures\":"
	"[\"SCMP_ARCH_X86_64\"],\"flags\":[\"SECCOMP_FILTER_FLAG_LOG\"],\"syscalls\":[{\"names\":"
	"[\"read\"],\"action\":\"SCMP_ACT_ALLOW\",\"args\":[{\"index\":0,\"value\":18446744073709551615,"
	"\"valueTwo\":1,\"op\":\"SCMP_CMP_MASKED_EQ\"}]}]},\"maskedPaths\":[\"/proc/kcore\"],"
	"\"readonlyPaths\":[]}}";

static void test_round_trip(void)
{
	autoarena arena = { 0 };
	struct config first = { 0 }, second = { 0 };
	struct err err = { 0 };
	char *written;

	CHECK(read_spec(rich, &first, &arena, &err) == 0);
	CHECK_TEXT(err.text, "");
	written = spec_write(&first, &arena);
	/* Each word of the input is in the output, the time namespace in its annotation. */
	CHECK(strstr(written, "\"dev.nucleus.time\": ") != NULL);
	CHECK(!strstr(written, "\"type\": \"time\"") && !strstr(written, "timeOffsets"));
	CHECK(strstr(written, "\"dev.nucleus.root-tmpfs\": \"1048576\"") != NULL);
	CHECK(read_spec(written, &second, &arena, &err) == 0);
	CHECK_TEXT(spec_write(&second, &arena), written);
	CHECK(second.landlock && second.landlock->net && second.landlock->net_handled);
	CHECK(second.readonly_paths.set && !second.readonly_paths.count);
	CHECK(second.process.capabilities->effective.set);
	CHECK(!second.process.capabilities->permitted.set);
	CHECK(second.process.rlimits[0].hard.value == UINT64_MAX);
	CHECK(second.seccomp->syscalls[0].args[0].value_two.value == 1);
	CHECK(second.resources.rdma_count == 2 && second.resources.rdma[0].hca_handles.set);
	CHECK_TEXT(second.resources.rdma[1].device, "mlx5_1");
	CHECK(second.resources.rdma[1].hca_objects.value == 7);
	CHECK(second.time_offsets.monotonic.secs.value == -3 && second.namespaces_count == 6);
	CHECK(second.resources.devices_count == 2 && !second.resources.devices[0].allow);
}

static void test_hostile(void)
{
	autoarena arena = { 0 };
	struct config config = { 0 };
	struct err err = { 0 };
	size_t large = 50 << 20;
	char *text = arena_alloc(&arena, large + 1, 1);

	memset(text, '{', 100000);
	CHECK(read_spec(text, &config, &arena, &err) == -1);
	memset(text, '[', 100000);
	CHECK(read_spec(text, &config, &arena, &err) == -1);
	CHECK_TEXT(err.text, F "1:65: nested too deep");
	memset(text, ' ', large);
	put("config.json", text, large);
	CHECK(spec_read(scratch_dir, "B", &config, &arena, &err) == -1);
	CHECK_TEXT(err.text, "B: config.json: larger than the 16777216 bytes allowed");
	for (size_t length = 0; length < sizeof(rich) - 1; length += 7) {
		autoarena small = { 0 };
		struct config cut = { 0 };

		put("config.json", rich, length);
		CHECK(spec_read(scratch_dir, "B", &cut, &small, &err) == -1);
	}
	unlinkat(scratch_dir, "config.json", 0);
	CHECK(spec_read(scratch_dir, "B", &config, &arena, &err) == -1);
	CHECK_TEXT(err.text, "B: config.json: open: No such file or directory");
	mkdirat(scratch_dir, "config.json", 0755);
	CHECK(spec_read(scratch_dir, "B", &config, &arena, &err) == -1);
	CHECK_TEXT(err.text, "B: config.json: not a regular file");
	unlinkat(scratch_dir, "config.json", AT_REMOVEDIR);
}

static void make(const char *commands)
{
	char line[1000];

	snprintf(line, sizeof(line), "cd %s && { %s; } 2>&1", scratch, commands);
	CHECK(system(line) == 0);
}

/* clang-format off */
static const struct {
	const char *make, *wanted; /* in i/; i/r is the root; NULL passes */
} images[] = {
	{ "mkdir r", NULL },
	{ "mkdir r; touch r/manifest.json r/x.mtree", NULL },
	{ "mkdir r; touch index.json", NULL },
	{ "mkdir r; touch oci-layout", "bundle: an OCI image layout (it has oci-layout)" },
	{ "mkdir r blobs; touch index.json", "bundle: an OCI image layout (it has index.json and blobs)" },
	{ "mkdir -p r abc; touch manifest.json abc/layer.tar", "bundle: a docker save directory (it has manifest.json and layers)" },
	{ "mkdir r; touch umoci.json", "bundle: a bundle unpacked from an image (it has umoci.json)" },
	{ "mkdir r; touch sha256_ab.mtree", "bundle: a bundle unpacked from an image (it has a .mtree file)" },
	{ "mkdir r; touch r/oci-layout", "r: an OCI image layout (it has oci-layout)" },
	{ "mkdir r; touch r/manifest.json r/repositories", "r: a docker save directory (it has manifest.json and layers)" },
	{ "tar cf r -C / etc/hostname", "r: a tar archive, not a directory" },
	{ "echo x | gzip >r", "r: a gzip file, not a directory" },
	{ "printf '\\050\\265\\057\\375' >r", "r: a zstd file, not a directory" },
	{ "printf '\\3757zXZ\\000' >r", "r: an xz file, not a directory" },
};
/* clang-format on */

static void test_images(void)
{
	static const char hint[] =
		"\nhint: nucleus runs no layered images: build the root as a Nix closure (--closure "
		"DIR), or name a plain directory as the root";
	struct config config = { 0 };
	struct err err = { 0 };

	for (size_t i = 0; i < sizeof(images) / sizeof(*images); i++) {
		char command[300], wanted[400];
		int dir, result;

		snprintf(command, sizeof(command), "mkdir i; cd i; %s", images[i].make);
		make(command);
		dir = openat(scratch_dir, "i", O_PATH | O_CLOEXEC);
		err = (struct err){ 0 };
		result = image_refuse(dir, "r", &config, &err);
		close(dir);
		CHECK(result == (images[i].wanted ? -1 : 0));
		snprintf(wanted, sizeof(wanted), "%s%s", images[i].wanted ? images[i].wanted : "",
			images[i].wanted ? hint : "");
		CHECK_TEXT(err.text, wanted);
		make("rm -rf i");
	}
	make("echo no archive >i");
	CHECK(image_refuse(scratch_dir, "i", NULL, &err) == -1);
	CHECK_TEXT(err.text, "root i: not a directory");
	make("rm -rf i");
	config.annotations = (struct pairs){ true, 1,
		&(struct pair){ "org.opencontainers.image.ref.name", "latest" } };
	CHECK(image_refuse(-1, NULL, &config, &err) == -1);
	CHECK(!strncmp(err.text, "annotations.org.opencontainers.image.ref.name: this bundle", 58));
	config.annotations.items[0].key = "org.opencontainers.image.stopSignal";
	CHECK(image_refuse(-1, "/usr", &config, &err) == 0);
}

static void test_overlay(void)
{
	CHECK(overlay_lowers("rw,lowerdir=/a,upperdir=/u,workdir=/w", "/nix/store") == 1);
	CHECK(overlay_lowers("rw,lowerdir=/a:/b::/c,upperdir=/u", "/nix/store") == 3);
	CHECK(overlay_lowers("ro,lowerdir=/nix/store/a:/nix/store/b:/c", "/nix/store") == 1);
	CHECK(overlay_lowers("ro,lowerdir=/nix/storex:/nix/store/../../c", "/nix/store") == 1);
	/* A colon and a space within a name. */
	CHECK(overlay_lowers("ro,lowerdir=/a\\134:b\\040c", "/nix/store") == 1);
	CHECK(overlay_lowers("ro,lowerdir+=/a,lowerdir+=/b,datadir+=/c", "/nix/store") == 3);
	CHECK(overlay_lowers("ro", "/nix/store") == 0);
}

static void test_bundle(void)
{
	autoarena arena = { 0 };
	struct config config = { 0 }, again = { 0 };
	struct err err = { 0 };
	char path[100], wanted[300];
	struct stat status;

	CHECK(read_spec(rich, &config, &arena, &err) == 0);
	snprintf(path, sizeof(path), "%s/out", scratch);
	make("mkdir d; touch d/f; ln -s d/f l");
	config.mounts[1].source = arena_printf(&arena, "%s/l", scratch);
	CHECK(bundle_write(path, &config, &arena, &err) == 0);
	CHECK_TEXT(err.text, "");
	CHECK(fstatat(scratch_dir, "out/rootfs/proc", &status, 0) == 0 && S_ISDIR(status.st_mode));
	CHECK(fstatat(scratch_dir, "out/rootfs/b", &status, AT_SYMLINK_NOFOLLOW) == 0 &&
		S_ISREG(status.st_mode));
	autoclose out = open(path, O_PATH | O_CLOEXEC);
	CHECK(spec_read(out, "out", &again, &arena, &err) == 0);
	CHECK_TEXT(again.oci_version, "1.0.2");
	again.oci_version = config.oci_version;
	CHECK_TEXT(spec_write(&again, &arena), spec_write(&config, &arena));
	CHECK(bundle_write(path, &config, &arena, &err) == -1);
	snprintf(wanted, sizeof(wanted),
		"bundle %s: not empty\nhint: name a new or an empty directory", path);
	CHECK_TEXT(err.text, wanted);
	make("rm -rf out");
	/* The link itself. */
	config.mounts[1].options.items = (const char *[]){ "rbind", "copy-symlink" };
	config.mounts[1].options.count = 2;
	CHECK(bundle_write(path, &config, &arena, &err) == 0);
	CHECK(fstatat(scratch_dir, "out/rootfs/b", &status, AT_SYMLINK_NOFOLLOW) == 0 &&
		S_ISLNK(status.st_mode));
	make("rm -rf out");
	/* Nothing is left, but an empty directory that was there. */
	config.mounts[1].source = "/nonexistent";
	CHECK(bundle_write(path, &config, &arena, &err) == -1);
	snprintf(wanted, sizeof(wanted),
		"bundle %s: mount /b: look at /nonexistent: No such file or directory", path);
	CHECK_TEXT(err.text, wanted);
	CHECK(faccessat(scratch_dir, "out", F_OK, 0) < 0);
	make("mkdir out");
	CHECK(bundle_write(path, &config, &arena, &err) == -1);
	make("test -d out && test -z \"$(ls -A out)\"");
	make("rm -rf out d l");
}

static const char *status_of(const struct key *key)
{
	return key->type == KEY_REFUSED ? "refused" : key->type == KEY_IGNORED ? "ignored" : "done";
}

/* Calls visit for every property that has no rows of its own. */
static void rows_walk(const struct key *keys, const char *section,
	void (*visit)(const char *path, const struct key *key))
{
	for (const struct key *key = keys; key->name; key++) {
		char path[200];

		snprintf(path, sizeof(path), "%s%s%s%s", section, *section ? "." : "", key->name,
			key->type == KEY_LIST          ? "[]"
				: key->type == KEY_MAP ? ".*"
						       : "");
		if (key->keys)
			rows_walk(key->keys, path, visit);
		else
			visit(path, key);
	}
}

static void row_print(const char *path, const struct key *key)
{
	printf("| `%s` | %s | %s |\n", path, status_of(key), key->about);
}

static char *table;

static void row_check(const char *path, const struct key *key)
{
	char row[300];

	snprintf(row, sizeof(row), "\n| `%s` | %s |", path, status_of(key));
	if (!strstr(table, row))
		fprintf(stderr, "spec-compat/config.md lacks:%s\n", row);
	CHECK(strstr(table, row) != NULL);
}

static void test_table(void)
{
	autoarena arena = { 0 };
	struct bytes bytes;
	struct err err = { 0 };

	CHECK(file_read(AT_FDCWD, SOURCE_ROOT "/spec-compat/config.md", NULL, 1 << 20, &arena,
		      &bytes, &err) == 0);
	CHECK_TEXT(err.text, "");
	if (err.code)
		return;
	table = bytes.text;
	rows_walk(spec_keys, "", row_check);
	rows_walk(annotation_keys, "annotations", row_check);
}

int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "--table")) {
		rows_walk(spec_keys, "", row_print);
		rows_walk(annotation_keys, "annotations", row_print);
		return 0;
	}
	if (!mkdtemp(scratch))
		return 1;
	scratch_dir = open(scratch, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	test_bad();
	test_accepted();
	test_settled();
	test_round_trip();
	test_hostile();
	test_images();
	test_overlay();
	test_bundle();
	test_table();
	unlinkat(scratch_dir, "config.json", 0);
	close(scratch_dir);
	CHECK(rmdir(scratch) == 0);
	return check_result("oci");
}
