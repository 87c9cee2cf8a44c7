/* kernel/sysctl: which parameters belong to a namespace, in both notations, and which never do. */
#include "kernel/sysctl.h"
#include "check.h"

int main(void)
{
	CHECK(sysctl_namespace("net.ipv4.ip_forward") == NAMESPACE_NETWORK);
	CHECK(sysctl_namespace("net/ipv4/conf/eth0.100/forwarding") == NAMESPACE_NETWORK);
	CHECK(sysctl_namespace("net.ipv4.conf.eth0/100.forwarding") == NAMESPACE_NETWORK);
	CHECK(sysctl_namespace("kernel.shmmax") == NAMESPACE_IPC);
	CHECK(sysctl_namespace("kernel/msgmax") == NAMESPACE_IPC);
	CHECK(sysctl_namespace("fs.mqueue.msg_max") == NAMESPACE_IPC);
	CHECK(sysctl_namespace("kernel.domainname") == NAMESPACE_UTS);
	CHECK(sysctl_namespace("user.max_user_namespaces") == NAMESPACE_USER);

	CHECK(sysctl_namespace("") == NAMESPACE_UNSET);
	CHECK(sysctl_namespace("net") == NAMESPACE_UNSET);
	CHECK(sysctl_namespace("net.") == NAMESPACE_UNSET);
	CHECK(sysctl_namespace("network.x") == NAMESPACE_UNSET);
	CHECK(sysctl_namespace("/net/x") == NAMESPACE_UNSET);
	CHECK(sysctl_namespace("kernel.core_pattern") == NAMESPACE_UNSET);
	CHECK(sysctl_namespace("kernel.shmmaxx") == NAMESPACE_UNSET);
	CHECK(sysctl_namespace("kernel.shmmax.x") == NAMESPACE_UNSET);
	CHECK(sysctl_namespace("kernel.hostname") == NAMESPACE_UNSET);
	CHECK(sysctl_namespace("net/../kernel/core_pattern") == NAMESPACE_UNSET);
	CHECK(sysctl_namespace("net/../../sysrq-trigger") == NAMESPACE_UNSET);
	CHECK(sysctl_namespace("net.//.x") == NAMESPACE_UNSET);
	CHECK(sysctl_namespace("net./.core") == NAMESPACE_UNSET);
	CHECK(sysctl_namespace("net//x") == NAMESPACE_UNSET);
	CHECK(sysctl_namespace("net/./x") == NAMESPACE_UNSET);
	return check_result("sysctl");
}
