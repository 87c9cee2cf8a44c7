/*
 * Trace files read strictly: they become policy, and whoever was traced may have been able to write
 * them. Bounded in bytes, lines and different calls; nothing is taken on trust that can be checked.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>

#include "base/file.h"
#include "format/json.h"
#include "trace/rows.h"

/* clang-format off */
const struct key trace_head_keys[] = {
	KEY(struct trace_head, version, "of this format"),
	KEY(struct trace_head, nucleus, "the version that wrote it"),
	KEY(struct trace_head, kernel, "the kernel's version"),
	KEY(struct trace_head, command, "what was run"),
	KEY(struct trace_head, policy, "the policy, as it was named"),
	KEY(struct trace_head, config_sha256, "of the whole config, but for its filter"),
	ALWAYS("dangerous", struct trace_head, dangerous, "known ways out were not refused"),
	{ 0 }
};

const struct key trace_end_keys[] = {
	ALWAYS("complete", struct trace_end, complete, "every call of every process was seen"),
	KEY(struct trace_end, status, "what the run ended with"),
	KEY(struct trace_end, calls, "how many there were"),
	KEY(struct trace_end, different, "how many different ones"),
	KEY(struct trace_end, dropped, "how many were not written down"),
	{ 0 }
};

const struct key trace_line_keys[] = {
	POINTER("trace", struct trace_line, head, trace_head_keys, "the first line"),
	POINTER("end", struct trace_line, end, trace_end_keys, "the last line"),
	KEY(struct trace_line, call, "the system call's name"),
	KEY(struct trace_line, arch, "x86_64, i386 or x32"),
	BOUND("number", struct trace_line, number, INT32_MIN, INT32_MAX, "the call's number there"),
	IGNORED("args", "what is seen of the arguments; read by hand"),
	BOUND("errno", struct trace_line, answer, 0, 4095, "what it was refused with"),
	KEY(struct trace_line, count, "how many more of them"),
	{ 0 }
};
/* clang-format on */

/* One trace while it is read. */
struct reading {
	const char *file;
	unsigned line;
	struct set *set;
	struct arena scratch; /* of one line */
	struct node *node;    /* the line */
	uint64_t calls;
	bool ended, complete;
	struct err *err;
};

/* Rows name their place as "FILE:LINE:COLUMN", and each line of a trace is a document. */
static void lines_move(struct node *node, unsigned line)
{
	for (; node; node = node->next) {
		node->line = line;
		node->key_line = line;
		if (node->kind == NODE_ARRAY || node->kind == NODE_TABLE)
			lines_move(node->first, line);
	}
}

static int line_fault(const struct reading *reading, const char *path, const char *text)
{
	return rows_fault(reading->node, reading->file, path, reading->err, "%s", text);
}

static int abi_read(const struct reading *reading, const char *arch, enum call_abi *abi)
{
	for (int i = 0; arch && abi_names[i]; i++)
		if (!strcmp(abi_names[i], arch)) {
			*abi = (enum call_abi)i;
			return 0;
		}
	return line_fault(reading, "arch", "is x86_64, i386 or x32");
}

/* The kernel's number must be one of that name. i386 has two ways to some calls. */
static int name_check(const struct reading *reading, struct traced *call, const char *name)
{
	const char *known = seccomp_call_name(call->abi, call->number, reading->set->arena);

	call->name = known;
	if (!name && !known)
		return 0;
	if (name && known && !strcmp(name, known))
		return 0;
	if (!name)
		return line_fault(reading, "call", "missing: the number has a name");
	return line_fault(reading, "call", "is not the name of the call with that number");
}

static int arg_read(const struct reading *reading, const struct facet *facet,
	const struct node *value, uint64_t *arg)
{
	*arg = (uint64_t)value->integer;
	if (value->kind != NODE_INTEGER || (value->integer < 0 && !value->huge) ||
		*arg & ~facet->mask)
		return line_fault(reading, "args", "a number no such argument has");
	return 0;
}

/* Exactly what is seen of such a call must be there. */
static int args_read(const struct reading *reading, struct traced *call)
{
	const struct node *table = node_get(reading->node, "args"), *value;
	uint64_t args[CALL_ARGS] = { 0 };
	const struct facet *facet = NULL;
	size_t wanted = 0;

	if (table && table->kind != NODE_TABLE)
		return line_fault(reading, "args", "must be a table");
	while (table && (facet = facet_next(call, facet))) {
		value = node_get(table, facet->label);
		if (value && arg_read(reading, facet, value, &args[facet->index]) < 0)
			return -1;
	}
	traced_arguments(call, args);
	for (int i = 0; i < CALL_ARGS; i++) {
		if (!call->facets[i])
			continue;
		wanted++;
		if (!table || !node_get(table, call->facets[i]->label))
			return line_fault(reading, "args", "an argument that matters is missing");
	}
	if (wanted != (table ? table->count : 0))
		return line_fault(reading, "args", "holds what does not matter for this call");
	return 0;
}

static int call_read(struct reading *reading, const struct trace_line *line)
{
	struct traced call = { 0 };
	struct seen *seen;

	if (!line->number.set || !line->count.set)
		return line_fault(reading, line->number.set ? "count" : "number", "missing");
	call.number = (int)line->number.value;
	if (abi_read(reading, line->arch, &call.abi) < 0 ||
		name_check(reading, &call, line->call) < 0 || args_read(reading, &call) < 0)
		return -1;
	if (line->count.value > UINT64_MAX / 2 - reading->calls)
		return line_fault(reading, "count", "is too large");
	seen = set_find(reading->set, &call);
	if (!seen)
		return line_fault(reading, "call", "there are too many different calls");
	if (line->answer.set)
		seen->answer = (int)line->answer.value;
	seen->count += line->count.value;
	reading->calls += line->count.value;
	reading->set->calls += line->count.value;
	return 0;
}

static int head_read(const struct reading *reading, const struct trace_head *head)
{
	if (!head)
		return line_fault(
			reading, "trace", "missing: the first line of a trace says what was run");
	return head->version.set && head->version.value == TRACE_VERSION
		? 0
		: line_fault(reading, "trace.version", "must be 1, the only version there is");
}

static int end_read(struct reading *reading, const struct trace_end *end)
{
	reading->ended = true;
	if (end->calls.set && end->calls.value != reading->calls)
		return line_fault(reading, "end.calls", "is not the sum of the lines before");
	reading->complete = end->complete && end->calls.set && end->dropped.set &&
		!end->dropped.value;
	return 0;
}

static int line_read(struct reading *reading, const char *text, size_t length)
{
	struct trace_line line = { 0 };
	struct err fault;

	reading->node = json_read(&reading->scratch, text, length, &fault);
	if (!reading->node) {
		const char *column = strchr(fault.text, ':');

		return err_set(reading->err, EINVAL, "%s:%u%s", reading->file, reading->line,
			column ? column : "");
	}
	lines_move(reading->node, reading->line);
	if (rows_read(trace_line_keys, reading->node, &line, &reading->scratch, UNKNOWN_REFUSED,
		    reading->file, reading->err) < 0)
		return -1;
	if (reading->ended)
		return line_fault(reading, "end",
			"something follows it; to merge traces, name each of the files");
	if (reading->line == 1)
		return head_read(reading, line.head);
	if (line.head)
		return line_fault(reading, "trace", "only the first line has it");
	return line.end ? end_read(reading, line.end) : call_read(reading, &line);
}

int trace_read_text(const char *text, size_t length, const char *file, bool incomplete,
	struct set *set, struct err *err)
{
	struct reading reading = { .file = file, .set = set, .err = err };
	const char *end = text + length;
	int result = 0;

	while (text < end && result == 0) {
		const char *newline = memchr(text, '\n', (size_t)(end - text));

		reading.line++;
		/* What was being written when the writer was killed. */
		if (!newline && incomplete && reading.line > 1)
			break;
		result = line_read(&reading, text, (size_t)((newline ? newline : end) - text));
		text = newline ? newline + 1 : end;
		arena_release(&reading.scratch);
	}
	if (result < 0)
		return -1;
	if (!reading.line)
		return err_set(err, EINVAL, "%s:1:1: an empty file is no trace", file);
	if (reading.complete || incomplete)
		return 0;
	err_set(err, EINVAL, "%s:%u:1: the trace is not complete: %s", file, reading.line,
		reading.ended ? "its end says so" : "it has no end");
	return err_hint(err,
		"trace again; or --incomplete makes a profile of what there is, which may lack "
		"calls");
}

int trace_read(const char *file, bool incomplete, struct set *set, struct err *err)
{
	struct bytes bytes;

	if (file_read(AT_FDCWD, file, NULL, TRACE_SIZE_MOST, set->arena, &bytes, err) < 0)
		return -1;
	return trace_read_text(bytes.text, bytes.length, file, incomplete, set, err);
}
