/*
 * LD_PRELOAD: open(2) of a sick device. For as long as the file of HANGING_OPEN_WHILE exists, opening the path of
 * HANGING_OPEN_PATH, as it is written there, does not return; no signal handler gets it out of there. Where that ends in a slash, it
 * is every path in this folder.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static void hang_if_sick(const char *path)
{
    const char *sick = getenv("HANGING_OPEN_PATH");
    const char *symptom = getenv("HANGING_OPEN_WHILE");
    const struct timespec wait = {.tv_nsec = 10000000};
    if (sick == NULL || symptom == NULL || *sick == 0) return;
    size_t length = strlen(sick);
    if (sick[length - 1] == '/' ? strncmp(path, sick, length) != 0 : strcmp(path, sick) != 0) return;
    while (access(symptom, F_OK) == 0) nanosleep(&wait, NULL);
}

#define MODE_OF(flags)                                                                                                 \
    va_list rest;                                                                                                      \
    va_start(rest, flags);                                                                                             \
    mode_t mode = (flags) & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0;                                          \
    va_end(rest)

#define OPEN(name)                                                                                                     \
    int name(const char *path, int flags, ...)                                                                         \
    {                                                                                                                  \
        MODE_OF(flags);                                                                                                \
        hang_if_sick(path);                                                                                            \
        return ((int (*)(const char *, int, ...))dlsym(RTLD_NEXT, #name))(path, flags, mode);                          \
    }

#define OPENAT(name)                                                                                                   \
    int name(int folder, const char *path, int flags, ...)                                                             \
    {                                                                                                                  \
        MODE_OF(flags);                                                                                                \
        hang_if_sick(path);                                                                                            \
        return ((int (*)(int, const char *, int, ...))dlsym(RTLD_NEXT, #name))(folder, path, flags, mode);             \
    }

OPEN(open)
OPEN(open64)
OPENAT(openat)
OPENAT(openat64)
