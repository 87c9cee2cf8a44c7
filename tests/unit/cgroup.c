/* What limits become on cgroup v1 and v2, and what device rules decide; no kernel needed. */
#include <fcntl.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "check.h"
#include "kernel/cgroup-devices.h"
#include "kernel/cgroup-limits.h"
#include "kernel/cgroup-parts.h"

#define INT(number)                            \
	{                                      \
		.set = true, .value = (number) \
	}

/* Where the controllers are, as struct cgroup_writes' on_v1 says it. */
enum { V1 = (1 << CGROUP_CONTROLLERS) - 1, V2 = 0 };

/* All writes as "file=value ...", or the error's text. */
static const char *writes_text(
	unsigned on_v1, const struct config_resources *resources, struct arena *arena)
{
	struct cgroup_writes writes = { .arena = arena, .on_v1 = on_v1 };
	const char *text = "";
	struct err err = { 0 };

	if (cgroup_limits(resources, &writes, &err) < 0)
		return arena_strdup(arena, err.text);
	for (size_t i = 0; i < writes.count; i++)
		text = arena_printf(arena, "%s%s%s=%s", text, i ? ", " : "", writes.items[i].file,
			writes.items[i].value);
	return text;
}

static void test_weights(void)
{
	CHECK(cgroup_v2_cpu_weight(2) == 1 && cgroup_v2_cpu_weight(262144) == 10000);
	CHECK(cgroup_v2_cpu_weight(1024) == 39);
	CHECK(cgroup_v2_cpu_weight(0) == 1 && cgroup_v2_cpu_weight(UINT64_MAX) == 10000);
	CHECK(cgroup_v2_io_weight(10) == 1 && cgroup_v2_io_weight(1000) == 10000);
	CHECK(cgroup_v2_io_weight(500) == 4950);
}

static void test_memory(struct arena *arena)
{
	struct config_resources resources = { 0 };

	CHECK_TEXT(writes_text(V2, &resources, arena), "");
	resources.memory.limit = (struct maybe_int)INT(1000);
	resources.memory.swap = (struct maybe_int)INT(1500);
	resources.memory.reservation = (struct maybe_int)INT(900);
	CHECK_TEXT(writes_text(V2, &resources, arena),
		"memory.max=1000, memory.low=900, memory.swap.max=500");
	CHECK_TEXT(writes_text(V1, &resources, arena),
		"memory.limit_in_bytes=1000, memory.soft_limit_in_bytes=900, "
		"memory.memsw.limit_in_bytes=1500");
	resources.memory.swap.value = 1000;
	resources.memory.reservation.set = false;
	CHECK_TEXT(writes_text(V2, &resources, arena), "memory.max=1000, memory.swap.max=0");
	resources.memory.swap.value = -1;
	resources.memory.limit.value = -1;
	CHECK_TEXT(writes_text(V2, &resources, arena), "memory.max=max, memory.swap.max=max");
	resources.memory.swap.value = 999;
	CHECK_TEXT(writes_text(V2, &resources, arena),
		"resources.memory.swap: 999 counts memory and swap together, so memory.limit must be "
		"given too");
	resources.memory.limit.value = 1000;
	CHECK_TEXT(writes_text(V2, &resources, arena),
		"resources.memory.swap: 999 counts memory and swap together, so it cannot be less than "
		"memory.limit 1000");
}

static void test_cpu_and_pids(struct arena *arena)
{
	struct config_resources resources = {
		.cpu = { .shares = INT(1024),
			.quota = INT(50000),
			.burst = INT(1000),
			.idle = INT(0),
			.cpus = "0-1",
			.mems = "0" },
		.pids = { .limit = INT(0) },
	};
	struct cgroup_writes writes = { .arena = arena };
	struct err err = { 0 };

	CHECK_TEXT(writes_text(V2, &resources, arena),
		"cpu.weight=39, cpu.max=50000, cpu.max.burst=1000, cpu.idle=0, cpuset.cpus=0-1, "
		"cpuset.mems=0, pids.max=0");
	CHECK(cgroup_limits(&resources, &writes, &err) == 0);
	CHECK(writes.items[writes.count - 1].late && !writes.items[0].late);
	resources.cpu.period = (struct maybe_uint)INT(20000);
	resources.pids.limit.value = -1;
	CHECK_TEXT(writes_text(V1, &resources, arena),
		"cpu.shares=1024, cpu.cfs_period_us=20000, cpu.cfs_quota_us=50000, "
		"cpu.cfs_burst_us=1000, cpu.idle=0, cpuset.cpus=0-1, cpuset.mems=0, pids.max=max");
	resources.cpu.quota.value = -1;
	resources.cpu.shares.set = resources.cpu.burst.set = resources.cpu.idle.set = false;
	resources.cpu.cpus = resources.cpu.mems = NULL;
	CHECK_TEXT(writes_text(V2, &resources, arena), "cpu.max=max 20000, pids.max=max");
}

static void test_io(struct arena *arena)
{
	struct config_block_limit rate = { .major = INT(8), .minor = INT(0), .rate = INT(1 << 20) };
	struct config_block_limit weight = { .major = INT(8), .minor = INT(16), .weight = INT(10) };
	struct config_hugepage_limit huge = { .page_size = "2MB", .limit = INT(4096) };
	struct config_resources resources = { 0 };
	struct cgroup_writes writes = { .arena = arena };
	struct err err = { 0 };

	resources.block_io.weight = (struct maybe_int)INT(1000);
	resources.block_io.weight_device = &weight;
	resources.block_io.read_bps = resources.block_io.write_iops = &rate;
	resources.block_io.weight_device_count = 1;
	resources.block_io.read_bps_count = resources.block_io.write_iops_count = 1;
	resources.hugepage_limits = &huge;
	resources.hugepage_limits_count = 1;
	CHECK_TEXT(writes_text(V1, &resources, arena),
		"blkio.bfq.weight=1000, blkio.bfq.weight_device=8:16 10, "
		"blkio.throttle.read_bps_device=8:0 1048576, "
		"blkio.throttle.write_iops_device=8:0 1048576, "
		"hugetlb.2MB.rsvd.limit_in_bytes=4096, hugetlb.2MB.limit_in_bytes=4096");
	CHECK_TEXT(writes_text(V2, &resources, arena),
		"io.bfq.weight=1000, io.bfq.weight=8:16 10, io.max=8:0 rbps=1048576, "
		"io.max=8:0 wiops=1048576, hugetlb.2MB.rsvd.max=4096, hugetlb.2MB.max=4096");
	CHECK(cgroup_limits(&resources, &writes, &err) == 0);
	CHECK_TEXT(writes.items[0].other_value, "10000");
	CHECK_TEXT(writes.items[1].other_value, "8:16 1");
	rate.rate.value = 0;
	resources.block_io.weight.set = false;
	resources.block_io.weight_device_count = resources.block_io.write_iops_count = 0;
	resources.hugepage_limits_count = 0;
	CHECK_TEXT(writes_text(V2, &resources, arena), "io.max=8:0 rbps=max");
}

static void test_v1_alone(struct arena *arena)
{
	struct config_interface_priority priority = { .name = "lo", .priority = INT(7) };
	struct config_rdma_limit rdma = { .device = "mlx5_1", .hca_objects = INT(9) };
	struct config_resources resources = {
		.memory = { .kernel = INT(-1),
			.kernel_tcp = INT(4096),
			.swappiness = INT(0),
			.disable_oom_killer = INT(false) },
		.cpu = { .realtime_period = INT(1000), .realtime_runtime = INT(-1) },
		.network = { .class_id = INT(1048577),
			.priorities = &priority,
			.priorities_count = 1 },
		.rdma = &rdma,
		.rdma_count = 1,
	};
	struct cgroup_writes writes = { .arena = arena };
	struct err err = { 0 };

	CHECK_TEXT(writes_text(V1, &resources, arena),
		"memory.kmem.limit_in_bytes=-1, memory.kmem.tcp.limit_in_bytes=4096, "
		"memory.swappiness=0, memory.oom_control=0, cpu.rt_period_us=1000, "
		"cpu.rt_runtime_us=-1, net_cls.classid=1048577, net_prio.ifpriomap=lo 7, "
		"rdma.max=mlx5_1 hca_object=9");
	resources.memory.disable_oom_killer.value = true;
	rdma.hca_handles = (struct maybe_uint)INT(3);
	CHECK(cgroup_limits(&resources, &writes, &err) == 0);
	CHECK(writes.items[0].verified && writes.items[1].verified && !writes.items[2].verified);
	CHECK_TEXT(writes.items[3].value, "1");
	CHECK_TEXT(writes.items[writes.count - 1].value, "mlx5_1 hca_handle=3 hca_object=9");
	/* Nothing to do, so no file of v2 is missed. */
	resources = (struct config_resources){ .memory = { .disable_oom_killer = INT(false) } };
	CHECK_TEXT(writes_text(V2, &resources, arena), "");
}

/* A directory with files as the kernel has them, and what saving and writing back makes of them. */
static void test_write_and_back(struct arena *arena)
{
	static const struct {
		const char *file, *before, *value, *back;
	} cases[] = {
		{ "pids.max", "max\n", "5", "max" },
		{ "cpu.max", "max 100000\n", "5 6", "max 100000" },
		{ "cpuset.cpus", "\n", "0-1", "\n" },
		{ "memory.oom_control", "oom_kill_disable 1\nunder_oom 0\n", "0", "1" },
		{ "io.weight", "default 70\n8:0 3\n", "5", "70" },
		{ "io.bfq.weight", "default 70\n", "8:0 5", "8:0 default" },
		{ "io.max", "8:0 rbps=1 wbps=max\n8:16 rbps=2 wbps=3\n", "8:16 rbps=9",
			"8:16 rbps=2 wbps=3" },
		{ "io.latency", "8:1 target=1\n", "8:16 target=9", "8:16 target=max" },
		{ "blkio.throttle.read_bps_device", "8:1 9\n", "8:16 5", "8:16 0" },
		{ "rdma.max", "mlx hca_handle=1 hca_object=max\n", "mlx hca_handle=9",
			"mlx hca_handle=1 hca_object=max" },
	};
	char path[] = "/tmp/test-cgroup-XXXXXX", command[64], text[256];
	struct run_cgroup cgroup = { .path = "/x" };
	struct err err = { 0 };

	CHECK(mkdtemp(path) != NULL);
	cgroup.v2 = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct cgroup_writes writes = { .arena = arena };
		struct cgroup_write *write = cgroup_write_add(&writes,
			(enum cgroup_controller)cgroup_controller_of(cases[i].file), "x",
			cases[i].file, cases[i].value);
		autoclose fd = openat(cgroup.v2, cases[i].file, O_CREAT | O_RDWR | O_CLOEXEC, 0600);

		if (!strncmp(cases[i].file, "blkio", 5))
			write->controller = CGROUP_IO;
		CHECK(fd_write_all(fd, cases[i].before, strlen(cases[i].before)) == 0);
		CHECK(cgroup_writes_save(&cgroup, &writes, &err) == 0);
		CHECK(ftruncate(fd, 0) == 0);
		CHECK(cgroup_write_limits(&cgroup, &writes, false, &err) == 0);
		CHECK(cgroup_read(cgroup.v2, cases[i].file, text, sizeof(text)) >= 0);
		CHECK_TEXT(text, cases[i].value);
		CHECK(ftruncate(fd, 0) == 0);
		cgroup_write_back(&cgroup, &writes);
		CHECK(pread(fd, text, sizeof(text) - 1, 0) == (ssize_t)strlen(cases[i].back));
		CHECK(!strncmp(text, cases[i].back, strlen(cases[i].back)));
	}
	snprintf(command, sizeof(command), "rm -r %s", path);
	CHECK(system(command) == 0);
	close(cgroup.v2);
}

static const char *unified_text(
	unsigned on_v1, const char *key, const char *value, struct arena *arena)
{
	struct pair pair = { key, value };
	struct config_resources resources = {
		.unified = { .set = true, .count = 1, .items = &pair },
	};

	return writes_text(on_v1, &resources, arena);
}

static void test_unified(struct arena *arena)
{
	CHECK_TEXT(unified_text(V2, "memory.high", "7", arena), "memory.high=7");
	CHECK_TEXT(unified_text(V2, "io.max", "8:0 rbps=1\n8:16 wbps=2\n", arena),
		"io.max=8:0 rbps=1, io.max=8:16 wbps=2");
	CHECK_TEXT(unified_text(V2, "cgroup.max.depth", "3", arena), "cgroup.max.depth=3");
	CHECK_TEXT(unified_text(V2, "cgroup.procs", "1", arena),
		"resources.unified: cgroup.procs is not a limit");
	CHECK_TEXT(unified_text(V2, "../memory.max", "1", arena),
		"resources.unified: ../memory.max: no controller of that name is known");
	CHECK_TEXT(unified_text(V2, "gadget.max", "1", arena),
		"resources.unified: gadget.max: no controller of that name is known");
	CHECK_TEXT(unified_text(V1, "memory.high", "7", arena),
		"resources.unified: memory.high is a file of cgroup v2, which is not what limits this "
		"here");
}

static const char *path_text(const char *cgroups_path, struct arena *arena)
{
	struct config config = { .cgroups_path = cgroups_path };
	char path[512];
	struct err err = { 0 };

	if (cgroup_path(&config, "id", path, &err) < 0)
		return arena_printf(arena, "! %s", err.text);
	return arena_strdup(arena, path);
}

static void test_path(struct arena *arena)
{
	CHECK_TEXT(path_text(NULL, arena), "/nucleus/id");
	CHECK_TEXT(path_text("/a/b", arena), "/a/b");
	CHECK_TEXT(path_text("a/b", arena), "/nucleus/a/b");
	CHECK_TEXT(path_text("/a:b:c", arena), "/a:b:c");
	CHECK(path_text("", arena)[0] == '!' && path_text("/", arena)[0] == '!');
	CHECK(path_text("/a/../b", arena)[0] == '!' && path_text("/..", arena)[0] == '!');
	CHECK(path_text("/a//b", arena)[0] == '!' && path_text("/a/", arena)[0] == '!');
	CHECK(path_text("/a/./b", arena)[0] == '!' && path_text("/a\nb", arena)[0] == '!');
	CHECK_TEXT(path_text("system.slice:nucleus:id", arena),
		"! linux.cgroupsPath: \"system.slice:nucleus:id\" names a systemd slice\n"
		"hint: give a path, or let systemd make it: --cgroup-manager systemd");
}

/* Runs the few instructions the compiler emits; true if the access is allowed. */
static bool program_allows(const struct device_rules *rules, struct arena *arena, unsigned type,
	unsigned access, unsigned major, unsigned minor)
{
	size_t length, at = 0;
	const struct bpf_insn *program = device_rules_compile(rules, arena, &length);
	unsigned long long registers[16] = { 0 };
	const unsigned context[] = { access << 16 | type, major, minor };

	for (int steps = 0; at < length && steps < 10000; steps++) {
		const struct bpf_insn *one = &program[at++];
		unsigned long long *to = &registers[one->dst_reg];

		if (one->code == (BPF_LDX | BPF_MEM | BPF_W))
			*to = context[one->off / 4];
		else if (one->code == (BPF_ALU64 | BPF_MOV | BPF_X))
			*to = registers[one->src_reg];
		else if (one->code == (BPF_ALU64 | BPF_MOV | BPF_K))
			*to = (unsigned long long)one->imm;
		else if (one->code == (BPF_ALU64 | BPF_AND | BPF_K))
			*to &= (unsigned long long)one->imm;
		else if (one->code == (BPF_ALU64 | BPF_RSH | BPF_K))
			*to >>= one->imm;
		else if (one->code == (BPF_JMP | BPF_JNE | BPF_K))
			at += *to != (unsigned long long)one->imm ? (size_t)one->off : 0;
		else if (one->code == (BPF_JMP | BPF_JEQ | BPF_K))
			at += *to == (unsigned long long)one->imm ? (size_t)one->off : 0;
		else
			return one->code == (BPF_JMP | BPF_EXIT) && registers[0] == 1;
	}
	CHECK(!"the program ends");
	return false;
}

enum { BLOCK = 1, CHARACTER = 2, MKNOD = 1, READ = 2, WRITE = 4 };

static void test_device_program(struct arena *arena)
{
	struct config_device_rule list[] = {
		{ false, NULL, { 0 }, { 0 }, "rwm" },
		{ true, "c", INT(10), { 0 }, "rw" },
		{ false, "c", INT(10), INT(200), "w" },
		{ true, "b", INT(8), INT(1), "r" },
		{ true, "b", INT(8), INT(1), "w" },
	};
	struct config config = { .resources = { .devices = list, .devices_count = 5 } };
	struct device_rules rules = { 0 };
	struct cgroup_writes writes = { .arena = arena };
	struct err err = { 0 };

	CHECK(device_rules_read(&config, arena, &rules, &err) == 0);
	CHECK(program_allows(&rules, arena, CHARACTER, READ | WRITE, 10, 1));
	CHECK(!program_allows(&rules, arena, CHARACTER, READ | MKNOD, 10, 1));
	CHECK(program_allows(&rules, arena, CHARACTER, READ, 10, 200));
	CHECK(!program_allows(&rules, arena, CHARACTER, WRITE, 10, 200));
	CHECK(!program_allows(&rules, arena, CHARACTER, READ | WRITE, 10, 200));
	CHECK(program_allows(&rules, arena, BLOCK, READ | WRITE, 8, 1));
	CHECK(!program_allows(&rules, arena, BLOCK, READ, 8, 0));
	CHECK(!program_allows(&rules, arena, CHARACTER, READ, 8, 1));
	/* The specification's default devices and the ptys. */
	CHECK(program_allows(&rules, arena, CHARACTER, READ | WRITE | MKNOD, 1, 3));
	CHECK(program_allows(&rules, arena, CHARACTER, READ | WRITE, 136, 77));
	CHECK(!program_allows(&rules, arena, CHARACTER, READ, 1, 1));
	CHECK(device_rules_v1(&rules, &writes, &err) < 0);
	CHECK_TEXT(err.text,
		"resources.devices: \"deny c 10:200 w\" after \"allow c 10:* rw\" cannot "
		"be expressed on cgroup v1");
	config.resources.devices_count = 0;
	rules = (struct device_rules){ 0 };
	CHECK(device_rules_read(&config, arena, &rules, &err) == 0 && rules.count == 0);
	CHECK(program_allows(&rules, arena, BLOCK, READ, 8, 0));
}

static void test_device_rules(struct arena *arena)
{
	struct config_device node = {
		.path = "/dev/fuse", .type = "c", .major = INT(10), .minor = INT(229)
	};
	struct config_device_rule list[] = { { false, "a", { 0 }, { 0 }, "rwm" },
		{ true, "a", INT(7), INT(-1), "r" } };
	struct config config = { .devices = &node,
		.devices_count = 1,
		.resources = { .devices = list, .devices_count = 2 } };
	struct device_rules rules = { 0 };
	struct cgroup_writes writes = { .arena = arena };
	struct err err = { 0 };

	CHECK(device_rules_read(&config, arena, &rules, &err) == 0);
	CHECK(device_rules_v1(&rules, &writes, &err) == 0 && writes.count == 12);
	CHECK_TEXT(writes.items[0].file, "devices.deny");
	CHECK_TEXT(writes.items[0].value, "a");
	CHECK_TEXT(writes.items[1].value, "b 7:* r");
	CHECK_TEXT(writes.items[2].value, "c 7:* r");
	CHECK_TEXT(writes.items[11].value, "c 10:229 m");
	CHECK_TEXT(writes.items[11].file, "devices.allow");
	list[1].access = NULL;
	CHECK(device_rules_read(&config, arena, &rules, &err) < 0);
	list[1].access = "";
	CHECK(device_rules_read(&config, arena, &rules, &err) < 0);
	list[1].access = "r";
	list[1].type = "q";
	CHECK(device_rules_read(&config, arena, &rules, &err) < 0);
}

int main(void)
{
	autoarena arena = { 0 };

	test_weights();
	test_memory(&arena);
	test_cpu_and_pids(&arena);
	test_io(&arena);
	test_v1_alone(&arena);
	test_write_and_back(&arena);
	test_unified(&arena);
	test_path(&arena);
	test_device_program(&arena);
	test_device_rules(&arena);
	return check_result("cgroup");
}
