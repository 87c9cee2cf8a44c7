/* rows: every kind of key read, refused, written back and printed. */
#include "format/rows.h"

#include <stdlib.h>

#include "base/names.h"
#include "check.h"
#include "format/json.h"

struct inner {
	const char *name;
	struct maybe_int number;
};

struct outer {
	const char *text;
	bool flag;
	struct maybe_bool maybe_flag;
	struct maybe_int integer, bounded;
	struct maybe_uint natural;
	struct maybe_real real;
	struct maybe_size size;
	struct strings strings;
	struct numbers numbers;
	struct pairs pairs;
	int choice;
	struct inner inner;
	struct inner *pointer;
	struct inner *list;
	size_t list_count;
	const char *part;
};

#define KNOWN                                                          \
	"known here: text, flag, maybeFlag, integer, bounded, natural" \
	", real, size, strings, numbers, pairs, choice, inner, pointer, list, linux, hooks, vm"

static const char *const colours[] = { NULL, "red", "green", "blue", NULL };

static const struct key inner_keys[] = {
	KEY(struct inner, name, "its name"),
	KEY(struct inner, number, "its number"),
	{ 0 },
};
static const struct key part_keys[] = { KEY(struct outer, part, "a part"), { 0 } };
static const struct key outer_keys[] = {
	KEY(struct outer, text, "some text"),
	KEY(struct outer, flag, "a flag"),
	NAMED("maybeFlag", struct outer, maybe_flag, "a flag that may be absent"),
	KEY(struct outer, integer, "a number"),
	BOUND("bounded", struct outer, bounded, -1, 7, "a number with bounds"),
	KEY(struct outer, natural, "a number"),
	KEY(struct outer, real, "a number"),
	KEY(struct outer, size, "bytes"),
	KEY(struct outer, strings, "texts"),
	KEY(struct outer, numbers, "numbers"),
	KEY(struct outer, pairs, "pairs"),
	CHOICE("choice", struct outer, choice, colours, "a colour"),
	TABLE("inner", struct outer, inner, inner_keys, "a table"),
	POINTER("pointer", struct outer, pointer, inner_keys, "a table"),
	LIST("list", struct outer, list, inner_keys, "tables"),
	PART("linux", part_keys, "a part"),
	REFUSED("hooks", "not supported yet"),
	IGNORED("vm", "for virtual machines"),
	{ 0 },
};

static const struct {
	const char *text, *wanted;
} bad[] = {
	{ "{\"text\": 1}", "f:1:10: text: expected a string, found an integer" },
	{ "{\"text\": \"a\\u0000b\"}", "f:1:10: text: the text holds a NUL character" },
	{ "{\"flag\": \"x\"}", "f:1:10: flag: expected a boolean, found a string" },
	{ "{\"integer\": 1.5}", "f:1:13: integer: expected an integer, found a decimal number" },
	{ "{\"integer\": 18446744073709551615}",
		"f:1:13: integer: 18446744073709551615 is too large" },
	{ "{\"bounded\": 8}", "f:1:13: bounded: must be from -1 to 7" },
	{ "{\"bounded\": 18446744073709551615}", "f:1:13: bounded: must be from -1 to 7" },
	{ "{\"natural\": -1}", "f:1:13: natural: must not be negative" },
	{ "{\"real\": []}", "f:1:10: real: expected a number, found an array" },
	{ "{\"size\": \"5X\"}",
		"f:1:10: size: \"5X\" is no size: bytes, or a number with K, M, G or T" },
	{ "{\"size\": \"16777216T\"}",
		"f:1:10: size: \"16777216T\" is no size: bytes, or a number with K, M, G or T" },
	{ "{\"size\": \"-1M\"}",
		"f:1:10: size: \"-1M\" is no size: bytes, or a number with K, M, G or T" },
	{ "{\"size\": -1}", "f:1:10: size: must not be negative" },
	{ "{\"size\": true}", "f:1:10: size: expected a size such as \"512M\", found a boolean" },
	{ "{\"strings\": [\"a\",\n2]}", "f:2:1: strings[1]: expected a string, found an integer" },
	{ "{\"strings\": \"a\"}", "f:1:13: strings: expected an array, found a string" },
	{ "{\"numbers\": [1, \"2\"]}", "f:1:17: numbers[1]: expected an integer, found a string" },
	{ "{\"pairs\": {\"a.b\": 1}}", "f:1:19: pairs.a.b: expected a string, found an integer" },
	{ "{\"pairs\": {\"a\\u0000\": \"\"}}", "f:1:12: pairs.a?: the key holds a NUL character" },
	{ "{\"choice\": \"gren\"}",
		"f:1:12: choice: \"gren\" is not \"red\", \"green\" or \"blue\"\n"
		"hint: did you mean \"green\"?" },
	{ "{\"choice\": \"magenta\"}",
		"f:1:12: choice: \"magenta\" is not \"red\", \"green\" or \"blue\"" },
	{ "{\"inner\": []}", "f:1:11: inner: expected a table, found an array" },
	{ "{\"inner\": {\"nam\": 1}}",
		"f:1:12: inner: unknown key \"nam\"\nhint: did you mean \"name\"?" },
	{ "{\"list\": [{}, {\"number\": \"\"}]}",
		"f:1:26: list[1].number: expected an integer, found a string" },
	{ "{\"list\": [{}, 1]}", "f:1:15: list[1]: expected a table, found an integer" },
	{ "{\"linux\": {\"part\": 1}}", "f:1:20: linux.part: expected a string, found an integer" },
	{ "{\"xyzzy\": 1}", "f:1:2: unknown key \"xyzzy\"\nhint: " KNOWN },
	{ "{\"a\\nb\": 1}", "f:1:2: unknown key \"a?b\"\nhint: " KNOWN },
	{ "{\"hooks\": {\"a\": 1}}", "f:1:2: hooks: not supported yet" },
	{ "[]", "f:1:1: expected a table, found an array" },
};

static int read_text(const char *text, struct outer *outer, struct arena *arena,
	enum rows_unknown unknown, struct err *err)
{
	struct node *root = json_read(arena, text, strlen(text), err);

	return root ? rows_read(outer_keys, root, outer, arena, unknown, "f", err) : -1;
}

static void test_bad(void)
{
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		autoarena arena = { 0 };
		struct outer outer = { 0 };
		struct err err = { 0 };

		CHECK(read_text(bad[i].text, &outer, &arena, UNKNOWN_REFUSED, &err) == -1);
		CHECK_TEXT(err.text, bad[i].wanted);
	}
}

static const char rich[] =
	"{\"text\":\"t\",\"flag\":true,\"maybeFlag\":false,\"integer\":-5,\"bounded\":-1,"
	"\"natural\":18446744073709551615,\"real\":2.5,\"size\":1024,\"strings\":[\"a\",\"\"],"
	"\"numbers\":[1,-2],\"pairs\":{\"k\":\"v\",\"l\":\"\"},\"choice\":\"blue\","
	"\"inner\":{\"name\":\"n\"},\"pointer\":{},\"list\":[{\"name\":\"a\"},{\"number\":3}],"
	"\"linux\":{\"part\":\"p\"}}";

static void test_round_trip(void)
{
	autoarena arena = { 0 };
	struct outer outer = { 0 }, empty = { 0 }, absent = { 0 };
	struct err err = { 0 };

	CHECK(read_text(rich, &outer, &arena, UNKNOWN_REFUSED, &err) == 0);
	CHECK_TEXT(json_write(&arena, rows_write(outer_keys, &outer, &arena), false), rich);
	CHECK(outer.list_count == 2 && outer.list[1].number.value == 3 && outer.choice == 3);
	CHECK(read_text("{}", &absent, &arena, UNKNOWN_REFUSED, &err) == 0);
	CHECK(!memcmp(&empty, &absent, sizeof(empty)));
	CHECK_TEXT(json_write(&arena, rows_write(outer_keys, &absent, &arena), false), "{}");
	/* Absent and empty stay apart. */
	CHECK(read_text("{\"strings\":[],\"list\":[],\"pairs\":{}}", &empty, &arena,
		      UNKNOWN_REFUSED, &err) == 0);
	CHECK(empty.strings.set && empty.list && !empty.list_count && empty.pairs.set);
	CHECK_TEXT(json_write(&arena, rows_write(outer_keys, &empty, &arena), false),
		"{\"strings\":[],\"pairs\":{},\"list\":[]}");
}

static void test_lenient(void)
{
	autoarena arena = { 0 };
	struct outer outer = { 0 };
	struct err err = { 0 };

	CHECK(read_text("{\"what\": 1, \"text\": null, \"list\": null, \"vm\": {\"a\": 1}, "
			"\"hooks\": {}, \"inner\": {\"x\": []}, \"real\": 3, \"size\": \"2K\"}",
		      &outer, &arena, UNKNOWN_IGNORED, &err) == 0);
	CHECK(!outer.text && !outer.list && outer.real.value == 3.0 && outer.size.value == 2048);
}

static void test_fault(void)
{
	static const char text[] = "{\"list\": [{},\n {\"name\": \"x\"}], \"inner\": {}}";
	autoarena arena = { 0 };
	struct err err = { 0 };
	struct node *root = json_read(&arena, text, strlen(text), &err);

	CHECK(rows_fault(root, "f", "list[1].name", &err, "is %d", 5) == -1);
	CHECK_TEXT(err.text, "f:2:11: list[1].name: is 5");
	rows_fault(root, "f", "inner.name", &err, "missing");
	CHECK_TEXT(err.text, "f:2:27: inner.name: missing");
	rows_fault(root, "f", "list[7]", &err, "missing");
	CHECK_TEXT(err.text, "f:1:10: list[7]: missing");
	rows_fault(NULL, "f", "a", &err, "missing");
	CHECK_TEXT(err.text, "f: a: missing");
}

static void test_print(void)
{
	char *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);

	rows_print(outer_keys, "s", true, out);
	fclose(out);
	CHECK(strstr(text, "s.text = string   some text   [later: the same]\n") == text);
	CHECK(strstr(text,
		      "\ns.choice = \"red\"|\"green\"|\"blue\"   a colour   [later: the same]\n") !=
		NULL);
	CHECK(strstr(text, "\ns.list[].number = integer   its number   [later: the same]\n") !=
		NULL);
	CHECK(strstr(text, "\ns.linux.part = string   a part   [later: the same]\n") != NULL);
	free(text);
}

int main(void)
{
	CHECK_TEXT(name_nearest("intger", outer_keys, sizeof(*outer_keys)), "integer");
	CHECK(name_nearest("q", outer_keys, sizeof(*outer_keys)) == NULL);
	test_bad();
	test_round_trip();
	test_lenient();
	test_fault();
	test_print();
	return check_result("rows");
}
