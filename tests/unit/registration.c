/* The list of a closure as text: both formats, each fault with its line; store paths and hashes. */
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "check.h"
#include "config/closure-manifest.h"
#include "config/registration.h"

#define HASH_A "0c3ixswyjzx5sj2q2h4y1ilr6lz7m0ag"
#define HASH_B "1dkbgqlhqdr3jj8ikmkkpxv4ylwb3cvi"
#define A "/nix/store/" HASH_A "-a-1.0"
#define B "/nix/store/" HASH_B "-b"
/* The digest of the empty text in the forms that may stand in a list. */
#define NIX32 "sha256:0mdqa9w1p6cmli6976v4wi0sw9r4p5prkj7lzfd1877wk11c9c73"
#define BASE16 "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define SRI "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="

#define RECORD_B B "\n" NIX32 "\n120\n\n0\n"

static struct err err;

static int read_text(const char *text, size_t length, struct closure *closure, struct arena *arena)
{
	*closure = (struct closure){ .store_dir = "/nix/store" };
	err = (struct err){ 0 };
	return registration_read(text, length, "list", closure, arena, &err);
}

static void check_refused(const char *text, const char *wanted)
{
	autoarena arena = { 0 };
	struct closure closure;

	CHECK(read_text(text, strlen(text), &closure, &arena) == -1);
	CHECK_TEXT(err.text, wanted);
}

static void test_formats(void)
{
	static const char *const texts[] = {
		A "\n" NIX32 "\n344\n\n2\n" B "\n" A "\n" RECORD_B,
		A "\n" BASE16 "\n344\n" A ".drv\n2\n" A "\n" B "\n" RECORD_B,
		RECORD_B A "\n" SRI "\n344\n\n2\n" A "\n" B "\n",
		RECORD_B A "\nsha256:" BASE16 "\n344\n\n2\n" A "\n" B "\n",
	};
	unsigned char empty[SHA256_SIZE];

	digest_bytes("", 0, empty);
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		autoarena arena = { 0 };
		struct closure closure;

		CHECK(read_text(texts[i], strlen(texts[i]), &closure, &arena) == 0);
		CHECK_TEXT(err.text, "");
		CHECK(closure.paths_count == 2);
		CHECK_TEXT(closure.paths[0].path, A);
		CHECK_TEXT(closure.paths[1].path, B);
		CHECK(!memcmp(closure.paths[0].nar_sha256, empty, SHA256_SIZE));
		CHECK(closure.paths[0].nar_size == 344 && closure.paths[1].nar_size == 120);
		CHECK_TEXT(closure.paths[0].deriver, i == 1 ? A ".drv" : "");
		CHECK(closure.paths[0].references.count == 2);
		CHECK_TEXT(closure.paths[0].references.items[0], A);
		CHECK_TEXT(closure.paths[0].references.items[1], B);
		CHECK(closure.paths[1].references.set && closure.paths[1].references.count == 0);
		CHECK(closure_find(&closure, B) == &closure.paths[1]);
		CHECK(closure_find(&closure, B "x") == NULL);
	}
}

static void test_faults(void)
{
	check_refused("", "list:1: no store path is listed");
	check_refused(
		"\n", "list:1: a store path expected here, but \"\" is not in the store directory");
	check_refused(RECORD_B "\n",
		"list:6: a store path expected here, but \"\" is not in the store directory");
	check_refused(RECORD_B RECORD_B, "list:6: " B " is listed already, in line 1");
	check_refused(A "\n" NIX32 "\n344\n\n1\n" B "\n",
		"list:1: the reference " B " of " A " is not itself listed");
	check_refused(A "\n" NIX32 "\n344\n\n2\n" B "\n" B "\n" RECORD_B,
		"list:1: " A " has the reference " B " twice");
	check_refused(
		A "\n\n344\n\n0\n", "list:2: " A " has no hash, so nothing could be verified");
	check_refused(
		A "\n" A ".drv\n0\n", "list:2: " A " has no hash, so nothing could be verified");
	check_refused(A "\n" NIX32 "\n-1\n\n0\n",
		"list:3: a NAR size in bytes expected here, not \"-1\"");
	check_refused(A "\n" NIX32 "\n0344\n\n0\n",
		"list:3: a NAR size in bytes expected here, not \"0344\"");
	check_refused(A "\n" NIX32 "\n9223372036854775808\n\n0\n",
		"list:3: a NAR size in bytes expected here, not \"9223372036854775808\"");
	check_refused(A "\n" NIX32 "\n36893488147419103232\n\n0\n",
		"list:3: a NAR size in bytes expected here, not \"36893488147419103232\"");
	check_refused(A "\n" NIX32 "\n344\nx.drv\n0\n",
		"list:4: a deriver (or an empty line) expected here, but \"x.drv\" "
		"is not in the store directory");
	check_refused(A "\n" NIX32 "\n344\n\n9000000000\n",
		"list:5: " A " has 9000000000 references, but the file ends before them");
	check_refused(A "\n" NIX32 "\n344\n\n2\n" A "\n" NIX32 "\n44444444\n\n\n\n\n",
		"list:7: a reference expected here, but \"" NIX32
		"\" is not in the store directory");
	check_refused(A "\n" NIX32 "\n344\n\n0",
		"list:5: a number of references expected here, but the file ends");
	check_refused(A "\n" NIX32 "\n344\n",
		"list:4: a deriver (or an empty line) expected here, "
		"but the file ends");
	check_refused(A, "list:1: a store path expected here, but the file ends");
	check_refused(B "\r\n",
		"list:1: a store path expected here, but \"" B "\r\" has a character "
		"that no store path's name may have");
}

static void test_nul(void)
{
	static const char text[] = B "\0x\n" NIX32 "\n120\n\n0\n";
	autoarena arena = { 0 };
	struct closure closure;

	CHECK(read_text(text, sizeof(text) - 1, &closure, &arena) == -1);
	CHECK_TEXT(err.text, "list:1: a NUL byte in the line");
}

static void test_grammar(void)
{
	static const struct {
		const char *path;
		bool good;
	} paths[] = {
		{ A, true },
		{ "/nix/store/" HASH_A "-.hidden", true },
		{ "/nix/store/" HASH_A "-...", true },
		{ "/nix/store/" HASH_A "-+._?=-", true },
		{ "/nix/store/" HASH_A "-.", false },
		{ "/nix/store/" HASH_A "-..", false },
		{ "/nix/store/" HASH_A "-.-x", false },
		{ "/nix/store/" HASH_A "-..-x", false },
		{ "/nix/store/" HASH_A "-", false },
		{ "/nix/store/" HASH_A, false },
		{ "/nix/store/" HASH_A "_x", false },
		{ "/nix/store/" HASH_A "-a/b", false },
		{ "/nix/store/" HASH_A "-a b", false },
		{ "/nix/store/0c3ixswyjzx5sj2q2h4y1ilr6lz7m0ae-a", false },
		{ "/nix/store/0C3ixswyjzx5sj2q2h4y1ilr6lz7m0ag-a", false },
		{ "/nix/store/", false },
		{ "/nix/store", false },
		{ "/nix/stor", false },
		{ "/nix/storex/" HASH_A "-a", false },
		{ "", false },
	};

	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++)
		CHECK(!store_path_fault(paths[i].path, "/nix/store") == paths[i].good);
	char name[300] = "/nix/store/" HASH_A "-";
	memset(name + strlen(name), 'x', 211);
	CHECK(!store_path_fault(name, "/nix/store"));
	strcat(name, "x");
	CHECK(store_path_fault(name, "/nix/store") != NULL);
	CHECK(!store_dir_fault("/nix/store") && !store_dir_fault("/s"));
	CHECK(store_dir_fault("") && store_dir_fault("/") && store_dir_fault("nix/store"));
	CHECK(store_dir_fault("/nix/store/") && store_dir_fault("/nix//store"));
	CHECK(store_dir_fault("/nix/../store") && store_dir_fault("/nix/.") &&
		store_dir_fault("//") && store_dir_fault("/nix\n/store"));
	CHECK(!store_dir_fault("/nix/...") && !store_dir_fault("/.nix"));
}

static void test_hashes(void)
{
	static const char *const bad[] = {
		"",
		"sha256:",
		"sha256-",
		"md5:" BASE16,
		BASE16 "0",
		"sha256:" BASE16 "0",
		"x" BASE16,
		/* Bits above the 256th. */
		"sha256:2mdqa9w1p6cmli6976v4wi0sw9r4p5prkj7lzfd1877wk11c9c73",
		"sha256:gmdqa9w1p6cmli6976v4wi0sw9r4p5prkj7lzfd1877wk11c9c73",
		"sha256:0mdqa9w1p6cmli6976v4wi0sw9r4p5prkj7lzfd1877wk11c9c7",
		"sha256:0mdqa9w1p6cmli6976v4wi0sw9r4p5prkj7lzfd1877wk11c9c7e",
		"sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU",
		"sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFV=",
		"sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFUA",
		"sha256-47DEQpj8HBSa-/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
	};
	unsigned char sum[SHA256_SIZE], ones[SHA256_SIZE];

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		CHECK(!store_hash_read(bad[i], sum));
	memset(ones, 0xFF, sizeof(ones));
	CHECK(store_hash_read("sha256:1zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz", sum));
	CHECK(!memcmp(sum, ones, SHA256_SIZE));
	CHECK(store_hash_read("sha256-//////////////////////////////////////////8=", sum));
	CHECK(!memcmp(sum, ones, SHA256_SIZE));
}

/* The same closure in another order, base and with a deriver: one manifest, written down here. */
static void test_manifest(void)
{
	static const char text[] = RECORD_B A "\n" SRI "\n344\n" A ".drv\n2\n" B "\n" A "\n";
	static const char manifest[] = "nucleus-closure-1\n2\n" A "\n" B "\n" A "\nsha256:" BASE16
				       "\n344\n\n2\n" A "\n" B "\n" B "\nsha256:" BASE16
				       "\n120\n\n0\n";
	autoarena arena = { 0 };
	const char *roots[] = { B, A, B };
	struct config_closure closure = { .roots = { .count = 3, .items = roots } };
	struct bytes bytes;

	CHECK(read_text(text, sizeof(text) - 1, &closure.closure, &arena) == 0);
	bytes = closure_manifest(&closure, &arena);
	CHECK_TEXT(bytes.text, manifest);
	CHECK(bytes.length == sizeof(manifest) - 1);
	CHECK(closure_identify(&closure, NULL, &arena));
	CHECK_TEXT(
		closure.sha256, "db437e06eeb6d7a6244f5a02f9b02af9ad1f524e2adc090f2b0c60bd106e2150");
	CHECK(closure_identify(
		&closure, arena_printf(&arena, "sha256:%s", closure.sha256), &arena));
	CHECK(!closure_identify(&closure, BASE16, &arena) &&
		!closure_identify(&closure, "", &arena));
	/* What follows the roots is a registration, of the same closure. */
	bytes = closure_registration(&closure.closure, &arena);
	CHECK_TEXT(bytes.text, strstr(manifest, B "\n" A) + sizeof(B));
}

int main(void)
{
	test_formats();
	test_faults();
	test_nul();
	test_grammar();
	test_hashes();
	test_manifest();
	return check_result("registration");
}
