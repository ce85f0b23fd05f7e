/*
 * LD_PRELOAD: gives one tty the transmit buffer of a UART's driver, which a pseudo-terminal has not. What is written is taken
 * at once, up to 4096 bytes, and leaves at the baud rate; tcflush throws away what has not left; the last close waits for it,
 * up to the 30 s of closing_wait (setserial(8)). It is held while the file UART_BUFFER_HOLD exists, as by a CTS that is off.
 *
 *   UART_BUFFER_TTY   the tty's own path (/dev/pts/3), links resolved; or a link to it, resolved at each use
 *   UART_BUFFER_BAUD  bits a second; a byte is ten of them
 *   UART_BUFFER_HOLD  optional
 *
 * A process that is killed loses its buffer, which a real driver would still send.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

enum { bufferBytes = 4096, tickNs = 1000000, closingWaitMs = 30000 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static unsigned char buffer[bufferBytes];
static size_t held;      /* bytes in the buffer */
static int wireFd = -1;  /* our own descriptor of the tty, for what leaves; until the last close */
static int isRunning;

static ssize_t (*realWrite)(int, const void *, size_t);
static int (*realClose)(int);
static int (*realTcflush)(int, int);

__attribute__((constructor)) static void begin(void) {
  realWrite = (ssize_t(*)(int, const void *, size_t))dlsym(RTLD_NEXT, "write");
  realClose = (int (*)(int))dlsym(RTLD_NEXT, "close");
  realTcflush = (int (*)(int, int))dlsym(RTLD_NEXT, "tcflush");
}

static int isTty(int fd) {
  const char *path = getenv("UART_BUFFER_TTY");
  char name[64], target[PATH_MAX], wanted[PATH_MAX];
  if (path == NULL || fd < 3 || realpath(path, wanted) == NULL) return 0;
  snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(name, target, sizeof target - 1);
  if (length < 0) return 0;
  target[length] = '\0';
  return strcmp(target, wanted) == 0;
}

static int isHeld(void) {
  const char *file = getenv("UART_BUFFER_HOLD");
  return file != NULL && access(file, F_OK) == 0;
}

static double nowMs(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

/** The wire: takes bytes from the buffer at the baud rate. */
static void *leave(void *unused) {
  (void)unused;
  const char *baud = getenv("UART_BUFFER_BAUD");
  double bytesPerMs = (baud == NULL ? 9600 : atof(baud)) / 10 / 1e3;
  double credit = 0, last = nowMs();
  while (isRunning) {
    struct timespec tick = {0, tickNs};
    nanosleep(&tick, NULL);
    double at = nowMs();
    pthread_mutex_lock(&lock);
    credit = held == 0 || isHeld() ? 0 : credit + (at - last) * bytesPerMs;
    size_t count = credit < (double)held ? (size_t)credit : held;
    if (count > 0 && wireFd >= 0) {
      ssize_t written = realWrite(wireFd, buffer, count);
      if (written > 0) {
        held -= (size_t)written;
        memmove(buffer, buffer + written, held);
        credit -= (double)written;
      }
    }
    pthread_mutex_unlock(&lock);
    last = at;
  }
  return NULL;
}

ssize_t write(int fd, const void *bytes, size_t count) {
  if (!isTty(fd)) return realWrite(fd, bytes, count);
  pthread_mutex_lock(&lock);
  if (wireFd < 0) wireFd = dup(fd);
  if (!isRunning) {
    pthread_t thread;
    isRunning = 1;
    pthread_create(&thread, NULL, leave, NULL);
    pthread_detach(thread);
  }
  size_t taken = count < bufferBytes - held ? count : bufferBytes - held;
  memcpy(buffer + held, bytes, taken);
  held += taken;
  pthread_mutex_unlock(&lock);
  if (taken > 0 || count == 0) return (ssize_t)taken;
  errno = EAGAIN;
  return -1;
}

int tcflush(int fd, int queue) {
  if (isTty(fd) && queue != TCIFLUSH) {
    pthread_mutex_lock(&lock);
    held = 0;
    pthread_mutex_unlock(&lock);
  }
  return realTcflush(fd, queue);
}

/** How many descriptors of the tty this process has, but for that of the wire. */
static int countTtys(void) {
  int count = 0;
  DIR *folder = opendir("/proc/self/fd");
  for (struct dirent *entry; folder != NULL && (entry = readdir(folder)) != NULL;) {
    int fd = atoi(entry->d_name);
    if (fd != wireFd && isTty(fd)) count += 1;
  }
  if (folder != NULL) closedir(folder);
  return count;
}

int close(int fd) {
  if (wireFd >= 0 && fd != wireFd && isTty(fd) && countTtys() == 1) {
    double until = nowMs() + closingWaitMs;
    size_t left = 1;
    while (left > 0 && nowMs() < until) {
      pthread_mutex_lock(&lock);
      left = held;
      pthread_mutex_unlock(&lock);
      usleep(1000);
    }
    pthread_mutex_lock(&lock);
    held = 0;
    realClose(wireFd);
    wireFd = -1;
    pthread_mutex_unlock(&lock);
  }
  return realClose(fd);
}
