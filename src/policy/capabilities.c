/*
 * [capabilities]: the parts of root's power that the workload keeps, within its own user
 * namespace; none unless named. Of those in keep, bounding, permitted and effective sets are the
 * same; a user other than 0 needs them ambient too, or exec would drop them. A file names each set
 * by itself (capabilities-file.c). See capabilities(7).
 */
#include <string.h>

#include "base/names.h"
#include "policy/sections.h"

/* However they are spelt. */
static bool keep_covers(const char *below, const char *other)
{
	int number = capability_number(below);

	return number >= 0 && number == capability_number(other);
}

/* clang-format off */
const struct key capabilities_keys[] = {
	KEY(struct policy_capabilities, keep, "names with or without CAP_; none if absent", .order = ORDER_SUBSET, .covers = keep_covers, .absent = "[]"),
	KEY(struct policy_capabilities, file, "instead of keep, a TOML file with [bounding], [effective], [inheritable] and [ambient], each with keep", .is_file = true, .order = ORDER_FIXED),
	KEY(struct policy_capabilities, sha256, "what that file must hash to; required in production", .order = ORDER_ONCE),
	{ 0 }
};
/* clang-format on */

/* Each of these leads out of a sandbox, or past its other walls, alone or with a small mistake. */
static const char *const dangerous[] = {
	"CAP_AUDIT_CONTROL",
	"CAP_BPF",
	"CAP_CHECKPOINT_RESTORE",
	"CAP_DAC_OVERRIDE",
	"CAP_DAC_READ_SEARCH",
	"CAP_FOWNER",
	"CAP_LINUX_IMMUTABLE",
	"CAP_MAC_ADMIN",
	"CAP_MAC_OVERRIDE",
	"CAP_MKNOD",
	"CAP_NET_ADMIN",
	"CAP_NET_RAW",
	"CAP_PERFMON",
	"CAP_SETFCAP",
	"CAP_SETGID",
	"CAP_SETPCAP",
	"CAP_SETUID",
	"CAP_SYS_ADMIN",
	"CAP_SYS_BOOT",
	"CAP_SYS_MODULE",
	"CAP_SYS_PTRACE",
	"CAP_SYS_RAWIO",
	"CAP_SYS_TIME",
	"CAP_SYSLOG",
};

bool capability_dangerous(const char *name)
{
	for (size_t i = 0; i < sizeof(dangerous) / sizeof(*dangerous); i++)
		if (!strcmp(dangerous[i], name))
			return true;
	return false;
}

static int capabilities_check(
	const struct policy *policy, const struct mode_rules *rules, struct err *err)
{
	const struct strings *keep = &policy->capabilities.keep;

	for (size_t i = 0; i < keep->count; i++) {
		const char *name = capability_name(capability_number(keep->items[i]));

		if (!name)
			return policy_item_error(policy, err, "capabilities.keep", i, NULL,
				"\"%s\" is no capability; capabilities(7) lists them",
				keep->items[i]);
		if (rules->dangerous_refused && capability_dangerous(name))
			return policy_item_error(policy, err, "capabilities.keep", i, NULL,
				"%s leads out of a sandbox, so production mode refuses it; "
				"remove it",
				name);
	}
	return named_check(policy, rules, "capabilities", policy->capabilities.file,
		policy->capabilities.sha256, keep->set ? "keep" : NULL, err);
}

static int capabilities_translate(struct draft *draft, struct err *err)
{
	const struct strings *keep = &draft->policy->capabilities.keep;
	struct config_process *process = &draft->config->process;
	struct strings kept = { .set = true }, none = { .set = true };

	process->capabilities = arena_alloc(draft->arena, 1, sizeof(*process->capabilities));
	if (draft->policy->capabilities.file)
		return capabilities_file_read(draft, process->capabilities, err);
	for (size_t i = 0; i < keep->count; i++) {
		const char *name = capability_name(capability_number(keep->items[i]));

		if (strings_hold(&kept, name))
			continue;
		strings_add(&kept, draft->arena, name);
		if (capability_dangerous(name))
			draft_warn(draft, "capabilities.keep has %s, which leads out of a sandbox",
				name);
	}
	*process->capabilities = (struct config_capabilities){
		.bounding = kept,
		.permitted = kept,
		.effective = kept,
		.inheritable = process->user.uid.value ? kept : none,
		.ambient = process->user.uid.value ? kept : none,
	};
	return 0;
}

const struct section capabilities_section = { capabilities_check, capabilities_translate };
