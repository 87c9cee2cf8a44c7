/*
 * [network]: what can be reached. So far a sandbox has a network of its own with nothing but the
 * loopback device in it; the other modes are known words that are refused, never ignored.
 */
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

static int network_check(
	const struct policy *policy, const struct mode_rules *rules, struct err *err)
{
	const struct policy_network *network = &policy->network;

	(void)rules;
	if (network->mode > NETWORK_NONE)
		return policy_error(policy, err, "network.mode",
			"\"%s\" is not supported yet; use \"none\"", network_modes[network->mode]);
	if (network->egress.count)
		return policy_error(policy, err, "network.egress",
			"is not supported yet; a sandbox reaches nothing, so remove this line");
	return 0;
}

const struct section network_section = { network_check, NULL };
