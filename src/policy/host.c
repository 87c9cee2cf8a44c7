/*
 * The host's own programs as the root, for agent and strict-agent without a root of their own:
 * /usr and what belongs to it, the Nix store where there is one, and the few files of /etc that
 * programs need to start. All read-only; nothing of /home, /root, /var, /run, /srv or /opt.
 */
#include <errno.h>
#include <stdbool.h>
#include <sys/stat.h>

#include "policy/sections.h"

static const struct place {
	const char *path;
	bool programs;
} places[] = {
	{ "/usr", true },
	{ "/bin", true },
	{ "/sbin", true },
	{ "/lib", true },
	{ "/lib32", true },
	{ "/lib64", true },
	{ "/libx32", true },
	{ "/nix/store", true },
	{ "/etc/alternatives", false },
	{ "/etc/group", false },
	{ "/etc/hosts", false },
	{ "/etc/ld.so.cache", false },
	{ "/etc/ld.so.conf", false },
	{ "/etc/ld.so.conf.d", false },
	{ "/etc/localtime", false },
	{ "/etc/mime.types", false },
	{ "/etc/nsswitch.conf", false },
	{ "/etc/os-release", false },
	{ "/etc/passwd", false },
	{ "/etc/protocols", false },
	{ "/etc/services", false },
	{ "/etc/ssl/certs", false },
	{ "/etc/ssl/openssl.cnf", false },
};

int host_mounts(struct draft *draft, struct err *err)
{
	strings_add(&draft->roots, draft->arena, "/");
	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++) {
		const struct place *place = &places[i];
		struct stat status;

		if (lstat(place->path, &status) < 0) {
			if (errno == ENOENT || errno == ENOTDIR)
				continue;
			return err_errno(err, "look at %s", place->path);
		}
		draft_mount(draft, place->path, "bind", place->path,
			arena_printf(draft->arena, "rbind,ro,nosuid,nodev%s%s",
				place->programs ? "" : ",noexec",
				S_ISLNK(status.st_mode) ? ",copy-symlink" : ""));
	}
	return 0;
}
