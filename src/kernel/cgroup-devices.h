#pragma once
/* Which devices the container may make, read and write: OCI's ordered rules on v1 and on v2. */
#include "kernel/cgroup-limits.h"

struct bpf_insn;

/* One rule, complete: nothing is absent any more. */
struct device_rule {
	bool allow;
	unsigned types;       /* bit set: 1 block, 2 character */
	int64_t major, minor; /* -1: any */
	unsigned access;      /* bit set: 1 mknod, 2 read, 4 write */
};

struct device_rules {
	struct device_rule *items;
	size_t count;
};

/*
 * Reads config's rules; where they end in denial, what every container has is allowed after them:
 * OCI's default devices, ptys, and making the nodes of config's own devices. 0, or -1 with err.
 */
int device_rules_read(const struct config *config, struct arena *arena, struct device_rules *rules,
	struct err *err);

/* "deny b 8:* rw": the rule as it is printed. */
const char *device_rule_text(const struct device_rule *rule, struct arena *arena);

/* Appends writes to devices.allow and devices.deny; an error for rules v1 would not keep in order.
 */
int device_rules_v1(
	const struct device_rules *rules, struct cgroup_writes *writes, struct err *err);

/* The BPF program of the rules in arena; *length is the number of its instructions. */
struct bpf_insn *device_rules_compile(
	const struct device_rules *rules, struct arena *arena, size_t *length);

/* Compiles the rules and attaches them to a v2 directory; 0, or -1 with err. */
int device_rules_v2(
	const struct device_rules *rules, int dir, struct arena *arena, struct err *err);
