/*
 * The list of a closure in its other forms: JSON in each shape that Nix has printed, narinfo files,
 * and the directory that names one; each good one beside its faults.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/digest.h"
#include "check.h"
#include "config/closure-manifest.h"
#include "config/registration.h"

#define HASH_A "0c3ixswyjzx5sj2q2h4y1ilr6lz7m0ag"
#define HASH_B "1dkbgqlhqdr3jj8ikmkkpxv4ylwb3cvi"
#define BASE_A HASH_A "-a-1.0"
#define BASE_B HASH_B "-b"
#define A "/nix/store/" BASE_A
#define B "/nix/store/" BASE_B
/* The digest of the empty text. */
#define NIX32 "sha256:0mdqa9w1p6cmli6976v4wi0sw9r4p5prkj7lzfd1877wk11c9c73"
#define BASE16 "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define BASE64 "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
#define SRI "sha256-" BASE64
#define ED25519 "key-1:AAAA"

#define RECORD_B B "\n" NIX32 "\n120\n\n0\n"
/* What a path's own table has, without its path. */
#define REST_A(hash, a, b) \
	"\"narHash\":" hash ",\"narSize\":344,\"references\":[\"" a "\",\"" b "\"]"
#define REST_B(hash) "\"narHash\":" hash ",\"narSize\":120,\"references\":[]"
#define QUOTED(text) "\"" text "\""
#define HASH(format, text) \
	"{\"algorithm\":\"sha256\",\"format\":\"" format "\",\"hash\":\"" text "\"}"

static struct err err;

static int text_read(const char *text, struct closure *closure, struct arena *arena)
{
	*closure = (struct closure){ .store_dir = "/nix/store" };
	err = (struct err){ 0 };
	return registration_read(text, strlen(text), "list", closure, arena, &err);
}

static void check_closure(const struct closure *closure)
{
	unsigned char empty[SHA256_SIZE];

	digest_bytes("", 0, empty);
	CHECK(closure->paths_count == 2);
	if (closure->paths_count != 2)
		return;
	for (int i = 0; i < 2; i++) {
		CHECK_TEXT(closure->paths[i].path, i ? B : A);
		CHECK(!memcmp(closure->paths[i].nar_sha256, empty, SHA256_SIZE));
		CHECK(closure->paths[i].nar_size == (i ? 120 : 344));
		CHECK(closure->paths[i].deriver && closure->paths[i].references.set);
		CHECK(closure->paths[i].references.count == (i ? 0 : 2));
	}
	CHECK_TEXT(closure->paths[0].references.items[0], A);
	CHECK_TEXT(closure->paths[0].references.items[1], B);
}

static void test_shapes(void)
{
	static const char *const texts[] = {
		/* exportReferencesGraph, alone and among all attributes */
		"[{\"path\":\"" A "\"," REST_A(QUOTED(NIX32), A, B) "},{\"path\":\"" B "\"," REST_B(
			QUOTED(NIX32)) ",\"valid\":true}]",
		"{\"name\":\"x\",\"closure\":[{\"path\":\"" B
		"\"," REST_B(QUOTED(SRI)) "},"
					  "{\"path\":\"" A
					  "\"," REST_A(QUOTED(SRI), B, A) "}],\"outputs\":{}}",
		/* Nix 2.8: an array with much else in it */
		"[{\"path\":\"" A "\"," REST_A(QUOTED(NIX32), A,
			B) ",\"deriver\":\"" A
			   ".drv\",\"registrationTime\":5,\"ultimate\":true,\"valid\":true},"
			   "{\"path\":\"" B "\"," REST_B(QUOTED(BASE16)) ",\"deriver\":null}]",
		/* 2.19: an object by path */
		"{\"" A "\":{" REST_A(QUOTED(SRI), A, B) ",\"ca\":null},\"" B "\":{" REST_B(
			QUOTED("sha256:" BASE16)) ",\"deriver\":\"unknown-deriver\"}}",
		"{\"" A "\":{\"path\":\"" A
		"\"," REST_A(QUOTED(SRI), A, B) "},\"" B "\":{" REST_B(QUOTED(SRI)) "}}",
		/* 2.33: versioned, base names, the hash an object */
		"{\"version\":2,\"storeDir\":\"/nix/store\",\"info\":{\"" BASE_A
		"\":{" REST_A(HASH("base64", BASE64), BASE_A,
			BASE_B) ",\"version\":2},\"" BASE_B "\":{" REST_B(HASH("base16",
			BASE16)) ",\"storeDir\":\"/nix/store\"}}}",
		"{\"info\":{\"" BASE_A "\":{" REST_A(HASH("sri", SRI), BASE_A,
			BASE_B) "},"
				"\"" BASE_B "\":{" REST_B(HASH("nix32",
					"0mdqa9w1p6cmli6976v4wi0sw9r4p5prkj7lzfd1877wk11c9c73")) "}},\"version\":3}",
		" \n[\n{\"path\":\"" BASE_A "\"," REST_A(QUOTED(SRI), BASE_A,
			BASE_B) "},"
				"{\"path\":\"" BASE_B "\"," REST_B(QUOTED(SRI)) "}]\n",
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		autoarena arena = { 0 };
		struct closure closure, again;

		CHECK(text_read(texts[i], &closure, &arena) == 0);
		CHECK_TEXT(err.text, "");
		check_closure(&closure);
		/* What is written of it is a list of it again. */
		CHECK(text_read(closure_registration(&closure, &arena).text, &again, &arena) == 0);
		check_closure(&again);
	}
}

static void test_signatures(void)
{
	static const char *const texts[] = {
		"[{\"path\":\"" B "\"," REST_B(QUOTED(SRI)) ",\"signatures\":[\"" ED25519
							    "\",\"other:BBBB\"]}]",
		"[{\"path\":\"" B "\"," REST_B(QUOTED(
			SRI)) ",\"signatures\":[{\"keyName\":\"key-1\",\"sig\":\"AAAA\"},\"other:BBBB\"]}]",
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		autoarena arena = { 0 };
		struct closure closure;

		CHECK(text_read(texts[i], &closure, &arena) == 0);
		CHECK_TEXT(err.text, "");
		CHECK(closure.paths_count == 1 && closure.paths[0].signatures.count == 2);
		CHECK_TEXT(closure.paths[0].signatures.items[0], ED25519);
		CHECK_TEXT(closure.paths[0].signatures.items[1], "other:BBBB");
	}
}

static void check_refused(const char *text, const char *wanted)
{
	autoarena arena = { 0 };
	struct closure closure;

	CHECK(text_read(text, &closure, &arena) == -1);
	CHECK_TEXT(err.text, wanted);
}

#define ONE(members) "[{\"path\":\"" B "\"" members "}]"

static void test_faults(void)
{
	check_refused("{", "list:1:2: the text ends too early");
	check_refused("[]", "list:1: no store path is listed");
	check_refused("{}", "list:1: no store path is listed");
	check_refused("[5]", "list:1:2: a store path's table expected here, not an integer");
	check_refused("[null]", "list:1:2: a store path's table expected here, not null");
	check_refused("[{}]", "list:1:2: a \"path\" is missing");
	check_refused("[{\"path\":5}]", "list:1:10: a store path expected here, not an integer");
	check_refused("[{\"path\":\"/x\"}]",
		"list:1:10: a store path expected here, but \"/x\" is not in the store directory");
	check_refused("[{\"path\":\"\\u0000\"}]",
		"list:1:10: a store path expected here, not text with a NUL byte");
	check_refused(ONE(""), "list:1:2: " B " has no narHash, so nothing could be verified");
	check_refused(ONE(",\"narHash\":null"),
		"list:1:2: " B " has no narHash, so nothing could be verified");
	check_refused(ONE(",\"valid\":false"),
		"list:1:66: " B " is not valid in the store that was asked");
	check_refused(
		"{\"" B "\":null}", "list:1:50: " B " is not valid in the store that was asked");
	check_refused(ONE(",\"narHash\":\"sha512-AA\""),
		"list:1:68: \"sha512-AA\" is no SHA-256 in nix32, base16 or SRI form");
	check_refused(
		ONE(",\"narHash\":{\"algorithm\":\"sha512\",\"format\":\"base16\",\"hash\":\"" BASE16
		    "\"}"),
		"list:1:68: \"sha512:" BASE16 "\" is no SHA-256 in nix32, base16 or SRI form");
	check_refused(ONE(",\"narHash\":{\"algorithm\":\"sha256\"}"),
		"list:1:68: the hash has no \"format\"");
	check_refused(ONE(",\"narHash\":\"" SRI "\""), "list:1:2: " B " has no narSize");
	check_refused(ONE(",\"narHash\":\"" SRI "\",\"narSize\":-1"),
		"list:1:132: narSize: a number of bytes expected here");
	check_refused(ONE(",\"narHash\":\"" SRI "\",\"narSize\":9223372036854775808"),
		"list:1:132: narSize: a number of bytes expected here");
	check_refused(ONE(",\"narHash\":\"" SRI "\",\"narSize\":1"),
		"list:1:2: " B " has no list of references");
	check_refused(ONE(",\"narHash\":\"" SRI "\",\"narSize\":1,\"references\":[\"" A "\"]"),
		"list:1:2: the reference " A " of " B " is not itself listed");
	check_refused(ONE("," REST_B(QUOTED(SRI)) ",\"signatures\":[{\"sig\":\"AAAA\"}]"),
		"list:1:166: a signature has \"keyName\" and \"sig\"");
	check_refused("[{\"path\":\"" B "\"," REST_B(QUOTED(SRI)) "},\n{\"path\":\"" B
								  "\"," REST_B(QUOTED(SRI)) "}]",
		"list:2:1: " B " is listed already, in line 1");
	check_refused("{\"" A "\":{\"path\":\"" B "\"," REST_B(QUOTED(SRI)) "}}",
		"list:1:62: this stands under the name of another path, " A);
	check_refused("{\"names\":{}}",
		"list:1:2: a store path expected here, but \"names\" does not start with 32 "
		"characters of the nix alphabet");
}

static void test_ambiguous(void)
{
	check_refused("{\"closure\":[],\"info\":{},\"version\":2}",
		"list:1:1: this could be a list of two forms: it has \"closure\" and \"info\" beside "
		"each other");
	check_refused("{\"closure\":[],\"" B "\":{}}",
		"list:1:1: this could be a list of two forms: it has \"closure\" and store paths "
		"beside each other");
	check_refused("{\"info\":{},\"version\":2,\"" BASE_B "\":{}}",
		"list:1:1: this could be a list of two forms: it has \"info\" and store paths beside "
		"each other");
	check_refused("{\"info\":{}}",
		"list:1:1: an object with \"info\" has a \"version\", of which 2 and 3 are known");
	check_refused("{\"info\":{},\"version\":4}",
		"list:1:22: an object with \"info\" has a \"version\", of which 2 and 3 are known");
	check_refused("{\"info\":{},\"version\":2,\"storeDir\":\"/gnu/store\"}",
		"list:1:35: the list is of another store directory than /nix/store");
	check_refused("{\"info\":{},\"version\":2,\"x\":1}",
		"list:1:28: \"x\" stands beside \"info\": this could be a list of another form");
	check_refused(
		"{\"closure\":{}}", "list:1:12: a list of store paths expected here, not a table");
	check_refused("StorePath: " B "\n",
		"list: one narinfo file is no closure\nhint: name the directory of the binary cache, "
		"and the root's store path");
}

static void file_write(const char *name, const char *text)
{
	FILE *file = fopen(name, "w");

	CHECK(file && fputs(text, file) >= 0);
	CHECK(file && fclose(file) == 0);
}

/* What a caller asks for, by the list's place and one root or none. */
static int place_read(const char *list, const char *root, struct config_closure *closure,
	struct strings *notes, struct arena *arena)
{
	const struct strings roots = { .count = root ? 1 : 0, .items = &root };
	const struct closure_request request = {
		.dir_fd = AT_FDCWD, .list = list, .roots = &roots
	};

	err = (struct err){ 0 };
	*closure = (struct config_closure){ 0 };
	*notes = (struct strings){ 0 };
	return closure_read(&request, closure, notes, arena, &err);
}

static void check_place(const char *list, const char *root, const char *wanted)
{
	autoarena arena = { 0 };
	struct config_closure closure;
	struct strings notes;

	CHECK(place_read(list, root, &closure, &notes, &arena) == -1);
	CHECK(!strncmp(err.text, wanted, strlen(wanted)));
	if (strncmp(err.text, wanted, strlen(wanted)) != 0)
		CHECK_TEXT(err.text, wanted);
}

static void test_bundle(void)
{
	autoarena arena = { 0 };
	struct config_closure closure;
	struct strings notes;

	check_place(
		"closure", NULL, "closure: open: No such file or directory\nhint: a closure is");
	CHECK(mkdir("closure", 0755) == 0);
	check_place(
		"closure", NULL, "closure: has neither a registration nor narinfo files\nhint: ");
	file_write("closure/registration", RECORD_B);
	check_place("closure", NULL,
		"the root closure/rootfs: follow it to a store path: No such file or directory\nhint: make");
	CHECK(symlink(B, "closure/rootfs") == 0);
	CHECK(place_read("closure", NULL, &closure, &notes, &arena) == 0);
	CHECK_TEXT(err.text, "");
	CHECK(closure.roots.count == 1 && notes.count == 0);
	CHECK_TEXT(closure.roots.items[0], B);
	CHECK_TEXT(closure.registration, "closure/registration");
	file_write("closure/nix-cache-info", "StoreDir: /nix/store\n");
	check_place("closure", NULL,
		"closure: could be two things: it has a registration, and narinfo files");
	CHECK(unlink("closure/nix-cache-info") == 0);
	/* Through relative and absolute links, as nix-build's `result` is one. */
	CHECK(unlink("closure/rootfs") == 0 && symlink("../result", "closure/rootfs") == 0);
	char *here = getcwd(NULL, 0);
	CHECK(symlink(arena_printf(&arena, "%s/closure/far", here), "result") == 0);
	free(here);
	CHECK(symlink(B, "closure/far") == 0);
	CHECK(place_read("closure", NULL, &closure, &notes, &arena) == 0);
	CHECK_TEXT(closure.roots.items[0], B);
	/* As a root it is one that the caller did not name, which is said. */
	CHECK(place_read("closure/registration", "./closure/../result", &closure, &notes, &arena) ==
		0);
	CHECK_TEXT(closure.roots.items[0], B);
	CHECK(notes.count == 1);
	CHECK_TEXT(notes.items[0], "the root ./closure/../result leads to " B);
	CHECK(unlink("closure/far") == 0 && symlink(A, "closure/far") == 0);
	check_place("closure", NULL, "closure/registration: the root " A " is not listed");
	CHECK(unlink("closure/far") == 0 && symlink("rootfs", "closure/far") == 0);
	check_place("closure", NULL, "the root closure/rootfs: follow it to a store path: ");
	CHECK(unlink("closure/far") == 0 && mkdir("closure/far", 0755) == 0);
	check_place("closure", NULL, "the root closure/rootfs leads to /");
	CHECK(strstr(err.text, "/closure/far, which is no store path in /nix/store\nhint: make"));
	check_place("closure/registration", B "/bin",
		"the root " B "/bin: follow it to a store path: No such");
	check_place("closure/registration", "..", "the root .. leads to /");
	CHECK(rmdir("closure/far") == 0 && unlink("closure/rootfs") == 0 && unlink("result") == 0);
	CHECK(unlink("closure/registration") == 0 && rmdir("closure") == 0);
}

#define INFO_A(path, hash, size, references)                                         \
	"StorePath: " path "\nURL: nar/x.nar.xz\nCompression: xz\nNarHash: " hash    \
	"\nNarSize: " size "\nReferences: " references "\nDeriver: " BASE_A ".drv\n" \
	"Sig: " ED25519 "\nSig: other:BBBB\n"
#define INFO_B "StorePath: " B "\nNarHash: " SRI "\nNarSize: 120\nReferences: \n"

static void check_info(const char *text, const char *wanted)
{
	file_write("cache/" HASH_A ".narinfo", text);
	check_place("cache", A, wanted);
}

static void test_cache(void)
{
	autoarena arena = { 0 };
	struct config_closure closure;
	struct strings notes;

	CHECK(mkdir("cache", 0755) == 0);
	file_write("cache/" HASH_A ".narinfo", INFO_A(A, NIX32, "344", BASE_A " " BASE_B));
	check_place("cache", A,
		"cache/" HASH_B ".narinfo: open, for " B " that is a reference of " A
		": No such file or directory");
	file_write("cache/" HASH_B ".narinfo", INFO_B);
	CHECK(place_read("cache", A, &closure, &notes, &arena) == 0);
	CHECK_TEXT(err.text, "");
	check_closure(&closure.closure);
	CHECK_TEXT(closure.closure.paths[0].deriver, A ".drv");
	CHECK(closure.closure.paths[0].signatures.count == 2);
	CHECK_TEXT(closure.closure.paths[0].signatures.items[0], ED25519);
	/* Only what the root leads to. */
	CHECK(place_read("cache", B, &closure, &notes, &arena) == 0);
	CHECK(closure.closure.paths_count == 1);
	check_place("cache", NULL, "cache: a binary cache has more than one closure\nhint: name");
	check_info(INFO_B, "cache/" HASH_A ".narinfo:1: this is about \"" B "\", not about " A);
	check_info("", "cache/" HASH_A ".narinfo:1: there is no StorePath");
	check_info("x", "cache/" HASH_A ".narinfo:1: the file ends within a line");
	check_info("x\n", "cache/" HASH_A ".narinfo:1: \"x\" is no \"Key: value\"");
	check_info("StorePath: " A "\n", "cache/" HASH_A ".narinfo:1: there is no NarHash");
	check_info("StorePath: " A "\nStorePath: " A "\n",
		"cache/" HASH_A ".narinfo:2: StorePath is there already, in line 1");
	check_info(INFO_A(A, "md5:x", "344", ""),
		"cache/" HASH_A ".narinfo:4: \"md5:x\" is no SHA-256 in nix32, base16 or SRI form");
	check_info(INFO_A(A, NIX32, "0344", ""),
		"cache/" HASH_A ".narinfo:5: a NAR size in bytes expected here, not \"0344\"");
	check_info(INFO_A(A, NIX32, "344", "x"),
		"cache/" HASH_A ".narinfo:6: a reference expected here, but \"x\" does not start");
	check_info(INFO_A(A, NIX32, "344", BASE_B "  " BASE_B),
		"cache/" HASH_A ".narinfo:6: a reference expected here, but \"\" is not in");
	check_info(INFO_A(A, NIX32, "344", BASE_B " " BASE_B),
		"cache/" HASH_A ".narinfo:1: " A " has the reference " B " twice");
	CHECK(unlink("cache/" HASH_A ".narinfo") == 0 &&
		symlink("/etc/passwd", "cache/" HASH_A ".narinfo") == 0);
	check_place("cache", A, "cache/" HASH_A ".narinfo: open, for " A ": ");
	CHECK(unlink("cache/" HASH_A ".narinfo") == 0 && unlink("cache/" HASH_B ".narinfo") == 0);
	CHECK(rmdir("cache") == 0);
}

int main(void)
{
	char dir[] = "/tmp/nucleus-closure-list.XXXXXX";

	test_shapes();
	test_signatures();
	test_faults();
	test_ambiguous();
	CHECK(mkdtemp(dir) != NULL && chdir(dir) == 0);
	test_bundle();
	test_cache();
	CHECK(rmdir(dir) == 0);
	return check_result("closure-list");
}
