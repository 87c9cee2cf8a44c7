/*
 * The one place that reads memory which may be gone. A file mapped while somebody cuts it short
 * raises SIGBUS in the thread that reads it; that must end as an error of that file and not as the
 * end of the program. The handler leaves by siglongjmp(3), which is sound here: what it leaves is
 * the hashing of plain memory, which holds no lock and owns nothing but the digest, and that is
 * given up. A SIGBUS from anywhere else ends the program as ever. Pages are left to be faulted in
 * as they are read: the kernel maps sixteen at a time, cheaper than MAP_POPULATE page by page. See
 * mmap(2), sigsetjmp(3), signal-safety(7).
 */
#include "attest/window.h"

#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stddef.h>
#include <sys/mman.h>

/* Mapped at once by all threads; each has at least WINDOW_LEAST. */
enum { WINDOWS_TOGETHER = 4 << 20 };

/* Where this thread goes on if the mapped bytes are gone; NULL: it reads none. */
static _Thread_local sigjmp_buf *gone;

/* Without a place to go on, the faulting instruction is tried again and ends the program. */
static void bus_caught(int number)
{
	if (gone)
		siglongjmp(*gone, 1);
	signal(number, SIG_DFL);
}

void windows_begin(struct windows *before)
{
	/* SA_NODEFER: siglongjmp then need not restore the mask, which costs a system call. */
	struct sigaction action = { .sa_handler = bus_caught, .sa_flags = SA_NODEFER };
	sigset_t bus;

	sigemptyset(&action.sa_mask);
	sigaction(SIGBUS, &action, &before->bus);
	/* A blocked one that is the thread's own fault kills. */
	sigemptyset(&bus);
	sigaddset(&bus, SIGBUS);
	pthread_sigmask(SIG_UNBLOCK, &bus, &before->mask);
}

void windows_end(const struct windows *before)
{
	pthread_sigmask(SIG_SETMASK, &before->mask, NULL);
	sigaction(SIGBUS, &before->bus, NULL);
}

size_t window_size(unsigned threads)
{
	size_t size = WINDOW_MOST;

	while (size > WINDOW_LEAST && size * threads > WINDOWS_TOGETHER)
		size /= 2;
	return size;
}

static int mapped_add(struct digest *digest, const void *bytes, size_t length)
{
	sigjmp_buf here;

	if (sigsetjmp(here, 0)) {
		gone = NULL;
		errno = EIO;
		return -1;
	}
	gone = &here;
	digest_add(digest, bytes, length);
	gone = NULL;
	return 0;
}

int window_add(struct digest *digest, int fd, off_t offset, size_t length)
{
	void *bytes = mmap(NULL, length, PROT_READ, MAP_SHARED, fd, offset);
	int result;

	if (bytes == MAP_FAILED) {
		/* Not taken for bytes that are gone. */
		if (errno == EIO)
			errno = ENODEV;
		return -1;
	}
	result = mapped_add(digest, bytes, length);
	munmap(bytes, length);
	if (result < 0)
		errno = EIO;
	return result;
}
