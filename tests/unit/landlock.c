/* Names of a rule's access to the kernel's rights, by ABI. */
#include "kernel/landlock.h"
#include "check.h"

static uint64_t access_of(const char *name, int *abi)
{
	struct strings names = { .set = true, .count = 1, .items = &name };

	return landlock_access(&names, abi);
}

int main(void)
{
	const uint64_t execute = 1, write = 2, read = 4, readdir = 8, refer = 1 << 13,
		       truncate = 1 << 14, ioctl_dev = 1 << 15;
	struct strings none = { .set = true };
	int abi;

	/* What the existing practice gets wrong: reading is not executing. */
	CHECK(access_of("read", NULL) == read);
	CHECK(access_of("execute", NULL) == execute);
	CHECK(access_of("readdir", NULL) == readdir);
	CHECK(access_of("write", NULL) == (write | truncate));
	CHECK(!(access_of("all_except_execute", NULL) & execute));
	CHECK(access_of("all", NULL) == (access_of("all_except_execute", NULL) | execute));
	CHECK(!(access_of("create", NULL) & (read | write | execute)));
	CHECK(landlock_access(&none, NULL) == 0);

	CHECK((abi = 1, access_of("refer", &abi) == refer && abi == 2));
	CHECK((abi = 1, access_of("truncate", &abi) == truncate && abi == 3));
	CHECK((abi = 1, access_of("ioctl_dev", &abi) == ioctl_dev && abi == 5));
	CHECK((abi = 1, access_of("all", &abi) && abi == 1));
	CHECK((abi = 7, access_of("refer", &abi) && abi == 7));

	CHECK(landlock_known(0) == 0);
	CHECK(landlock_known(1) == 0x1fff);
	CHECK(landlock_known(2) == 0x3fff);
	CHECK(landlock_known(3) == 0x7fff);
	CHECK(landlock_known(4) == 0x7fff);
	CHECK(landlock_known(5) == 0xffff && landlock_known(7) == 0xffff);

	CHECK(access_of("reed", NULL) == 0);
	return check_result("landlock");
}
