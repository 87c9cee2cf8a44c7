/*
 * trace: what is seen of a call, which calls are never learnt, the profile made of a trace, and
 * what of a trace file is refused. The profile is asked through the rules it resolves to.
 */
#include <errno.h>
#include <linux/audit.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "check.h"
#include "trace/file.h"
#include "trace/profile.h"

#define HEAD "{\"trace\":{\"version\":1,\"command\":[\"x\"]}}\n"

static struct arena arena;
static struct trace_floor known_floor;

static struct traced call(uint32_t arch, int number, uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
	const struct seccomp_data data = { .arch = arch, .nr = number, .args = { a, b, c, d } };
	struct traced traced;

	traced_look(&data, &arena, &traced);
	return traced;
}

#define CALL(name, ...) call(AUDIT_ARCH_X86_64, SYS_##name, __VA_ARGS__)
#define REASON reason_of

static const char *text_of(struct traced traced)
{
	return traced_text(&traced, &arena);
}

static const char *reason_of(struct traced traced)
{
	return floor_reason(&known_floor, &traced);
}

static void test_what_is_seen(void)
{
	const struct traced one = CALL(ioctl, 1, TCGETS, 0x1234, 5);
	const struct traced other = CALL(ioctl, 2, TCGETS | 1ULL << 32, 0x5678, 6);
	const struct traced third = CALL(ioctl, 1, TIOCGWINSZ, 0, 0);

	CHECK(traced_compare(&one, &other) == 0);
	CHECK(traced_compare(&one, &third) < 0 && traced_compare(&third, &one) > 0);
	CHECK_TEXT(text_of(one), "ioctl (request 0x5401)");
	CHECK_TEXT(text_of(CALL(read, 3, 4, 5, 6)), "read");
	CHECK_TEXT(text_of(CALL(socket, AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 6, 0)),
		"socket (family 0x2, type 0x1, protocol 0x6)");
	/* A mode is one only where a file may be made. */
	CHECK_TEXT(text_of(CALL(openat, 0, 0, 0, 06755)), "openat (flags 0)");
	CHECK_TEXT(text_of(CALL(openat, 0, 0, 0102, 04755)), "openat (flags 0x40, mode 0x800)");
	CHECK_TEXT(text_of(CALL(prctl, PR_SET_NAME, 77, 0, 0)), "prctl (option 0xf)");
	CHECK_TEXT(
		text_of(CALL(prctl, PR_SET_PDEATHSIG, 9, 0, 0)), "prctl (option 0x1, signal 0x9)");
	CHECK_TEXT(text_of(call(AUDIT_ARCH_I386, 90, 1, 2, 3, 4)), "mmap of i386");
	CHECK_TEXT(text_of(call(AUDIT_ARCH_X86_64, 0x40000001, 0, 0, 0, 0)), "write of x32");
	CHECK(call(AUDIT_ARCH_X86_64, 4000, 0, 0, 0, 0).name == NULL);
	CHECK(call(AUDIT_ARCH_X86_64, -1, 0, 0, 0, 0).name == NULL);
}

static void test_floor(void)
{
	CHECK(floor_read(&known_floor, &arena, &(struct err){ 0 }) == 0);
	CHECK(REASON(CALL(ptrace, 0, 0, 0, 0)) && REASON(CALL(mount, 0, 0, 0, 0)) &&
		REASON(CALL(setns, 3, 0, 0, 0)) && REASON(CALL(bpf, 0, 0, 0, 0)));
	CHECK(!REASON(CALL(read, 0, 0, 0, 0)) && !REASON(CALL(memfd_create, 0, 0, 0, 0)));
	CHECK(REASON(CALL(clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0)));
	CHECK(!REASON(CALL(clone, SIGCHLD, 0, 0, 0)));
	CHECK(REASON(CALL(ioctl, 0, TIOCSTI, 0, 0)) &&
		REASON(CALL(ioctl, 0, TIOCSTI | 1ULL << 40, 0, 0)));
	CHECK(!REASON(CALL(ioctl, 0, TCGETS, 0, 0)));
	CHECK(REASON(CALL(prctl, PR_SET_PDEATHSIG, 0, 0, 0)));
	CHECK(!REASON(CALL(prctl, PR_SET_PDEATHSIG, SIGKILL, 0, 0)));
	CHECK(REASON(CALL(socket, AF_VSOCK, SOCK_STREAM, 0, 0)) &&
		REASON(CALL(socket, AF_ALG, 5, 0, 0)));
	CHECK(REASON(CALL(socket, AF_INET, SOCK_STREAM, 262, 0)));
	CHECK(!REASON(CALL(socket, AF_INET6, SOCK_DGRAM, 17, 0)));
	CHECK(REASON(CALL(sendto, 3, 0, 0, MSG_FASTOPEN)) &&
		!REASON(CALL(sendto, 3, 0, 0, MSG_NOSIGNAL)));
	CHECK(REASON(CALL(mknod, 0, S_IFBLK, 0, 0)) &&
		!REASON(CALL(mknod, 0, S_IFIFO | 0600, 0, 0)));
	CHECK(REASON(CALL(chmod, 0, 04755, 0, 0)) && !REASON(CALL(chmod, 0, 0755, 0, 0)));
	CHECK(!REASON(CALL(personality, 0xffffffff, 0, 0, 0)));
	CHECK(REASON(call(AUDIT_ARCH_I386, 3, 0, 0, 0, 0)));
	CHECK(REASON(call(AUDIT_ARCH_X86_64, 4000, 0, 0, 0, 0)));
}

static void seen(struct set *set, struct traced traced, uint64_t count)
{
	set_find(set, &traced)->count += count;
	set->calls += count;
}

static struct set workload(void)
{
	struct set set = { .arena = &arena };

	seen(&set, CALL(write, 1, 2, 3, 4), 10);
	seen(&set, CALL(ioctl, 0, TCGETS, 0, 0), 2);
	seen(&set, CALL(ioctl, 0, TIOCSTI, 0, 0), 1);
	seen(&set, CALL(clone, CLONE_VM | CLONE_VFORK | SIGCHLD, 0, 0, 0), 1);
	seen(&set, CALL(clone, CLONE_VM | CLONE_THREAD | CLONE_SIGHAND, 0, 0, 0), 1);
	seen(&set, CALL(mmap, 0, 0, 1, 0), 3);
	seen(&set, CALL(mmap, 0, 0, 3, 0), 3);
	seen(&set, CALL(mmap, 0, 0, 5, 0), 3);
	seen(&set, CALL(openat, 0, 0, 0, 0), 9);
	seen(&set, CALL(personality, 0xffffffff, 0, 0, 0), 1);
	seen(&set, CALL(clone3, 1, 2, 3, 4), 4);
	seen(&set, CALL(ptrace, 0, 0, 0, 0), 5);
	return set;
}

static uint32_t decide(const struct profile *profile, struct traced traced, uint64_t extra)
{
	struct seccomp_data data = traced_data(&traced);
	struct call_rules rules;

	for (int i = 0; i < CALL_ARGS; i++)
		data.args[i] |= extra;
	CHECK(rules_resolve(&profile->seccomp, &arena, &rules, &(struct err){ 0 }) == 0);
	return rules_decide(&rules, 1, &data);
}

#define ALLOWED(...) (decide(&profile, __VA_ARGS__, 0) == SECCOMP_RET_ALLOW)

static void test_profile(void)
{
	struct set set = workload();
	struct profile profile;
	const char *text;

	profile_make(&known_floor, &set, false, &profile);
	CHECK(ALLOWED(CALL(write, 0, 0, 0, 0)) && !ALLOWED(CALL(read, 0, 0, 0, 0)));
	CHECK(ALLOWED(CALL(ioctl, 9, TCGETS, 0, 0)) && !ALLOWED(CALL(ioctl, 0, TIOCSTI, 0, 0)) &&
		!ALLOWED(CALL(ioctl, 0, TIOCGWINSZ, 0, 0)));
	/* Any of the flags together, and no others. */
	CHECK(ALLOWED(CALL(clone, CLONE_VM | CLONE_THREAD | SIGCHLD, 0, 0, 0)));
	CHECK(!ALLOWED(CALL(clone, CLONE_VM | CLONE_FS, 0, 0, 0)) &&
		!ALLOWED(CALL(clone, CLONE_NEWUSER, 0, 0, 0)));
	CHECK(ALLOWED(CALL(mmap, 0, 0, 4, 0)) && !ALLOWED(CALL(mmap, 0, 0, 7, 0)));
	CHECK(ALLOWED(CALL(openat, 0, 0, 0, 06777)) && !ALLOWED(CALL(openat, 0, 0, 0100, 0)));
	CHECK(ALLOWED(CALL(personality, 0xffffffff, 0, 0, 0)) &&
		!ALLOWED(CALL(personality, 0, 0, 0, 0)));
	CHECK(decide(&profile, CALL(clone3, 0, 0, 0, 0), 0) == (SECCOMP_RET_ERRNO | ENOSYS));
	CHECK(decide(&profile, CALL(ptrace, 0, 0, 0, 0), 0) == (SECCOMP_RET_ERRNO | EPERM));
	for (const char *const *name = profile_base; *name; name++)
		CHECK(ALLOWED(call(AUDIT_ARCH_X86_64, seccomp_call_number(CALL_ABI_X86_64, *name),
			0, 0, 0, 0)));
	CHECK(profile.left_out_count == 2 && profile.left_out[0].seen->call.number == SYS_ioctl &&
		profile.left_out[1].seen->count == 5);
	text = profile_write(&profile, &arena);
	/* In another order the same. */
	set = workload();
	for (size_t i = 0; i < set.count / 2; i++) {
		struct seen first = set.items[i];

		set.items[i] = set.items[set.count - 1 - i];
		set.items[set.count - 1 - i] = first;
	}
	profile_make(&known_floor, &set, false, &profile);
	CHECK_TEXT(profile_write(&profile, &arena), text);
	profile_make(&known_floor, &set, true, &profile);
	CHECK(ALLOWED(CALL(ptrace, 0, 0, 0, 0)) && !ALLOWED(CALL(ptrace, 1, 0, 0, 0)) &&
		!profile.left_out_count);
	CHECK(decide(&profile, CALL(clone3, 0, 0, 0, 0), 0) == (SECCOMP_RET_ERRNO | ENOSYS));
}

static void test_all_values(void)
{
	struct set set = { .arena = &arena };
	struct profile profile;

	for (uint64_t protection = 0; protection < 8; protection++)
		seen(&set, CALL(mprotect, 0, 0, protection, 0), 1);
	profile_make(&known_floor, &set, false, &profile);
	CHECK(set.count == 4 && profile.seccomp.syscalls_count == 2);
	seen(&set, call(AUDIT_ARCH_I386, 3, 0, 0, 0, 0), 1);
	profile_make(&known_floor, &set, true, &profile);
	CHECK(profile.seccomp.architectures.count == 2);
}

static const char *refused(const char *text, bool incomplete)
{
	struct set set = { .arena = &arena };
	struct err err = { 0 };

	if (trace_read_text(text, strlen(text), "t", incomplete, &set, &err) == 0)
		return "taken";
	return arena_strdup(&arena, err.text);
}

#define WRITE(count) "{\"call\":\"write\",\"arch\":\"x86_64\",\"number\":1,\"count\":" count "}\n"
#define END(count) "{\"end\":{\"complete\":true,\"calls\":" count ",\"dropped\":0}}\n"

static void test_files(void)
{
	struct set set = { .arena = &arena };
	struct err err = { 0 };
	const char good[] = HEAD WRITE("1") WRITE("4") END("5");
	struct set all = workload();
	struct seen longest = { .call = CALL(personality, ~0ULL, 0, 0, 0),
		.count = UINT64_MAX / 4 };

	CHECK(trace_read_text(good, strlen(good), "t", false, &set, &err) == 0);
	CHECK(set.count == 1 && set.items[0].count == 5 && set.calls == 5);
	/* What is written is read. */
	for (size_t i = 0; i < all.count; i++)
		CHECK_TEXT(refused(arena_printf(&arena, "%s%s%s", HEAD,
					   trace_call_line(&all.items[i], 5, &arena), END("5")),
				   false),
			"taken");
	CHECK_TEXT(refused(arena_printf(&arena, "%s%s", HEAD,
				   trace_call_line(&longest, longest.count, &arena)),
			   true),
		"taken");
	CHECK_TEXT(refused("", false), "t:1:1: an empty file is no trace");
	CHECK_TEXT(refused(WRITE("1"), true),
		"t:1:1: trace: missing: the first line of a trace says what was run");
	CHECK_TEXT(refused(HEAD HEAD, true), "t:2:10: trace: only the first line has it");
	CHECK_TEXT(refused(HEAD WRITE("1") END("2"), true),
		"t:3:33: end.calls: is not the sum of the lines before");
	CHECK_TEXT(refused(HEAD "{\"call\":\"wri", true), "taken");
	CHECK(strstr(refused(HEAD "{\"call\":\"wri", false), "t:2:"));
	CHECK(strstr(refused(HEAD WRITE("1"), false), "it has no end"));
	CHECK(strstr(
		refused(HEAD "{\"end\":{\"complete\":true,\"calls\":0,\"dropped\":1}}\n", false),
		"its end says so"));
	CHECK(strstr(refused(HEAD END("0") WRITE("1"), false), "name each of the files"));
	CHECK(strstr(refused(HEAD WRITE("18446744073709551615"), true), "count: is too large"));
	CHECK(strstr(
		refused(HEAD "{\"call\":\"read\",\"arch\":\"x86_64\",\"number\":1,\"count\":1}\n",
			true),
		"t:2:9: call: "));
	CHECK(strstr(
		refused(HEAD "{\"call\":\"write\",\"arch\":\"arm\",\"number\":1,\"count\":1}\n",
			true),
		"t:2:24: arch: "));
	CHECK(strstr(refused(HEAD "{\"number\":1,\"arch\":\"x86_64\",\"count\":1}\n", true),
		"the number has a name"));
	CHECK(strstr(refused(HEAD "{\"arch\":\"x86_64\",\"count\":1}\n", true), "number: missing"));
}

int main(void)
{
	test_what_is_seen();
	test_floor();
	test_profile();
	test_all_values();
	test_files();
	arena_release(&arena);
	return check_result("trace");
}
