/*
 * An erofs without compression. mkfs.erofs lays out what it finds in the order of the directory on
 * the disk, so its image of one tree is another one on every machine; here everything is sorted.
 *
 * Block 0 has the super block at 1024, and from 1152 on come the inodes, each with the last,
 * incomplete block of its contents if that fits into the block the inode is in; whole blocks of
 * contents follow after the last inode. A directory is blocks of entries and then their names.
 * Source: Documentation/filesystems/erofs.rst and fs/erofs/erofs_fs.h of Linux.
 */
#include "config/erofs.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/fd.h"
#include "base/file.h"
#include "config/store-path.h"

enum {
	BLOCK = 4096,
	BLOCK_BITS = 12,
	SUPER_AT = 1024,
	SLOT = 32, /* what inode numbers count */
	DEPTH_MOST = 256,
	LAYOUT_EXTENDED = 1, /* i_format: an inode of 64 bytes */
	LAYOUT_INLINE = 2 << 1,
	HAS_MTIME = 2,
	STORE_TIME = 1, /* what Nix gives every file */
	CHUNK = 64 * BLOCK,
};

struct super {
	uint32_t magic, checksum, compatible;
	uint8_t block_bits, slots;
	uint16_t root;
	uint64_t inodes, time;
	uint32_t time_ns, blocks, meta_block, xattr_block;
	unsigned char uuid[16], name[16];
	uint32_t incompatible;
	unsigned char more[44];
};

struct inode {
	uint16_t format, xattrs, mode, reserved;
	uint64_t size;
	uint32_t block, number, uid, gid;
	uint64_t time;
	uint32_t time_ns, links;
	unsigned char more[16];
};

struct entry {
	uint64_t nid;
	uint16_t name_at;
	uint8_t type, reserved;
} __attribute__((packed));

_Static_assert(sizeof(struct super) == 128 && sizeof(struct inode) == 64 &&
		sizeof(struct entry) == 12 && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
	"as on the disk");

struct item {
	const char *name;
	mode_t mode;
	uint64_t size;
	const char *link;
	const struct item *parent;
	struct item *children; /* sorted */
	size_t count;
	uint64_t at; /* of the inode, in bytes */
	uint32_t block, number, directories;
};

struct image {
	int fd;
	uint64_t next, blocks; /* the first free byte for an inode, block for contents */
	uint32_t inodes;
	struct arena *arena;
	struct err *err;
};

static int item_fault(const struct image *image, const struct item *item, const char *what)
{
	err_errno(image->err, "%s", what);
	for (; item->parent; item = item->parent)
		err_where(image->err, "%s", item->name);
	return -1;
}

static int by_name(const void *one, const void *other)
{
	return strcmp(((const struct item *)one)->name, ((const struct item *)other)->name);
}

/* What lies there, and all below it. */
static int item_look(struct image *image, int dir, struct item *item, unsigned depth);

static int children_look(struct image *image, int dir, struct item *item, unsigned depth)
{
	autoclose fd = openat(dir, item->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *list = fd < 0 || depth > DEPTH_MOST ? NULL : file_entries(fd);
	const char *name;
	int result = 0;

	if (!list)
		return item_fault(image, item, depth > DEPTH_MOST ? "too deep" : "open");
	while ((name = file_entry_next(list))) {
		item->children = arena_grow(
			image->arena, item->children, item->count, sizeof(*item));
		item->children[item->count++] =
			(struct item){ .name = arena_strdup(image->arena, name), .parent = item };
	}
	closedir(list);
	if (item->count)
		qsort(item->children, item->count, sizeof(*item), by_name);
	for (size_t i = 0; i < item->count && result == 0; i++)
		result = item_look(image, fd, &item->children[i], depth + 1);
	return result;
}

static int item_look(struct image *image, int dir, struct item *item, unsigned depth)
{
	char target[PATH_MAX];
	struct stat status;
	ssize_t length;

	if (fstatat(dir, item->name, &status, AT_SYMLINK_NOFOLLOW) < 0)
		return item_fault(image, item, "look at it");
	item->mode = (status.st_mode & S_IFMT) |
		(S_ISREG(status.st_mode) && !(status.st_mode & S_IXUSR) ? 0444 : 0555);
	if (S_ISREG(status.st_mode)) {
		item->size = (uint64_t)status.st_size;
		return 0;
	}
	if (S_ISDIR(status.st_mode))
		return children_look(image, dir, item, depth);
	errno = EINVAL;
	if (!S_ISLNK(status.st_mode))
		return item_fault(image, item, "neither a file, a directory nor a symlink");
	item->mode = S_IFLNK | 0777;
	length = readlinkat(dir, item->name, target, sizeof(target));
	if (length <= 0 || length == (ssize_t)sizeof(target))
		return item_fault(image, item, "read the symlink");
	item->link = arena_copy(image->arena, target, (size_t)length);
	item->size = (uint64_t)length;
	return 0;
}

/* A directory's own entry, its parent's and its children's. */
struct named {
	const char *name;
	const struct item *item;
};

static int named_compare(const void *one, const void *other)
{
	return strcmp(((const struct named *)one)->name, ((const struct named *)other)->name);
}

static struct named *names_sorted(const struct image *image, const struct item *item)
{
	struct named *names = arena_alloc(image->arena, item->count + 2, sizeof(*names));

	names[0] = (struct named){ ".", item };
	names[1] = (struct named){ "..", item->parent ? item->parent : item };
	for (size_t i = 0; i < item->count; i++)
		names[i + 2] = (struct named){ item->children[i].name, &item->children[i] };
	qsort(names, item->count + 2, sizeof(*names), named_compare);
	return names;
}

/* How many of count names fit into one block, and the bytes these take. */
static size_t names_fit(const struct named *names, size_t count, size_t *used)
{
	size_t i = 0;

	for (*used = 0; i < count; i++) {
		size_t wanted = sizeof(struct entry) + strlen(names[i].name);

		if (*used + wanted > BLOCK)
			break;
		*used += wanted;
	}
	return i;
}

static uint64_t directory_size(const struct image *image, const struct item *item)
{
	const struct named *names = names_sorted(image, item);
	uint64_t size = 0;
	size_t used;

	for (size_t first = 0; first < item->count + 2;) {
		first += names_fit(names + first, item->count + 2 - first, &used);
		size += first < item->count + 2 ? BLOCK : used;
	}
	return size;
}

static char *directory_make(const struct image *image, const struct item *item)
{
	const struct named *names = names_sorted(image, item);
	char *bytes = arena_alloc(image->arena, item->size, 1), *block = bytes;
	size_t count, used;

	for (size_t first = 0; first < item->count + 2; first += count, block += BLOCK) {
		size_t at;

		count = names_fit(names + first, item->count + 2 - first, &used);
		at = count * sizeof(struct entry);
		for (size_t i = 0; i < count; i++) {
			const struct named *one = &names[first + i];
			mode_t mode = one->item->mode;
			const struct entry entry = { .nid = one->item->at / SLOT,
				.name_at = (uint16_t)at,
				.type = S_ISREG(mode)   ? 1
					: S_ISDIR(mode) ? 2
							: 7 };

			memcpy(block + i * sizeof(entry), &entry, sizeof(entry));
			memcpy(block + at, one->name, strlen(one->name));
			at += strlen(one->name);
		}
	}
	return bytes;
}

/* The bytes of the contents that stand behind the inode. */
static size_t tail_of(const struct item *item)
{
	size_t tail = item->size % BLOCK;

	return tail <= BLOCK - sizeof(struct inode) ? tail : 0;
}

static uint64_t round_up(uint64_t number, uint64_t unit)
{
	return (number + unit - 1) / unit * unit;
}

/* Gives each inode its place. */
static void inodes_place(struct image *image, struct item *item)
{
	size_t wanted;

	if (S_ISDIR(item->mode))
		item->size = directory_size(image, item);
	wanted = sizeof(struct inode) + tail_of(item);
	if (image->next % BLOCK + wanted > BLOCK)
		image->next = round_up(image->next, BLOCK);
	item->at = image->next;
	item->number = ++image->inodes;
	image->next = round_up(image->next + wanted, SLOT);
	for (size_t i = 0; i < item->count; i++) {
		item->directories += S_ISDIR(item->children[i].mode) ? 1 : 0;
		inodes_place(image, &item->children[i]);
	}
}

/* And then its blocks. */
static void blocks_place(struct image *image, struct item *item)
{
	item->block = (uint32_t)image->blocks;
	image->blocks += (item->size - tail_of(item) + BLOCK - 1) / BLOCK;
	for (size_t i = 0; i < item->count; i++)
		blocks_place(image, &item->children[i]);
}

static int put(const struct image *image, const void *bytes, size_t length, uint64_t at)
{
	const char *from = bytes;

	while (length) {
		ssize_t done = pwrite(image->fd, from, length, (off_t)at);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return err_errno(image->err, "write the image");
		from += done;
		at += (uint64_t)done;
		length -= (size_t)done;
	}
	return 0;
}

static int inode_put(const struct image *image, const struct item *item)
{
	const struct inode inode = {
		.format = (uint16_t)(LAYOUT_EXTENDED | (tail_of(item) ? LAYOUT_INLINE : 0)),
		.mode = (uint16_t)item->mode,
		.size = item->size,
		.block = item->block,
		.number = item->number,
		.time = STORE_TIME,
		.links = S_ISDIR(item->mode) ? 2 + item->directories : 1,
	};

	return put(image, &inode, sizeof(inode), item->at);
}

/* Bytes of the contents from a multiple of BLOCK on; those of the tail have another place. */
static int contents_put(const struct image *image, const struct item *item, const char *bytes,
	size_t length, uint64_t from)
{
	uint64_t whole = item->size - tail_of(item);
	size_t before = from >= whole ? 0 : from + length > whole ? whole - from : length;

	if (put(image, bytes, before, (uint64_t)item->block * BLOCK + from) < 0)
		return -1;
	return put(image, bytes + before, length - before, item->at + sizeof(struct inode));
}

static int file_put(const struct image *image, int dir, const struct item *item)
{
	autoclose fd = openat(
		dir, item->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	autofree char *bytes = malloc(CHUNK);
	uint64_t from = 0;
	size_t length = 0;
	ssize_t got = 1;

	if (fd < 0 || !bytes)
		return item_fault(image, item, "open");
	for (; got > 0; from += length) {
		for (length = 0; length < CHUNK; length += (size_t)got) {
			got = read(fd, bytes + length, CHUNK - length);
			if (got <= 0)
				break;
		}
		if (got < 0)
			return item_fault(image, item, "read");
		errno = EAGAIN;
		if (from + length > item->size || (got == 0 && from + length != item->size))
			return item_fault(image, item, "changed meanwhile");
		if (contents_put(image, item, bytes, length, from) < 0)
			return -1;
	}
	return 0;
}

static int item_put(const struct image *image, int dir, const struct item *item)
{
	autoclose fd = -1;

	if (inode_put(image, item) < 0)
		return -1;
	if (S_ISREG(item->mode))
		return file_put(image, dir, item);
	if (contents_put(image, item, item->link ? item->link : directory_make(image, item),
		    item->size, 0) < 0)
		return -1;
	if (S_ISLNK(item->mode))
		return 0;
	fd = openat(dir, item->name, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return item_fault(image, item, "open");
	for (size_t i = 0; i < item->count; i++)
		if (item_put(image, fd, &item->children[i]) < 0)
			return -1;
	return 0;
}

/* The directories that lead to the store; returns the last. */
static struct item *store_item(struct image *image, const char *store_dir, struct item *item)
{
	*item = (struct item){ .name = ".", .mode = S_IFDIR | 0555 };
	for (const char *part = store_dir; *part; part += 1 + strcspn(part + 1, "/")) {
		struct item *next = arena_alloc(image->arena, 1, sizeof(*next));

		*next = (struct item){
			.name = arena_copy(image->arena, part + 1, strcspn(part + 1, "/")),
			.mode = S_IFDIR | 0555,
			.parent = item,
		};
		item->children = next;
		item->count = 1;
		item = next;
	}
	return item;
}

static int tree_look(
	struct image *image, int root, const struct closure *closure, struct item *tree)
{
	struct item *item = store_item(image, closure->store_dir, tree);

	autoclose store = openat(root, closure->store_dir + 1, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (store < 0)
		return err_errno(image->err, "open %s", closure->store_dir);
	item->count = closure->paths_count;
	item->children = arena_alloc(image->arena, item->count, sizeof(*item));
	for (size_t i = 0; i < item->count; i++) {
		item->children[i] = (struct item){
			.name = path_inside(closure->paths[i].path, closure->store_dir),
			.parent = item,
		};
		if (item_look(image, store, &item->children[i], 0) < 0)
			return -1;
	}
	return 0;
}

static int super_put(
	const struct image *image, const struct item *root, const struct config_closure *closure)
{
	struct super super = {
		.magic = EROFS_SUPER_MAGIC_V1,
		.compatible = HAS_MTIME,
		.block_bits = BLOCK_BITS,
		.root = (uint16_t)(root->at / SLOT),
		.inodes = image->inodes,
		.time = STORE_TIME,
		.blocks = (uint32_t)image->blocks,
	};
	unsigned char sum[SHA256_SIZE];

	if (digest_read(closure->sha256, sum))
		memcpy(super.uuid, sum, sizeof(super.uuid));
	return put(image, &super, sizeof(super), SUPER_AT);
}

int erofs_write(int fd, const struct config_closure *closure, uint64_t *size, struct arena *arena,
	struct err *err)
{
	struct image image = {
		.fd = fd, .next = SUPER_AT + sizeof(struct super), .arena = arena, .err = err
	};
	autoclose root = open(
		closure->store ? closure->store : "/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct item tree;

	if (root < 0)
		return err_errno(err, "open the store");
	if (tree_look(&image, root, &closure->closure, &tree) < 0)
		return -1;
	inodes_place(&image, &tree);
	image.blocks = round_up(image.next, BLOCK) / BLOCK;
	blocks_place(&image, &tree);
	if (image.blocks > UINT32_MAX)
		return err_set(err, EFBIG, "the closure is too large for one image");
	*size = image.blocks * BLOCK;
	if (ftruncate(fd, (off_t)*size) < 0)
		return err_errno(err, "write the image");
	return super_put(&image, &tree, closure) < 0 ? -1 : item_put(&image, root, &tree);
}
