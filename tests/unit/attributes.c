/*
 * attributes: what a process is given beside its rights, as config.json says it: refused with the
 * exact text, read and written back, and as much of carrying it out as needs no kernel that has it.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "check.h"
#include "config/bits.h"
#include "kernel/rdt.h"
#include "oci/spec.h"

static char scratch[] = "/tmp/nucleus-attributes.XXXXXX";
static int scratch_dir;

static void put(int dir, const char *name, const char *text)
{
	int fd = openat(dir, name, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0644);

	CHECK(fd >= 0 && fd_write_all(fd, text, strlen(text)) == 0);
	close(fd);
}

#define TOP(more) "{\"ociVersion\":\"1.3.0\",\"root\":{\"path\":\"r\"}," more "}"
#define PROCESS(more)                                              \
	TOP("\"linux\":{\"namespaces\":[{\"type\":\"mount\"}]},\n" \
	    "\"process\":{\"cwd\":\"/\"," more "}")
#define LINUX(more) TOP("\"linux\":{\"namespaces\":[{\"type\":\"mount\"}],\n" more "}")
#define SCHEDULER(more) PROCESS("\"scheduler\":{" more "}")
#define IO(more) PROCESS("\"ioPriority\":{" more "}")
#define LANDLOCK(more) PROCESS("\"landlock\":{" more "}")
#define HANDLED(more) LANDLOCK("\"ruleset\":{\"handledAccessFS\":[\"read_file\"]}," more)
#define MEMORY(more) LINUX("\"memoryPolicy\":{" more "}")
#define RDT(more) LINUX("\"intelRdt\":{" more "}")
#define F "B/config.json:2:"

/* clang-format off */
static const struct {
	const char *text, *wanted;
} bad[] = {
	{ SCHEDULER(""), F "34: process.scheduler.policy: missing" },
	{ SCHEDULER("\"policy\":\"SCHED_FAIR\""), F "44: process.scheduler.policy: \"SCHED_FAIR\" is not \"SCHED_OTHER\", \"SCHED_FIFO\", \"SCHED_RR\", \"SCHED_BATCH\", \"SCHED_ISO\", \"SCHED_IDLE\" or \"SCHED_DEADLINE\"\nhint: did you mean \"SCHED_FIFO\"?" },
	{ SCHEDULER("\"policy\":\"SCHED_ISO\""), F "44: process.scheduler.policy: no Linux has SCHED_ISO" },
	{ SCHEDULER("\"policy\":\"SCHED_FIFO\""), F "34: process.scheduler.priority: missing: SCHED_FIFO needs one from 1 to 99" },
	{ SCHEDULER("\"policy\":\"SCHED_RR\",\"priority\":0"), F "66: process.scheduler.priority: must be from 1 to 99, not 0" },
	{ SCHEDULER("\"policy\":\"SCHED_RR\",\"priority\":100"), F "66: process.scheduler.priority: must be from 1 to 99, not 100" },
	{ SCHEDULER("\"policy\":\"SCHED_OTHER\",\"priority\":1"), F "69: process.scheduler.priority: must be from 0 to 0, not 1" },
	{ SCHEDULER("\"policy\":\"SCHED_OTHER\",\"nice\":20"), F "65: process.scheduler.nice: must be from -20 to 19, not 20" },
	{ SCHEDULER("\"policy\":\"SCHED_OTHER\",\"nice\":-21"), F "65: process.scheduler.nice: must be from -20 to 19, not -21" },
	{ SCHEDULER("\"policy\":\"SCHED_OTHER\",\"nice\":\"1\""), F "65: process.scheduler.nice: expected an integer, found a string" },
	{ SCHEDULER("\"policy\":\"SCHED_OTHER\",\"flags\":[\"SCHED_FLAG_RECLAIM\",\"SCHED_FLAG_X\"]"), F "88: process.scheduler.flags[1]: \"SCHED_FLAG_X\" is no flag" },
	{ SCHEDULER("\"policy\":\"SCHED_DEADLINE\""), F "34: process.scheduler: SCHED_DEADLINE needs 0 < runtime <= deadline <= period" },
	{ SCHEDULER("\"policy\":\"SCHED_DEADLINE\",\"runtime\":3,\"deadline\":2,\"period\":4"), F "34: process.scheduler: SCHED_DEADLINE needs 0 < runtime <= deadline <= period" },
	{ SCHEDULER("\"policy\":\"SCHED_DEADLINE\",\"runtime\":1,\"deadline\":5,\"period\":4"), F "34: process.scheduler: SCHED_DEADLINE needs 0 < runtime <= deadline <= period" },
	{ SCHEDULER("\"policy\":\"SCHED_DEADLINE\",\"runtime\":-1"), F "71: process.scheduler.runtime: must not be negative" },
	{ IO("\"priority\":1"), F "35: process.ioPriority.class: missing" },
	{ IO("\"class\":\"IOPRIO_CLASS_NONE\",\"priority\":1"), F "44: process.ioPriority.class: \"IOPRIO_CLASS_NONE\" is not \"IOPRIO_CLASS_RT\", \"IOPRIO_CLASS_BE\" or \"IOPRIO_CLASS_IDLE\"\nhint: did you mean \"IOPRIO_CLASS_BE\"?" },
	{ IO("\"class\":\"IOPRIO_CLASS_BE\""), F "35: process.ioPriority.priority: missing" },
	{ IO("\"class\":\"IOPRIO_CLASS_BE\",\"priority\":8"), F "73: process.ioPriority.priority: must be from 0 to 7, not 8" },
	{ IO("\"class\":\"IOPRIO_CLASS_IDLE\",\"priority\":-1"), F "75: process.ioPriority.priority: must be from 0 to 7, not -1" },
	{ PROCESS("\"execCPUAffinity\":{\"initial\":\"0-\"}"), F "51: process.execCPUAffinity.initial: \"0-\" is no list like 0-3,7" },
	{ PROCESS("\"execCPUAffinity\":{\"final\":\"3-1\"}"), F "49: process.execCPUAffinity.final: \"3-1\" is no list like 0-3,7" },
	{ PROCESS("\"execCPUAffinity\":{\"final\":\"0,8192\"}"), F "49: process.execCPUAffinity.final: \"0,8192\" is no list like 0-3,7" },
	{ PROCESS("\"apparmorProfile\":1"), F "40: process.apparmorProfile: expected a string, found an integer" },
	{ PROCESS("\"selinuxLabel\":[]"), F "37: process.selinuxLabel: expected a string, found an array" },
	{ LINUX("\"personality\":{\"domain\":\"SVR4\"}"), F "25: linux.personality.domain: \"SVR4\" is not \"LINUX\" or \"LINUX32\"" },
	{ LINUX("\"personality\":{\"domain\":\"LINUX\",\"flags\":[\"ADDR_NO_RANDOMIZE\"]}"), F "33: linux.personality.flags: the specification knows no flag of a personality" },
	{ MEMORY("\"nodes\":\"0\""), F "16: linux.memoryPolicy.mode: missing" },
	{ MEMORY("\"mode\":\"MPOL_ANY\""), F "24: linux.memoryPolicy.mode: \"MPOL_ANY\" is not \"MPOL_DEFAULT\", \"MPOL_PREFERRED\", \"MPOL_BIND\", \"MPOL_INTERLEAVE\", \"MPOL_LOCAL\", \"MPOL_PREFERRED_MANY\" or \"MPOL_WEIGHTED_INTERLEAVE\"\nhint: did you mean \"MPOL_BIND\"?" },
	{ MEMORY("\"mode\":\"MPOL_BIND\""), F "16: linux.memoryPolicy: MPOL_BIND needs nodes" },
	{ MEMORY("\"mode\":\"MPOL_BIND\",\"nodes\":\"\""), F "16: linux.memoryPolicy: MPOL_BIND needs nodes" },
	{ MEMORY("\"mode\":\"MPOL_DEFAULT\",\"nodes\":\"0\""), F "47: linux.memoryPolicy.nodes: MPOL_DEFAULT takes none" },
	{ MEMORY("\"mode\":\"MPOL_BIND\",\"nodes\":\"0..3\""), F "44: linux.memoryPolicy.nodes: \"0..3\" is no list like 0-3,7" },
	{ MEMORY("\"mode\":\"MPOL_BIND\",\"nodes\":\"0\",\"flags\":[\"MPOL_F_X\"]"), F "57: linux.memoryPolicy.flags[0]: \"MPOL_F_X\" is no flag" },
	{ RDT("\"closID\":\"../x\""), F "22: linux.intelRdt.closID: \"../x\" is no name of a class" },
	{ RDT("\"closID\":\"info\""), F "22: linux.intelRdt.closID: \"info\" is no name of a class" },
	{ RDT("\"memBwSchema\":\"L3:0=f\""), F "27: linux.intelRdt.memBwSchema: must be one line that begins with MB:" },
	{ RDT("\"memBwSchema\":\"MB:0=f\\nMB:1=f\""), F "27: linux.intelRdt.memBwSchema: must be one line that begins with MB:" },
	{ RDT("\"schemata\":[\"L3:0=f\",\"a\\nb\"]"), F "34: linux.intelRdt.schemata[1]: must be one line" },
	{ LANDLOCK("\"ruleset\":{\"handledAcessFS\":[\"execute\"]}"), F "45: process.landlock.ruleset: unknown key \"handledAcessFS\"\nhint: did you mean \"handledAccessFS\"?" },
	{ LANDLOCK("\"rule\":{}"), F "34: process.landlock: unknown key \"rule\"\nhint: did you mean \"rules\"?" },
	{ LANDLOCK("\"ruleset\":{\"handledAccessFS\":[\"LANDLOCK_ACCESS_FS_EXECUTE\"]}"), F "64: process.landlock.ruleset.handledAccessFS[0]: \"LANDLOCK_ACCESS_FS_EXECUTE\" is no right that Landlock knows" },
	{ LANDLOCK("\"ruleset\":{\"handledAccessFS\":[\"execute\",65536]}"), F "74: process.landlock.ruleset.handledAccessFS[1]: \"65536\" is no right that Landlock knows" },
	{ LANDLOCK("\"ruleset\":{\"handledAccessFS\":[0]}"), F "64: process.landlock.ruleset.handledAccessFS[0]: \"0\" is no right that Landlock knows" },
	{ LANDLOCK("\"ruleset\":{\"handledAccessFS\":[-1]}"), F "64: process.landlock.ruleset.handledAccessFS[0]: \"-1\" is no right that Landlock knows" },
	{ LANDLOCK("\"ruleset\":{\"handledAccessFS\":[18446744073709551615]}"), F "64: process.landlock.ruleset.handledAccessFS[0]: \"18446744073709551615\" is no right that Landlock knows" },
	{ LANDLOCK("\"ruleset\":{\"handledAccessFS\":[1.5]}"), F "64: process.landlock.ruleset.handledAccessFS[0]: expected a string, found a decimal number" },
	{ LANDLOCK("\"ruleset\":{\"handledAccessFS\":\"execute\"}"), F "63: process.landlock.ruleset.handledAccessFS: expected an array, found a string" },
	{ LANDLOCK("\"ruleset\":{\"handledAccessNet\":[\"bind\"]}"), F "65: process.landlock.ruleset.handledAccessNet[0]: \"bind\" is no right that Landlock knows" },
	{ LANDLOCK("\"ruleset\":{\"scoped\":[\"all\"]}"), F "55: process.landlock.ruleset.scoped[0]: \"all\" is no right that Landlock knows" },
	{ LANDLOCK("\"rules\":{\"pathBeneath\":[{\"allowedAccess\":[\"execute\"],\"paths\":[\"/\"]}]}"), F "75: process.landlock.rules.pathBeneath[0].allowedAccess: \"execute\" is allowed but not handled: name it in ruleset too" },
	{ HANDLED("\"rules\":{\"pathBeneath\":[{\"allowedAccess\":[\"read_file\",\"execute\"],\"paths\":[\"/\"]}]}"), F "119: process.landlock.rules.pathBeneath[0].allowedAccess: \"execute\" is allowed but not handled: name it in ruleset too" },
	{ HANDLED("\"rules\":{\"pathBeneath\":[{\"allowedAccess\":[6],\"paths\":[\"/\"]}]}"), F "119: process.landlock.rules.pathBeneath[0].allowedAccess: \"write_file\" is allowed but not handled: name it in ruleset too" },
	{ HANDLED("\"rules\":{\"pathBeneath\":[{\"allowedAccess\":[\"read\"],\"paths\":[\"/\"]}]}"), F "120: process.landlock.rules.pathBeneath[0].allowedAccess[0]: \"read\" is no right that Landlock knows" },
	{ HANDLED("\"rules\":{\"pathBeneath\":[{\"allowedAccess\":[4],\"paths\":[\"/a\",\"b\"]}]}"), F "137: process.landlock.rules.pathBeneath[0].paths[1]: must be absolute" },
	{ HANDLED("\"rules\":{\"pathBeneath\":[{\"allowedAccess\":[4],\"path\":\"/a\"}]}"), F "123: process.landlock.rules.pathBeneath[0]: unknown key \"path\"\nhint: did you mean \"paths\"?" },
	{ HANDLED("\"rules\":{\"netPort\":[{\"allowedAccess\":[\"bind_tcp\"],\"port\":1}]}"), F "115: process.landlock.rules.netPort[0].allowedAccess: \"bind_tcp\" is allowed but not handled: name it in ruleset too" },
	{ HANDLED("\"rules\":{\"netPort\":[{\"port\":65536}]}"), F "106: process.landlock.rules.netPort[0].port: must be from 0 to 65535, not 65536" },
	{ HANDLED("\"rules\":{\"netPort\":[{}]}"), F "98: process.landlock.rules.netPort[0].port: missing" },
	{ HANDLED("\"disableBestEffort\":1"), F "98: process.landlock.disableBestEffort: expected a boolean, found an integer" },
};
/* clang-format on */

static int read_spec(const char *text, struct config *config, struct arena *arena, struct err *err)
{
	put(scratch_dir, "config.json", text);
	return spec_read(scratch_dir, "B", config, arena, err);
}

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

static const char rich[] = TOP(
	"\"process\":{\"cwd\":\"/\",\"args\":[\"sh\"],\"user\":{\"uid\":1,\"gid\":1},\"apparmorProfile\":\"p\",\"selinuxLabel\":"
	"\"a:b:c:s0\",\"scheduler\":{\"policy\":\"SCHED_DEADLINE\",\"nice\":-3,\"flags\":"
	"[\"SCHED_FLAG_RESET_ON_FORK\"],\"runtime\":1,\"deadline\":2,\"period\":"
	"18446744073709551615},\"ioPriority\":{\"class\":\"IOPRIO_CLASS_RT\",\"priority\":0},"
	"\"execCPUAffinity\":{\"initial\":\"7\",\"final\":\"0-3, 7\"},\"landlock\":{\"ruleset\":{"
	"\"handledAccessFS\":[\"execute\",6,\"ioctl_dev\"],\"handledAccessNet\":[3],\"scoped\":"
	"[\"signal\"]},\"rules\":{\"pathBeneath\":[{\"allowedAccess\":[\"execute\",\"4\"],"
	"\"paths\":[\"/a\",\"/b\"]},{\"paths\":[]}],\"netPort\":[{\"allowedAccess\":"
	"[\"connect_tcp\"],\"port\":443}]},\"disableBestEffort\":true}},\"linux\":{\"namespaces\":"
	"[{\"type\":\"mount\"}],\"mountLabel\":\"m\",\"personality\":{\"domain\":\"LINUX32\","
	"\"flags\":[]},\"memoryPolicy\":{\"mode\":\"MPOL_WEIGHTED_INTERLEAVE\",\"nodes\":\"0-1\","
	"\"flags\":[\"MPOL_F_STATIC_NODES\"]},\"intelRdt\":{\"closID\":\"c\",\"l3CacheSchema\":"
	"\"L3:0=f\",\"memBwSchema\":\"MB:0=10\",\"schemata\":[\"L2:0=1\"],\"enableMonitoring\":"
	"true}}");

/* What is kept of a container for later commands is all there is to know of it. */
static void test_round_trip(void)
{
	autoarena arena = { 0 };
	struct config first = { 0 }, second = { 0 };
	struct err err = { 0 };
	const struct config_landlock *landlock;
	char *written;

	CHECK(read_spec(rich, &first, &arena, &err) == 0);
	CHECK_TEXT(err.text, "");
	written = spec_write(&first, &arena);
	put(scratch_dir, "config.json", written);
	CHECK(spec_read_kept(scratch_dir, "B", &second, &arena, &err) == 0);
	CHECK_TEXT(spec_write(&second, &arena), written);
	landlock = second.process.landlock;
	CHECK(landlock && landlock->disable_best_effort && landlock->rules_count == 2);
	CHECK(landlock->handled_fs.count == 3 && landlock->rules[0].paths.count == 2);
	CHECK_TEXT(landlock->handled_fs.items[1], "6");
	CHECK(landlock->net_count == 1 && landlock->net[0].port.value == 443);
	CHECK(!second.landlock);
	CHECK(second.process.scheduler->period.value == UINT64_MAX);
	CHECK(second.process.scheduler->nice.value == -3);
	CHECK(second.process.io_priority->priority.set && second.process.io_priority->class == 1);
	CHECK_TEXT(second.process.exec_cpu_affinity.final, "0-3, 7");
	CHECK(second.personality == PERSONALITY_LINUX32 && second.memory_policy->mode == 7);
	CHECK(second.rdt->enable_monitoring && second.rdt->schemata.count == 1);
	CHECK_TEXT(second.mount_label, "m");
}

static void test_lists(void)
{
	static const struct {
		const char *text;
		int size;
		uint64_t low;
	} lists[] = { { "", 0, 0 }, { "  ", 0, 0 }, { "0", 1, 1 }, { "63", 64, 1ULL << 63 },
		{ "0-3,7", 8, 0x8f }, { " 1 , 2 - 4 ", 5, 0x1e }, { "8191", 8192, 0 },
		{ "8192", -1, 0 }, { "99999999999", -1, 0 }, { ",", -1, 0 }, { "1,", -1, 0 },
		{ "1 2", -1, 0 }, { "-1", -1, 0 }, { "2-1", -1, 0 }, { "1-2-3", -1, 0 },
		{ "0x1", -1, 0 }, { "a", -1, 0 } };
	uint64_t bits[BITS_MOST / BITS_WORD];

	for (size_t i = 0; i < sizeof(lists) / sizeof(*lists); i++) {
		CHECK(bits_listed(lists[i].text, bits) == lists[i].size);
		CHECK(lists[i].size < 0 || bits[0] == lists[i].low);
	}
}

static void test_schemata(void)
{
	static const char schemata[] = "    MB:0= 90;1=100\n    L3:0=0ff;1=7ff\nL2:0=f\n";

	CHECK(rdt_schema_held(schemata, "L3:0=ff;1=7ff"));
	CHECK(rdt_schema_held(schemata, "L3:1=7FF"));
	CHECK(rdt_schema_held(schemata, "MB:0=90;1=100\nL2:0=f\n"));
	CHECK(!rdt_schema_held(schemata, "L3:0=fe;1=7ff"));
	CHECK(!rdt_schema_held(schemata, "L3:2=ff"));
	CHECK(!rdt_schema_held(schemata, "L:0=ff"));
	CHECK(!rdt_schema_held(schemata, "L3CODE:0=ff"));
	CHECK(!rdt_schema_held(schemata, "L3"));
	CHECK(!rdt_schema_held(schemata, "L3:0=ff junk"));
}

static char *content(const char *path, struct arena *arena)
{
	char *text = arena_alloc(arena, 1, 1000);
	int fd = openat(scratch_dir, path, O_RDONLY | O_CLOEXEC);

	CHECK(fd >= 0 && read(fd, text, 999) >= 0);
	close(fd);
	return text;
}

/* A directory stands for resctrl: what is made there has no files, as only the kernel makes them.
 */
static void test_groups(void)
{
	autoarena arena = { 0 };
	struct err err = { 0 };
	char made[RESCTRL_PATH_SIZE] = "";
	struct config_rdt rdt = { .clos_id = "shared" };

	CHECK(rdt_join(scratch_dir, &rdt, "id", 77, made, &arena, &err) == -1);
	CHECK_TEXT(
		err.text, "class \"shared\" is not there, and no shares are given to make it with");
	mkdirat(scratch_dir, "shared", 0755);
	put(scratch_dir, "shared/tasks", "");
	put(scratch_dir, "shared/schemata", "L3:0=0f\nMB:0= 10\n");
	CHECK(rdt_join(scratch_dir, &rdt, "id", 77, made, &arena, &err) == 0);
	CHECK_TEXT(content("shared/tasks", &arena), "77");
	CHECK_TEXT(content("shared/schemata", &arena), "L3:0=0f\nMB:0= 10\n");
	CHECK_TEXT(made, "");
	/* What the class has already may be asked for, anything else may not. */
	rdt.l3_cache_schema = "L3:0=ff";
	CHECK(rdt_join(scratch_dir, &rdt, "id", 77, made, &arena, &err) == -1);
	CHECK_TEXT(
		err.text, "class \"shared\" is there already, with other shares than \"L3:0=ff\"");
	rdt.l3_cache_schema = "L3:0=f";
	CHECK(rdt_join(scratch_dir, &rdt, "id", 77, made, &arena, &err) == 0);
	CHECK_TEXT(content("shared/schemata", &arena), "L3:0=f\n\nMB:0= 10\n");
	/* A class of its own is made under its name, and is what delete removes. */
	rdt = (struct config_rdt){ 0 };
	CHECK(rdt_join(scratch_dir, &rdt, "id", 77, made, &arena, &err) == -1);
	CHECK(!strncmp(err.text, "put the first process into the resctrl group: No such", 52));
	CHECK_TEXT(made, "id");
	made[0] = '\0';
	CHECK(rdt_join(scratch_dir, &rdt, "id", 77, made, &arena, &err) == -1);
	CHECK_TEXT(err.text, "make the resctrl group id: File exists");
	CHECK_TEXT(made, "");
	/* In the default class only the monitoring group is its own. */
	mkdirat(scratch_dir, "mon_groups", 0755);
	put(scratch_dir, "tasks", "");
	rdt = (struct config_rdt){ .clos_id = "/", .enable_monitoring = true };
	CHECK(rdt_join(scratch_dir, &rdt, "id", 78, made, &arena, &err) == -1);
	CHECK_TEXT(content("tasks", &arena), "78");
	CHECK_TEXT(made, "./mon_groups/id");
	CHECK(unlinkat(scratch_dir, made, AT_REMOVEDIR) == 0);
}

int main(void)
{
	char command[100];

	if (!mkdtemp(scratch))
		return 1;
	scratch_dir = open(scratch, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	test_bad();
	test_round_trip();
	test_lists();
	test_schemata();
	test_groups();
	close(scratch_dir);
	snprintf(command, sizeof(command), "rm -rf %s", scratch);
	CHECK(system(command) == 0);
	return check_result("attributes");
}
