// The MCU of the comparison: a pseudo-terminal whose bytes take the time of a baud rate, and an echo behind it that works
// on one command after another. In C, because what it does itself must neither take CPU from the bridges nor add to their tails.
//
//     paced-mcu        prints the path of its tty; then each line of stdin, `BAUD WORK_US`, sets the pace (BAUD 0: none)
//
// It answers `>ID {"cmd"…` with `<ID {"result"…`, 3 bytes longer, and `?` with its hello.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

// A receiving 16550 wakes its driver at 14 of 16 bytes, a USB adapter at its packet's end: between 8 and 16.
enum { FIFO_BYTES = 16, LINE_BYTES = 512, PIECES = 4096, BITS_PER_BYTE = 10 };

typedef long long ns;

struct piece {
  ns due;
  size_t length;
  char bytes[LINE_BYTES];
};

static int pty;
static ns byte_ns, work_ns;
// When the last byte to us, the last command, and the last byte of ours are done.
static ns received_at, worked_at;
static struct piece pieces[PIECES];
static size_t first, count;

static void die(const char *what) {
  perror(what);
  exit(1);
}

static ns now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static ns later(ns a, ns b) { return a > b ? a : b; }

// Bytes leave in pieces as from a FIFO, which what follows at once goes on filling.
static void send_bytes(const char *bytes, size_t length, ns at) {
  size_t piece_bytes = byte_ns == 0 ? LINE_BYTES : FIFO_BYTES;
  while (length > 0) {
    struct piece *last = count == 0 ? NULL : &pieces[(first + count - 1) % PIECES];
    ns starts = last == NULL ? at : later(at, last->due);
    if (last == NULL || last->length >= piece_bytes || at > last->due || byte_ns == 0) {
      if (count == PIECES) die("too many bytes under way");
      last = &pieces[(first + count++) % PIECES];
      last->length = 0;
    }
    size_t part = length < piece_bytes - last->length ? length : piece_bytes - last->length;
    memcpy(last->bytes + last->length, bytes, part);
    last->length += part;
    last->due = starts + (ns)part * byte_ns;
    bytes += part;
    length -= part;
  }
}

static void on_line(char *line, ns at) {
  static const char hello[] = "=rrpc/1 window=8 line=256 fw=paced-mcu\n";
  static const char asked[] = "{\"cmd\"";
  if (strcmp(line, "?") == 0) send_bytes(hello, sizeof hello - 1, at);
  char *payload = strchr(line, ' ');
  if (line[0] != '>' || payload == NULL) return;
  *payload++ = '\0';
  if (strncmp(payload, asked, sizeof asked - 1) != 0) return;
  worked_at = later(at, worked_at) + work_ns;
  char reply[LINE_BYTES];
  int length = snprintf(reply, sizeof reply, "<%s {\"result\"%s\n", line + 1, payload + sizeof asked - 1);
  send_bytes(reply, (size_t)length, worked_at);
}

static void receive(void) {
  static char line[LINE_BYTES];
  static size_t used;
  char bytes[4096];
  ssize_t length = read(pty, bytes, sizeof bytes);
  if (length < 0) die("read of the pty");
  received_at = later(received_at, now());
  for (ssize_t i = 0; i < length; i++) {
    received_at += byte_ns;
    if (bytes[i] == '\n') {
      line[used] = '\0';
      on_line(line, received_at);
      used = 0;
    } else if (used < sizeof line - 1) {
      line[used++] = bytes[i];
    }
  }
}

static void send_due(void) {
  for (ns at = now(); count > 0 && pieces[first].due <= at; count--) {
    struct piece *piece = &pieces[first];
    if (write(pty, piece->bytes, piece->length) != (ssize_t)piece->length) die("write to the pty");
    first = (first + 1) % PIECES;
  }
}

static void set_pace(void) {
  char text[64];
  ssize_t length = read(STDIN_FILENO, text, sizeof text - 1);
  if (length <= 0) exit(0);
  text[length] = '\0';
  long baud, work_us;
  if (sscanf(text, "%ld %ld", &baud, &work_us) != 2) die("BAUD WORK_US");
  byte_ns = baud == 0 ? 0 : BITS_PER_BYTE * 1000000000LL / baud;
  work_ns = work_us * 1000LL;
  puts("set");
  fflush(stdout);
}

int main(void) {
  prctl(PR_SET_TIMERSLACK, 1UL);
  pty = posix_openpt(O_RDWR | O_NOCTTY);
  if (pty < 0 || grantpt(pty) < 0 || unlockpt(pty) < 0) die("pty");
  // Open here too, so that the tty stays when a bridge has gone.
  int tty = open(ptsname(pty), O_RDWR | O_NOCTTY);
  if (tty < 0) die("tty");
  struct termios settings;
  tcgetattr(tty, &settings);
  cfmakeraw(&settings);
  tcsetattr(tty, TCSANOW, &settings);
  puts(ptsname(pty));
  fflush(stdout);
  for (;;) {
    struct pollfd ready[2] = {{.fd = pty, .events = POLLIN}, {.fd = STDIN_FILENO, .events = POLLIN}};
    ns rest = count == 0 ? 0 : later(0, pieces[first].due - now());
    struct timespec timeout = {.tv_sec = rest / 1000000000LL, .tv_nsec = rest % 1000000000LL};
    if (ppoll(ready, 2, count == 0 ? NULL : &timeout, NULL) < 0 && errno != EINTR) die("ppoll");
    if (ready[0].revents & POLLIN) receive();
    if (ready[1].revents & (POLLIN | POLLHUP)) set_pace();
    send_due();
  }
}
