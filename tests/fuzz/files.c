/* The files that a policy names, each of any bytes: no crash, no leak, and a fault names a file. */
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "policy/policy.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

/* Each reads the file "input" of the directory that the harness is run in. */
static const char *const policies[] = {
	"version = 1\nmode = \"agent\"\n[capabilities]\nfile = \"input\"\n",
	"version = 1\nmode = \"agent\"\n[process]\nuser = \"0\"\n[capabilities]\nfile = \"input\"\n",
	"version = 1\nmode = \"agent\"\n[landlock]\nfile = \"input\"\n",
	"version = 1\nmode = \"agent\"\n[seccomp]\nprofile = \"input\"\n",
};

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	static char program[] = "/bin/true", *command[] = { program, NULL };
	int fd = open("input", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd < 0 || write(fd, bytes, length) != (ssize_t)length)
		abort();
	close(fd);
	for (size_t i = 0; i < sizeof(policies) / sizeof(*policies); i++) {
		autoarena arena = { 0 };
		struct err err = { 0 };
		struct translation translation = { .args = command, .args_count = 1 };
		struct config config = { 0 };
		struct policy *policy = policy_read_text(
			policies[i], strlen(policies[i]), "policy", &arena, &err);

		if (!policy)
			abort();
		if (policy_translate(policy, &translation, &config, &arena, &err) < 0 &&
			strncmp(err.text, "input:", 6) != 0 && strncmp(err.text, "policy:", 7) != 0)
			abort();
	}
	return 0;
}
