/*
 * The parts of policy/ that golden files show badly: what depends on the caller, on the mode, on
 * the root's accounts, and the identities that every translation keeps.
 */
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "config/check.h"
#include "policy/policy.h"
#include "policy/seccomp-default.h"
#include "policy/sections.h"

#define HEAD "version = 1\nmode = \"agent\"\n"
#define LIMITS "[resources]\nmemory = \"64M\"\ncpus = 1\npids = 8\n"

static struct arena arena;
static struct err err;
static struct config config;
static struct translation translation;
static char program[] = "/bin/true";
static char *command[] = { program, NULL };

static struct policy *read_text(const char *text)
{
	err = (struct err){ 0 };
	return policy_read_text(text, strlen(text), "p.toml", &arena, &err);
}

/* Translates text for a caller; 0 or -1, the result in config and translation. */
static int translate(const char *text, int mode, uid_t uid)
{
	struct policy *policy = read_text(text);

	config = (struct config){ 0 };
	translation = (struct translation){
		.args = command, .args_count = 1, .mode = mode, .uid = uid, .gid = uid
	};
	return policy ? policy_translate(policy, &translation, &config, &arena, &err) : -1;
}

static bool warned(const char *text)
{
	for (size_t i = 0; i < translation.warnings.count; i++)
		if (strstr(translation.warnings.items[i], text))
			return true;
	return false;
}

static const struct config_mount *mount_at(const char *destination)
{
	for (size_t i = 0; i < config.mounts_count; i++)
		if (!strcmp(config.mounts[i].destination, destination))
			return &config.mounts[i];
	return NULL;
}

static bool mount_has(const char *destination, const char *option)
{
	const struct config_mount *mount = mount_at(destination);

	return mount && strings_hold(&mount->options, option);
}

static void test_builtin(void)
{
	static const char *const names[] = { "agent", "strict-agent", "production" };

	for (size_t i = 0; i < 3; i++) {
		struct policy *policy = policy_read(names[i], &arena, &err);

		CHECK(policy_builtin(names[i]) != NULL);
		CHECK(policy && policy->builtin && policy->mode == (int)i + 1);
		CHECK(policy && policy_check(policy, MODE_UNSET, &err) == 0);
	}
	CHECK(policy_builtin("agent.toml") == NULL);
	CHECK(policy_read("./agent", &arena, &err) == NULL);
	CHECK(strstr(err.text, "./agent") != NULL && strstr(err.text, "No such file"));
}

static void test_rows(void)
{
	/* Every key says what it is for, so that the reference has no gap. */
	for (const struct key *section = policy_keys; section->name; section++) {
		CHECK(section->about != NULL);
		for (const struct key *key = section->keys; key && key->name; key++)
			CHECK(key->about != NULL);
	}
}

static void test_modes(void)
{
	CHECK(translate("version = 1\n", MODE_UNSET, 0) == 0);
	CHECK(config.mode == MODE_STRICT_AGENT && !config.init && config.root_tmpfs.set);
	/* No mode is strict-agent, in a check as in a run: agent would be laxer. */
	CHECK(translate("version = 1\n", MODE_AGENT, 0) < 0);
	CHECK(!read_text("version = 1\n[landlock]\nenabled = false\n"));
	CHECK(translate("version = 1\n" LIMITS, MODE_STRICT_AGENT, 0) == 0);
	CHECK(translate(HEAD, MODE_STRICT_AGENT, 0) == 0 && config.mode == MODE_STRICT_AGENT);
	CHECK(translate("version = 1\nmode = \"strict-agent\"\n", MODE_AGENT, 0) < 0);
	/* What agent allows, the stricter mode of the command line refuses. */
	CHECK(translate(HEAD "[landlock]\nenabled = false\n", MODE_UNSET, 0) == 0);
	CHECK(!config.landlock && warned("landlock.enabled"));
	CHECK(translate(HEAD "[landlock]\nenabled = false\n", MODE_STRICT_AGENT, 0) < 0);
	CHECK_TEXT(err.text,
		"p.toml:4:11: landlock.enabled: only agent mode may go without Landlock; remove "
		"this line");
	CHECK(translate(HEAD LIMITS, MODE_PRODUCTION, 0) < 0);
	CHECK(strstr(err.text, "closure.registration") != NULL);
}

static void test_identities(void)
{
	CHECK(translate(HEAD, MODE_UNSET, 0) == 0);
	CHECK(config_check(&config, &err) == 0);
	CHECK(config.process.no_new_privileges && config.root.readonly);
	CHECK(config.process.capabilities && !config.process.capabilities->bounding.count);
	CHECK(config.namespaces_count == 8 && config.seccomp && config.landlock);
	CHECK(!config.cgroups_path);
	for (size_t i = 0; i < config.mounts_count; i++) {
		const char *at = config.mounts[i].destination;

		CHECK(mount_has(at, "nosuid"));
		/* Devices are made in /dev alone. */
		CHECK(mount_has(at, "nodev") || !strncmp(at, "/dev", 4));
	}
	CHECK(mount_has("/proc", "ro") && mount_has("/sys", "ro") && mount_has("/usr", "ro"));
	CHECK(mount_has("/tmp", "noexec") && !mount_has("/workspace", "noexec"));
	CHECK(translate(HEAD, MODE_STRICT_AGENT, 0) == 0 && mount_has("/workspace", "noexec"));
}

#define KEEP "[namespaces]\nids = \"keep-id\"\n"
#define DATA "[[volume]]\nsource = \"/srv\"\ntarget = \"/data\"\naccess = \"rw\"\n"

static void test_caller(void)
{
	CHECK(translate(HEAD, MODE_UNSET, 0) == 0);
	CHECK(config.ids == IDS_AUTO && config.uid_mappings[0].size.value == 65536);
	CHECK(config.process.user.uid.value == 1000 && config.process.user.gid.value == 1000);
	/* Anybody but root has nobody but themselves, unless the policy says more. */
	CHECK(translate(HEAD, MODE_STRICT_AGENT, 1234) == 0 && config.ids == IDS_AUTO);
	CHECK(translate(HEAD, MODE_UNSET, 1234) == 0 && config.ids == IDS_KEEP);
	CHECK(config.uid_mappings[0].host_id.value == 1234 &&
		config.uid_mappings[0].size.value == 1 &&
		config.gid_mappings[0].host_id.value == 1234);
	CHECK(config.process.user.uid.value == 1234 && config.process.user.gid.value == 1234);
	CHECK(translate(HEAD "[process]\nuser = \"1000\"\n", MODE_UNSET, 1234) < 0);
	CHECK(translate(HEAD KEEP "ids_size = 4096\n[process]\nuser = \"1000\"\n", MODE_UNSET,
		      1234) == 0);
	CHECK(translate(HEAD KEEP, MODE_STRICT_AGENT, 1234) == 0 &&
		config.process.user.uid.value == 1234 && !config.ids_best_effort);
	CHECK(translate(HEAD DATA, MODE_STRICT_AGENT, 1234) < 0);
	CHECK(translate(HEAD KEEP DATA, MODE_STRICT_AGENT, 1234) == 0 &&
		!mount_has("/data", "idmap"));
	CHECK(translate(HEAD KEEP DATA "idmap = true\n", MODE_STRICT_AGENT, 1234) < 0);
	CHECK(translate(HEAD "[[volume]]\nsource = \"/srv\"\ntarget = \"/data\"\n"
			     "access = \"rw\"\n",
		      MODE_UNSET, 0) == 0);
	CHECK(mount_has("/data", "idmap") && mount_has("/data", "noexec"));
	CHECK(translate(HEAD "[[volume]]\nsource = \"/srv\"\ntarget = \"/data\"\n"
			     "access = \"rw\"\n",
		      MODE_UNSET, 1234) == 0);
	CHECK(mount_at("/data") && !mount_has("/data", "idmap"));
}

/* A warning is for what is weaker than its mode; what a policy plainly leaves out is no surprise.
 */
static void test_silence(void)
{
	CHECK(translate(HEAD, MODE_UNSET, 0) == 0 && translation.warnings.count == 0);
	CHECK(translate(HEAD LIMITS, MODE_UNSET, 0) == 0 && translation.warnings.count == 0);
}

/* Weights come back through the usual way from version 1 to version 2. */
static void test_weights(void)
{
	for (int weight = 1; weight <= 10000; weight += weight < 100 ? 1 : 97) {
		char text[80];
		uint64_t shares;

		snprintf(text, sizeof(text), HEAD "[resources]\ncpu_weight = %d\n", weight);
		CHECK(translate(text, MODE_UNSET, 0) == 0);
		shares = config.resources.cpu.shares.value;
		CHECK(shares >= 2 && shares <= 262144);
		CHECK(1 + (shares - 2) * 9999 / 262142 == (uint64_t)weight);
	}
}

static bool seccomp_names(const char *name, const char *action)
{
	for (size_t i = 0; i < config.seccomp->syscalls_count; i++)
		if (!strcmp(config.seccomp->syscalls[i].action, action) &&
			strings_hold(&config.seccomp->syscalls[i].names, name))
			return true;
	return false;
}

static void test_seccomp(void)
{
	size_t before = seccomp_default.syscalls[0].names.count;

	CHECK(translate(HEAD "[seccomp]\nallow = [\"mincore\", \"clone3\"]\ndeny = [\"chmod\"]\n",
		      MODE_UNSET, 0) == 0);
	CHECK(seccomp_names("mincore", "SCMP_ACT_ALLOW"));
	CHECK(seccomp_names("clone3", "SCMP_ACT_ALLOW") &&
		!seccomp_names("clone3", "SCMP_ACT_ERRNO"));
	CHECK(!seccomp_names("chmod", "SCMP_ACT_ALLOW"));
	/* What is refused by its arguments stays so: no list opens TIOCSTI. */
	CHECK(translate(HEAD "[seccomp]\nallow = [\"ioctl\"]\n", MODE_UNSET, 0) == 0);
	CHECK(seccomp_names("ioctl", "SCMP_ACT_ERRNO"));
	CHECK(seccomp_default.syscalls[0].names.count == before);
	/* The built-in profile is one that a strict mode takes. */
	CHECK(translate(HEAD LIMITS, MODE_STRICT_AGENT, 0) == 0);
	CHECK(translation.warnings.count == 0);
	CHECK(translate(HEAD "[seccomp]\nallow = [\"ptrace\"]\n", MODE_UNSET, 0) == 0);
	CHECK(warned("seccomp allows ptrace"));
}

static void file_write(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	CHECK(file && fputs(text, file) >= 0);
	if (file)
		fclose(file);
}

static int account_translate(const char *root, const char *process)
{
	return translate(arena_printf(&arena, HEAD "[process]\n%s\n[filesystem]\nroot = \"%s\"\n",
				 process, root),
		MODE_UNSET, 0);
}

static void test_accounts(void)
{
	char root[] = "/tmp/nucleus-policy-XXXXXX", path[64];

	CHECK(mkdtemp(root) != NULL);
	snprintf(path, sizeof(path), "%s/etc", root);
	CHECK(mkdir(path, 0755) == 0);
	CHECK(account_translate(root, "user = \"www\"") < 0);
	CHECK(strstr(err.text, "hint: a number needs no look-up") != NULL);
	snprintf(path, sizeof(path), "%s/etc/passwd", root);
	file_write(path,
		"root:x:0:0\nwwwx:x:1:1:\nwww:x:33:34::/:/bin/sh\nbad:x:0x1:1:\nshort:x\n"
		"huge:x:4294967296:1:\nlast:x:7:8");
	CHECK(account_translate(root, "user = \"www\"") == 0);
	CHECK(config.process.user.uid.value == 33 && config.process.user.gid.value == 34);
	CHECK(account_translate(root, "user = \"last\"") == 0 &&
		config.process.user.gid.value == 8);
	CHECK(account_translate(root, "user = \"ww\"") < 0);
	CHECK(account_translate(root, "user = \"bad\"") < 0);
	CHECK(account_translate(root, "user = \"short\"") < 0);
	CHECK(account_translate(root, "user = \"huge\"") < 0);
	CHECK(account_translate(root, "user = \"x:33\"") < 0);
	CHECK(account_translate(root, "user = \"+5\"") < 0);
	CHECK(account_translate(root, "user = \"00000000005\"") < 0);
	CHECK(account_translate(root, "user = \"5\"") == 0 && config.process.user.gid.value == 5);
	/* A link cannot lead the look-up out of the root. */
	CHECK(unlink(path) == 0 && symlink("../../../../etc/passwd", path) == 0);
	CHECK(account_translate(root, "user = \"root\"") < 0);
	/* Nor can a pipe hold it up. */
	CHECK(unlink(path) == 0 && mkfifo(path, 0644) == 0);
	CHECK(account_translate(root, "user = \"root\"") < 0);
	CHECK(unlink(path) == 0);
	snprintf(path, sizeof(path), "%s/etc", root);
	CHECK(rmdir(path) == 0 && rmdir(root) == 0);
}

/* Translates the policy in file with one writable volume more than it needs. */
static int volume_translate(const char *file, const char *source, const char *state_root)
{
	struct policy *policy;

	file_write(file,
		arena_printf(&arena,
			HEAD "[[volume]]\nsource = \"%s\"\ntarget = \"/data\"\n"
			     "access = \"rw\"\n",
			source));
	config = (struct config){ 0 };
	translation = (struct translation){
		.args = command, .args_count = 1, .uid = 1234, .gid = 1234, .state_root = state_root
	};
	err = (struct err){ 0 };
	policy = policy_read(file, &arena, &err);
	return policy ? policy_translate(policy, &translation, &config, &arena, &err) : -1;
}

/* However the way to what a run rests on leads through a volume, it is found. */
static void test_volume_needs(void)
{
	char top[] = "/tmp/nucleus-policy-XXXXXX", self[4096] = "";
	const char *volume, *policy, *away, *linked;

	CHECK(mkdtemp(top) != NULL);
	volume = arena_printf(&arena, "%s/volume", top);
	away = arena_printf(&arena, "%s/away", top);
	policy = arena_printf(&arena, "%s/policy.toml", away);
	linked = arena_printf(&arena, "%s/link.toml", volume);
	CHECK(mkdir(volume, 0755) == 0 && mkdir(away, 0755) == 0);
	CHECK(volume_translate(policy, volume, away) == 0);
	CHECK(volume_translate(policy, away, NULL) < 0 && strstr(err.text, "/away/policy.toml"));
	/* A link in the volume, to what is not in it; in the directory's part or the last one. */
	CHECK(symlink("../away/policy.toml", linked) == 0);
	CHECK(volume_translate(linked, volume, NULL) < 0 && strstr(err.text, "/volume/link.toml"));
	CHECK(unlink(linked) == 0 && symlink(away, linked) == 0);
	CHECK(volume_translate(arena_printf(&arena, "%s/policy.toml", linked), volume, NULL) < 0);
	CHECK(strstr(err.text, "/volume/link.toml") != NULL);
	/* Back out of it again; through itself only, nothing in it decides. */
	CHECK(volume_translate(
		      arena_printf(&arena, "%s/../away/policy.toml", volume), volume, NULL) == 0);
	CHECK(volume_translate(
		      arena_printf(&arena, "%s/../away/policy.toml", linked), volume, NULL) < 0);
	/* The state root, as the volume, in it or around it. */
	CHECK(volume_translate(policy, volume, volume) < 0);
	CHECK(volume_translate(policy, volume, arena_printf(&arena, "%s/state", volume)) < 0);
	CHECK(volume_translate(policy, volume, top) < 0);
	/* The running program. */
	CHECK(readlink("/proc/self/exe", self, sizeof(self) - 1) > 0);
	CHECK(volume_translate(policy, self, NULL) < 0 && strstr(err.text, self));
	*strrchr(self, '/') = '\0';
	CHECK(volume_translate(policy, self, NULL) < 0 && strstr(err.text, self));
	CHECK(unlink(linked) == 0 && unlink(policy) == 0);
	CHECK(rmdir(volume) == 0 && rmdir(away) == 0 && rmdir(top) == 0);
}

/* A root's programs under a mount, beside it, and what is no program. */
static void test_covered(void)
{
	struct policy policy = { 0 };
	struct draft draft = { .policy = &policy, .config = &config, .arena = &arena };
	struct config_closure closure = { 0 };

	config = (struct config){ 0 };
	draft_mount(&draft, "/nix/store/a", "bind", "/nix/store/a", "bind,ro");
	draft_mount(&draft, "/etc/hosts", "bind", "/etc/hosts", "bind,ro,noexec");
	draft.root_entries = 2;
	draft_mount(&draft, "/data", "bind", "/data", "bind,rw");
	CHECK_TEXT(draft_covered(&draft, "/nix"), "/nix/store/a");
	CHECK_TEXT(draft_covered(&draft, "/nix/store/a"), "/nix/store/a");
	CHECK(!draft_covered(&draft, "/nix/store/a/b") && !draft_covered(&draft, "/nix/store/b"));
	CHECK(!draft_covered(&draft, "/etc") && !draft_covered(&draft, "/data"));
	config.closure = &closure;
	CHECK_TEXT(draft_covered(&draft, "/nix/store/a/b"), "/nix/store/a");
	policy.filesystem.root = "/srv";
	CHECK(!draft_covered(&draft, "/nix"));
}

static void test_paths(void)
{
	CHECK(!path_fault("/") && !path_fault("/a") && !path_fault("/a/.b/..c/..."));
	CHECK(path_fault("") && path_fault("a") && path_fault("//") && path_fault("/a/"));
	CHECK(path_fault("/a//b") && path_fault("/a/.") && path_fault("/..") && path_fault("/./a"));
	CHECK(path_below("/a", "/") && path_below("/a", "/a") && path_below("/a/b", "/a"));
	CHECK(!path_below("/ab", "/a") && !path_below("/", "/a"));
}

int main(void)
{
	test_builtin();
	test_rows();
	test_modes();
	test_identities();
	test_caller();
	test_silence();
	test_weights();
	test_seccomp();
	test_accounts();
	test_volume_needs();
	test_covered();
	test_paths();
	arena_release(&arena);
	return check_result("policy");
}
