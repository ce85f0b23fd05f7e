/* SPDX-License-Identifier: MIT
 *
 * Fuzzing: any bytes go in, and after each the library's promises are checked from outside.
 *
 *   - every line that comes out is one of the protocol's, without a control byte, with a right checksum;
 *   - no command is done again while it is among the last RRPC_DEDUP that were done;
 *   - nothing is done of a line in which no byte came for RRPC_SILENCE_MS;
 *   - no more than RRPC_WINDOW are open at once, and each can be answered once;
 *   - the sanitizers have nothing to say.
 *
 * The input is a list of orders, so that the fuzzer need not guess checksums: each order is a byte that says what to do
 * and takes its operands from the bytes behind it.
 *
 * With clang the fuzzer is libFuzzer. The driver at the end does without it: from the files of its arguments and a
 * fixed seed it mutates for so many seconds, each run in the same way.
 */
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define REQUIRE(condition) require((condition), #condition, __LINE__)

static void require(bool condition, const char *what, int line)
{
  if (!condition) {
    fprintf(stderr, "fuzz_rrpc.c:%d: %s\n", line, what);
    abort();
  }
}

static bench b;

/* The line that is being said, and those that were done last: line N of what was done is at N % RRPC_DEDUP. */
static char said[RRPC_LINE_BYTES];
static char done[RRPC_DEDUP][RRPC_LINE_BYTES];
static char open_ids[RRPC_WINDOW + 1][RRPC_ID_BYTES + 1];
static unsigned open_count, done_count;

static void forget_open(const char *id)
{
  for (unsigned i = 0; i < open_count; i++)
    if (strcmp(open_ids[i], id) == 0) {
      memmove(open_ids[i], open_ids[open_count - 1], sizeof open_ids[i]);
      open_count--;
      return;
    }
}

/* After a line was said: if it was done, it must not have been among the last. */
static void check_done(unsigned executed_before)
{
  if (b.executed == executed_before)
    return;
  REQUIRE(b.executed == executed_before + 1);
  REQUIRE(b.payload[b.payload_bytes] == '\0' && strlen(b.id) >= 1);
  for (unsigned i = 0; i < RRPC_DEDUP && i < done_count; i++)
    REQUIRE(strcmp(done[i], said) != 0);
  strcpy(done[done_count++ % RRPC_DEDUP], said);
  if (b.answer == PUT_OFF) {
    REQUIRE(open_count < RRPC_WINDOW);
    strcpy(open_ids[open_count++], b.id);
  }
}

static void check_written(void)
{
  for (const char *line; (line = bench_next(&b)) != NULL;) {
    REQUIRE(strcmp(line, "DAMAGED") != 0);
    REQUIRE(line[0] == '\0' || strchr("<!=@#", line[0]) != NULL);
    for (const char *at = line; *at != '\0'; at++)
      REQUIRE((uint8_t)*at >= 0x20 && *at != 0x7F);
  }
  REQUIRE(b.out_read == b.out_bytes);
  b.out_read = b.out_bytes = 0;
}

static void say(char sigil, const char *id, const uint8_t *payload, size_t length)
{
  unsigned executed = b.executed;
  size_t at = (size_t)snprintf(said, sizeof said, "%c%s", sigil, id);
  if (length > 0)
    said[at++] = ' ';
  for (size_t i = 0; i < length && at < sizeof said - 8; i++)
    if (payload[i] != '\n' && payload[i] != '\0')
      said[at++] = (char)payload[i];
  said[at] = '\0';
  bench_say(&b, said);
  check_done(executed);
  if (sigil == '~')
    forget_open(id);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  open_count = done_count = 0;
  memset(done, 0, sizeof done);
  bench_start(&b, 1);
  b.answer = ECHO;
  check_written();

  while (size >= 3) {
    uint8_t order = data[0] % 8, id_byte = data[1];
    size_t length = data[2];
    char id[4];
    data += 3;
    size -= 3;
    if (length > size)
      length = size;
    snprintf(id, sizeof id, "%u", id_byte % 8u);

    bool whole_lines = true;
    switch (order) {
    case 0: /* a command, so that repetitions happen */
      say('>', id, data, length % 4);
      length %= 4;
      break;
    case 1:
      say('>', id, data, length);
      break;
    case 2:
      say('~', id, NULL, 0);
      break;
    case 3: { /* an answer to what was put off, or to anything */
      bool expected = rrpc_wanted(&b.r, id);
      REQUIRE(rrpc_reply(&b.r, id, data, length) == expected);
      REQUIRE(!rrpc_reply(&b.r, id, data, length));
      forget_open(id);
      break;
    }
    case 4:
      b.answer = id_byte % 3 == 0 ? ECHO : id_byte % 3 == 1 ? PUT_OFF : REFUSE;
      break;
    case 5: /* bytes as they are, or the same ended */
      bench_send(&b, data, length);
      if (id_byte % 2 == 0)
        bench_send(&b, "\n", 1);
      whole_lines = false;
      break;
    case 6: {
      unsigned executed = b.executed;
      if (id_byte % 2 == 0) {
        rrpc_gap(&b.r);
      } else {
        size_t half = 0;
        while (half < length && data[half] != '\n')
          half++;
        bench_send(&b, data, half);
        b.now_ms += RRPC_SILENCE_MS;
        bench_send(&b, data, half);
      }
      bench_send(&b, "\n", 1);
      REQUIRE(b.executed == executed);
      break;
    }
    default: {
      char text[256];
      memcpy(text, data, length);
      text[length] = '\0';
      rrpc_event(&b.r, id, data, length);
      rrpc_log(&b.r, text);
      if (rrpc_refuse(&b.r, id, text))
        forget_open(id);
      break;
    }
    }
    if (!whole_lines) {
      /* What raw bytes have done is not modelled: begin again with an empty model after they have ended. */
      check_written();
      bench_start(&b, 1);
      b.answer = ECHO;
      open_count = done_count = 0;
      memset(done, 0, sizeof done);
    }
    check_written();
    data += length;
    size -= length;
  }
  return 0;
}

#ifdef FUZZ_DRIVER
#include <time.h>

enum { INPUT_BYTES = 512, CORPUS = 256 };

static uint32_t random_state = 1;

static uint32_t random_below(uint32_t limit)
{
  random_state ^= random_state << 13;
  random_state ^= random_state >> 17;
  random_state ^= random_state << 5;
  return random_state % limit;
}

static size_t mutate(uint8_t *input, size_t size)
{
  static const uint8_t interesting[] = "\0\1\2\3\4\5\6\7\n\r >~?*\\xnr0AfZ_-.\x7F\xFF";
  for (uint32_t edits = 1 + random_below(8); edits > 0; edits--) {
    uint32_t at = random_below(INPUT_BYTES);
    if (at >= size) {
      while (size <= at)
        input[size++] = (uint8_t)random_below(256);
    }
    input[at] = random_below(2) ? interesting[random_below(sizeof interesting - 1)] : (uint8_t)random_below(256);
    if (random_below(8) == 0)
      size = 1 + random_below((uint32_t)size);
  }
  return size;
}

static size_t load(const char *path, uint8_t *input)
{
  FILE *file = fopen(path, "rb");
  require(file != NULL, path, __LINE__);
  size_t size = fread(input, 1, INPUT_BYTES, file);
  fclose(file);
  return size;
}

/* SECONDS [FILE...] */
int main(int argc, char **argv)
{
  static uint8_t corpus[CORPUS][INPUT_BYTES];
  static size_t sizes[CORPUS];
  long seconds = argc > 1 ? strtol(argv[1], NULL, 10) : 10;
  unsigned long runs = 0;

  for (int i = 0; i < CORPUS; i++)
    sizes[i] = i + 2 < argc ? load(argv[i + 2], corpus[i]) : mutate(corpus[i], 1);
  for (int i = 0; i < CORPUS; i++, runs++)
    LLVMFuzzerTestOneInput(corpus[i], sizes[i]);
  for (time_t end = time(NULL) + seconds; time(NULL) < end;) {
    for (unsigned i = 0; i < 1000; i++, runs++) {
      uint32_t which = random_below(CORPUS);
      sizes[which] = mutate(corpus[which], sizes[which]);
      LLVMFuzzerTestOneInput(corpus[which], sizes[which]);
    }
  }
  printf("%s: %lu inputs\n", argv[0], runs);
  return 0;
}
#endif
