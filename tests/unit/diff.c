/*
 * What a difference of configs comes to, and that no value of a config is without its row: the
 * readers' own rows are gone through, so that a new property is noticed here when it is added.
 */
#include <linux/bpf_common.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/err.h"
#include "check.h"
#include "diff/diff.h"
#include "diff/places.h"
#include "diff/values.h"
#include "diff/words.h"
#include "format/json.h"
#include "oci/spec.h"

static struct arena arena;

/* --- every value has its row ------------------------------------------------------------------ */

/* A row's path with "[]" for items known by name. */
static const char *plain_path(const char *path)
{
	const char *plain = "", *open;

	while ((open = strchr(path, '['))) {
		plain = arena_printf(&arena, "%s%.*s[]", plain, (int)(open - path), path);
		path = strchr(open, ']') + 1;
	}
	return arena_printf(&arena, "%s%s", plain, path);
}

static bool is_covered(const char *path)
{
	for (const struct value *value = values; value->path; value++)
		if (!strcmp(plain_path(value->path), path))
			return true;
	return false;
}

static void rows_walk(const struct key *keys, const char *above)
{
	for (const struct key *key = keys; key->name; key++) {
		const char *path = arena_printf(
			&arena, "%s%s%s", above, *above ? "." : "", key->name);
		const char *item = key->type == KEY_LIST                 ? "[]"
			: key->type == KEY_MAP || key->type == KEY_PAIRS ? "{}"
									 : "";

		if (key->type == KEY_REFUSED || key->type == KEY_IGNORED || is_covered(path))
			continue;
		path = arena_printf(&arena, "%s%s", path, item);
		if (is_covered(path))
			continue;
		if (key->keys) {
			rows_walk(key->keys, path);
			continue;
		}
		fprintf(stderr, "src/diff/value-rows.c has no row for %s\n", path);
		CHECK(!"every value of a config has its row");
	}
}

static void test_rows(void)
{
	rows_walk(spec_keys, "");
	rows_walk(annotation_keys, "");
	CHECK(is_covered("process.user.uid") && !is_covered("process.user.shoe"));
	CHECK(is_covered("process.rlimits[].soft") && !is_covered("process.rlimits[].shoe"));
}

/* --- words ------------------------------------------------------------------------------------ */

static bool words_hold(const struct word_test *tests, size_t count, uint32_t value)
{
	for (size_t i = 0; i < count; i++)
		if (word_test_holds(tests[i].op, value & tests[i].mask, tests[i].constant) !=
			tests[i].truth)
			return false;
	return true;
}

/* Against every value of a small word: the constants keep to 6 bits. */
static void test_words(void)
{
	static const uint16_t ops[] = { BPF_JEQ, BPF_JGT, BPF_JGE, BPF_JSET };
	int wrong = 0;

	srand(1);
	for (int round = 0; round < 20000; round++) {
		struct word_test tests[4];
		size_t count = 1 + (size_t)rand() % 4, steps = 1 << 20;
		bool found = false, solved;
		uint32_t value;

		for (size_t i = 0; i < count; i++)
			tests[i] = (struct word_test){ 5, ops[rand() % 4],
				rand() % 2 ? ~0U : (uint32_t)rand() % 64, (uint32_t)rand() % 64,
				rand() % 2 };
		solved = word_solve(tests, count, 5, &steps, &value);
		for (uint32_t one = 0; one < 128 && !found; one++)
			found = words_hold(tests, count, one);
		wrong += solved != found || (solved && !words_hold(tests, count, value));
	}
	CHECK(wrong == 0);
}

/* --- configs ---------------------------------------------------------------------------------- */

static struct config config_of(const char *text)
{
	struct config config = { 0 };
	struct err err = { 0 };
	struct node *root = json_read(&arena, text, strlen(text), &err);

	CHECK(root && rows_read(spec_keys, root, &config, &arena, UNKNOWN_REFUSED, "a", &err) == 0);
	return config;
}

static struct diff diff_of(const struct config *a, const struct config *b)
{
	struct diff diff = { 0 };
	struct err err = { 0 };

	CHECK(diff_make(a, b, &arena, &diff, &err) == 0);
	return diff;
}

/* The differences as one text: "+ subject: change; ...". */
static const char *told(const char *a, const char *b)
{
	static const char signs[] = "~-+!";
	struct config one = config_of(a), other = config_of(b);
	struct diff diff = diff_of(&one, &other), back = diff_of(&other, &one);
	const char *text = "";

	for (size_t i = 0; i < diff.count; i++) {
		text = arena_printf(&arena, "%s%s%c %s: %s", text, *text ? "; " : "",
			signs[diff.items[i].way], diff.items[i].subject, diff.items[i].change);
		CHECK((diff.items[i].way >= DIFF_WIDER) == (diff.items[i].witness != NULL));
	}
	/* What is wider one way is narrower the other. */
	CHECK(diff_widens(&diff) == diff_narrows(&back));
	CHECK(diff_narrows(&diff) == diff_widens(&back));
	CHECK(diff.count == back.count);
	CHECK(diff_of(&one, &one).count == 0);
	return text;
}

#define RESOURCES(text) "{\"linux\":{\"resources\":{" text "}}}"

static void test_limits(void)
{
	CHECK_TEXT(
		told(RESOURCES("\"memory\":{\"limit\":5}"), RESOURCES("\"memory\":{\"limit\":-1}")),
		"+ memory.limit: 5 -> no limit");
	CHECK_TEXT(told(RESOURCES("\"memory\":{\"limit\":-1}"), "{}"), "");
	CHECK_TEXT(told(RESOURCES("\"cpu\":{\"quota\":100,\"period\":200}"),
			   RESOURCES("\"cpu\":{\"quota\":50000}")),
		"");
	CHECK_TEXT(told(RESOURCES("\"cpu\":{\"quota\":50000}"), "{}"),
		"+ processors: 0.5 -> no limit");
	CHECK_TEXT(told(RESOURCES("\"cpu\":{\"cpus\":\"0-3\"}"),
			   RESOURCES("\"cpu\":{\"cpus\":\"0,1\"}")),
		"- which processors: 0-3 -> 0,1");
	CHECK_TEXT(told("{\"process\":{\"rlimits\":[{\"type\":\"RLIMIT_CORE\",\"hard\":1},"
			"{\"type\":\"RLIMIT_NOFILE\",\"hard\":9}]}}",
			   "{\"process\":{\"rlimits\":[{\"type\":\"RLIMIT_NOFILE\",\"hard\":8},"
			   "{\"type\":\"RLIMIT_CORE\",\"hard\":1}]}}"),
		"- rlimits[RLIMIT_NOFILE].hard: 9 -> 8");
}

static void test_values(void)
{
	CHECK_TEXT(told("{}", "{}"), "");
	CHECK_TEXT(told("{\"process\":{\"noNewPrivileges\":true}}", "{}"),
		"+ noNewPrivileges: true -> (none)");
	CHECK_TEXT(told("{\"linux\":{\"sysctl\":{\"a\":\"1\",\"b\":\"2\"}}}",
			   "{\"linux\":{\"sysctl\":{\"b\":\"2\",\"a\":\"0\"}}}"),
		"! sysctl.a: 1 -> 0");
	CHECK_TEXT(told("{\"process\":{\"env\":[\"A=1\",\"B=2\"]}}",
			   "{\"process\":{\"env\":[\"B=3\",\"C=4\"]}}"),
		"~ env B: another value; ~ env C: new; ~ env A: gone");
	CHECK_TEXT(told("{\"hooks\":{\"prestart\":[{\"path\":\"/x\"}]}}", "{}"),
		"! hooks: {\"prestart\":[{\"path\":\"/x\"}]} -> (none)");
	CHECK_TEXT(told("{\"process\":{\"user\":{\"umask\":63}}}", "{}"),
		"+ user.umask: 0077 -> 0022");
	CHECK_TEXT(told("{\"process\":{\"user\":{\"additionalGids\":[4]}}}",
			   "{\"process\":{\"user\":{\"additionalGids\":[4,5]}}}"),
		"+ user.additionalGids: [4] -> [4,5]");
}

static void test_devices(void)
{
#define RULES(more) RESOURCES("\"devices\":[{\"allow\":false,\"access\":\"rwm\"}" more "]")
	CHECK_TEXT(told(RULES(""),
			   RULES(",{\"allow\":true,\"type\":\"c\",\"major\":10,\"minor\":200,"
				 "\"access\":\"rw\"}")),
		"+ c 10:200: rw");
	CHECK_TEXT(told(RULES(""), "{}"), "+ b *:*: rwm; + c *:*: rwm");
}

static void test_mounts(void)
{
#define TMPFS(options) \
	"{\"mounts\":[{\"destination\":\"/tmp/\",\"type\":\"tmpfs\",\"options\":[" options "]}]}"
	CHECK_TEXT(told(TMPFS("\"noexec\",\"size=1k\""), TMPFS("\"size=1024\",\"nodev\"")),
		"- /tmp: nodev; + /tmp: no longer noexec");
	CHECK_TEXT(told(TMPFS("\"size=1k\""), TMPFS("\"mode=1777\"")),
		"+ /tmp: size 1024 -> no limit; ! /tmp: options (none) -> mode=1777");
	CHECK_TEXT(told("{\"linux\":{\"maskedPaths\":[\"/a\"]}}",
			   "{\"linux\":{\"readonlyPaths\":[\"/a/b\",\"/a\"]}}"),
		"+ /a: hidden -> read-only; + /a/b: hidden -> read-only");
}

static void test_namespaces(void)
{
	CHECK_TEXT(told("{\"linux\":{\"namespaces\":[{\"type\":\"pid\"},{\"type\":\"ipc\"}]}}",
			   "{\"linux\":{\"namespaces\":[{\"type\":\"ipc\",\"path\":\"/x\"}]}}"),
		"+ pid: its own -> the host's; + ipc: its own -> /x");
#define IDS(first, size)                                                                        \
	"{\"linux\":{\"namespaces\":[{\"type\":\"user\"}],\"uidMappings\":[{\"containerID\":0," \
	"\"hostID\":" first ",\"size\":" size "}]}}"
	CHECK_TEXT(
		told(IDS("1000", "10"), IDS("1000", "11")), "+ user: can act as the host's 1010");
	CHECK_TEXT(told(IDS("1000", "10"), IDS("1001", "9")),
		"+ user: can act as the host's 1001; - user: cannot act as the host's 1000");
}

static void test_syscalls(void)
{
#define CALL(name, action, args) \
	"{\"names\":[\"" name "\"],\"action\":\"SCMP_ACT_" action "\",\"args\":[" args "]}"
#define PROFILE(calls)                                                   \
	"{\"linux\":{\"seccomp\":{\"defaultAction\":\"SCMP_ACT_ERRNO\"," \
	"\"defaultErrnoRet\":1,\"syscalls\":[" calls "]}}}"
#define TEST(index, op, value, two) \
	"{\"index\":" #index ",\"op\":\"SCMP_CMP_" op "\",\"value\":" value ",\"valueTwo\":" two "}"
	CHECK_TEXT(told(PROFILE(CALL("read", "ALLOW", "")), PROFILE(CALL("bpf", "ALLOW", ""))),
		"- read: allow -> errno EPERM (x86_64); + bpf: errno EPERM -> allow (x86_64)");
	/* The same rules in another order and form. */
	CHECK_TEXT(told(PROFILE(CALL("socket", "ALLOW", TEST(0, "LT", "2", "0"))),
			   PROFILE(CALL("socket", "ALLOW", TEST(0, "EQ", "1", "0")) "," CALL(
				   "socket", "ALLOW", TEST(0, "EQ", "0", "0")))),
		"");
	CHECK_TEXT(told(PROFILE(CALL("socket", "ALLOW", TEST(0, "LE", "2", "0"))),
			   PROFILE(CALL("socket", "ALLOW", TEST(0, "LE", "3", "0")))),
		"+ socket(0x3, ...): errno EPERM -> allow (x86_64)");
	/* One bit of a mask less is looked at. */
	CHECK_TEXT(told(PROFILE(CALL("clone", "ALLOW", TEST(0, "MASKED_EQ", "805306368", "0"))),
			   PROFILE(CALL("clone", "ALLOW", TEST(0, "MASKED_EQ", "536870912", "0")))),
		"+ clone(0x10000000, ...): errno EPERM -> allow (x86_64)");
	CHECK_TEXT(told(PROFILE(CALL("kill", "ERRNO", "")), PROFILE(CALL("kill", "KILL", ""))),
		"- kill: errno EPERM -> kill thread (x86_64)");
	/* What hides in the upper half, and in a second argument. */
	CHECK_TEXT(
		told(PROFILE(CALL("ioctl", "ALLOW",
			     TEST(1, "EQ", "5", "0") "," TEST(2, "EQ", "0", "0"))),
			PROFILE(CALL("ioctl", "ALLOW", TEST(1, "MASKED_EQ", "4294967295", "5")))),
		"+ ioctl(0, 0x5, 0x1, ...): errno EPERM -> allow (x86_64); "
		"+ ioctl(0, 0x5, 0x100000000, ...): errno EPERM -> allow (x86_64); "
		"+ ioctl(0, 0x100000005, ...): errno EPERM -> allow (x86_64)");
}

/* However much of a call is narrower, what is wider is told. */
static void test_many_regions(void)
{
	const char *calls = CALL("socket", "ALLOW", TEST(0, "EQ", "999", "0"));

	for (int family = 0; family < 40; family++)
		calls = arena_printf(&arena, "%s," CALL("socket", "ALLOW", "%s"), calls,
			arena_printf(&arena, TEST(0, "EQ", "%d", "0"), 2 * family));
	CHECK(strstr(told(arena_printf(&arena, PROFILE("%s"), calls),
			     PROFILE(CALL("socket", "ALLOW", TEST(0, "EQ", "1001", "0")))),
		"+ socket(0x3e9, ...): errno EPERM -> allow (x86_64)"));
}

static void test_paths(void)
{
	CHECK_TEXT(path_normal(&arena, "//a/./b//c/"), "/a/b/c");
	CHECK_TEXT(path_normal(&arena, "/a/../../b"), "/b");
	CHECK_TEXT(path_normal(&arena, ""), "/");
	CHECK(path_is_below("/a/b", "/a") && path_is_below("/a", "/") &&
		!path_is_below("/ab", "/a"));
}

int main(void)
{
	test_rows();
	test_words();
	test_limits();
	test_values();
	test_devices();
	test_mounts();
	test_namespaces();
	test_syscalls();
	test_many_regions();
	test_paths();
	arena_release(&arena);
	return check_result("diff");
}
