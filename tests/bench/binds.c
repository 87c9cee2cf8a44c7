/*
 * The bare system calls that mount a closure, as a yardstick for tests/bench/mounts: binds each
 * path on standard input, one a line, in a new tmpfs of a new mount namespace, all of them
 * read-only by one call, and prints how many microseconds that took. The caller unshared nothing.
 */
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec * 1e6 + (double)time.tv_nsec / 1e3;
}

static void must(int result, const char *what)
{
	if (result >= 0)
		return;
	perror(what);
	exit(EXIT_FAILURE);
}

static void bind(int root, const char *path)
{
	const char *name = strrchr(path, '/') + 1;
	struct stat status;
	int tree = open_tree(
		AT_FDCWD, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_SYMLINK_NOFOLLOW);

	must(tree, path);
	must(fstat(tree, &status), path);
	if (S_ISDIR(status.st_mode))
		must(mkdirat(root, name, 0755), "mkdirat");
	else
		must(mknodat(root, name, S_IFREG | 0644, 0), "mknodat");
	must(move_mount(tree, "", root, name, MOVE_MOUNT_F_EMPTY_PATH), "move_mount");
	close(tree);
}

int main(void)
{
	enum { MOST = 100000, LINE = 4096 };
	static char *paths[MOST];
	struct mount_attr attr = { .attr_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID |
			MOUNT_ATTR_NODEV };
	size_t count = 0;
	char line[LINE];
	double begin;
	int root;

	while (count < MOST && fgets(line, sizeof(line), stdin)) {
		line[strcspn(line, "\n")] = '\0';
		paths[count++] = strdup(line);
	}
	begin = now();
	must(unshare(CLONE_NEWNS), "unshare");
	must(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), "make private");
	must(mount("none", "/mnt", "tmpfs", 0, NULL), "mount tmpfs");
	root = open("/mnt", O_PATH | O_DIRECTORY | O_CLOEXEC);
	must(root, "open /mnt");
	for (size_t i = 0; i < count; i++)
		bind(root, paths[i]);
	must(mount_setattr(root, "", AT_EMPTY_PATH | AT_RECURSIVE, &attr, sizeof(attr)), "setattr");
	printf("%.1f\n", now() - begin);
	return 0;
}
