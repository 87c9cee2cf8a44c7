/*
 * [network]: what can be reached. So far a sandbox has a network of its own with nothing but the
 * loopback device in it; the other modes are known words. A policy that asks for them is valid and
 * can be checked and compared, but nothing is run under it.
 */
#include <string.h>

#include "policy/sections.h"

enum { NETWORK_NONE = 1 };
static const char *const network_modes[] = { NULL, "none", "bridge", "userspace", "host", NULL };

/* clang-format off */
const struct key network_keys[] = {
	CHOICE("mode", struct policy_network, mode, network_modes, "none (if absent); bridge, userspace and host are not supported yet", .order = ORDER_FIXED, .absent = "\"none\""),
	KEY(struct policy_network, egress, "where it may connect to; nowhere if absent, and not supported yet", .order = ORDER_SUBSET, .absent = "[]"),
	{ 0 }
};
/* clang-format on */

const char *network_unsupported(const struct policy *policy)
{
	if (policy->network.mode > NETWORK_NONE)
		return "network.mode";
	return policy->network.egress.count ? "network.egress" : NULL;
}

static int network_translate(struct draft *draft, struct err *err)
{
	const char *key = network_unsupported(draft->policy);

	if (!key)
		return 0;
	if (!strcmp(key, "network.egress"))
		return policy_error(draft->policy, err, key,
			"is not supported yet; a sandbox reaches nothing, so remove this line");
	return policy_error(draft->policy, err, key, "\"%s\" is not supported yet; use \"none\"",
		network_modes[draft->policy->network.mode]);
}

const struct section network_section = { NULL, network_translate };
