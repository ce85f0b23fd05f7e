/*
 * uart BAUD BYTES: a tty that is like a UART's, where a pseudo-terminal alone is not. What is written to it goes into a
 * driver's buffer of BYTES bytes, leaves at the baud rate (8N1), is held while the other side wants it (CTS, or XOFF),
 * and is thrown away by tcflush(3); nothing is lost by close(2), which on a real UART waits. A pseudo-terminal would block
 * the writer at once, and never have anything to throw away. Packet mode (tty_ioctl(4)) tells us of a flush.
 *
 * Standard input is what the board sends, standard output what has reached it. Descriptor 3 says `hold` and `go`, a line
 * each; when it ends, so do we, and the tty hangs up with whatever was in the buffer. Standard error says, a line each:
 * `tty PATH`, `held` and `gone on` when it is so, `taken N` for bytes that have come into the buffer, and `flushed N` for
 * bytes that were thrown away in it.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <signal.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

enum { BUFFER_MAX = 65536, CONTROL = 3 };

static unsigned char waiting[BUFFER_MAX]; /* What the driver holds. */
static size_t waiting_count;
static size_t room_max;
static int is_held;
static int64_t byte_ns;
static int64_t free_at_ns; /* When the wire can take the next byte. */

static int64_t now_ns(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static void fail(const char *what)
{
    perror(what);
    exit(1);
}

static void write_all(int to, const unsigned char *bytes, size_t count)
{
    while (count > 0) {
        ssize_t done = write(to, bytes, count);
        if (done < 0 && errno == EINTR) continue;
        if (done < 0) exit(0); /* Whoever was the board is gone. */
        bytes += done;
        count -= (size_t)done;
    }
}

/* What has had its time on the wire reaches the board. */
static void transmit(void)
{
    int64_t now = now_ns();
    size_t count = 0;
    if (is_held) return;
    while (count < waiting_count && free_at_ns + byte_ns <= now) {
        free_at_ns += byte_ns;
        count += 1;
        if (byte_ns == 0) count = waiting_count;
    }
    if (count == 0) return;
    write_all(STDOUT_FILENO, waiting, count);
    waiting_count -= count;
    memmove(waiting, waiting + count, waiting_count);
}

/* What the gateway writes goes into the driver; a flush empties it. */
static void take(int master)
{
    unsigned char packet[BUFFER_MAX + 1];
    ssize_t count = read(master, packet, 1 + room_max - waiting_count);
    if (count < 0 && (errno == EINTR || errno == EAGAIN)) return;
    if (count <= 0) fail("read");
    if (packet[0] == TIOCPKT_DATA) {
        if (waiting_count == 0 && free_at_ns < now_ns()) free_at_ns = now_ns();
        memcpy(waiting + waiting_count, packet + 1, (size_t)count - 1);
        waiting_count += (size_t)count - 1;
        dprintf(STDERR_FILENO, "taken %zu\n", (size_t)count - 1);
    } else if ((packet[0] & TIOCPKT_FLUSHWRITE) != 0) {
        if (waiting_count > 0) dprintf(STDERR_FILENO, "flushed %zu\n", waiting_count);
        waiting_count = 0;
    }
}

static void handle_order(void)
{
    char words[64];
    ssize_t count = read(CONTROL, words, sizeof words - 1);
    if (count < 0 && errno == EINTR) return;
    if (count <= 0) exit(0);
    words[count] = '\0';
    for (char *word = strtok(words, "\n"); word != NULL; word = strtok(NULL, "\n")) {
        is_held = strcmp(word, "hold") == 0;
        if (free_at_ns < now_ns()) free_at_ns = now_ns();
        dprintf(STDERR_FILENO, is_held ? "held\n" : "gone on\n");
    }
}

/* What the board sends; a UART whose reader is not quick enough loses it. */
static int receive(int master)
{
    unsigned char bytes[4096];
    ssize_t count = read(STDIN_FILENO, bytes, sizeof bytes);
    if (count < 0 && errno == EINTR) return 1;
    if (count <= 0) return 0;
    if (write(master, bytes, (size_t)count) < 0 && errno != EAGAIN) fail("write");
    return 1;
}

int main(int count, char **arguments)
{
    int yes = 1;
    int has_board = 1;
    struct termios raw;
    if (count != 3) return 2;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    long baud = atol(arguments[1]);
    byte_ns = baud > 0 ? 10 * 1000000000LL / baud : 0;
    room_max = (size_t)atol(arguments[2]);
    if (room_max < 1 || room_max > BUFFER_MAX) return 2;

    int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (master < 0 || grantpt(master) != 0 || unlockpt(master) != 0) fail("no pseudo-terminal");
    const char *path = ptsname(master);
    /* Held open by us: so its settings last from one opening to the next, and no closing looks like a hang-up to us. */
    int slave = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (slave < 0 || tcgetattr(slave, &raw) != 0) fail(path);
    cfmakeraw(&raw);
    if (tcsetattr(slave, TCSANOW, &raw) != 0 || ioctl(master, TIOCPKT, &yes) != 0) fail(path);
    fcntl(master, F_SETFL, O_NONBLOCK);
    dprintf(STDERR_FILENO, "tty %s\n", path);

    for (;;) {
        struct pollfd polled[] = {
            {.fd = master, .events = waiting_count < room_max ? POLLIN | POLLPRI : POLLPRI},
            {.fd = CONTROL, .events = POLLIN},
            {.fd = has_board ? STDIN_FILENO : -1, .events = POLLIN},
        };
        int64_t wait_ns = free_at_ns + byte_ns - now_ns();
        if (wait_ns < 0) wait_ns = 0;
        struct timespec wait = {.tv_sec = wait_ns / 1000000000, .tv_nsec = wait_ns % 1000000000};
        int is_sending = waiting_count > 0 && !is_held;
        if (ppoll(polled, 3, is_sending ? &wait : NULL, NULL) < 0 && errno != EINTR) fail("ppoll");
        if (polled[1].revents != 0) handle_order();
        if (polled[2].revents != 0) has_board = receive(master);
        if (polled[0].revents != 0) take(master);
        transmit();
    }
}
