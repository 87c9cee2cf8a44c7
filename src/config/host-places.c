/*
 * What a bundle may not bring into a sandbox that a policy guards, unless that policy names it: by
 * each of these places a sandbox becomes the host's root, or reads what the host keeps secret. A
 * directory that holds one is refused like the place itself. Knows names alone; whoever asks must
 * have followed the links.
 */
#include "config/host-places.h"

#include <fnmatch.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* Patterns as in fnmatch(3); each stands for all that is below it too. */
static const struct place {
	const char *pattern, *reason;
} places[] = {
	{ "/boot", "what the host boots" },
	{ "/dev", "the host's devices" },
	{ "/etc", "how the host is set up, its passwords and keys" },
	{ "/home/*/.aws", "a user's credentials" },
	{ "/home/*/.docker", "a user's credentials" },
	{ "/home/*/.gnupg", "a user's keys" },
	{ "/home/*/.kube", "a user's credentials" },
	{ "/home/*/.ssh", "a user's keys" },
	{ "/proc", "the kernel's view of the host" },
	{ "/root", "the home of the host's root" },
	{ "/run/dbus", "the host's message bus" },
	{ "/run/nucleus", "the state of other sandboxes" },
	{ "/run/secrets", "the host's secrets" },
	{ "/run/systemd", "the host's service manager" },
	{ "/run/user/*/bus", "a user's message bus" },
	{ "/run/user/*/systemd", "a user's service manager" },
	{ "/sys", "the kernel's view of the host" },
	{ "/var/lib/containerd/io.containerd.metadata.v1.bolt", "a container engine's own files" },
	{ "/var/lib/containers/storage/libpod", "a container engine's own files" },
	{ "/var/lib/docker/image", "a container engine's own files" },
	{ "/var/lib/kubelet/pki", "the node's keys" },
	{ "/var/lib/nucleus", "what the runtime goes by when it attests" },
	{ "/var/spool/cron", "what the host runs by itself" },
};

/* Who can talk to one of these is root on the host, wherever it lies. */
static const char *const sockets[] = { "buildkitd.sock", "containerd.sock", "containerd.sock.ttrpc",
	"cri-dockerd.sock", "crio.sock", "docker.sock", "dockershim.sock", "podman.sock" };

static const char *const socket_places[] = { "/run/buildkit", "/run/containerd", "/run/crio",
	"/run/podman" };

static size_t parts_count(const char *path)
{
	size_t count = 0;

	for (; *path; path++)
		count += *path == '/' && path[1];
	return count;
}

/* The first parts of path, as many as count. */
static const char *parts_first(const char *path, size_t count, struct arena *arena)
{
	const char *end = path;

	while (count-- && *end)
		end += 1 + strcspn(end + 1, "/");
	return arena_copy(arena, path, (size_t)(end - path));
}

/* True if one of them is the other or lies in it. */
static bool place_meets(const char *path, const char *pattern, struct arena *arena)
{
	size_t mine = parts_count(path), theirs = parts_count(pattern);
	size_t count = mine < theirs ? mine : theirs;

	return fnmatch(parts_first(pattern, count, arena), parts_first(path, count, arena),
		       FNM_PATHNAME) == 0;
}

static bool socket_place(const char *path)
{
	const char *name = strrchr(path, '/') + 1;

	for (size_t i = 0; i < sizeof(sockets) / sizeof(*sockets); i++)
		if (!strcmp(name, sockets[i]))
			return true;
	for (size_t i = 0; i < sizeof(socket_places) / sizeof(*socket_places); i++)
		if (!strcmp(path, socket_places[i]))
			return true;
	return false;
}

const char *host_place_fault(const char *path, struct arena *arena)
{
	if (!strcmp(path, "/"))
		return "is the whole host";
	if (socket_place(path))
		return "is the socket of a container engine, or holds it: who talks to it is the "
		       "host's root";
	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++) {
		bool above = parts_count(path) < parts_count(places[i].pattern);

		if (!place_meets(path, places[i].pattern, arena))
			continue;
		return above
			? arena_printf(arena, "holds %s: %s", places[i].pattern, places[i].reason)
			: arena_printf(arena, "belongs to %s", places[i].reason);
	}
	return NULL;
}
