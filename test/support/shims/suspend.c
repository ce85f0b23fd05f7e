/*
 * LD_PRELOAD: the clocks of a process whose machine was suspended. The kernel's monotonic clocks do not count a suspend,
 * CLOCK_BOOTTIME does. SIGSTOP alone looks like a process that got no CPU: both count that. So for as long as the process
 * was stopped, what the file of SUSPENDED_NS_FILE says (a 64-bit count of nanoseconds) is taken off the monotonic clocks.
 *
 * Of no effect on what the kernel itself waits for: a timeout that ends too soon is one that the caller has to look at.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static const volatile int64_t none = 0;
static const volatile int64_t *suspended_ns = &none;

__attribute__((constructor)) static void map_file(void)
{
    const char *path = getenv("SUSPENDED_NS_FILE");
    int file = path == NULL ? -1 : open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) return;
    void *mapped = mmap(NULL, sizeof *suspended_ns, PROT_READ, MAP_SHARED, file, 0);
    if (mapped != MAP_FAILED) suspended_ns = mapped;
    close(file);
}

int clock_gettime(clockid_t clock, struct timespec *time)
{
    if (syscall(SYS_clock_gettime, clock, time) != 0) return -1;
    if (clock != CLOCK_MONOTONIC && clock != CLOCK_MONOTONIC_RAW && clock != CLOCK_MONOTONIC_COARSE) return 0;
    int64_t ns = (int64_t)time->tv_sec * 1000000000 + time->tv_nsec - *suspended_ns;
    time->tv_sec = ns / 1000000000;
    time->tv_nsec = ns % 1000000000;
    return 0;
}
