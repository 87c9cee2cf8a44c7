/*
 * Policies of several files: how many and how deep, who speaks for a key, where paths and values
 * are from. The error texts are in tests/policy.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "check.h"
#include "policy/policy.h"
#include "policy/sections.h"

static struct arena arena;
static struct err err;
static char dir[] = "/tmp/nucleus-layers-XXXXXX";

static const char *place(const char *name)
{
	return arena_printf(&arena, "%s/%s", dir, name);
}

static void put(const char *name, const char *text)
{
	FILE *file = fopen(place(name), "w");

	if (!file || fprintf(file, "version = 1\n%s", text) < 0 || fclose(file) != 0)
		perror(name);
}

static struct policy *get(const char *name)
{
	err = (struct err){ 0 };
	return policy_read(place(name), &arena, &err);
}

static bool told(const char *text)
{
	return strstr(err.text, text) != NULL;
}

static void test_bounds(void)
{
	const char *list = "";
	struct policy *policy;

	put("0.toml", "");
	for (int i = 1; i <= 8; i++)
		put(arena_printf(&arena, "%d.toml", i),
			arena_printf(&arena, "extends = \"%d.toml\"\n", i - 1));
	policy = get("7.toml");
	CHECK(policy && policy->layers_count == 8);
	CHECK(!get("8.toml") && told("7 deep"));
	for (int i = 0; i < 32; i++) {
		put(arena_printf(&arena, "part-%d.toml", i), "");
		list = arena_printf(&arena, "%s[[include]]\nfile = \"part-%d.toml\"\n", list, i);
		put(arena_printf(&arena, "parts-%d.toml", i), list);
	}
	policy = get("parts-30.toml");
	CHECK(policy && policy->layers_count == 32);
	CHECK(!get("parts-31.toml") && told("32 files at most"));
}

static void test_once(void)
{
	struct policy *policy;

	put("base.toml", "[resources]\nmemory = \"2G\"\n");
	put("left.toml", "extends = \"base.toml\"\n[resources]\nmemory = \"1G\"\n");
	put("right.toml", "extends = \"./base.toml\"\n[resources]\npids = 5\n");
	put("both.toml", "extends = [\"left.toml\", \"right.toml\"]\n");
	policy = get("both.toml");
	CHECK(policy && policy->layers_count == 4 && policy->resources.memory.value == 1 << 30 &&
		policy->resources.pids.value == 5);
	put("swap.toml", "extends = [\"right.toml\", \"left.toml\"]\n");
	CHECK(get("swap.toml") != NULL);
}

/* Each layer that is extended must let a key be widened; one that is included only if it has it. */
static void test_speakers(void)
{
	put("low.toml", "may_widen = [\"resources\"]\n[resources]\npids = 5\n");
	put("middle.toml", "extends = \"low.toml\"\n");
	put("high.toml", "extends = \"middle.toml\"\n[resources]\npids = 6\n");
	CHECK(!get("high.toml") && told("5 at ") && told("middle.toml have"));
	put("middle.toml", "extends = \"low.toml\"\nmay_widen = [\"resources.pids\"]\n");
	CHECK(get("high.toml") != NULL);
	put("middle.toml", "extends = \"low.toml\"\nmay_widen = [\"resources.pid\"]\n");
	CHECK(!get("high.toml"));
	put("part.toml", "[limits]\nnofile = 5\n");
	put("high.toml",
		"extends = \"low.toml\"\ninclude = [{ file = \"part.toml\" }]\n"
		"[resources]\npids = 6\n");
	CHECK(get("high.toml") != NULL);
	put("part.toml", "[resources]\npids = 4\n");
	CHECK(!get("high.toml") && told("4 at ") && told("part.toml have"));
	/* A layer cannot give free what one below it holds. */
	put("low.toml", "[resources]\npids = 5\n");
	put("middle.toml",
		"extends = \"low.toml\"\nmay_widen = [\"resources\"]\n[resources]\npids = 3\n");
	put("high.toml", "extends = \"middle.toml\"\n[resources]\npids = 6\n");
	CHECK(!get("high.toml") && told("low.toml have"));
	put("high.toml", "extends = \"middle.toml\"\n[resources]\npids = 5\n");
	CHECK(get("high.toml") && get("high.toml")->resources.pids.value == 5);
}

/* What is absent has the meaning that its layer's mode gives it. */
static void test_absent(void)
{
	put("strict.toml", "mode = \"strict-agent\"\n");
	put("more.toml", "extends = \"strict.toml\"\n[resources]\npids = 4096\n");
	CHECK(get("more.toml") != NULL);
	put("strict.toml", "mode = \"production\"\n[resources]\nmemory = \"1G\"\ncpus = 1\n");
	put("more.toml",
		arena_printf(&arena,
			"mode = \"production\"\nextends = \"production\"\n"
			"[[include]]\nfile = \"none.toml\"\nsha256 = \"%064d\"\n",
			0));
	CHECK(!get("more.toml") && told("none.toml"));
	put("more.toml", "extends = \"strict.toml\"\n[resources]\npids = 4096\n");
	CHECK(!get("more.toml") && told("4096 is wider than the default, 1024"));
	put("more.toml",
		"extends = \"strict.toml\"\n[landlock]\nnet = [{ port = 1, access = [\"bind\"] }]\n");
	CHECK(!get("more.toml") && told("the default, []"));
}

static void test_paths(void)
{
	struct policy *policy;

	mkdir(place("deep"), 0700);
	put("deep/base.toml", "mode = \"agent\"\n[seccomp]\nprofile = \"own.json\"\n");
	put("top.toml", "extends = \"deep/base.toml\"\nmay_widen = []\n");
	policy = get("top.toml");
	CHECK(policy != NULL);
	if (policy) {
		struct strings files = policy_files(policy, &arena);

		CHECK_TEXT(seccomp_file(policy, &arena), place("deep/own.json"));
		CHECK(files.count == 3 && strings_hold(&files, place("top.toml")) &&
			strings_hold(&files, place("deep/own.json")) &&
			strings_hold(&files, place("deep/base.toml")));
	}
}

static void test_effective(void)
{
	struct policy *policy;
	const struct node *effective, *node;

	put("low.toml", "mode = \"agent\"\n[seccomp]\ndeny = [\"chmod\"]\n[limits]\nnofile = 9\n");
	put("high.toml", "extends = \"low.toml\"\n[seccomp]\ndeny = [\"chown\", \"chmod\"]\n");
	policy = get("high.toml");
	CHECK(policy != NULL);
	if (!policy)
		return;
	effective = policy_effective(policy, MODE_STRICT_AGENT, &arena);
	node = rows_node(effective, "seccomp.deny[0]");
	CHECK_TEXT(node->text, "chmod");
	CHECK_TEXT(policy_origin(node, &arena), place("low.toml:4"));
	node = rows_node(effective, "seccomp.deny[1]");
	CHECK_TEXT(node->text, "chown");
	CHECK_TEXT(policy_origin(node, &arena), place("high.toml:4"));
	CHECK_TEXT(
		policy_origin(rows_node(effective, "limits.nofile"), &arena), place("low.toml:6"));
	CHECK_TEXT(policy_origin(rows_node(effective, "limits.core"), &arena), "built-in default");
	CHECK_TEXT(policy_origin(rows_node(effective, "mode"), &arena), "--mode");
	CHECK(!node_get(effective, "extends"));
}

/* A relative name of a file is said again only where it means the same file. */
static void test_same_words(void)
{
	static const char *const keys[] = { "[capabilities]\nfile", "[landlock]\nfile",
		"[seccomp]\nprofile" };

	if (mkdir(place("other"), 0700) < 0)
		perror("other");
	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		put("words.toml", arena_printf(&arena, "%s = \"x\"\n", keys[i]));
		put("same.toml",
			arena_printf(&arena, "extends = \"words.toml\"\n%s = \"x\"\n", keys[i]));
		put("other/words.toml",
			arena_printf(&arena, "extends = \"../words.toml\"\n%s = \"x\"\n", keys[i]));
		CHECK(get("same.toml") != NULL);
		CHECK(!get("other/words.toml") && told("in this directory it is another file"));
	}
	put("words.toml", "[seccomp]\nprofile = \"default\"\n");
	put("other/words.toml", "extends = \"../words.toml\"\n[seccomp]\nprofile = \"default\"\n");
	CHECK(get("other/words.toml") != NULL);
}

static int refuse(const char *file, struct arena *unused, struct bytes *bytes, struct err *why)
{
	(void)unused;
	(void)bytes;
	return err_set(why, EPERM, "%s: not this one", file);
}

static void test_reader(void)
{
	static const char text[] = "version = 1\nextends = \"low.toml\"\n";
	static const char builtin[] = "version = 1\nextends = \"agent\"\n";

	CHECK(!policy_read_layers(text, strlen(text), place("x.toml"), refuse, &arena, &err) &&
		told("x.toml:2:11: extends: ") && told("low.toml: not this one"));
	CHECK(policy_read_layers(builtin, strlen(builtin), place("x.toml"), refuse, &arena, &err) !=
		NULL);
}

int main(void)
{
	if (!mkdtemp(dir))
		return 1;
	test_bounds();
	test_once();
	test_speakers();
	test_absent();
	test_paths();
	test_effective();
	test_same_words();
	test_reader();
	/* The names are this test's own. */
	if (system(arena_printf(&arena, "rm -r %s", dir)) != 0)
		perror(dir);
	arena_release(&arena);
	return check_result("layers");
}
