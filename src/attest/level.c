/*
 * The three levels. `cached` may only ever be as good as `full`: it passes without reading contents
 * if a full verification of the same closure by this very runtime recorded the same metadata, and
 * in every other case, whatever it is, every byte is verified. What then was seen is recorded only
 * if all of it passed, and only if a later change could not look the same.
 */
#include "attest/level.h"

#include <errno.h>
#include <stdio.h>

#include "attest/record.h"
#include "attest/records.h"

/* One closure's record and what is known of it. */
struct cache {
	const struct config_closure *closure;
	const struct verify_work *work;
	struct records records;
	unsigned char digest[SHA256_SIZE];
	char name[SHA256_TEXT_SIZE]; /* the record's: the closure's digest */
};

static void note(const struct attest_means *means, const char *what, const char *text)
{
	char line[1200];

	if (!means || !means->note)
		return;
	snprintf(line, sizeof(line), "%s: %s", what, text);
	means->note(line);
}

static int cache_open(struct cache *cache, const struct attest_means *means, struct err *err)
{
	if (!means || !means->records)
		return err_set(
			err, ENOENT, "there is no directory for records; --records DIR names one");
	if (!digest_read(cache->closure->sha256, cache->digest))
		return err_set(err, EINVAL, "the closure has no digest");
	digest_text(cache->digest, cache->name);
	return records_open(means->records, &cache->records, err);
}

/* 0 if the closure is as it was recorded; else -1, and err says why that is not known. */
static int cache_compare(const struct cache *cache, struct attest_report *report, struct err *err)
{
	size_t count = cache->work->count;
	const struct store_path *other;
	const char *fault;
	autoarena arena = { 0 };
	struct bytes bytes;
	int found = records_read(
		&cache->records, cache->name, record_size(count), &arena, &bytes, err);

	if (found < 0)
		return -1;
	if (!found)
		return err_set(err, ENOENT, "there is no record of it yet");
	fault = record_fault((const unsigned char *)bytes.text, bytes.length, cache->digest, count,
		cache->records.key);
	if (fault)
		return err_set(err, EINVAL, "the record %s/%s %s", cache->records.path, cache->name,
			fault);
	if (verify_jobs(cache->work, report, err) < 0)
		return -1;
	other = record_difference((const unsigned char *)bytes.text, cache->work->jobs, count);
	return other ? err_set(err, EINVAL, "%s is not as it was recorded", other->path) : 0;
}

static int cache_keep(const struct cache *cache, struct err *err)
{
	const struct verify_work *work = cache->work;
	autoarena arena = { 0 };
	unsigned char *bytes = arena_alloc(&arena, record_size(work->count), 1);

	for (size_t i = 0; i < work->count; i++)
		if (!work->jobs[i].settled)
			return err_set(err, EAGAIN,
				"%s changed in the last seconds or in the future, or its file system does not "
				"show every change",
				work->jobs[i].path->path);
	record_make(work->jobs, work->count, cache->digest, cache->records.key, bytes);
	return records_write(&cache->records, cache->name, bytes, record_size(work->count), err);
}

static int full_verify(struct verify_work *work, const struct attest_means *means,
	struct attest_report *report, struct err *err)
{
	work->look = LOOK_CONTENTS;
	work->progress = means ? means->progress : NULL;
	report->level = ATTESTATION_FULL;
	return verify_jobs(work, report, err);
}

static int cached_verify(struct cache *cache, const struct attest_means *means,
	struct verify_work *work, struct attest_report *report, struct err *err)
{
	struct err why = { 0 };
	bool open = cache_open(cache, means, &why) == 0;

	if (open && cache_compare(cache, report, &why) == 0)
		return 0;
	note(means, "every byte of the closure is verified", why.text);
	if (full_verify(work, means, report, err) < 0)
		return -1;
	if (open && cache_keep(cache, &why) < 0)
		note(means, "no record of the closure is made", why.text);
	return 0;
}

int level_verify(const struct config_closure *closure, const struct attest_means *means,
	struct verify_work *work, struct attest_report *report, struct err *err)
{
	struct cache cache = { .closure = closure, .work = work, .records.dir = -1 };
	int result;

	/* No record outlives the mount of a packed closure, and each start hashes that anyway. */
	report->level = closure->image_sha256 && closure->attestation == ATTESTATION_CACHED
		? ATTESTATION_FULL
		: closure->attestation;
	switch (report->level) {
	case ATTESTATION_OFF:
		work->look = LOOK_METADATA;
		return verify_jobs(work, report, err);
	case ATTESTATION_CACHED:
		work->look = LOOK_GLANCE;
		work->settle = true;
		result = cached_verify(&cache, means, work, report, err);
		records_close(&cache.records);
		return result;
	default:
		return full_verify(work, means, report, err);
	}
}
