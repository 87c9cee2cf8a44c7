/* json: what is read, where errors point, bounds, and the way back. */
#include "format/json.h"

#include <stdlib.h>

#include "check.h"

static const struct {
	const char *text, *wanted;
} good[] = {
	{ "null", "null" },
	{ " true ", "true" },
	{ "{}", "{}" },
	{ "[]", "[]" },
	{ "[1,-1,0,9223372036854775807,-9223372036854775808,18446744073709551615]",
		"[1,-1,0,9223372036854775807,-9223372036854775808,18446744073709551615]" },
	{ "[1.5,1e3,-0.25,0.1]", "[1.5,1000.0,-0.25,0.1]" },
	{ "{\"b\": 1, \"a\": [true, null, {\"c\": \"x\"}]}",
		"{\"b\":1,\"a\":[true,null,{\"c\":\"x\"}]}" },
	{ "\"\\u0041\\n\\\"\\\\\\/\\u00e9\\ud83d\\ude00\"", "\"A\\n\\\"\\\\/\u00e9\U0001F600\"" },
	{ "\"\\\\ud800\"", "\"\\\\ud800\"" },
	{ "{\"\":0,\"a\\u0000b\":\"\\u0000\"}", "{\"\":0,\"a\\u0000b\":\"\\u0000\"}" },
};

static const struct {
	const char *text, *wanted;
} bad[] = {
	{ "", "1:1: the text ends too early" },
	{ "  \n ", "2:2: the text ends too early" },
	{ "{\"a\": ", "1:7: the text ends too early" },
	{ "{\"a\": 1", "1:8: the text ends too early" },
	{ "[1,\n 2", "2:3: the text ends too early" },
	{ "{\"a\": tru}", "1:7: invalid string in json text." },
	{ "{\"a\" 1}", "1:6: object key and value must be separated by a colon (':')" },
	{ "{a: 1}", "1:2: invalid char in json text." },
	{ "[1, 2,]", "1:7: unallowed token at this point in JSON text" },
	{ "{} {}", "1:4: trailing garbage" },
	{ "1 2", "1:3: trailing garbage" },
	{ "/* c */ 1", "1:1: probable comment found in input text, comments are not enabled." },
	{ "{\n\t\"a\": 1,\n\t\"b\": 2,\n\t\"a\": 3\n}", "4:2: duplicate key \"a\"" },
	{ "[18446744073709551616]", "1:2: integer out of range" },
	{ "[-9223372036854775809]", "1:2: integer out of range" },
	{ "[1e999]", "1:2: number out of range" },
	{ "[01]", "1:3: after array element, I expect ',' or ']'" },
	{ "[1.]", "1:2: malformed number, a digit is required after the decimal point." },
	{ "\"\x01\"", "1:1: invalid character inside string." },
	{ "[\"\xC3\x28\"]", "1:3: not UTF-8" },
	{ "\"\xED\xA0\x80\"", "1:2: not UTF-8" },
	{ "\"\xC0\x80\"", "1:2: not UTF-8" },
	{ "\xEF\xBB\xBF{}", "1:1: invalid char in json text." },
	{ "\"\\ud800\"", "1:1: an escaped surrogate without its other half" },
	{ "\"\\udc00\"", "1:1: an escaped surrogate without its other half" },
	{ "[ \"\\ud800x\"]", "1:3: an escaped surrogate without its other half" },
	{ "{\"\\ud800\\n\": 1}", "1:2: an escaped surrogate without its other half" },
	{ "\"\\q\"", "1:1: inside a string, '\\' occurs before a character which it may not." },
	{ "NaN", "1:1: invalid char in json text." },
};

static void test_tables(void)
{
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
		autoarena arena = { 0 };
		struct err err = { 0 };
		struct node *node = json_read(&arena, good[i].text, strlen(good[i].text), &err);

		CHECK_TEXT(node ? json_write(&arena, node, false) : err.text, good[i].wanted);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		autoarena arena = { 0 };
		struct err err = { 0 };

		CHECK(!json_read(&arena, bad[i].text, strlen(bad[i].text), &err));
		CHECK_TEXT(err.text, bad[i].wanted);
	}
}

static void test_positions(void)
{
	static const char text[] = "{\n  \"a\" : [ 10,\n\t\"\\u0041\" ,{ } ] ,\"k\":-1.5}";
	autoarena arena = { 0 };
	struct err err = { 0 };
	struct node *root = json_read(&arena, text, strlen(text), &err);
	struct node *a, *k;

	CHECK(root != NULL);
	if (!root)
		return;
	a = node_get(root, "a");
	k = node_get(root, "k");
	CHECK(root->line == 1 && root->column == 1 && root->count == 2);
	CHECK(a->line == 2 && a->column == 9 && a->key_line == 2 && a->key_column == 3);
	CHECK(a->first->line == 2 && a->first->column == 11);
	CHECK(a->first->next->line == 3 && a->first->next->column == 2);
	CHECK(a->last->line == 3 && a->last->column == 12);
	CHECK(k->key_line == 3 && k->key_column == 19 && k->line == 3 && k->column == 23);
}

/* `count` times open, then as many times close. */
static char *nest(struct arena *arena, size_t count)
{
	char *text = arena_alloc(arena, 2 * count + 1, 1);

	memset(text, '[', count);
	memset(text + count, ']', count);
	return text;
}

static void test_bounds(void)
{
	autoarena arena = { 0 };
	struct err err = { 0 };
	size_t large = (50 << 20), keys = 200000, used = 0;
	char *text = nest(&arena, JSON_DEPTH_MOST);

	CHECK(json_read(&arena, text, strlen(text), &err) != NULL);
	text = nest(&arena, JSON_DEPTH_MOST + 1);
	CHECK(!json_read(&arena, text, strlen(text), &err));
	CHECK_TEXT(err.text, "1:65: nested too deep");
	text = nest(&arena, 1000000);
	CHECK(!json_read(&arena, text, strlen(text), &err));
	text = arena_alloc(&arena, large + 1, 1);
	memset(text, ' ', large);
	CHECK(!json_read(&arena, text, large, &err));
	CHECK_TEXT(err.text, "1:1: larger than the 16777216 bytes allowed");
	/* Many values are refused before they cost memory. */
	memset(text, ',', 4 << 20);
	for (size_t i = 0; i < 4 << 20; i += 2)
		text[i] = i ? '1' : '[';
	text[1] = '1';
	text[2] = ',';
	text[3] = '1';
	for (size_t i = 4; i < 4 << 20; i++)
		text[i] = i % 2 ? '1' : ',';
	text[(4 << 20) - 1] = ']';
	CHECK(!json_read(&arena, text, 4 << 20, &err));
	CHECK(strstr(err.text, "too many values") != NULL);
	/* As many keys as this would take minutes if each were compared with each. */
	for (size_t i = 0; i < keys; i++)
		used += (size_t)sprintf(text + used, "%c\"key%zu\":1", i ? ',' : '{', i);
	used += (size_t)sprintf(text + used, ",\"key7\":2}");
	CHECK(!json_read(&arena, text, used, &err));
	CHECK(strstr(err.text, "duplicate key \"key7\"") != NULL);
}

static void test_truncated(void)
{
	static const char text[] =
		"{\"a\": [1, -2.5e3, true, null, \"x\\u00e9\\n\"], \"b\": {\"c\": {}}}";

	for (size_t length = 0; length + 1 < sizeof(text); length++) {
		autoarena arena = { 0 };
		struct err err = { 0 };

		CHECK(!json_read(&arena, text, length, &err) && err.code);
	}
}

static void test_pretty(void)
{
	autoarena arena = { 0 };
	struct err err = { 0 };
	struct node *root = json_read(&arena, "{\"a\":[1,2],\"b\":{}}", 18, &err);

	CHECK(root != NULL);
	if (root)
		CHECK_TEXT(json_write(&arena, root, true),
			"{\n  \"a\": [\n    1,\n    2\n  ],\n  \"b\": {}\n}\n");
}

int main(void)
{
	test_tables();
	test_positions();
	test_bounds();
	test_truncated();
	test_pretty();
	return check_result("json");
}
