/*
 * kernel/sysctl: the path of a parameter in both notations; config_check: which parameters belong
 * to a namespace, and that it must be a new one.
 */
#include "kernel/sysctl.h"
#include "check.h"
#include "config/check.h"

static const char *path_of(const char *key)
{
	static char path[SYSCTL_PATH_SIZE];

	return sysctl_path(key, path) ? path : "refused";
}

/* Whether a config with this new namespace beside the mount namespace may set the parameter. */
static bool may_set(const char *key, enum namespace_type type)
{
	struct config_namespace namespaces[] = { { .type = NAMESPACE_MOUNT }, { .type = type } };
	struct config_idmapping map = { { true, 0 }, { true, 1000 }, { true, 1 } };
	struct pair pair = { key, "1" };
	struct config config = {
		.oci_version = "1.0.0",
		.root.path = "rootfs",
		.namespaces = namespaces,
		.namespaces_count = 2,
		.sysctl = { .set = true, .count = 1, .items = &pair },
	};
	struct err err;

	if (type == NAMESPACE_USER) {
		config.uid_mappings = config.gid_mappings = &map;
		config.uid_mappings_count = config.gid_mappings_count = 1;
	}
	return config_check(&config, &err) == 0;
}

static void test_paths(void)
{
	static const char *const refused[] = { "", "net.", "/net/x", "net/../kernel/core_pattern",
		"net/../../sysrq-trigger", "net.//.x", "net./.core", "net//x", "net/./x" };

	CHECK_TEXT(path_of("net.ipv4.ip_forward"), "net/ipv4/ip_forward");
	CHECK_TEXT(
		path_of("net/ipv4/conf/eth0.100/forwarding"), "net/ipv4/conf/eth0.100/forwarding");
	CHECK_TEXT(
		path_of("net.ipv4.conf.eth0/100.forwarding"), "net/ipv4/conf/eth0.100/forwarding");
	CHECK_TEXT(path_of("kernel/msgmax"), "kernel/msgmax");
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		CHECK_TEXT(path_of(refused[i]), "refused");
}

static void test_namespaces(void)
{
	static const char *const never[] = { "", "net", "network.x", "kernel.core_pattern",
		"kernel.shmmaxx", "kernel.shmmax.x", "kernel.hostname",
		"net/../kernel/core_pattern", "net..x", "net./.core" };

	CHECK(may_set("net.ipv4.ip_forward", NAMESPACE_NETWORK));
	CHECK(may_set("net.ipv4.conf.eth0/100.forwarding", NAMESPACE_NETWORK));
	CHECK(may_set("kernel.shmmax", NAMESPACE_IPC));
	CHECK(may_set("fs.mqueue.msg_max", NAMESPACE_IPC));
	CHECK(may_set("kernel.domainname", NAMESPACE_UTS));
	CHECK(may_set("user.max_user_namespaces", NAMESPACE_USER));
	CHECK(!may_set("net.ipv4.ip_forward", NAMESPACE_IPC));
	CHECK(!may_set("kernel.shmmax", NAMESPACE_NETWORK));
	CHECK(!may_set("kernel.domainname", NAMESPACE_USER));
	for (size_t i = 0; i < sizeof(never) / sizeof(never[0]); i++)
		for (int type = NAMESPACE_USER; type <= NAMESPACE_TIME; type++)
			if (type != NAMESPACE_MOUNT && may_set(never[i], type))
				CHECK_TEXT(never[i], "a parameter of the host's");
}

int main(void)
{
	test_paths();
	test_namespaces();
	return check_result("sysctl");
}
