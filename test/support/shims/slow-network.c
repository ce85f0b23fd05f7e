/*
 * A slow network in one network namespace: a tun device whose packets come back after a delay, from the address they
 * went to, to the one they came from. So whoever connects to 10.9.N.2 meets what listens on 10.9.N.1, a round trip of two
 * delays away; source and destination are exchanged, which leaves every checksum right.
 *
 * Usage: slow-network DELAY_MS. Packets to and from 10.9.66.0/24 and fd09:66::/32 are lost.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

enum { packet_max = 2048, held_max = 4096 };

static struct {
    double due_ms;
    size_t length;
    unsigned char bytes[packet_max];
} held[held_max];

static double now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1e3 + now.tv_nsec / 1e6;
}

static void exchange(unsigned char *one, unsigned char *other, size_t length) {
    for (size_t i = 0; i < length; i++) {
        unsigned char byte = one[i];
        one[i] = other[i];
        other[i] = byte;
    }
}

/* Whether the packet comes back at all. */
static int turn_round(unsigned char *packet, size_t length) {
    static const unsigned char lost6[] = {0xfd, 0x09, 0x00, 0x66};
    if (length >= 20 && packet[0] >> 4 == 4) {
        exchange(packet + 12, packet + 16, 4);
        return packet[14] != 66 && packet[18] != 66;
    }
    if (length >= 40 && packet[0] >> 4 == 6) {
        exchange(packet + 8, packet + 24, 16);
        return memcmp(packet + 8, lost6, 4) != 0 && memcmp(packet + 24, lost6, 4) != 0;
    }
    return 0;
}

int main(int argc, char **argv) {
    double delay_ms = argc > 1 ? atof(argv[1]) : 0;
    struct ifreq request = {.ifr_flags = IFF_TUN | IFF_NO_PI};
    size_t first = 0, count = 0;
    int tun = open("/dev/net/tun", O_RDWR | O_NONBLOCK);

    strcpy(request.ifr_name, "slow");
    if (tun < 0 || ioctl(tun, TUNSETIFF, &request) < 0) {
        perror("slow-network");
        return 1;
    }
    puts("ready");
    fflush(stdout);
    for (;;) {
        double wait_ms = count == 0 ? -1 : held[first].due_ms - now_ms();
        struct pollfd poller = {.fd = tun, .events = count < held_max ? POLLIN : 0};
        poll(&poller, 1, count == 0 ? -1 : wait_ms < 0 ? 0 : (int)wait_ms + 1);
        while (count > 0 && held[first].due_ms <= now_ms()) {
            if (write(tun, held[first].bytes, held[first].length) < 0 && errno == EAGAIN) break;
            first = (first + 1) % held_max;
            count -= 1;
        }
        while (count < held_max) {
            size_t place = (first + count) % held_max;
            ssize_t length = read(tun, held[place].bytes, packet_max);
            if (length <= 0) break;
            if (!turn_round(held[place].bytes, (size_t)length)) continue;
            held[place].due_ms = now_ms() + delay_ms;
            held[place].length = (size_t)length;
            count += 1;
        }
    }
}
