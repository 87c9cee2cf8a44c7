/*
 * Errors in the forms their readers expect: a line for people on stderr; for containerd and conmon
 * one JSON object a line, {"level","msg","time"}, in the file they name.
 */
#include "cmd/report.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"

static int log_fd = -1;
static bool log_json;

int report_open(const char *log, const char *format, struct err *err)
{
	if (format && strcmp(format, "json") && strcmp(format, "text"))
		return err_set(err, EINVAL, "--log-format %s: it is text or json", format);
	log_json = format && !strcmp(format, "json");
	if (!log)
		return 0;
	log_fd = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY, 0600);
	return log_fd < 0 ? err_errno(err, "open the log %s", log) : 0;
}

/* Appends text as the inside of a JSON string. */
static size_t escape(const char *text, char *out, size_t room)
{
	size_t used = 0;

	for (; *text && used + 7 < room; text++) {
		unsigned char c = (unsigned char)*text;

		if (c == '"' || c == '\\')
			used += (size_t)snprintf(out + used, room - used, "\\%c", c);
		else if (c < 0x20)
			used += (size_t)snprintf(out + used, room - used, "\\u%04x", c);
		else
			out[used++] = (char)c;
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

	/* What a bundle says may not speak to the terminal. */
	for (char *byte = line; *byte; byte++)
		if (((unsigned char)*byte < 0x20 && *byte != '\n' && *byte != '\t') ||
			*byte == 0x7f)
			*byte = '?';
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
