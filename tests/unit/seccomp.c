/*
 * seccomp: what profiles compile to, by running the programs; the default profile; which cache
 * files are believed. libseccomp's own generator is the second opinion where its meaning is ours.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/sched.h>
#include <netinet/in.h>
#include <seccomp.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/digest.h"
#include "base/err.h"
#include "check.h"
#include "kernel/seccomp-cache.h"
#include "kernel/seccomp-program.h"
#include "kernel/seccomp-rules.h"
#include "kernel/steps.h"
#include "policy/seccomp-default.h"

/* clang-format off */
#define NAMES(...) { true, sizeof((const char *[]){ __VA_ARGS__ }) / sizeof(char *), \
	(const char *[]){ __VA_ARGS__ } }
#define ARG(index_, op_, value_, two) \
	{ .index = { true, index_ }, .op = "SCMP_CMP_" op_, .value = { true, value_ }, \
	  .value_two = { true, two } }
#define RULE(action_, ...) { .names = NAMES(__VA_ARGS__), .action = "SCMP_ACT_" action_ }
#define RULE_IF(action_, name, ...) \
	{ .names = NAMES(name), .action = "SCMP_ACT_" action_, \
	  .args = (struct config_syscall_arg[]){ __VA_ARGS__ }, \
	  .args_count = sizeof((struct config_syscall_arg[]){ __VA_ARGS__ }) / \
		sizeof(struct config_syscall_arg) }
#define PROFILE(action_, ...) { .default_action = "SCMP_ACT_" action_, \
	.syscalls = (struct config_syscall[]){ __VA_ARGS__ }, \
	.syscalls_count = sizeof((struct config_syscall[]){ __VA_ARGS__ }) / \
		sizeof(struct config_syscall) }
/* clang-format on */

#define ERRNO(number) (SECCOMP_RET_ERRNO | (number))
#define ALLOW SECCOMP_RET_ALLOW
#define KILL SECCOMP_RET_KILL_PROCESS

enum { X32 = 0x40000000, FIRST_UNKNOWN = 451 };

static struct arena arena;
static const struct config_seccomp *const builtin = &seccomp_default;

static struct filter compiled(const struct config_seccomp *profile)
{
	struct filter filter = { 0 };
	struct err err = { 0 };

	CHECK(filter_compile(&profile, 1, &arena, &filter, &err) == 0);
	if (err.code)
		fprintf(stderr, "%s\n", err.text);
	return filter;
}

static uint32_t answer(const struct filter *filter, struct seccomp_data call)
{
	uint32_t action = 0xdead;

	CHECK(program_run(filter, &call, &action, NULL) == 0);
	return action;
}

/* The answer on x86_64 with one argument given. */
static uint32_t answer_arg(const struct filter *filter, int nr, int index, uint64_t value)
{
	struct seccomp_data call = { .nr = nr, .arch = AUDIT_ARCH_X86_64 };

	call.args[index] = value;
	return answer(filter, call);
}

static uint32_t answer_nr(const struct filter *filter, int nr)
{
	return answer_arg(filter, nr, 0, 0);
}

static void check_refused(const struct config_seccomp *profile, const char *text)
{
	struct filter filter = { 0 };
	struct err err = { 0 };

	CHECK(filter_compile(&profile, 1, &arena, &filter, &err) == -1);
	CHECK(!filter.program);
	CHECK_TEXT(err.text, text);
}

static void test_actions(void)
{
	static const struct {
		const char *name;
		struct maybe_int errno_ret;
		uint32_t action;
	} cases[] = {
		{ "SCMP_ACT_KILL", { 0 }, SECCOMP_RET_KILL_THREAD },
		{ "SCMP_ACT_KILL_THREAD", { 0 }, SECCOMP_RET_KILL_THREAD },
		{ "SCMP_ACT_KILL_PROCESS", { 0 }, KILL },
		{ "SCMP_ACT_TRAP", { 0 }, SECCOMP_RET_TRAP },
		{ "SCMP_ACT_ERRNO", { 0 }, ERRNO(EPERM) },
		{ "SCMP_ACT_ERRNO", { true, 0 }, ERRNO(0) },
		{ "SCMP_ACT_ERRNO", { true, 4095 }, ERRNO(4095) },
		{ "SCMP_ACT_TRACE", { true, 0xffff }, SECCOMP_RET_TRACE | 0xffff },
		{ "SCMP_ACT_LOG", { 0 }, SECCOMP_RET_LOG },
		{ "SCMP_ACT_NOTIFY", { 0 }, SECCOMP_RET_USER_NOTIF },
		{ "SCMP_ACT_ALLOW", { 0 }, ALLOW },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		/* As the default, and as the action of a rule under an ALLOW default. */
		struct config_seccomp profile = { .default_action = cases[i].name,
			.default_errno_ret = cases[i].errno_ret };
		struct config_syscall rule = { .names = NAMES("mkdir"),
			.action = cases[i].name,
			.errno_ret = cases[i].errno_ret };
		struct filter filter = compiled(&profile);

		CHECK(answer_nr(&filter, SYS_mkdir) == cases[i].action);
		CHECK(answer_nr(&filter, SYS_read) == cases[i].action);
		profile = (struct config_seccomp){
			.default_action = "SCMP_ACT_ALLOW", .syscalls = &rule, .syscalls_count = 1
		};
		filter = compiled(&profile);
		CHECK(answer_nr(&filter, SYS_mkdir) == cases[i].action);
		CHECK(answer_nr(&filter, SYS_read) == ALLOW);
	}
}

static void test_operators(void)
{
	static const uint64_t values[] = { 0, 1, 5, 0xffffffff, 1ULL << 32, (1ULL << 32) + 5,
		0x500000005ULL, ~0ULL - 1, ~0ULL };
	static const char *const names[] = { "NE", "LT", "LE", "EQ", "GE", "GT" };

	for (size_t op = 0; op < 6; op++) {
		for (size_t i = 0; i < 9; i++) {
			struct config_syscall rules[] = { RULE_IF(
				"ALLOW", "dup", ARG((int64_t)(i % 6), "EQ", values[i], 0)) };
			struct config_seccomp profile = PROFILE("ERRNO", rules[0]);
			struct filter filter;

			rules[0].args[0].op = arena_printf(&arena, "SCMP_CMP_%s", names[op]);
			profile.syscalls = rules;
			filter = compiled(&profile);
			for (size_t j = 0; j < 9; j++) {
				uint64_t a = values[j], b = values[i];
				const bool holds[] = { a != b, a<b, a <= b, a == b, a >= b, a> b };

				CHECK(answer_arg(&filter, SYS_dup, (int)(i % 6), a) ==
					(holds[op] ? ALLOW : ERRNO(EPERM)));
			}
		}
	}
}

static void test_masks(void)
{
	struct config_seccomp profile = PROFILE("ERRNO",
		RULE_IF("ALLOW", "dup", ARG(1, "MASKED_EQ", 0xff00000000f0ULL, 0x120000000030ULL)),
		RULE_IF("ALLOW", "clone", ARG(0, "MASKED_EQ", 0x7e020000, 0)),
		RULE_IF("ALLOW", "fcntl", ARG(0, "MASKED_EQ", 0, 0)));
	struct filter filter = compiled(&profile);

	CHECK(answer_arg(&filter, SYS_dup, 1, 0x120000000030ULL) == ALLOW);
	CHECK(answer_arg(&filter, SYS_dup, 1, 0xffff12ffffffff3fULL) == ALLOW);
	CHECK(answer_arg(&filter, SYS_dup, 1, 0xabcd00000000003fULL) == ERRNO(EPERM));
	CHECK(answer_arg(&filter, SYS_dup, 1, 0xffff13ffffffff3fULL) == ERRNO(EPERM));
	CHECK(answer_arg(&filter, SYS_dup, 1, 0xffff12ffffffff4fULL) == ERRNO(EPERM));
	CHECK(answer_arg(&filter, SYS_clone, 0, CLONE_VM | 17) == ALLOW);
	for (int bit = 0; bit < 64; bit++)
		CHECK(answer_arg(&filter, SYS_clone, 0, 1ULL << bit) ==
			(0x7e020000ULL >> bit & 1 ? ERRNO(EPERM) : ALLOW));
	CHECK(answer_arg(&filter, SYS_fcntl, 0, ~0ULL) == ALLOW);
}

/* The strictest rule that matches wins, in whichever order; of equals the first. */
static void test_conflicts(void)
{
	struct config_syscall allow = RULE("ALLOW", "ioctl");
	struct config_syscall deny = RULE_IF("ERRNO", "ioctl", ARG(1, "MASKED_EQ", ~0U, TIOCSTI));
	struct config_syscall kill = RULE_IF("KILL_PROCESS", "ioctl", ARG(0, "EQ", 7, 0));
	struct config_seccomp orders[] = { PROFILE("KILL", allow, deny, kill),
		PROFILE("KILL", kill, deny, allow), PROFILE("KILL", deny, allow, kill) };
	struct config_seccomp equals = PROFILE("ALLOW", RULE("ERRNO", "dup"), RULE("ERRNO", "dup"));
	struct config_seccomp both = PROFILE(
		"ALLOW", RULE_IF("ERRNO", "socket", ARG(0, "EQ", 16, 0), ARG(2, "EQ", 9, 0)));
	/* What is left to a listener gives way to a refusal only. */
	struct config_seccomp left = PROFILE("ALLOW", RULE("ERRNO", "dup"), RULE("LOG", "dup2"),
		RULE("NOTIFY", "dup", "dup2", "dup3", "mkdir"), RULE("ALLOW", "dup3"),
		RULE("TRACE", "mkdir"));
	static const int calls[] = { SYS_dup, SYS_dup2, SYS_dup3, SYS_mkdir };
	struct filter filter;
	struct seccomp_data call = {
		.nr = SYS_socket, .arch = AUDIT_ARCH_X86_64, .args = { 16, 0, 9 }
	};

	for (int i = 0; i < 3; i++) {
		filter = compiled(&orders[i]);
		CHECK(answer_arg(&filter, SYS_ioctl, 1, TCGETS) == ALLOW);
		CHECK(answer_arg(&filter, SYS_ioctl, 1, TIOCSTI) == ERRNO(EPERM));
		CHECK(answer_arg(&filter, SYS_ioctl, 1, TIOCSTI | 1ULL << 32) == ERRNO(EPERM));
		CHECK(answer_arg(&filter, SYS_ioctl, 0, 7) == KILL);
		CHECK(answer_nr(&filter, SYS_read) == SECCOMP_RET_KILL_THREAD);
	}
	equals.syscalls[0].errno_ret = (struct maybe_int){ true, EBUSY };
	filter = compiled(&equals);
	CHECK(answer_nr(&filter, SYS_dup) == ERRNO(EBUSY));
	filter = compiled(&left);
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		CHECK(answer_nr(&filter, calls[i]) ==
			(i == 0 ? ERRNO(EPERM) : SECCOMP_RET_USER_NOTIF));
	/* All conditions of one rule must hold. */
	filter = compiled(&both);
	CHECK(answer(&filter, call) == ERRNO(EPERM));
	call.args[2] = 8;
	CHECK(answer(&filter, call) == ALLOW);
	call.args[2] = 9;
	call.args[0] = 1;
	CHECK(answer(&filter, call) == ALLOW);
}

static void test_architectures(void)
{
	struct config_seccomp profile = PROFILE("ALLOW", RULE("ERRNO", "getcwd", "socket", "semop"),
		RULE_IF("ERRNO", "bind", ARG(0, "EQ", 3, 0)));
	struct filter filter = compiled(&profile);
	struct seccomp_data i386 = { .nr = 20, .arch = AUDIT_ARCH_I386 };
	struct seccomp_data arm = { .nr = 0, .arch = AUDIT_ARCH_AARCH64 };

	/* Native only: everything entered another way kills, whatever the default. */
	CHECK(answer_nr(&filter, SYS_getcwd) == ERRNO(EPERM));
	CHECK(answer(&filter, i386) == KILL);
	CHECK(answer(&filter, arm) == KILL);
	CHECK(answer_nr(&filter, X32 | SYS_read) == KILL);
	CHECK(answer_nr(&filter, X32 | SYS_getcwd) == KILL);
	CHECK(answer_nr(&filter, 0x7fffffff) == KILL);
	CHECK(answer_nr(&filter, -1) == ALLOW);

	profile.architectures = (struct strings)NAMES("SCMP_ARCH_X86", "SCMP_ARCH_X32",
		"SCMP_ARCH_AARCH64", "SCMP_ARCH_S390X", "SCMP_ARCH_MIPSEL64N32", "SCMP_ARCH_PARISC",
		"SCMP_ARCH_RISCV64", "SCMP_ARCH_PPC64LE", "SCMP_ARCH_LOONGARCH64");
	filter = compiled(&profile);
	CHECK(answer_nr(&filter, SYS_getcwd) == ERRNO(EPERM));
	CHECK(answer_nr(&filter, X32 | SYS_read) == ALLOW);
	CHECK(answer_nr(&filter, X32 | SYS_getcwd) == ERRNO(EPERM));
	CHECK(answer(&filter, i386) == ALLOW);
	i386.nr = 183;
	CHECK(answer(&filter, i386) == ERRNO(EPERM));
	CHECK(answer(&filter, arm) == KILL);
	/* The multiplexed ways of i386 are shut as well. */
	i386.nr = 359;
	CHECK(answer(&filter, i386) == ERRNO(EPERM));
	i386.nr = 102;
	CHECK(answer(&filter, i386) == ALLOW);
	i386.args[0] = 1;
	CHECK(answer(&filter, i386) == ERRNO(EPERM));
	i386.args[0] = 2;
	CHECK(answer(&filter, i386) == ERRNO(EPERM));
	i386.args[0] = 3;
	CHECK(answer(&filter, i386) == ALLOW);
	i386.nr = 117;
	CHECK(answer(&filter, i386) == ALLOW);
	i386.args[0] = 1 << 16 | 1;
	CHECK(answer(&filter, i386) == ERRNO(EPERM));
}

static void test_newer_calls(void)
{
	struct config_seccomp profile = PROFILE("ERRNO", RULE("ALLOW", "read"));
	struct filter filter = compiled(&profile);

	CHECK(answer_nr(&filter, SYS_mkdir) == ERRNO(EPERM));
	CHECK(answer_nr(&filter, FIRST_UNKNOWN - 1) == ERRNO(EPERM));
	CHECK(answer_nr(&filter, FIRST_UNKNOWN) == ERRNO(ENOSYS));
	CHECK(answer_nr(&filter, 0x3fffffff) == ERRNO(ENOSYS));
	/* A named call moves the border; a default errno written out holds everywhere. */
	profile.syscalls[0].names = (struct strings)NAMES("mseal");
	filter = compiled(&profile);
	CHECK(answer_nr(&filter, 462) == ALLOW);
	CHECK(answer_nr(&filter, 461) == ERRNO(EPERM));
	CHECK(answer_nr(&filter, 463) == ERRNO(ENOSYS));
	profile.default_errno_ret = (struct maybe_int){ true, EPERM };
	filter = compiled(&profile);
	CHECK(answer_nr(&filter, 463) == ERRNO(EPERM));
}

static void test_refusals(void)
{
	struct config_seccomp action = PROFILE("ALLOW", RULE("ALOW", "mkdir"));
	struct config_seccomp hole = PROFILE("ALLOW", RULE("ERRNO", "mkdri"));
	struct config_seccomp unknown = PROFILE("ERRNO", RULE("ALLOW", "mkdri", "mkdir"));
	struct config_seccomp foreign = PROFILE("ALLOW", RULE("ERRNO", "arm_fadvise64_64"));
	struct config_seccomp op = PROFILE("ERRNO", RULE_IF("ALLOW", "dup", ARG(0, "EQUAL", 1, 0)));
	struct config_seccomp mask = PROFILE(
		"ERRNO", RULE_IF("ALLOW", "dup", ARG(0, "MASKED_EQ", 1, 2)));
	struct config_seccomp twice = PROFILE(
		"ERRNO", RULE_IF("ALLOW", "dup", ARG(0, "GE", 1, 0), ARG(0, "LE", 2, 0)));
	struct config_seccomp none = { 0 };
	struct filter filter;

	check_refused(&none, "seccomp: default action: unknown action \"\"");
	check_refused(&action, "seccomp: syscalls[0] (mkdir): unknown action \"SCMP_ACT_ALOW\"");
	check_refused(&hole,
		"seccomp: syscalls[0] (mkdri): unknown system call \"mkdri\": what denies "
		"it would be a hole");
	filter = compiled(&unknown);
	CHECK(answer_nr(&filter, SYS_mkdir) == ALLOW);
	filter = compiled(&foreign);
	CHECK(answer_nr(&filter, SYS_mkdir) == ALLOW);
	check_refused(
		&op, "seccomp: syscalls[0] (dup): args[0]: unknown operator \"SCMP_CMP_EQUAL\"");
	check_refused(&mask,
		"seccomp: syscalls[0] (dup): args[0]: valueTwo 0x2 has bits outside the "
		"mask 0x1: it can never match");
	check_refused(&twice,
		"seccomp: syscalls[0] (dup): args[1]: a second condition on argument 0: "
		"write one rule for each if either may hold");
}

/* A program that differs from its rules in one instruction is found out. */
static void test_verify(void)
{
	struct config_seccomp profile = PROFILE("ERRNO", RULE("ALLOW", "read", "close", "mkdir"),
		RULE_IF("ALLOW", "socket", ARG(0, "MASKED_EQ", 0xffffffff, 2)));
	struct filter filter = compiled(&profile);
	struct sock_filter *program = filter.program;
	struct call_rules rules;
	struct err err = { 0 };

	CHECK(rules_resolve(&profile, &arena, &rules, &err) == 0);
	CHECK(program_verify(&filter, &rules, 1, &err) == 0);
	for (size_t i = 0; i < filter.length; i++) {
		struct sock_filter kept = program[i];

		program[i].k ^= 1;
		CHECK(program_verify(&filter, &rules, 1, &err) == -1);
		program[i] = kept;
		if (kept.jt == kept.jf)
			continue;
		program[i].jt = kept.jf;
		program[i].jf = kept.jt;
		CHECK(program_verify(&filter, &rules, 1, &err) == -1);
		program[i] = kept;
	}
	filter.length--;
	CHECK(program_verify(&filter, &rules, 1, &err) == -1);
}

/* One program for several profiles: for each call the strictest of their answers. */
static void test_joined(void)
{
	struct config_seccomp bundle = PROFILE("ERRNO",
		RULE("ALLOW", "read", "close", "mkdir", "clone"), RULE("NOTIFY", "mount"),
		RULE_IF("ALLOW", "socket", ARG(0, "EQ", 1, 0)),
		RULE_IF("ALLOW", "socket", ARG(0, "EQ", 2, 0)),
		RULE_IF("TRAP", "close", ARG(0, "GT", 100, 0)));
	struct config_seccomp policy = PROFILE("ALLOW", RULE("ERRNO", "mkdir"),
		RULE("KILL_PROCESS", "ptrace"),
		RULE_IF("ERRNO", "clone", ARG(0, "MASKED_EQ", 1, 1)),
		RULE_IF("KILL_PROCESS", "socket", ARG(1, "GE", 3, 0)),
		RULE_IF("ERRNO", "close", ARG(1, "NE", 7, 0)));
	struct config_seccomp third = PROFILE("ALLOW", RULE("ERRNO", "read"));
	const struct config_seccomp *profiles[] = { &bundle, &policy, &third };
	struct filter joined = { 0 }, one[3], two = { 0 };
	struct err err = { 0 };
	static const int numbers[] = { SYS_read, SYS_write, SYS_close, SYS_mkdir, SYS_mount,
		SYS_ptrace, SYS_clone, SYS_socket, 400, 1000, X32 + SYS_read, -1 };
	static const uint64_t values[] = { 0, 1, 2, 3, 7, 99, 100, 101, 1ULL << 32, ~0ULL };

	CHECK(filter_compile(profiles, 3, &arena, &joined, &err) == 0);
	CHECK_TEXT(err.text, "");
	CHECK(filter_compile(profiles, 2, &arena, &two, &err) == 0);
	for (int i = 0; i < 3; i++)
		one[i] = compiled(profiles[i]);
	for (size_t n = 0; n < sizeof(numbers) / sizeof(*numbers); n++)
		for (size_t a = 0; a < sizeof(values) / sizeof(*values); a++)
			for (size_t b = 0; b < sizeof(values) / sizeof(*values); b++) {
				struct seccomp_data call = { .nr = numbers[n],
					.arch = AUDIT_ARCH_X86_64,
					.args = { values[a], values[b] } };
				uint32_t wanted = answer(&one[0], call);

				for (int i = 1; i < 3; i++) {
					uint32_t next = answer(&one[i], call);

					if (action_stricter(next, wanted))
						wanted = next;
				}
				CHECK(answer(&joined, call) == wanted);
			}
	CHECK(answer_nr(&two, SYS_mount) == SECCOMP_RET_USER_NOTIF);
	CHECK(answer_nr(&two, SYS_read) == ALLOW);
	CHECK(answer_nr(&joined, SYS_read) == ERRNO(1));
	/* i386 is foreign to all of them, and so it stays. */
	CHECK(answer(&joined, (struct seccomp_data){ .nr = 3, .arch = AUDIT_ARCH_I386 }) == KILL);
}

/* The default profile with itself answers as it does alone, in less than three times the size. */
static void test_joined_default(void)
{
	const struct config_seccomp *twice[] = { builtin, builtin };
	struct filter alone = compiled(builtin), joined = { 0 };
	struct err err = { 0 };

	CHECK(filter_compile(twice, 2, &arena, &joined, &err) == 0);
	CHECK(joined.length < 3 * alone.length);
	for (int nr = 0; nr < 500; nr++)
		CHECK(answer_nr(&joined, nr) == answer_nr(&alone, nr));
}

static uint32_t default_answer(int nr, int index, uint64_t value)
{
	static struct filter filter;

	if (!filter.program)
		filter = compiled(&seccomp_default);
	return answer_arg(&filter, nr, index, value);
}

static void test_default_profile(void)
{
	static const int killed[] = { SYS_kexec_load, SYS_kexec_file_load, SYS_init_module,
		SYS_finit_module, SYS_delete_module, SYS_open_by_handle_at };
	static const int denied[] = { SYS_mount, SYS_umount2, SYS_pivot_root, SYS_unshare,
		SYS_setns, SYS_ptrace, SYS_process_vm_readv, SYS_process_vm_writev, SYS_bpf,
		SYS_perf_event_open, SYS_userfaultfd, SYS_keyctl, SYS_add_key, SYS_request_key,
		SYS_chroot, SYS_mknod, SYS_swapon, SYS_reboot, SYS_syslog, SYS_acct, SYS_iopl,
		SYS_ioperm, SYS_kcmp, SYS_personality, SYS_name_to_handle_at, SYS_quotactl };
	static const int absent[] = { SYS_clone3, SYS_io_uring_setup, SYS_io_uring_enter,
		SYS_pidfd_getfd, SYS_open_tree, SYS_move_mount, SYS_fsopen, SYS_mount_setattr,
		SYS_landlock_create_ruleset, SYS_memfd_create, SYS_execveat, FIRST_UNKNOWN, 600 };
	const char *seen[1024];
	size_t allowed = 0;

	for (size_t i = 0; i < seccomp_default.syscalls_count; i++) {
		const struct config_syscall *rule = &seccomp_default.syscalls[i];

		for (size_t j = 0; j < rule->names.count; j++) {
			bool known = strcmp(rule->action, "SCMP_ACT_ALLOW") != 0;

			CHECK(seccomp_call_number(CALL_ABI_X86_64, rule->names.items[j]) >= 0);
			for (size_t k = 0; !known && k < allowed; k++)
				known = !strcmp(seen[k], rule->names.items[j]);
			if (!known && allowed < 1024)
				seen[allowed++] = rule->names.items[j];
		}
	}
	CHECK(allowed > 100 && allowed <= 150);
	for (size_t i = 0; i < sizeof(killed) / sizeof(killed[0]); i++)
		CHECK(default_answer(killed[i], 0, 0) == KILL);
	for (size_t i = 0; i < sizeof(denied) / sizeof(denied[0]); i++)
		CHECK(default_answer(denied[i], 0, 0) == ERRNO(EPERM));
	for (size_t i = 0; i < sizeof(absent) / sizeof(absent[0]); i++)
		CHECK(default_answer(absent[i], 0, 0) == ERRNO(ENOSYS));
	CHECK(default_answer(SYS_read, 0, 0) == ALLOW);
	CHECK(default_answer(X32 | SYS_read, 0, 0) == KILL);
	CHECK(default_answer(SYS_execve, 0, 0) == ALLOW);
}

/* The answer on x86_64 with two arguments given. */
static uint32_t default_pair(int nr, int first, uint64_t value, int second, uint64_t other)
{
	struct seccomp_data call = { .nr = nr, .arch = AUDIT_ARCH_X86_64 };
	static struct filter filter;

	if (!filter.program)
		filter = compiled(&seccomp_default);
	call.args[first] = value;
	call.args[second] = other;
	return answer(&filter, call);
}

/* No call makes a file that runs as its owner; all of them make other files. */
static void test_default_modes(void)
{
	static const struct {
		int nr, mode, flags;
	} calls[] = {
		{ SYS_chmod, 1, -1 },
		{ SYS_fchmod, 1, -1 },
		{ SYS_fchmodat, 2, -1 },
		{ SYS_creat, 1, -1 },
		{ SYS_mknodat, 2, -1 },
		{ SYS_open, 2, 1 },
		{ SYS_openat, 3, 2 },
	};
	static const uint64_t refused[] = { 04000, 02000, 06755, 04755 | 1ULL << 32 };
	static const uint64_t makes[] = { O_CREAT | O_WRONLY, O_TMPFILE | O_RDWR };

	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		int nr = calls[i].nr, mode = calls[i].mode, flags = calls[i].flags;

		for (size_t j = 0; j < sizeof(refused) / sizeof(refused[0]) * 2; j++) {
			int made = flags < 0 ? 5 : flags;

			CHECK(default_pair(nr, made, makes[j % 2], mode, refused[j / 2]) ==
				ERRNO(EPERM));
			CHECK(default_pair(nr, made, makes[j % 2], mode, 01777) == ALLOW);
		}
		/* Whatever the register of a mode that is not read holds. */
		if (flags >= 0)
			CHECK(default_pair(nr, flags, O_RDONLY | O_DIRECTORY, mode, ~0ULL) ==
				ALLOW);
	}
	/* fchmodat2, which asks the kernel for a mode in a fourth way. */
	CHECK(default_answer(452, 2, 0755) == ERRNO(ENOSYS));
	CHECK(default_answer(SYS_openat2, 0, 0) == ERRNO(ENOSYS));
}

static void test_default_sockets(void)
{
	static const uint64_t upper = 1ULL << 32;

	for (uint64_t family = AF_INET; family <= AF_INET6; family += AF_INET6 - AF_INET)
		for (uint64_t protocol = 0; protocol < 300; protocol++) {
			bool allowed = protocol == 0 || protocol == IPPROTO_TCP ||
				protocol == IPPROTO_UDP;
			uint32_t wanted = allowed ? ALLOW : ERRNO(EPERM);

			CHECK(default_pair(SYS_socket, 0, family, 2, protocol) == wanted);
			CHECK(default_pair(SYS_socket, 0, family, 2, protocol | upper) == wanted);
		}
	for (uint64_t family = 0; family < 46; family++)
		CHECK(default_answer(SYS_socketpair, 0, family | upper) ==
			(family == AF_UNIX ? ALLOW : ERRNO(EPERM)));
	CHECK(default_answer(SYS_sendto, 3, MSG_FASTOPEN) == ERRNO(EPERM));
	CHECK(default_answer(SYS_sendmsg, 2, MSG_FASTOPEN | upper) == ERRNO(EPERM));
	CHECK(default_answer(SYS_sendmmsg, 3, MSG_FASTOPEN | MSG_MORE) == ERRNO(EPERM));
	CHECK(default_answer(SYS_sendto, 3, MSG_NOSIGNAL | MSG_MORE) == ALLOW);
	CHECK(default_answer(SYS_sendmsg, 2, MSG_NOSIGNAL) == ALLOW);
	CHECK(default_answer(SYS_sendmmsg, 3, 0) == ALLOW);
}

static void test_default_death(void)
{
	static const uint64_t upper = 1ULL << 32;

	CHECK(default_pair(SYS_prctl, 0, PR_SET_PDEATHSIG, 1, SIGKILL) == ALLOW);
	CHECK(default_pair(SYS_prctl, 0, PR_SET_PDEATHSIG, 1, 0) == ERRNO(EPERM));
	CHECK(default_pair(SYS_prctl, 0, PR_SET_PDEATHSIG | upper, 1, 0) == ERRNO(EPERM));
	CHECK(default_pair(SYS_prctl, 0, PR_SET_PDEATHSIG, 1, SIGTERM) == ERRNO(EPERM));
	CHECK(default_pair(SYS_prctl, 0, PR_SET_PDEATHSIG, 1, SIGKILL | upper) == ERRNO(EPERM));
	CHECK(default_pair(SYS_prctl, 0, PR_SET_NAME, 1, 0) == ALLOW);
}

static void test_default_arguments(void)
{
	static const uint64_t upper = 1ULL << 32, sign = 0xffffffffULL << 32;
	static const uint64_t namespaces[] = { CLONE_NEWNS, CLONE_NEWUTS, CLONE_NEWIPC,
		CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET, CLONE_NEWCGROUP };

	for (size_t i = 0; i < sizeof(namespaces) / sizeof(namespaces[0]); i++)
		CHECK(default_answer(SYS_clone, 0, namespaces[i] | 17) == ERRNO(EPERM));
	CHECK(default_answer(SYS_clone, 0, CLONE_VM | CLONE_VFORK | 17) == ALLOW);
	CHECK(default_answer(SYS_ioctl, 1, TIOCSTI) == ERRNO(EPERM));
	CHECK(default_answer(SYS_ioctl, 1, TIOCSTI | upper) == ERRNO(EPERM));
	CHECK(default_answer(SYS_ioctl, 1, TIOCSTI | sign) == ERRNO(EPERM));
	CHECK(default_answer(SYS_ioctl, 1, TIOCLINUX | upper) == ERRNO(EPERM));
	CHECK(default_answer(SYS_ioctl, 1, TIOCGWINSZ) == ALLOW);
	for (int family = 0; family < 46; family++) {
		bool allowed = family == AF_UNIX || family == AF_INET || family == AF_INET6 ||
			family == AF_NETLINK;

		CHECK(default_answer(SYS_socket, 0, family) == (allowed ? ALLOW : ERRNO(EPERM)));
		CHECK(default_answer(SYS_socket, 0, family | upper) ==
			(allowed ? ALLOW : ERRNO(EPERM)));
	}
	for (uint64_t protocol = 1; protocol < 23; protocol++) {
		struct seccomp_data call = { .nr = SYS_socket,
			.arch = AUDIT_ARCH_X86_64,
			.args = { AF_NETLINK, SOCK_RAW, protocol } };
		struct filter filter = compiled(&seccomp_default);

		CHECK(answer(&filter, call) == ERRNO(EPERM));
	}
	CHECK(default_answer(SYS_mknodat, 2, S_IFIFO | 0600) == ALLOW);
	CHECK(default_answer(SYS_mknodat, 2, S_IFREG | 0600) == ALLOW);
	CHECK(default_answer(SYS_mknodat, 2, S_IFCHR | 0600) == ERRNO(EPERM));
	CHECK(default_answer(SYS_mknodat, 2, S_IFBLK | 0600) == ERRNO(EPERM));
}

/*
 * What the default profile compiles to. If this fails, what profiles compile to has changed: raise
 * program_version in kernel/seccomp-cache.c, or stale programs stay in use, and then change it
 * here.
 */
static void test_program_version(void)
{
	struct config_seccomp profile = PROFILE("ERRNO", RULE("ALLOW", "read", "write", "mkdir"),
		RULE_IF("TRAP", "dup", ARG(0, "GE", 5, 0)),
		RULE_IF("LOG", "socket", ARG(0, "MASKED_EQ", 0xffffffff, 2), ARG(1, "NE", 1, 0)));
	struct filter filter = compiled(&profile);
	unsigned char sum[SHA256_SIZE];
	char text[SHA256_TEXT_SIZE];

	digest_bytes(filter.program, filter.length * sizeof(struct sock_filter), sum);
	digest_text(sum, text);
	CHECK_TEXT(text, "0657ba19b7f0ccd6992da2c89fb3aa6293b993ae7791711a5b73eeaef45c846d");
}

/* libseccomp's program for the same rules, through its own export. */
static struct filter second_opinion(void)
{
	scmp_filter_ctx context = seccomp_init(SCMP_ACT_ERRNO(EACCES));
	struct filter filter = { 0 };
	int fd = memfd_create("bpf", MFD_CLOEXEC);
	off_t size;

	CHECK(context && fd >= 0);
	seccomp_attr_set(context, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
	seccomp_rule_add(context, SCMP_ACT_ALLOW, SCMP_SYS(read), 0);
	seccomp_rule_add(context, SCMP_ACT_KILL, SCMP_SYS(ptrace), 0);
	seccomp_rule_add(context, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1,
		SCMP_A0(SCMP_CMP_MASKED_EQ, 0x7e020000, 0));
	seccomp_rule_add(context, SCMP_ACT_ALLOW, SCMP_SYS(socket), 2, SCMP_A0(SCMP_CMP_LE, 2),
		SCMP_A2(SCMP_CMP_NE, 9));
	seccomp_rule_add(context, SCMP_ACT_LOG, SCMP_SYS(dup), 1, SCMP_A0(SCMP_CMP_GT, 1ULL << 33));
	CHECK(seccomp_export_bpf(context, fd) == 0);
	size = lseek(fd, 0, SEEK_END);
	filter.program = arena_alloc(&arena, (size_t)size, 1);
	filter.length = (unsigned short)(size / 8);
	CHECK(pread(fd, filter.program, (size_t)size, 0) == size);
	close(fd);
	seccomp_release(context);
	return filter;
}

static void test_second_opinion(void)
{
	struct config_seccomp profile = PROFILE("ERRNO", RULE("ALLOW", "read"),
		RULE("KILL", "ptrace"),
		RULE_IF("ALLOW", "clone", ARG(0, "MASKED_EQ", 0x7e020000, 0)),
		RULE_IF("ALLOW", "socket", ARG(0, "LE", 2, 0), ARG(2, "NE", 9, 0)),
		RULE_IF("LOG", "dup", ARG(0, "GT", 1ULL << 33, 0)));
	static const uint64_t values[] = { 0, 1, 2, 3, 9, 17, 0x20000, 0x7e020000, 1ULL << 32,
		(1ULL << 32) + 2, 1ULL << 33, (1ULL << 33) + 1, ~0ULL };
	struct filter theirs = second_opinion(), ours;
	int differences = 0;

	profile.default_errno_ret = (struct maybe_int){ true, EACCES };
	ours = compiled(&profile);
	for (int nr = 0; nr < 600; nr++) {
		for (size_t i = 0; i < 13 * 13; i++) {
			struct seccomp_data call = { .nr = nr,
				.arch = AUDIT_ARCH_X86_64,
				.args = { values[i % 13], 0, values[i / 13] } };
			uint32_t a = 1, b = 2;

			if (program_run(&ours, &call, &a, NULL) < 0 ||
				program_run(&theirs, &call, &b, NULL) < 0 || a != b)
				differences++;
		}
	}
	CHECK(differences == 0);
}

static char root[] = "/tmp/nucleus-seccomp-XXXXXX";

static char *cache_path(const unsigned char key[static SHA256_SIZE])
{
	char name[SHA256_TEXT_SIZE];

	digest_text(key, name);
	return arena_printf(&arena, "%s/.cache/seccomp/%s", root, name);
}

/* True if the cache gives back exactly the filter that was stored. */
static bool cache_holds(const unsigned char key[static SHA256_SIZE], const struct filter *wanted)
{
	struct filter got = { 0 };

	if (!cache_read(root, key, &arena, &got))
		return false;
	CHECK(got.length == wanted->length &&
		!memcmp(got.program, wanted->program, got.length * 8));
	return true;
}

/* Each spoiled state is refused, and writing again makes it good. */
static void test_cache(void)
{
	struct filter filter = compiled(&seccomp_default);
	unsigned char key[SHA256_SIZE], other[SHA256_SIZE];
	const char *dirs[] = { "", "/.cache", "/.cache/seccomp" };
	char *file, *away;

	CHECK(mkdtemp(root) != NULL);
	cache_key(&builtin, 1, "x", key);
	cache_key(&builtin, 1, "y", other);
	CHECK(memcmp(key, other, SHA256_SIZE) != 0);
	file = cache_path(key);
	away = arena_printf(&arena, "%s/away", root);
	CHECK(!cache_holds(key, &filter));
	cache_write(root, key, &filter, &arena);
	CHECK(cache_holds(key, &filter));
	CHECK(!cache_holds(other, &filter));

	for (int i = 0; i < 3; i++) {
		char *dir = arena_printf(&arena, "%s%s", root, dirs[i]);

		for (int mode = 0; mode < 2; mode++) {
			CHECK(chmod(dir, mode ? 0720 : 0702) == 0);
			CHECK(!cache_holds(key, &filter));
			CHECK(chmod(dir, 0755) == 0);
			CHECK(cache_holds(key, &filter));
		}
		if (geteuid() != 0)
			continue;
		CHECK(chown(dir, 65534, 0) == 0);
		CHECK(!cache_holds(key, &filter));
		CHECK(chown(dir, 0, 0) == 0);
		CHECK(cache_holds(key, &filter));
	}
	/* Links in place of a directory or the file. */
	CHECK(rename(arena_printf(&arena, "%s/.cache", root), away) == 0);
	CHECK(symlink("away", arena_printf(&arena, "%s/.cache", root)) == 0);
	CHECK(!cache_holds(key, &filter));
	CHECK(unlink(arena_printf(&arena, "%s/.cache", root)) == 0);
	CHECK(rename(away, arena_printf(&arena, "%s/.cache", root)) == 0);
	CHECK(cache_holds(key, &filter));
	CHECK(rename(file, away) == 0 && symlink(away, file) == 0);
	CHECK(!cache_holds(key, &filter));
	cache_write(root, key, &filter, &arena);
	CHECK(cache_holds(key, &filter));
	/* Under another profile's name. */
	CHECK(rename(away, cache_path(other)) == 0);
	CHECK(!cache_holds(other, &filter));
}

static void test_cache_file(void)
{
	struct filter filter = compiled(&seccomp_default);
	off_t size = 64 + filter.length * 8;
	unsigned char key[SHA256_SIZE];
	struct stat stat_;
	char *file, byte;
	int fd;

	cache_key(&builtin, 1, "x", key);
	file = cache_path(key);
	CHECK(stat(file, &stat_) == 0 && stat_.st_size == size && (stat_.st_mode & 0777) == 0600);
	CHECK(chmod(file, 0622) == 0);
	CHECK(!cache_holds(key, &filter));
	CHECK(chmod(file, 0644) == 0);
	CHECK(cache_holds(key, &filter));
	if (geteuid() == 0) {
		CHECK(chown(file, 65534, 0) == 0);
		CHECK(!cache_holds(key, &filter));
		CHECK(chown(file, 0, 0) == 0);
	}
	/* One byte of each part, and each odd length. */
	for (off_t at = 0; at < size; at += at < 80 ? 1 : 97) {
		fd = open(file, O_RDWR | O_CLOEXEC);
		CHECK(pread(fd, &byte, 1, at) == 1);
		byte ^= 4;
		CHECK(pwrite(fd, &byte, 1, at) == 1);
		CHECK(!cache_holds(key, &filter));
		byte ^= 4;
		CHECK(pwrite(fd, &byte, 1, at) == 1);
		close(fd);
		CHECK(cache_holds(key, &filter));
	}
	for (off_t length = 0; length < size; length += 50) {
		CHECK(truncate(file, length) == 0);
		CHECK(!cache_holds(key, &filter));
		cache_write(root, key, &filter, &arena);
		CHECK(cache_holds(key, &filter));
	}
	CHECK(truncate(file, size + 8) == 0);
	CHECK(!cache_holds(key, &filter));
	CHECK(truncate(file, 1 << 20) == 0);
	CHECK(!cache_holds(key, &filter));
	CHECK(unlink(file) == 0 && mkfifo(file, 0600) == 0);
	CHECK(!cache_holds(key, &filter));
	/* Nothing is made where there is no state root, and no error either. */
	cache_write("/nonexistent/nucleus", key, &filter, &arena);
	CHECK(access("/nonexistent", F_OK) != 0);
	CHECK(!cache_read(NULL, key, &arena, &filter));
}

static void remove_root(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		execl("/bin/rm", "rm", "-rf", root, (char *)NULL);
		_exit(127);
	}
	waitpid(pid, NULL, 0);
}

/* Each member of the profile reaches the digest. */
static void test_digest(void)
{
	struct config_syscall_arg arg = ARG(0, "EQ", 1, 2);
	struct config_syscall rule = { .names = NAMES("dup"),
		.action = "SCMP_ACT_ERRNO",
		.args = &arg,
		.args_count = 1,
		.errno_ret = { true, 1 } };
	struct config_seccomp profile = {
		.default_action = "SCMP_ACT_ALLOW", .syscalls = &rule, .syscalls_count = 1
	};
	unsigned char sums[16][SHA256_SIZE];
	int count = 0;

	profile_digest(&profile, sums[count++]);
	profile.default_action = "SCMP_ACT_LOG";
	profile_digest(&profile, sums[count++]);
	profile.default_errno_ret = (struct maybe_int){ true, 0 };
	profile_digest(&profile, sums[count++]);
	profile.architectures.set = true;
	profile_digest(&profile, sums[count++]);
	profile.flags.set = true;
	profile_digest(&profile, sums[count++]);
	rule.names = (struct strings)NAMES("dup", "dup2");
	profile_digest(&profile, sums[count++]);
	rule.names = (struct strings)NAMES("dupdup2");
	profile_digest(&profile, sums[count++]);
	rule.action = "SCMP_ACT_TRACE";
	profile_digest(&profile, sums[count++]);
	rule.errno_ret.value = 2;
	profile_digest(&profile, sums[count++]);
	arg.index.value = 1;
	profile_digest(&profile, sums[count++]);
	arg.value.value = 2;
	profile_digest(&profile, sums[count++]);
	arg.value_two.value = 3;
	profile_digest(&profile, sums[count++]);
	arg.op = "SCMP_CMP_NE";
	profile_digest(&profile, sums[count++]);
	rule.args_count = 0;
	profile_digest(&profile, sums[count++]);
	profile.syscalls_count = 0;
	profile_digest(&profile, sums[count++]);
	for (int i = 0; i < count; i++)
		for (int j = 0; j < i; j++)
			CHECK(memcmp(sums[i], sums[j], SHA256_SIZE) != 0);
}

/* The kernel takes the program, and it does there what it does here. */
static void child_main(struct run *run)
{
	struct err err = { 0 };
	long pid;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || seccomp_apply(run, &err) < 0)
		_exit(1);
	if (syscall(SYS_unshare, CLONE_NEWUTS) != -1 || errno != EPERM)
		_exit(2);
	if (syscall(SYS_ioctl, -1, TIOCSTI | 1UL << 32, "x") != -1 || errno != EPERM)
		_exit(3);
	if (ioctl(-1, TIOCGWINSZ, "x") != -1 || errno != EBADF)
		_exit(4);
	if (syscall(SYS_clone3, NULL, 0) != -1 || errno != ENOSYS)
		_exit(5);
	/* getpid by int 0x80: must not come back. */
	__asm__ volatile("int $0x80" : "=a"(pid) : "a"(20L) : "memory");
	_exit(6);
}

static void test_kernel(void)
{
	struct config_seccomp profile = seccomp_default;
	struct config config = { .seccomp = &profile, .process.no_new_privileges = true };
	struct run run = { .config = &config, .arena = &arena };
	struct err err = { 0 };
	int status = 0;
	pid_t pid;

	CHECK(filter_wanted(&config) && seccomp_wanted(&config) && !seccomp_early_wanted(&config));
	config.process.no_new_privileges = false;
	CHECK(!seccomp_wanted(&config) && seccomp_early_wanted(&config));
	profile.flags = (struct strings)NAMES("SECCOMP_FILTER_FLAG_LOG",
		"SECCOMP_FILTER_FLAG_SPEC_ALLOW", "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV",
		"SECCOMP_FILTER_FLAG_TSYNC");
	CHECK(filter_apply(&run, &err) == 0);
	pid = fork();
	if (pid == 0)
		child_main(&run);
	CHECK(waitpid(pid, &status, 0) == pid);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS);
}

int main(void)
{
	test_actions();
	test_operators();
	test_masks();
	test_conflicts();
	test_architectures();
	test_newer_calls();
	test_refusals();
	test_verify();
	test_joined();
	test_joined_default();
	test_default_profile();
	test_default_arguments();
	test_default_modes();
	test_default_sockets();
	test_default_death();
	test_program_version();
	test_second_opinion();
	test_digest();
	test_cache();
	test_cache_file();
	remove_root();
	test_kernel();
	arena_release(&arena);
	return check_result("seccomp");
}
