// The floor: what a bridge costs that does nothing but pass bytes, without any check. libmosquitto, termios, one thread.
//
//     c-bridge HOST PORT PRODUCT/DEVICE TTY QOS
#include <errno.h>
#include <fcntl.h>
#include <mosquitto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <termios.h>
#include <unistd.h>

enum { MOSQUITTO_PASS_S = 1, KEEPALIVE_S = 60, TOPIC_BYTES = 256, LINE_BYTES = 4096 };

static const char *device;
static int qos;
static int tty;

static void die(const char *what) {
  fprintf(stderr, "%s: %s\n", what, strerror(errno));
  exit(1);
}

static void check(int result, const char *what) {
  if (result == MOSQ_ERR_SUCCESS) return;
  fprintf(stderr, "%s: %s\n", what, mosquitto_strerror(result));
  exit(1);
}

static int open_tty(const char *path) {
  int fd = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (fd < 0) die(path);
  struct termios settings;
  if (tcgetattr(fd, &settings) < 0) die("tcgetattr");
  cfmakeraw(&settings);
  cfsetspeed(&settings, B115200);
  settings.c_cflag |= CLOCAL | CREAD;
  if (tcsetattr(fd, TCSANOW, &settings) < 0) die("tcsetattr");
  return fd;
}

static void write_tty(const char *bytes, size_t length) {
  while (length > 0) {
    ssize_t written = write(tty, bytes, length);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) die("write");
    bytes += written;
    length -= (size_t)written;
  }
}

static void on_connect(struct mosquitto *client, void *context, int code) {
  (void)context;
  if (code != 0) {
    fprintf(stderr, "refused: %s\n", mosquitto_connack_string(code));
    exit(1);
  }
  char topic[TOPIC_BYTES];
  snprintf(topic, sizeof topic, "$rrpc/rxd/%s/+", device);
  check(mosquitto_subscribe(client, NULL, topic, qos), "subscribe");
}

// A request becomes the line `>ID PAYLOAD`.
static void on_message(struct mosquitto *client, void *context, const struct mosquitto_message *message) {
  (void)client;
  (void)context;
  const char *id = strrchr(message->topic, '/') + 1;
  char line[LINE_BYTES];
  int length = snprintf(line, sizeof line, ">%s %.*s\n", id, message->payloadlen, (const char *)message->payload);
  if (length < (int)sizeof line) write_tty(line, (size_t)length);
}

// The line `<ID PAYLOAD` becomes a response.
static void on_line(struct mosquitto *client, char *line, size_t length) {
  char *space = memchr(line, ' ', length);
  if (line[0] != '<' || space == NULL) return;
  *space = '\0';
  char topic[TOPIC_BYTES];
  snprintf(topic, sizeof topic, "$rrpc/txd/%s/%s", device, line + 1);
  char *payload = space + 1;
  check(mosquitto_publish(client, NULL, topic, (int)(line + length - payload), payload, qos, false), "publish");
}

static void read_tty(struct mosquitto *client) {
  static char buffer[LINE_BYTES];
  static size_t used;
  ssize_t count = read(tty, buffer + used, sizeof buffer - used);
  if (count < 0 && errno == EINTR) return;
  if (count <= 0) die("read");
  used += (size_t)count;
  char *start = buffer;
  for (char *end; (end = memchr(start, '\n', (size_t)(buffer + used - start))) != NULL; start = end + 1) {
    on_line(client, start, (size_t)(end - start));
  }
  used -= (size_t)(start - buffer);
  memmove(buffer, start, used);
  if (used == sizeof buffer) used = 0; // Not a line.
}

static void watch(int poller, int operation, int fd, uint32_t events) {
  struct epoll_event event = {.events = events, .data.fd = fd};
  if (epoll_ctl(poller, operation, fd, &event) < 0) die("epoll_ctl");
}

static void run(struct mosquitto *client) {
  int session = mosquitto_socket(client);
  int poller = epoll_create1(EPOLL_CLOEXEC);
  if (poller < 0) die("epoll_create1");
  watch(poller, EPOLL_CTL_ADD, session, EPOLLIN);
  watch(poller, EPOLL_CTL_ADD, tty, EPOLLIN);
  for (bool wanted_write = false;;) {
    bool wants_write = mosquitto_want_write(client);
    if (wants_write != wanted_write) watch(poller, EPOLL_CTL_MOD, session, EPOLLIN | (wants_write ? EPOLLOUT : 0));
    wanted_write = wants_write;
    struct epoll_event ready[2];
    int count = epoll_wait(poller, ready, 2, MOSQUITTO_PASS_S * 1000);
    if (count < 0 && errno != EINTR) die("epoll_wait");
    if (count <= 0) check(mosquitto_loop_misc(client), "keepalive");
    for (int i = 0; i < count; i++) {
      if (ready[i].data.fd == tty) read_tty(client);
      else if (ready[i].events & EPOLLOUT) check(mosquitto_loop_write(client, 1), "send");
      else check(mosquitto_loop_read(client, 1), "receive");
    }
  }
}

int main(int count, char **arguments) {
  if (count != 6) {
    fprintf(stderr, "usage: c-bridge HOST PORT PRODUCT/DEVICE TTY QOS\n");
    return 2;
  }
  device = arguments[3];
  tty = open_tty(arguments[4]);
  qos = atoi(arguments[5]);
  mosquitto_lib_init();
  struct mosquitto *client = mosquitto_new(NULL, true, NULL);
  if (client == NULL) die("mosquitto_new");
  check(mosquitto_int_option(client, MOSQ_OPT_TCP_NODELAY, 1), "TCP_NODELAY");
  mosquitto_connect_callback_set(client, on_connect);
  mosquitto_message_callback_set(client, on_message);
  check(mosquitto_connect(client, arguments[1], atoi(arguments[2]), KEEPALIVE_S), "connect");
  run(client);
}
