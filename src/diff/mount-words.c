/*
 * A mount's contents, its file system's options and its id maps as text, such that two mounts that
 * say the same have the same text. tmpfs(5).
 */
#include "diff/mount-words.h"

#include <stdio.h>
#include <string.h>

#include "base/names.h"

enum { OPTION_SIZE = 64 };

const char *const mount_limits[] = { "size", "nr_inodes", "nr_blocks", NULL };

const char *mount_contents(struct arena *arena, const struct config_mount *mount)
{
	if (mount_binds(mount))
		return arena_printf(arena, "bind of %s", mount->source ? mount->source : "nothing");
	return mount->type ? mount->type : "nothing";
}

/* The number after "size=" and its kin; false if it is none. */
static bool number_read(const char *option, uint64_t *number)
{
	char text[OPTION_SIZE];
	int length = snprintf(text, sizeof(text), "%s", strchr(option, '=') + 1);

	/* Its suffixes may be small letters. */
	for (int i = 0; i < length && i < OPTION_SIZE; i++)
		if (text[i] >= 'a' && text[i] <= 'z')
			text[i] = (char)(text[i] - 'a' + 'A');
	return length < OPTION_SIZE && size_number(text, number);
}

static bool is_limit(const char *option, const char *name, uint64_t *limit)
{
	size_t length = strlen(name);

	return !strncmp(option, name, length) && option[length] == '=' &&
		number_read(option, limit);
}

uint64_t mount_limit(const struct config_mount *mount, const char *name)
{
	uint64_t limit = 0;

	for (size_t i = 0; i < mount->options.count; i++) {
		uint64_t found;

		if (is_limit(mount->options.items[i], name, &found))
			limit = found;
	}
	/* 0 is no limit either. */
	return limit ? limit : UINT64_MAX;
}

static bool is_word(const char *option)
{
	uint64_t limit;

	for (int i = 0; mount_limits[i]; i++)
		if (is_limit(option, mount_limits[i], &limit))
			return false;
	return mount_option_is_for_file_system(option);
}

const char *mount_words(struct arena *arena, const struct config_mount *mount)
{
	const char *text = "", *last = "", *next;

	do {
		next = NULL;
		for (size_t i = 0; i < mount->options.count; i++) {
			const char *option = mount->options.items[i];

			if (is_word(option) && strcmp(option, last) > 0 &&
				(!next || strcmp(option, next) < 0))
				next = option;
		}
		if (next) {
			text = arena_printf(arena, "%s%s%s", text, *text ? "," : "", next);
			last = next;
		}
	} while (next);
	return text;
}

static const char *maps_add(struct arena *arena, const char *text, const char *kind,
	const struct config_idmapping *maps, size_t count)
{
	for (size_t i = 0; i < count; i++)
		text = arena_printf(arena, "%s %s%lld:%lld:%lld", text, kind,
			(long long)maps[i].container_id.value, (long long)maps[i].host_id.value,
			(long long)maps[i].size.value);
	return text;
}

const char *mount_maps(
	struct arena *arena, const struct mount_options *options, const struct config_mount *mount)
{
	const char *text = options->idmap_tree ? "ridmap" : options->idmap ? "idmap" : "";

	text = maps_add(arena, text, "u", mount->uid_mappings, mount->uid_mappings_count);
	return maps_add(arena, text, "g", mount->gid_mappings, mount->gid_mappings_count);
}
