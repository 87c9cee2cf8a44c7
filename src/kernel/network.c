/* netdevice(7): a new network namespace has one interface, `lo`, and it is down. */
#include "kernel/network.h"

#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "base/err.h"
#include "base/fd.h"

bool loopback_wanted(const struct config *config)
{
	return config_has_new_namespace(config, NAMESPACE_NETWORK);
}

/*
 * loopback_apply - let programs of the sandbox talk to one another over 127.0.0.1 and ::1
 *
 * Needs:  CAP_NET_ADMIN in the namespace's user namespace
 * Leaves: `lo` up; no other interface is there, so nothing leaves the namespace
 */
int loopback_apply(struct run *run, struct err *err)
{
	struct ifreq lo = { .ifr_name = "lo", .ifr_flags = IFF_UP };

	(void)run;
	autoclose fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return err_errno(err, "make a socket");
	return ioctl(fd, SIOCSIFFLAGS, &lo) < 0 ? err_errno(err, "bring up lo") : 0;
}
