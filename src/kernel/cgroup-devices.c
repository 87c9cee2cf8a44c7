/*
 * Device rules. OCI's list is ordered, the last rule that speaks of an access decides it, and what
 * no rule speaks of is allowed. v2 has no device controller but a BPF program that says yes or no
 * (Documentation/admin-guide/cgroup-v2.rst, "Device controller"; bpf(2)): ours takes the rules from
 * the last to the first and strikes out the accesses that are settled. v1 keeps a default and a set
 * of exceptions instead (cgroup-v1/devices.rst), so rules that overlap in part cannot be kept there
 * in order: they are refused, never approximated.
 */
#include "kernel/cgroup-devices.h"

#include <errno.h>
#include <linux/bpf.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/fd.h"

enum {
	TYPES_ALL = BPF_DEVCG_DEV_BLOCK | BPF_DEVCG_DEV_CHAR,
	ACCESS_ALL = BPF_DEVCG_ACC_MKNOD | BPF_DEVCG_ACC_READ | BPF_DEVCG_ACC_WRITE,
	RULES_MOST = 1024,
	RULE_INSTRUCTIONS_MOST = 8,
};

/* What the specification promises every container: null zero full random urandom tty, ptys. */
static const struct device_rule default_rules[] = {
	{ true, BPF_DEVCG_DEV_CHAR, 1, 3, ACCESS_ALL },
	{ true, BPF_DEVCG_DEV_CHAR, 1, 5, ACCESS_ALL },
	{ true, BPF_DEVCG_DEV_CHAR, 1, 7, ACCESS_ALL },
	{ true, BPF_DEVCG_DEV_CHAR, 1, 8, ACCESS_ALL },
	{ true, BPF_DEVCG_DEV_CHAR, 1, 9, ACCESS_ALL },
	{ true, BPF_DEVCG_DEV_CHAR, 5, 0, ACCESS_ALL },
	{ true, BPF_DEVCG_DEV_CHAR, 5, 2, ACCESS_ALL },
	{ true, BPF_DEVCG_DEV_CHAR, 136, -1, ACCESS_ALL },
};

static bool rule_is_total(const struct device_rule *rule)
{
	return rule->types == TYPES_ALL && rule->major < 0 && rule->minor < 0 &&
		rule->access == ACCESS_ALL;
}

static void rules_add(struct device_rules *rules, struct device_rule rule, struct arena *arena)
{
	/* Nothing before a rule about everything matters; many lists begin with two of them. */
	if (rule_is_total(&rule))
		rules->count = 0;
	rules->items = arena_grow(arena, rules->items, rules->count, sizeof(rule));
	rules->items[rules->count++] = rule;
}

static int read_types(const char *type, unsigned *types)
{
	if (!type || !strcmp(type, "a") || !*type)
		*types = TYPES_ALL;
	else if (!strcmp(type, "b"))
		*types = BPF_DEVCG_DEV_BLOCK;
	else if (!strcmp(type, "c") || !strcmp(type, "u"))
		*types = BPF_DEVCG_DEV_CHAR;
	else
		return -1;
	return 0;
}

static unsigned read_access(const char *access)
{
	return (strchr(access, 'm') ? BPF_DEVCG_ACC_MKNOD : 0) |
		(strchr(access, 'r') ? BPF_DEVCG_ACC_READ : 0) |
		(strchr(access, 'w') ? BPF_DEVCG_ACC_WRITE : 0);
}

/* Absent or -1 is any number. */
static int read_number(const struct maybe_int *number, int64_t *value)
{
	*value = number->set ? number->value : -1;
	return *value < -1 || *value > INT32_MAX ? -1 : 0;
}

static int read_rule(const struct config_device_rule *from, size_t index, struct device_rule *rule,
	struct err *err)
{
	rule->allow = from->allow;
	/* To deny without saying what denies it all; to allow must say what. */
	rule->access = read_access(from->access ? from->access : from->allow ? "" : "rwm");
	if (!rule->access)
		return err_set(
			err, EINVAL, "resources.devices[%zu]: allow needs an access of rwm", index);
	if (read_types(from->type, &rule->types) < 0 ||
		read_number(&from->major, &rule->major) < 0 ||
		read_number(&from->minor, &rule->minor) < 0)
		return err_set(
			err, EINVAL, "resources.devices[%zu]: such devices do not exist", index);
	return 0;
}

static void add_own(const struct config *config, struct device_rules *rules, struct arena *arena)
{
	for (size_t i = 0; i < sizeof(default_rules) / sizeof(default_rules[0]); i++)
		rules_add(rules, default_rules[i], arena);
	for (size_t i = 0; i < config->devices_count; i++) {
		const struct config_device *device = &config->devices[i];
		struct device_rule rule = { .allow = true, .access = BPF_DEVCG_ACC_MKNOD };

		if (!device->type || !strcmp(device->type, "p") ||
			read_types(device->type, &rule.types) < 0 || !device->major.set ||
			!device->minor.set || read_number(&device->major, &rule.major) < 0 ||
			read_number(&device->minor, &rule.minor) < 0)
			continue;
		rules_add(rules, rule, arena);
	}
}

int device_rules_read(const struct config *config, struct arena *arena, struct device_rules *rules,
	struct err *err)
{
	const struct config_resources *resources = &config->resources;

	if (resources->devices_count > RULES_MOST)
		return err_set(err, EINVAL, "resources.devices: more than %d rules", RULES_MOST);
	for (size_t i = 0; i < resources->devices_count; i++) {
		struct device_rule rule;

		if (read_rule(&resources->devices[i], i, &rule, err) < 0)
			return -1;
		rules_add(rules, rule, arena);
	}
	if (rules->count && rule_is_total(&rules->items[0]) && !rules->items[0].allow)
		add_own(config, rules, arena);
	return 0;
}

/* "b 8:* rwm", as devices.allow takes it, for one type. */
static const char *rule_line(const struct device_rule *rule, unsigned type, struct arena *arena)
{
	const char *major = "*", *minor = "*";

	if (rule->major >= 0)
		major = arena_printf(arena, "%lld", (long long)rule->major);
	if (rule->minor >= 0)
		minor = arena_printf(arena, "%lld", (long long)rule->minor);
	return arena_printf(arena, "%c %s:%s %s%s%s",
		type == TYPES_ALL                     ? 'a'
			: type == BPF_DEVCG_DEV_BLOCK ? 'b'
						      : 'c',
		major, minor, rule->access & BPF_DEVCG_ACC_READ ? "r" : "",
		rule->access & BPF_DEVCG_ACC_WRITE ? "w" : "",
		rule->access & BPF_DEVCG_ACC_MKNOD ? "m" : "");
}

const char *device_rule_text(const struct device_rule *rule, struct arena *arena)
{
	return arena_printf(arena, "%s %s", rule->allow ? "allow" : "deny",
		rule_line(rule, rule->types, arena));
}

static bool numbers_meet(int64_t a, int64_t b)
{
	return a < 0 || b < 0 || a == b;
}

/* True if v1, which only strikes out exceptions for the very same device, would lose the order. */
static bool rules_clash(const struct device_rule *earlier, const struct device_rule *later)
{
	if (earlier->allow == later->allow || !(earlier->types & later->types) ||
		!(earlier->access & later->access) || !numbers_meet(earlier->major, later->major) ||
		!numbers_meet(earlier->minor, later->minor))
		return false;
	return earlier->major != later->major || earlier->minor != later->minor;
}

int device_rules_v1(const struct device_rules *rules, struct cgroup_writes *writes, struct err *err)
{
	for (size_t i = 0; i < rules->count; i++) {
		const struct device_rule *rule = &rules->items[i];
		const char *file = rule->allow ? "devices.allow" : "devices.deny";

		if (rule_is_total(rule)) {
			cgroup_write_add(writes, CGROUP_DEVICES, "devices", file, "a");
			continue;
		}
		for (size_t j = 0; j < i; j++)
			if (!rule_is_total(&rules->items[j]) && rules_clash(&rules->items[j], rule))
				return err_set(err, EOPNOTSUPP,
					"resources.devices: \"%s\" after \"%s\" cannot be expressed on "
					"cgroup v1",
					device_rule_text(rule, writes->arena),
					device_rule_text(&rules->items[j], writes->arena));
		for (unsigned type = BPF_DEVCG_DEV_BLOCK; type <= BPF_DEVCG_DEV_CHAR; type <<= 1)
			if (rule->types & type)
				cgroup_write_add(writes, CGROUP_DEVICES, "devices", file,
					rule_line(rule, type, writes->arena));
	}
	return 0;
}

/* clang-format off */
#define LOAD(register_, offset) \
	(struct bpf_insn){ BPF_LDX | BPF_MEM | BPF_W, (register_), BPF_REG_1, (offset), 0 }
#define ALU(operation, register_, number) \
	(struct bpf_insn){ BPF_ALU64 | (operation) | BPF_K, (register_), 0, 0, (number) }
#define COPY(to, from) (struct bpf_insn){ BPF_ALU64 | BPF_MOV | BPF_X, (to), (from), 0, 0 }
#define JUMP(operation, register_, number, over) \
	(struct bpf_insn){ BPF_JMP | (operation) | BPF_K, (register_), 0, (over), (number) }
#define RETURN() (struct bpf_insn){ BPF_JMP | BPF_EXIT, 0, 0, 0, 0 }

enum { VERDICT = BPF_REG_0, ACCESS = BPF_REG_2, TYPE = BPF_REG_3, MAJOR = BPF_REG_4, MINOR = BPF_REG_5 };
/* clang-format on */

/*
 * A denial answers no if it covers any access still open; a permission settles the ones it covers
 * and answers yes once none is open.
 */
static size_t compile_rule(const struct device_rule *rule, struct bpf_insn *to)
{
	size_t tests = (rule->types != TYPES_ALL) + (rule->major >= 0) + (rule->minor >= 0), n = 0;
	short past = (short)(tests + (rule->allow ? 4 : 5));

	if (rule->types != TYPES_ALL)
		to[n] = JUMP(BPF_JNE, TYPE, (int)rule->types, past - 1 - (short)n), n++;
	if (rule->major >= 0)
		to[n] = JUMP(BPF_JNE, MAJOR, (int)rule->major, past - 1 - (short)n), n++;
	if (rule->minor >= 0)
		to[n] = JUMP(BPF_JNE, MINOR, (int)rule->minor, past - 1 - (short)n), n++;
	if (rule->allow) {
		to[n++] = ALU(BPF_AND, ACCESS, ~(int)rule->access);
		to[n++] = JUMP(BPF_JNE, ACCESS, 0, 2);
		to[n++] = ALU(BPF_MOV, VERDICT, 1);
	} else {
		to[n++] = COPY(VERDICT, ACCESS);
		to[n++] = ALU(BPF_AND, VERDICT, (int)rule->access);
		to[n++] = JUMP(BPF_JEQ, VERDICT, 0, 2);
		to[n++] = ALU(BPF_MOV, VERDICT, 0);
	}
	to[n++] = RETURN();
	return n;
}

struct bpf_insn *device_rules_compile(
	const struct device_rules *rules, struct arena *arena, size_t *length)
{
	struct bpf_insn *program = arena_alloc(
		arena, 8 + rules->count * RULE_INSTRUCTIONS_MOST, sizeof(*program));
	size_t n = 0;

	/* access_type is the access in its upper and the type in its lower half. */
	program[n++] = LOAD(ACCESS, offsetof(struct bpf_cgroup_dev_ctx, access_type));
	program[n++] = COPY(TYPE, ACCESS);
	program[n++] = ALU(BPF_AND, TYPE, 0xFFFF);
	program[n++] = ALU(BPF_RSH, ACCESS, 16);
	program[n++] = LOAD(MAJOR, offsetof(struct bpf_cgroup_dev_ctx, major));
	program[n++] = LOAD(MINOR, offsetof(struct bpf_cgroup_dev_ctx, minor));
	for (size_t i = rules->count; i > 0; i--)
		n += compile_rule(&rules->items[i - 1], program + n);
	program[n++] = ALU(BPF_MOV, VERDICT, 1);
	program[n++] = RETURN();
	*length = n;
	return program;
}

int device_rules_v2(const struct device_rules *rules, int dir, struct arena *arena, struct err *err)
{
	union bpf_attr load = { 0 }, attach = { 0 };
	size_t length;

	load.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
	load.insns = (uintptr_t)device_rules_compile(rules, arena, &length);
	load.insn_cnt = (uint32_t)length;
	load.license = (uintptr_t) "Apache-2.0";
	autoclose program = (int)syscall(SYS_bpf, BPF_PROG_LOAD, &load, sizeof(load));
	if (program < 0)
		return err_errno(err, "load the BPF program of resources.devices");
	attach.target_fd = (uint32_t)dir;
	attach.attach_bpf_fd = (uint32_t)program;
	attach.attach_type = BPF_CGROUP_DEVICE;
	attach.attach_flags = BPF_F_ALLOW_MULTI;
	if (syscall(SYS_bpf, BPF_PROG_ATTACH, &attach, sizeof(attach)) < 0)
		return err_errno(err, "attach the BPF program of resources.devices to the cgroup");
	return 0;
}
