#pragma once
/*
 * What a packed closure says of itself, behind its file system, so that nobody need mount it to
 * translate. The file is an erofs image; then comes this text, JSON, and at the very end its length
 * as eight bytes, the least first, and a magic of eight.
 */
#include "base/arena.h"
#include "base/err.h"
#include "base/file.h"
#include "nucleus/config.h"

/* Bytes; a closure of ten thousand paths has about four million. */
enum { IMAGE_TRAILER_MOST = 16 << 20 };

/* The text and what follows it, as they stand at the end of the file. In arena. */
struct bytes image_trailer_write(const struct config_closure *closure, struct arena *arena);

/*
 * Fills closure (store_dir, roots, image_entries, and its list) from the text alone; file is named
 * in errors. What is listed has the same checks as any list, and an entry can only be a part of a
 * root at its own place. 0 or -1.
 */
int image_trailer_parse(const char *text, size_t length, const char *file,
	struct config_closure *closure, struct arena *arena, struct err *err);

/* The same from a whole file: 1 with closure filled, 0 if it is no image, or -1. */
int image_trailer_read(int fd, const char *file, struct config_closure *closure,
	struct arena *arena, struct err *err);

/* The SHA-256 of all bytes of the file, as text; 0 or -1 with errno. */
int image_digest(int fd, char text[static SHA256_TEXT_SIZE]);
