/*
 * The NAR hash of files made here, against values of `nix-store --dump PATH | sha256sum`, and each
 * thing that a hash does not see.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "attest/nar.h"
#include "attest/window.h"
#include "base/digest.h"
#include "base/fd.h"
#include "check.h"

static struct err err;
static struct nar_sum sum;
static uint64_t told;
static bool go_on = true;
static size_t window;
static const char *cut; /* shortened while it is read */

static bool advance(void *object, uint64_t bytes)
{
	*(uint64_t *)object += bytes;
	if (cut)
		CHECK(truncate(cut, WINDOW_LEAST + 1) == 0);
	return go_on;
}

static enum nar_look look = LOOK_CONTENTS;
static time_t settled_before;

static int hash(const char *name)
{
	static unsigned char buffer[NAR_BUFFER_SIZE];
	autoarena names = { 0 };
	const struct nar_hasher hasher = {
		.owner = geteuid(),
		.look = look,
		.settled_before = settled_before,
		.buffer = buffer,
		.names = &names,
		.window = window,
		.advance = advance,
		.object = &told,
	};
	autoclose fd = open(name, O_PATH | O_NOFOLLOW | O_CLOEXEC);

	told = 0;
	err = (struct err){ 0 };
	return nar_hash_at(fd, name, &hasher, &sum, &err);
}

/* Read and mapped, in windows of either size, it is the same. */
static void check_hash(const char *name, uint64_t size, const char *wanted)
{
	char text[SHA256_TEXT_SIZE];

	window = window ? 0 : WINDOW_LEAST;
	CHECK(hash(name) == 0);
	digest_text(sum.sha256, text);
	CHECK_TEXT(text, wanted);
	window = window ? 0 : WINDOW_MOST;
	CHECK(hash(name) == 0);
	CHECK_TEXT(err.text, "");
	digest_text(sum.sha256, text);
	CHECK_TEXT(text, wanted);
	CHECK(sum.size == size && told == size);
}

static void check_refused(const char *name, const char *wanted)
{
	CHECK(hash(name) == -1);
	CHECK_TEXT(err.text, wanted);
}

/* length bytes that repeat 0..250. */
static void file_make(const char *name, size_t length, mode_t mode)
{
	autoclose fd = open(name, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
	autofree unsigned char *bytes = malloc(length + 1);

	for (size_t i = 0; i < length; i++)
		bytes[i] = (unsigned char)(i % 251);
	CHECK(fd >= 0 && fd_write_all(fd, bytes, length) == 0 && fchmod(fd, mode) == 0);
}

static void test_files(void)
{
	char long_target[4001];

	file_make("empty", 0, 0444);
	check_hash(
		"empty", 112, "77ac62e2629d8e45f624589c0c8bf99e24b3a722349bf1e79bc186008534e246");
	CHECK(sum.files == 1 && sum.bytes == 0);
	file_make("one", 1, 0444);
	check_hash("one", 120, "6596fbbf56996de535af8cd6e51daeda2ec182864a83a1e007ff84b6d1b3ffbf");
	file_make("seven", 7, 0444);
	check_hash(
		"seven", 120, "8a0ce032805a0e267357227104cfde47d75964440f2d6f4c4b8731aeed7c6590");
	file_make("eight", 8, 0444);
	check_hash(
		"eight", 120, "464493d8a9225d0b3c7379a126210bd4dbd844e814f210d273dd138462fd9e78");
	file_make("program", 5, 0555);
	check_hash(
		"program", 152, "15083dae9b18ab264585d82dcee42c29205f0fe1c476faadc1ec67efac69a775");
	/* Of the mode, only owner-execute counts. */
	file_make("half", 5, 0455);
	check_hash("half", 120, "72ee273841fd0f4d4ec939806199191d503967953b968b391a1d0aa3fddbcead");
	file_make("window-1", WINDOW_LEAST - 1, 0444);
	check_hash("window-1", 262256,
		"2e7126dcd9defb623f9d09a90e141458da9a17aaf91397ae34c59fbddfe1b94c");
	file_make("window", WINDOW_LEAST, 0444);
	check_hash("window", 262256,
		"6f3adf2ea06cc114a3c44185564c7cc03b37c73c80dee2461685b90f726a5598");
	file_make("window+1", WINDOW_LEAST + 1, 0444);
	check_hash("window+1", 262264,
		"1c72974e50b528c14d41e274bd4fa1b378b38675b216bfd2e2629fb0059ee228");
	file_make("three", 3 * WINDOW_LEAST, 0444);
	check_hash("three", 786544,
		"f979d74d60acf1581baf7b1f34a25402bc3f897bbc5301689212db92a8705b15");
	CHECK(sum.bytes == 3 * WINDOW_LEAST);
	CHECK(symlink("/nowhere/at/all", "link") == 0);
	check_hash("link", 128, "113cebd31e38a569d853b258e821f010764bfab1ad4bd2ecab96cb9678bb4190");
	memset(long_target, 'x', sizeof(long_target) - 1);
	long_target[sizeof(long_target) - 1] = '\0';
	CHECK(symlink(long_target, "long") == 0);
	check_hash(
		"long", 4112, "ac29174d3d6237ea04dc3d7b2b2345802dc58994f4af4308206deed5a7680cc9");
}

/* What is cut short while it is mapped is an error, and what is hashed next is hashed right. */
static void test_cut(void)
{
	file_make("cut", 3 * WINDOW_LEAST, 0644);
	cut = "cut";
	window = WINDOW_LEAST;
	check_refused("cut", "cut: was cut short, or its disk failed, while it was read");
	CHECK(truncate("cut", 3 * WINDOW_LEAST) == 0);
	window = 0;
	check_refused("cut", "cut: its size changed while it was read");
	cut = NULL;
	CHECK(truncate("cut", 3 * WINDOW_LEAST) == 0);
	check_hash(
		"cut", 786544, "6667b7d2546113e36c658e635b0ddde1a6ae67cd70266a0a23f6b6bdb57653fe");
}

static void test_directories(void)
{
	/* Sorted by bytes: '+' '-' '.' '/' digits, capitals, small letters, then what is not ASCII.
	 */
	static const char *const names[] = { "b", "a", "a.b", "a-b", "B", "\xC3\xA9", "a0", " ",
		"z+", "\xFF", ".hidden", "new\nline" };
	char name[300], long_name[256];

	CHECK(mkdir("none", 0755) == 0);
	check_hash("none", 96, "a50a5ab6d992f5598edd92105059fae9acfc192981e08bd88534c2167e92526a");
	CHECK(mkdir("tree", 0755) == 0 && mkdir("tree/inner", 0755) == 0);
	CHECK(mkdir("tree/inner/deeper", 0755) == 0);
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		snprintf(name, sizeof(name), "tree/%s", names[i]);
		file_make(name, i, i % 2 ? 0444 : 0555);
	}
	memset(long_name, 'n', 255);
	long_name[255] = '\0';
	snprintf(name, sizeof(name), "tree/inner/%s", long_name);
	file_make(name, 100, 0444);
	file_make("tree/inner/deeper/file", 9, 0444);
	CHECK(symlink("../up", "tree/inner/up") == 0);
	check_hash(
		"tree", 3872, "d9f60c5cc59fa9a19298dba69b9be934baf0d33ccb0a62f933d9d574c8ba8759");
	CHECK(sum.files == 18);
}

static void test_large_directory(void)
{
	char name[64];

	CHECK(mkdir("many", 0755) == 0);
	for (int i = 0; i < 3000; i++) {
		snprintf(name, sizeof(name), "many/%d-%s", i * 7919 % 3001,
			"a-name-long-enough-to-fill-the-buffer-twice");
		CHECK(symlink("t", name) == 0);
	}
	check_hash(
		"many", 696096, "a284241e497bbac6dd52adb08705ba8cee280c4645f867a8fa82eced2f9572fb");
}

static void test_modes(void)
{
	file_make("none/f", 1, 0444);
	CHECK(hash("none") == 0);
	CHECK(chmod("none/f", 04755) == 0);
	check_refused("none", "none/f: mode 4755 has setuid");
	CHECK(chmod("none/f", 02755) == 0);
	check_refused("none", "none/f: mode 2755 has setgid");
	CHECK(chmod("none/f", 0777) == 0);
	check_refused("none", "none/f: mode 0777 lets everyone write");
	CHECK(chmod("none/f", 0664) == 0);
	check_refused("none", "none/f: mode 0664 lets its group write");
	CHECK(chmod("none/f", 0644) == 0 && hash("none") == 0);
	CHECK(chmod("none", 0775) == 0);
	check_refused("none", "none: mode 0775 lets its group write");
	CHECK(chmod("none", 02755) == 0);
	check_refused("none", "none: mode 2755 has setgid");
	CHECK(chmod("none", 01755) == 0 && hash("none") == 0);
	go_on = false;
	CHECK(hash("none") == -1 && err.code == ECANCELED);
	go_on = true;
}

static void test_types(void)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX, .sun_path = "none/s" };
	autoclose fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	CHECK(mkfifo("none/p", 0644) == 0);
	check_refused("none", "none/p: is neither a directory, a regular file nor a symlink");
	check_refused("none/p", "none/p: is neither a directory, a regular file nor a symlink");
	CHECK(unlink("none/p") == 0 && hash("none") == 0);
	CHECK(bind(fd, (struct sockaddr *)&name, sizeof(name)) == 0 && chmod("none/s", 0644) == 0);
	check_refused("none", "none/s: is neither a directory, a regular file nor a symlink");
	CHECK(unlink("none/s") == 0 && hash("none") == 0);
}

/* Only root can make what is refused here; nobody else is told that it was tried. */
static void test_root(void)
{
	static const unsigned char capability[20] = { 0, 0, 0, 2, 0, 4 };

	if (geteuid() != 0)
		return;
	CHECK(chown("none/f", 1234, -1) == 0);
	check_refused("none", "none/f: its owner is uid 1234, not root");
	CHECK(chown("none/f", 0, 1234) == 0 && hash("none") == 0);
	CHECK(lchown("link", 1234, -1) == 0);
	check_refused("link", "link: its owner is uid 1234, not root");
	CHECK(setxattr("none/f", "security.capability", capability, sizeof(capability), 0) == 0);
	check_refused("none", "none/f: has file capabilities");
	check_refused("none/f", "none/f: has file capabilities");
	CHECK(removexattr("none/f", "security.capability") == 0 && hash("none") == 0);
}

/* What is seen is the same however closely it is looked at, and changes with whatever changes. */
static void check_seen(const char *what, int result)
{
	static unsigned char last[SHA256_SIZE];
	unsigned char now[SHA256_SIZE];

	if (result != 0)
		printf("%s: %d\n", what, result);
	CHECK(result == 0 && hash("seen") == 0);
	memcpy(now, sum.seen, sizeof(now));
	CHECK(memcmp(now, last, sizeof(now)) != 0);
	look = LOOK_METADATA;
	CHECK(hash("seen") == 0 && !memcmp(sum.seen, now, sizeof(now)) && !sum.size && !told);
	look = LOOK_GLANCE;
	CHECK(hash("seen") == 0 && !memcmp(sum.seen, now, sizeof(now)));
	look = LOOK_CONTENTS;
	memcpy(last, now, sizeof(last));
	/* The clock that stamps changes ticks every few milliseconds. */
	usleep(20000);
}

static int append(const char *name)
{
	const struct timespec keep[2] = { { .tv_nsec = UTIME_OMIT }, { .tv_sec = 1 } };
	autoclose fd = open(name, O_WRONLY | O_CLOEXEC);

	/* The same size, and a time of its own choosing. */
	return fd >= 0 && pwrite(fd, "y", 1, 0) == 1 && futimens(fd, keep) == 0 ? 0 : -1;
}

static void test_seen(void)
{
	CHECK(mkdir("seen", 0755) == 0 && mkdir("seen/d", 0755) == 0);
	file_make("seen/f", 4, 0644);
	file_make("seen/d/g", 4, 0644);
	CHECK(symlink("t", "seen/l") == 0);
	check_seen("nothing", 0);
	check_seen("contents", append("seen/f"));
	check_seen("mode", chmod("seen/d/g", 0600));
	check_seen("a link", link("seen/f", "seen/h"));
	check_seen("a name", rename("seen/h", "seen/i"));
	check_seen("a place", rename("seen/i", "seen/d/i"));
	check_seen("less", unlink("seen/d/i"));
	check_seen("a symlink", unlink("seen/l") < 0 ? -1 : symlink("u", "seen/l"));
	check_seen("an attribute", setxattr("seen/f", "user.x", "y", 1, 0));
	/* Settled is what changed before that second, not in it. */
	settled_before = time(NULL) - 3;
	CHECK(hash("seen") == 0 && !sum.settled);
	settled_before = time(NULL) + 2;
	CHECK(hash("seen") == 0);
	if (!sum.settled)
		printf("nar: the temporary directory is on a file system that never settles\n");
	settled_before = 0;
	/* The same faults, however closely. */
	CHECK(chmod("seen/f", 02755) == 0);
	for (look = LOOK_CONTENTS; look <= LOOK_GLANCE; look++)
		check_refused("seen", "seen/f: mode 2755 has setgid");
	CHECK(chmod("seen/f", 0755) == 0 && mkfifo("seen/d/p", 0600) == 0);
	for (look = LOOK_CONTENTS; look <= LOOK_GLANCE; look++)
		check_refused(
			"seen", "seen/d/p: is neither a directory, a regular file nor a symlink");
	look = LOOK_CONTENTS;
}

static void test_depth(void)
{
	int made = 0;

	while (made <= NAR_DEPTH_MOST + 1 && mkdir("d", 0755) == 0 && chdir("d") == 0)
		made++;
	for (int i = 0; i < made; i++)
		CHECK(chdir("..") == 0);
	CHECK(hash("d") == -1 && strstr(err.text, "/d/d/d: is nested too deep"));
	CHECK(hash("d/d/d") == 0 && sum.files == NAR_DEPTH_MOST);
}

int main(void)
{
	char dir[] = "/tmp/nucleus-nar.XXXXXX", command[80];
	struct windows windows;

	umask(022);
	CHECK(mkdtemp(dir) && chdir(dir) == 0);
	windows_begin(&windows);
	test_files();
	test_cut();
	test_directories();
	test_large_directory();
	test_modes();
	test_types();
	test_root();
	test_seen();
	test_depth();
	windows_end(&windows);
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	CHECK(system(command) == 0);
	return check_result("nar");
}
