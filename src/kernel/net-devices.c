/*
 * Network devices of the runtime's namespace, moved into the container's by rtnetlink(7). The
 * kernel forgets a device's addresses on the way, so they are read before and given again behind.
 * Whether a name is taken is asked before anything is moved: a device that was moved is not moved
 * back. The runtime visits the container's namespace only to open a socket there.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/fd.h"
#include "format/node.h"
#include "kernel/process-dir.h"
#include "kernel/steps.h"

/* One message and what it is about. */
struct request {
	struct nlmsghdr header;
	union {
		struct ifinfomsg link;
		struct ifaddrmsg address;
	};
	char attributes[256];
};

/* The sockets of both sides, and the addresses of the device that is being moved. */
struct move {
	int outside, inside;
	int namespace; /* the container's */
	struct arena *arena;
	struct request *addresses;
	size_t addresses_count;
};

static struct request request_new(unsigned short type, unsigned short flags, size_t about)
{
	return (struct request){ .header = {
					 .nlmsg_len = (uint32_t)NLMSG_LENGTH(about),
					 .nlmsg_type = type,
					 .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags,
				 } };
}

static struct request link_request(unsigned short type, unsigned index)
{
	struct request request = request_new(type, 0, sizeof(request.link));

	request.link.ifi_index = (int)index;
	return request;
}

static int attribute_add(
	struct request *request, unsigned short type, const void *value, size_t size)
{
	size_t begin = NLMSG_ALIGN(request->header.nlmsg_len);
	struct rtattr *attribute = (struct rtattr *)(void *)((char *)request + begin);

	if (begin + RTA_SPACE(size) > sizeof(*request)) {
		errno = EMSGSIZE;
		return -1;
	}
	attribute->rta_type = type;
	attribute->rta_len = (unsigned short)RTA_LENGTH(size);
	memcpy(RTA_DATA(attribute), value, size);
	request->header.nlmsg_len = (uint32_t)(begin + RTA_SPACE(size));
	return 0;
}

/* Sends the request and reads answers until the last; each but that goes to take. 0 or -1, errno.
 */
static int call(int fd, const struct request *request,
	int (*take)(struct move *move, unsigned index, const struct nlmsghdr *answer),
	struct move *move, unsigned index)
{
	_Alignas(struct nlmsghdr) char bytes[32 << 10];

	if (send(fd, request, request->header.nlmsg_len, 0) < 0)
		return -1;
	for (;;) {
		ssize_t length = recv(fd, bytes, sizeof(bytes), 0);
		const struct nlmsghdr *answer = (const struct nlmsghdr *)(void *)bytes;

		if (length < 0 && errno == EINTR)
			continue;
		if (length < 0)
			return -1;
		for (; NLMSG_OK(answer, length); answer = NLMSG_NEXT(answer, length)) {
			if (answer->nlmsg_type == NLMSG_DONE)
				return 0;
			if (answer->nlmsg_type == NLMSG_ERROR) {
				errno = -((const struct nlmsgerr *)NLMSG_DATA(answer))->error;
				return errno ? -1 : 0;
			}
			if (take && take(move, index, answer) < 0)
				return -1;
		}
	}
}

static int command(int fd, const struct request *request)
{
	return call(fd, request, NULL, NULL, 0);
}

/* Keeps an address that is permanent and global as the request that gives it again. */
static int address_take(struct move *move, unsigned index, const struct nlmsghdr *answer)
{
	const struct ifaddrmsg *found = NLMSG_DATA(answer);
	struct request again = request_new(
		RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, sizeof(again.address));
	const struct rtattr *attribute = IFA_RTA(found);
	int length = (int)IFA_PAYLOAD(answer);

	if (answer->nlmsg_type != RTM_NEWADDR || found->ifa_index != index ||
		found->ifa_scope != RT_SCOPE_UNIVERSE || !(found->ifa_flags & IFA_F_PERMANENT))
		return 0;
	again.address = *found;
	for (; RTA_OK(attribute, length); attribute = RTA_NEXT(attribute, length)) {
		unsigned short type = attribute->rta_type;

		if ((type == IFA_LOCAL || type == IFA_ADDRESS || type == IFA_BROADCAST ||
			    type == IFA_FLAGS || type == IFA_RT_PRIORITY) &&
			attribute_add(&again, type, RTA_DATA(attribute), RTA_PAYLOAD(attribute)) <
				0)
			return -1;
	}
	move->addresses = arena_grow(
		move->arena, move->addresses, move->addresses_count, sizeof(*move->addresses));
	move->addresses[move->addresses_count++] = again;
	return 0;
}

static int addresses_read(struct move *move, unsigned index, struct err *err)
{
	struct request request = request_new(RTM_GETADDR, NLM_F_DUMP, sizeof(request.address));

	move->addresses_count = 0;
	if (call(move->outside, &request, address_take, move, index) < 0)
		return err_errno(err, "read its addresses");
	return 0;
}

static int name_check(const struct move *move, const char *name, struct err *err)
{
	struct request request = link_request(RTM_GETLINK, 0);

	/* What a template becomes is for the kernel to find. */
	if (strchr(name, '%'))
		return 0;
	if (attribute_add(&request, IFLA_IFNAME, name, strlen(name) + 1) == 0 &&
		command(move->inside, &request) == 0)
		return err_set(err, EEXIST, "the container has a device \"%s\" already", name);
	return errno == ENODEV ? 0 : err_errno(err, "look for \"%s\" in the container", name);
}

/* Moves it; *index is what it is numbered there: a number that is free, the same one if it can be.
 */
static int link_move(const struct move *move, unsigned *index, const char *name, struct err *err)
{
	enum { TRIES = 4096 };
	unsigned to = *index;

	for (int tries = 0; tries < TRIES; tries++, to++) {
		struct request request = link_request(RTM_SETLINK, *index);

		if (attribute_add(&request, IFLA_NET_NS_FD, &move->namespace, sizeof(int)) < 0 ||
			attribute_add(&request, IFLA_NEW_IFINDEX, &to, sizeof(to)) < 0 ||
			attribute_add(&request, IFLA_IFNAME, name, strlen(name) + 1) < 0)
			break;
		if (command(move->outside, &request) == 0) {
			*index = to;
			return 0;
		}
		if (errno != EBUSY)
			break;
	}
	return err_errno(err, "move it into the container as \"%s\"", name);
}

static int device_move(struct move *move, const struct config_net_device *device, struct err *err)
{
	const char *name = device->name && *device->name ? device->name : device->device;
	unsigned index = if_nametoindex(device->device);
	struct request up;

	if (!index)
		return err_errno(err, "look for it");
	if (name_check(move, name, err) < 0 || addresses_read(move, index, err) < 0 ||
		link_move(move, &index, name, err) < 0)
		return -1;
	for (size_t i = 0; i < move->addresses_count; i++) {
		move->addresses[i].address.ifa_index = index;
		if (command(move->inside, &move->addresses[i]) < 0)
			return err_errno(err, "give it its address again");
	}
	up = link_request(RTM_NEWLINK, index);
	up.link.ifi_flags = up.link.ifi_change = IFF_UP;
	return command(move->inside, &up) < 0 ? err_errno(err, "set it up") : 0;
}

static int rtnetlink_open(struct err *err)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

	return fd < 0 ? err_errno(err, "make a netlink socket") : fd;
}

/* A socket in the namespace, or -1. */
static int socket_inside(int namespace, struct err *err)
{
	autoclose own = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC), fd = -1;

	if (own < 0)
		return err_errno(err, "open the runtime's network namespace");
	if (setns(namespace, CLONE_NEWNET) < 0)
		return err_errno(err, "enter the container's network namespace");
	fd = rtnetlink_open(err);
	if (setns(own, CLONE_NEWNET) < 0)
		return err_errno(err, "return to the runtime's network namespace");
	return take_fd(&fd);
}

static int namespace_open(const struct run *run, struct err *err)
{
	autoclose process = -1;
	int fd;

	if (!config_has_new_namespace(run->config, NAMESPACE_NETWORK) &&
		run->namespaces[NAMESPACE_NETWORK] < 0)
		return err_set(
			err, EINVAL, "the container's network namespace is the runtime's own");
	if (run->namespaces[NAMESPACE_NETWORK] >= 0)
		fd = fcntl(run->namespaces[NAMESPACE_NETWORK], F_DUPFD_CLOEXEC, 0);
	else if ((process = process_dir_open(run->pid, err)) < 0)
		return -1;
	else
		fd = openat(process, "ns/net", O_RDONLY | O_CLOEXEC);
	return fd < 0 ? err_errno(err, "open the container's network namespace") : fd;
}

bool net_devices_wanted(const struct config *config)
{
	return config->net_devices_count > 0;
}

/*
 * net_devices_apply - hand network devices over to the container, with their addresses and set up
 *
 * Needs:  the first process in its network namespace, or that opened; CAP_NET_ADMIN in both
 * Leaves: the devices in the container's namespace, for good: where they go when it ends is the
 *         kernel's choice, network_namespaces(7)
 */
int net_devices_apply(struct run *run, struct err *err)
{
	struct move move = { .outside = -1, .inside = -1, .arena = run->arena };
	autoclose namespace = namespace_open(run, err), outside = -1, inside = -1;

	if (namespace < 0)
		return -1;
	move.namespace = namespace;
	move.outside = outside = rtnetlink_open(err);
	if (outside < 0)
		return -1;
	move.inside = inside = socket_inside(namespace, err);
	if (inside < 0)
		return -1;
	for (size_t i = 0; i < run->config->net_devices_count; i++)
		if (device_move(&move, &run->config->net_devices[i], err) < 0)
			return err_where(
				err, "network device %s", run->config->net_devices[i].device);
	return 0;
}

void net_devices_print(const struct config *config, struct node *params, struct arena *arena)
{
	for (size_t i = 0; i < config->net_devices_count; i++) {
		const struct config_net_device *device = &config->net_devices[i];

		node_put_string(arena, params, device->device,
			device->name && *device->name ? device->name : device->device);
	}
}
