/*
 * Errors in the forms their readers expect: a line for people on stderr; for containerd and conmon
 * one JSON object a line, {"level","msg","time"}, in the file they name.
 */
#include "cmd/report.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"
#include "format/reader.h"

static int log_fd = -1;
static bool log_json;

/* A log named by descriptor is that very one, whatever a path to it would say by now. */
static int log_descriptor(const char *log)
{
	int fd = -1, end = -1;

	if (sscanf(log, "/dev/fd/%d%n", &fd, &end) < 1 &&
		sscanf(log, "/proc/self/fd/%d%n", &fd, &end) < 1)
		return -1;
	return end > 0 && !log[end] && fcntl(fd, F_GETFD) >= 0 ? fd : -1;
}

int report_open(const char *log, const char *format)
{
	struct err err;

	log_json = format && !strcmp(format, "json");
	if (!log || !*log)
		return -1;
	log_fd = log_descriptor(log);
	/* Without waiting: a fifo may have no reader, or a slow one. */
	if (log_fd < 0)
		log_fd = open(log,
			O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0600);
	if (log_fd < 0) {
		err_errno(&err, "open the log %s", log);
		report_warning(err.text);
	}
	return log_fd;
}

/* Appends text as the inside of a JSON string. */
static size_t escape(const char *text, char *out, size_t room)
{
	size_t used = 0;

	for (size_t length = 1; *text && used + 7 < room; text += length) {
		unsigned char c = (unsigned char)*text;

		length = utf8_length(text, strlen(text));
		if (c == '"' || c == '\\')
			used += (size_t)snprintf(out + used, room - used, "\\%c", c);
		else if (c < 0x20)
			used += (size_t)snprintf(out + used, room - used, "\\u%04x", c);
		else if (length > 0)
			used += (size_t)snprintf(
				out + used, room - used, "%.*s", (int)length, text);
		else
			out[used++] = '?';
		length += length == 0;
	}
	out[used] = '\0';
	return used;
}

static void log_write(const char *level, const char *text)
{
	char line[8192], escaped[6200], stamp[32];
	struct timespec now;
	struct tm utc;
	int length;

	if (log_fd < 0)
		return;
	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &utc);
	strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%SZ", &utc);
	escape(text, escaped, sizeof(escaped));
	length = snprintf(line, sizeof(line),
		log_json ? "{\"level\":\"%s\",\"msg\":\"%s\",\"time\":\"%s\"}\n"
			 : "level=%s msg=\"%s\" time=%s\n",
		level, escaped, stamp);
	(void)!fd_write_all(log_fd, line, (size_t)length);
}

static void say(const char *prefix, const char *text)
{
	char line[1200];
	int length = snprintf(line, sizeof(line), "nucleus: %s%s\n", prefix, text);

	if (length >= (int)sizeof(line)) {
		length = sizeof(line) - 1;
		line[length - 1] = '\n';
	}
	/* What a bundle says may not speak to the terminal, nor in U+0080 to U+009F. */
	for (unsigned char *byte = (unsigned char *)line; *byte; byte++)
		if ((*byte < 0x20 && *byte != '\n' && *byte != '\t') || *byte == 0x7f)
			*byte = '?';
		else if (*byte == 0xc2 && byte[1] >= 0x80 && byte[1] < 0xa0)
			byte[0] = byte[1] = '?';
	(void)!fd_write_all(STDERR_FILENO, line, (size_t)length);
}

void report_err(const struct err *err)
{
	say("", err->text);
	log_write("error", err->text);
}

void report_warning(const char *text)
{
	say("warning: ", text);
	log_write("warning", text);
}

void report_note(const char *text)
{
	say("note: ", text);
	log_write("info", text);
}
