/* D-Bus messages as they lie in memory, unit properties from text and from limits, unit names. */
#include <string.h>

#include "base/arena.h"
#include "check.h"
#include "kernel/systemd.h"

#define INT(number)                            \
	{                                      \
		.set = true, .value = (number) \
	}

static _Alignas(8) char bytes[8192];

static struct dbus_writer writer_new(size_t room)
{
	memset(bytes, 0xaa, sizeof(bytes));
	return (struct dbus_writer){ .bytes = bytes, .room = room };
}

/* Reads what a writer wrote as a body of this signature. */
static struct dbus_message body_of(const struct dbus_writer *writer, const char *signature)
{
	return (struct dbus_message){
		.body = writer->bytes,
		.length = writer->length,
		.signature = signature,
	};
}

/* A whole message with a body. */
static size_t message_write(char *place, const char *value)
{
	struct dbus_writer header = { .bytes = place, .room = 4096 };
	char body_bytes[512];
	struct dbus_writer body = { .bytes = body_bytes, .room = sizeof(body_bytes) };
	struct dbus_call call = { "d.e", "/p", "i.f", "Member", "su", &body };

	dbus_write_text(&body, 's', value);
	dbus_write_number(&body, 'u', 7);
	CHECK(dbus_write_call(&header, &call, 3) == 0);
	memcpy(place + header.length, body.bytes, body.length);
	return header.length + body.length;
}

static void test_message(void)
{
	static _Alignas(8) char place[4096];
	size_t length = message_write(place, "hello");
	struct dbus_message message;
	uint64_t number;

	CHECK(length % 4 == 0 && dbus_message_length(place) == length);
	CHECK(dbus_message_read(place, length, &message));
	CHECK(message.type == DBUS_CALL && message.reply_serial == 0);
	CHECK_TEXT(message.member, "Member");
	CHECK_TEXT(message.interface, "i.f");
	CHECK_TEXT(message.signature, "su");
	CHECK(!dbus_read_text(&message, 'o') && !dbus_read_number(&message, 'u', &number));
	CHECK_TEXT(dbus_read_text(&message, 's'), "hello");
	CHECK(dbus_read_number(&message, 'u', &number) && number == 7);
	CHECK(!dbus_read_number(&message, 'u', &number));
}

/* No byte may be changed so that a read goes wrong, and no length cut. */
static void test_damage(void)
{
	static _Alignas(8) char place[4096], copy[4096];
	size_t length = message_write(place, "hello");
	struct dbus_message message;
	uint64_t number;

	for (size_t cut = DBUS_FIRST; cut < length; cut++)
		CHECK(!dbus_message_read(place, cut, &message));
	for (size_t at = 0; at < length; at++)
		for (int bit = 0; bit < 8; bit++) {
			memcpy(copy, place, length);
			copy[at] ^= (char)(1 << bit);
			if (!dbus_message_read(copy, length, &message))
				continue;
			CHECK(strlen(message.member) < 64 && strlen(message.signature) < 64);
			dbus_read_text(&message, 's');
			dbus_read_number(&message, 'u', &number);
		}
	memcpy(copy, place, length);
	copy[0] = 'B';
	CHECK(dbus_message_length(copy) == 0);
	memcpy(copy, place, length);
	memset(copy + 4, 0xff, 4);
	CHECK(dbus_message_length(copy) == 0);
	memset(copy + 12, 0xff, 4);
	CHECK(dbus_message_length(copy) == 0);
}

static void test_room(void)
{
	for (size_t room = 0; room < 64; room++) {
		struct dbus_writer writer = writer_new(room);
		struct dbus_array array;

		dbus_write_property(&writer, "Name", "as");
		array = dbus_array_begin(&writer, 4);
		dbus_write_text(&writer, 's', "a long text that does not fit anywhere here");
		dbus_array_end(&writer, array);
		CHECK(writer.over && writer.length <= room && (unsigned char)bytes[room] == 0xaa);
	}
}

/* A property's value as text, with its name and type before it; or the error's. */
static const char *property_text(const char *name, const char *text, struct arena *arena)
{
	struct dbus_writer writer = writer_new(sizeof(bytes));
	struct dbus_message message;
	struct err err = { 0 };
	const char *said, *type, *value;
	uint64_t number = 0;

	if (systemd_property(name, text, &writer, &err) < 0)
		return arena_strdup(arena, err.text);
	message = body_of(&writer, "sg");
	said = dbus_read_text(&message, 's');
	type = dbus_read_text(&message, 'g');
	if (!said || !type)
		return "unreadable";
	message.signature = type;
	if (!strcmp(type, "s")) {
		value = dbus_read_text(&message, 's');
	} else if (!strcmp(type, "as")) {
		size_t end;

		message.signature = "ussss";
		if (!dbus_read_number(&message, 'u', &number))
			return "unreadable";
		end = message.at + number;
		for (value = ""; message.at < end;)
			value = arena_printf(arena, "%s[%s]", value, dbus_read_text(&message, 's'));
	} else if (dbus_read_number(&message, *type, &number)) {
		value = arena_printf(arena, "%lld", (long long)number);
	} else {
		return "unreadable";
	}
	CHECK(message.at == message.length && !writer.over);
	return arena_printf(arena, "%s %s %s", said, type, value);
}

static void test_properties(struct arena *arena)
{
	static const struct {
		const char *name, *text, *wanted;
	} good[] = {
		{ "SendSIGHUP", "true", "SendSIGHUP b 1" },
		{ "SendSIGHUP", " false ", "SendSIGHUP b 0" },
		{ "Description", "'a \"b\"'", "Description s a \"b\"" },
		{ "Description", "\"it's \\\"\\\\\"", "Description s it's \"\\" },
		{ "Description", "''", "Description s " },
		{ "After", "['a.service', \"b.service\"]", "After as [a.service][b.service]" },
		{ "After", "@as []", "After as " },
		{ "After", "@as ['x']", "After as [x]" },
		{ "CPUWeight", "5", "CPUWeight i 5" },
		{ "CPUWeight", "-2147483648", "CPUWeight i 2147483648" },
		{ "TasksMax", "byte 255", "TasksMax y 255" },
		{ "TasksMax", "@q 65535", "TasksMax q 65535" },
		{ "TasksMax", "int64 -1", "TasksMax x -1" },
		{ "TasksMax", "uint64 18446744073709551615", "TasksMax t -1" },
		{ "TimeoutStopUSec", "uint64 5000000", "TimeoutStopUSec t 5000000" },
		{ "TimeoutStopSec", "5", "TimeoutStopUSec t 5000000" },
		{ "RuntimeMaxSec", "uint32 90", "RuntimeMaxUSec t 90000000" },
	};
	static const char *const others[] = { "Conflicts", "BindsTo", "OnSuccess", "OnFailure",
		"Wants", "SuccessAction", "FailureAction", "JobTimeoutAction", "RebootArgument",
		"User", "Group", "PIDFDs", "Controller", "DelegateControllers", "ExecStopPost",
		"IPIngressFilterPath", "BPFProgram", "DevicePolicy", "Afterwards", "Aft" };
	static const char *const bad[] = { "", "yes", "truefalse", "true true", "'open", "open'",
		"'a' 'b'", "'\\n'", "[]", "[", "['a'", "['a',", "['a',]", "['a' 'b']", "[1]", "5 6",
		"0x5", "5.0", "--5", "2147483648", "-2147483649", "byte 256", "byte -1",
		"uint64 -1", "uint64 18446744073709551616", "uint645", "uint64", "@as", "@t",
		"@a{sv} {}", "{}", "<5>", "nothing" };

	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++)
		CHECK_TEXT(property_text(good[i].name, good[i].text, arena), good[i].wanted);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		CHECK(strstr(property_text("TasksMax", bad[i], arena), "is no value for it"));
	CHECK(strstr(property_text("TimeoutStopSec", "-1", arena), "is no value for it"));
	CHECK(strstr(
		property_text("TimeoutStopSec", "uint64 18446744073709552", arena), "is no value"));
	CHECK(strstr(property_text("PIDs", "[uint32 1]", arena), "in one way"));
	CHECK(strstr(property_text("a", "1", arena), "no property"));
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		CHECK(strstr(property_text(others[i], "'x'", arena), "own unit alone"));
	CHECK(strstr(property_text("With Space", "1", arena), "no property"));
}

/* All properties as "Name=value ...". */
static const char *limits_text(
	unsigned on_v1, const struct config_resources *resources, struct arena *arena)
{
	struct dbus_writer writer = writer_new(sizeof(bytes));
	struct dbus_message message;
	const char *text = "";
	struct err err = { 0 };

	if (systemd_limits(resources, on_v1, &writer, &err) < 0)
		return arena_strdup(arena, err.text);
	message = body_of(&writer, "");
	while (message.at < message.length) {
		const char *name, *type;
		uint64_t number = 0, byte;

		message.at = (message.at + 7) & ~(size_t)7;
		message.signature = "sg";
		name = dbus_read_text(&message, 's');
		type = dbus_read_text(&message, 'g');
		message.signature = !strcmp(type, "ay") ? "uyyyyyyyy" : type;
		dbus_read_number(&message, *message.signature, &number);
		text = arena_printf(
			arena, "%s%s%s=%lld", text, *text ? " " : "", name, (long long)number);
		while (!strcmp(type, "ay") && number-- && dbus_read_number(&message, 'y', &byte))
			text = arena_printf(arena, "%s:%02llx", text, (unsigned long long)byte);
	}
	return text;
}

static void test_limits(struct arena *arena)
{
	struct config_resources resources = {
		.memory = { .limit = INT(1000), .swap = INT(1500), .reservation = INT(10) },
		.cpu = { .shares = INT(1024),
			.quota = INT(25100),
			.period = INT(50000),
			.cpus = "0-1,9",
			.mems = "0" },
		.pids = { .limit = INT(0) },
		.block_io = { .weight = INT(1000) },
	};

	CHECK_TEXT(limits_text(0, &resources, arena),
		"MemoryMax=1000 MemoryLow=10 MemorySwapMax=500 CPUWeight=39 "
		"CPUQuotaPeriodUSec=50000 CPUQuotaPerSecUSec=510000 TasksMax=1 IOWeight=10000 "
		"AllowedCPUs=2:03:02 AllowedMemoryNodes=1:01");
	CHECK_TEXT(limits_text(~0U, &resources, arena),
		"MemoryLimit=1000 CPUShares=1024 CPUQuotaPeriodUSec=50000 "
		"CPUQuotaPerSecUSec=510000 TasksMax=1 BlockIOWeight=1000");
	resources = (struct config_resources){
		.memory = { .limit = INT(-1), .swap = INT(-1) },
		.cpu = { .quota = INT(-1), .idle = INT(1) },
		.pids = { .limit = INT(-1) },
	};
	CHECK_TEXT(limits_text(0, &resources, arena),
		"MemoryMax=-1 MemorySwapMax=-1 CPUWeight=0 CPUQuotaPerSecUSec=-1 TasksMax=-1");
	resources = (struct config_resources){ .cpu = { .quota = INT(1000) } };
	CHECK_TEXT(limits_text(0, &resources, arena), "CPUQuotaPerSecUSec=10000");
	resources = (struct config_resources){ .cpu = { .cpus = "3-1" } };
	CHECK(strstr(limits_text(0, &resources, arena), "is no list"));
}

static const char *names_text(const char *path, const char *id, struct arena *arena)
{
	struct config config = { .cgroups_path = path };
	struct systemd_names names;
	struct err err = { 0 };

	if (systemd_names(&config, id, arena, &names, &err) < 0)
		return "refused";
	return arena_printf(arena, "%s %s", names.slice, names.unit);
}

static void test_names(struct arena *arena)
{
	static const char *const bad[] = { "", "/a", "a", "a:b", "a.slice:b:", "a.slice:b:c:d",
		".slice:b:c", "a.service:b:c", "a.slice:b:c/d", "a.slice:../b:c", "a/b.slice:b:c" };
	char id[300];

	CHECK_TEXT(names_text(NULL, "x", arena), " nucleus-x.scope");
	CHECK_TEXT(names_text(NULL, "a+b~c", arena), " nucleus-a\\x2bb\\x7ec.scope");
	CHECK_TEXT(names_text("a-b.slice:pre:name", "x", arena), "a-b.slice pre-name.scope");
	CHECK_TEXT(names_text("-.slice::name", "x", arena), "-.slice name.scope");
	CHECK_TEXT(names_text(":pre:name", "x", arena), " pre-name.scope");
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		CHECK_TEXT(names_text(bad[i], "x", arena), "refused");
	memset(id, 'x', sizeof(id));
	id[241] = '\0';
	CHECK(strlen(names_text(NULL, id, arena)) == 256);
	id[241] = 'x';
	id[242] = '\0';
	CHECK_TEXT(names_text(NULL, id, arena), "refused");
}

int main(void)
{
	autoarena arena = { 0 };

	test_message();
	test_damage();
	test_room();
	test_properties(&arena);
	test_limits(&arena);
	test_names(&arena);
	return check_result("systemd");
}
