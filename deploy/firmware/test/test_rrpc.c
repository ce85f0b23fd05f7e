/* SPDX-License-Identifier: MIT
 *
 * Unit tests of the library, run on the host under the address and undefined-behaviour sanitizers, once for each set of
 * sizes in the Makefile. The argument is docs/line-protocol.md: its vectors are the tests' vectors.
 */
#include "bench.h"

#include <rrpc_job.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bench b;
static const char *test_name;
static unsigned failures, checks;

#define CHECK(condition) check((condition), #condition, __LINE__)
#define EXPECT(line) expect((line), __LINE__)
#define EXPECT_SILENCE() expect(NULL, __LINE__)

static void check(bool condition, const char *what, int line)
{
  checks++;
  if (!condition) {
    failures++;
    fprintf(stderr, "test_rrpc.c:%d: %s: %s\n", line, test_name, what);
  }
}

static void expect(const char *expected, int line)
{
  const char *got = bench_next(&b);
  bool same = expected == NULL || got == NULL ? expected == got : strcmp(expected, got) == 0;
  check(same, expected == NULL ? "(silence)" : expected, line);
  if (!same)
    fprintf(stderr, "  got %s\n", got == NULL ? "(silence)" : got);
}

static void start(bench_answer answer)
{
  bench_start(&b, 0x7F3A);
  b.answer = answer;
  b.out_read = b.out_bytes;
}

static void send_text(const char *text)
{
  bench_send(&b, text, strlen(text));
}

static void say_command(const char *id, const char *payload)
{
  char line[RRPC_LINE_BYTES];
  snprintf(line, sizeof line, ">%s %s", id, payload);
  bench_say(&b, line);
}

/* A command with a number for an id, echoed: "<N payload" comes back. */
static void expect_echo(unsigned number)
{
  char id[16], reply[16];
  snprintf(id, sizeof id, "%u", number);
  snprintf(reply, sizeof reply, "<%u", number);
  say_command(id, "");
  EXPECT(reply);
}

#define TEXT_(x) #x
#define TEXT(x) TEXT_(x)
#define HELLO                                                                                                          \
  "=rrpc/1 window=" TEXT(RRPC_WINDOW) " line=" TEXT(RRPC_LINE_BYTES) " crc=" TEXT(RRPC_CRC) " dedup=" TEXT(            \
      RRPC_DEDUP) " cancel=1 boot=7F3A fw=bench-1.0"

static void a_start_ends_the_cut_line_and_greets(void)
{
  bench_start(&b, 0x7F3A);
  EXPECT("");
  EXPECT(HELLO);
  EXPECT_SILENCE();
}

static void a_probe_is_answered_with_the_hello(void)
{
  start(ECHO);
  send_text("\n?\n");
  EXPECT(HELLO);
  send_text("?\r\n");
  EXPECT(HELLO);
  bench_say(&b, "?");
  EXPECT(HELLO);
  EXPECT_SILENCE();
  CHECK(b.executed == 0);
}

static void empty_lines_are_ignored(void)
{
  start(ECHO);
  send_text("\n\r\n\n");
  EXPECT_SILENCE();
  CHECK(b.r.counts.malformed == 0 && b.r.counts.damaged == 0);
}

static void a_command_is_done_and_answered(void)
{
  start(ECHO);
  bench_say(&b, ">41440 {\"cmd\":\"led\",\"on\":true}");
  EXPECT("<41440 {\"cmd\":\"led\",\"on\":true}");
  CHECK(strcmp(b.id, "41440") == 0 && b.executed == 1);
}

static void a_payload_may_be_empty_and_begin_with_a_space(void)
{
  start(ECHO);
  bench_say(&b, ">7");
  EXPECT("<7");
  CHECK(b.payload_bytes == 0);
  bench_say(&b, ">8 ");
  EXPECT("<8");
  CHECK(b.payload_bytes == 0);
  bench_say(&b, ">9  x");
  EXPECT("<9  x");
  CHECK(strcmp(b.payload, " x") == 0);
}

static void a_payload_may_hold_every_byte(void)
{
  start(PUT_OFF);
  bench_say(&b, ">1");
  uint8_t bytes[256];
  for (unsigned i = 0; i < 256; i++)
    bytes[i] = (uint8_t)i;
  CHECK(rrpc_reply(&b.r, "1", bytes, sizeof bytes));
  const char *line = bench_next(&b);
  CHECK(line != NULL && strncmp(line, "<1 \\x00\\x01", 11) == 0);

  start(ECHO);
  for (unsigned i = 0; i < 256; i++) {
    char command[32], reply[32];
    snprintf(command, sizeof command, ">%u \\x%02x", i, i);
    bench_say(&b, command);
    CHECK(b.payload_bytes == 1 && (uint8_t)b.payload[0] == i);
    line = bench_next(&b);
    snprintf(reply, sizeof reply, "<%u ", i);
    CHECK(line != NULL && strncmp(line, reply, strlen(reply)) == 0);
  }
}

static void an_id_has_32_at_most(void)
{
  start(ECHO);
  bench_say(&b, ">0123456789abcdefghijklmnopqrst_- x");
  EXPECT("<0123456789abcdefghijklmnopqrst_- x");
  bench_say(&b, ">0123456789abcdefghijklmnopqrst_-Z x");
  EXPECT_SILENCE();
  CHECK(b.r.counts.malformed == 1 && b.executed == 1);
}

static void what_the_gateway_does_not_say_is_malformed(void)
{
  static const char *const lines[] = {"<1 x", "=rrpc/1", "hello",  "?x",   "~",
                                      "~1 x", "~a.b",    "!- crc", "@e x", ">1 a\tb"};
  start(ECHO);
  for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
    bench_say(&b, lines[i]);
  EXPECT_SILENCE();
  CHECK(b.executed == 0 && b.r.counts.malformed == sizeof lines / sizeof *lines);
}

static void the_longest_line_is_taken_and_one_byte_more_is_not(void)
{
  enum { BODY = RRPC_LINE_BYTES - 1 - (RRPC_CRC ? 5 : 0) };
  char line[RRPC_LINE_BYTES + 2];
  memset(line, 'x', sizeof line);
  memcpy(line, ">1 ", 3);
  line[BODY] = '\0';
  start(ECHO);
  bench_say(&b, line);
  CHECK(b.executed == 1 && b.payload_bytes == BODY - 3);
  CHECK(bench_next(&b) != NULL);

  line[1] = '2';
  line[BODY] = 'x';
  line[BODY + 1] = '\0';
  bench_say(&b, line);
  CHECK(b.executed == 1 && b.r.counts.overlong == 1);
#if RRPC_CRC
  EXPECT("!- crc");
#endif
  EXPECT_SILENCE();
  expect_echo(3);
}

static void a_gap_drops_its_line_only(void)
{
  start(ECHO);
  send_text(">1 half of");
  rrpc_gap(&b.r);
  bench_say(&b, " another");
  CHECK(b.r.counts.gaps == 1 && b.r.counts.damaged == 0 && b.executed == 0);
#if RRPC_CRC
  EXPECT("!- crc");
#endif
  EXPECT_SILENCE();
  expect_echo(2);
}

static void a_half_line_is_dropped_after_half_a_second_of_silence(void)
{
  /* Whole lines but for the LF: nothing but the silence can tell. */
  static const char *const halves[] = {RRPC_CRC ? ">7*602E" : ">7", "~"};
  for (size_t i = 0; i < sizeof halves / sizeof *halves; i++) {
    start(ECHO);
    b.now_ms = UINT32_MAX - 100; /* the clock wraps meanwhile */
    send_text(halves[i]);
    b.now_ms += RRPC_SILENCE_MS;
    send_text("\n");
#if RRPC_CRC
    EXPECT("!- crc");
#endif
    EXPECT_SILENCE();
    CHECK(b.executed == 0 && b.r.counts.torn == 1 && b.r.counts.damaged == 0);
    expect_echo(2);
  }
}

static void what_follows_a_half_line_is_no_line_of_its_own(void)
{
  start(ECHO);
  send_text(">1 set text=");
  b.now_ms += RRPC_SILENCE_MS;
  bench_say(&b, ">2 all");
  CHECK(b.executed == 0 && b.r.counts.torn == 1);
  b.out_read = b.out_bytes;
  expect_echo(3);
}

static void a_line_may_come_slowly(void)
{
  const char *line = RRPC_CRC ? ">7*602E\n" : ">7\n";
  start(ECHO);
  for (size_t i = 0; line[i] != '\0'; i++) {
    b.now_ms += RRPC_SILENCE_MS - 1;
    bench_send(&b, line + i, 1);
  }
  EXPECT("<7");
  b.now_ms += 3600000u; /* between lines any time may pass */
  expect_echo(8);
  CHECK(b.r.counts.torn == 0);
}

#define OPENING "\\!\\!*F46E\n?\n"

static void an_opening_is_taken_silently(void)
{
  start(ECHO);
  send_text(OPENING);
  EXPECT(HELLO);
  EXPECT_SILENCE();
  CHECK(b.executed == 0 && b.r.counts.malformed == 1);
}

static void an_opening_spoils_every_half_line(void)
{
  static const char *const halves[] = {">1 dose ml=10", ">1 ", ">1",       ">",           ">1 \\",
                                       ">1 \\x",       ">1 \\x4", ">1 a*07", ">7*602E", "~1"};
  for (size_t i = 0; i < sizeof halves / sizeof *halves; i++) {
    start(ECHO);
    send_text(halves[i]);
    send_text(OPENING);
#if RRPC_CRC
    EXPECT("!- crc");
#endif
    EXPECT(HELLO);
    EXPECT_SILENCE();
    CHECK(b.executed == 0);
  }
}

#if RRPC_CRC
static void a_damaged_line_is_not_done_and_is_reported(void)
{
  static const char *const lines[] = {">1 x\n",  ">1 x*0000\n", ">1 x*\n",   "?*C7BD\n",
                                      "*0000\n", ">\n",         ">7*602e\n", "x\n"};
  start(ECHO);
  for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
    send_text(lines[i]);
    EXPECT("!- crc");
  }
  EXPECT_SILENCE();
  CHECK(b.executed == 0 && b.r.counts.damaged == sizeof lines / sizeof *lines);
  send_text(">7*602E\r\n");
  EXPECT("<7");
}

static void every_wrong_bit_is_noticed(void)
{
  static const char good[] = ">41440 {\"cmd\":\"led\",\"on\":true}*0758\n";
  for (size_t bit = 0; bit < 8 * (sizeof good - 2); bit++) {
    char bad[sizeof good];
    memcpy(bad, good, sizeof good);
    bad[bit / 8] = (char)((unsigned char)bad[bit / 8] ^ 1u << bit % 8);
    start(ECHO);
    bench_send(&b, bad, sizeof bad - 1);
    CHECK(b.executed == 0 && b.r.counts.damaged > 0);
  }
}
#endif

static void a_repetition_is_answered_and_not_done(void)
{
  start(ECHO);
  for (int i = 0; i < 3; i++) {
    bench_say(&b, ">1 a\\nb");
    EXPECT("<1 a\\nb");
  }
  CHECK(b.executed == 1 && b.r.counts.repeats == 2);
}

static void a_repetition_of_a_refusal_is_refused_alike(void)
{
  start(REFUSE);
  for (int i = 0; i < 2; i++) {
    bench_say(&b, ">1 x");
    EXPECT("!1 busy motor is homing");
  }
  CHECK(b.executed == 1);
}

static void a_repetition_of_what_still_works_is_ignored(void)
{
  start(PUT_OFF);
  bench_say(&b, ">1 x");
  bench_say(&b, ">1 x");
  EXPECT_SILENCE();
  CHECK(b.executed == 1 && b.r.counts.repeats == 1);
  CHECK(rrpc_reply_text(&b.r, "1", "done"));
  EXPECT("<1 done");
  bench_say(&b, ">1 x");
  EXPECT("<1 done");
}

static void the_same_id_with_another_payload_is_another_command(void)
{
  start(ECHO);
  bench_say(&b, ">1 a");
  bench_say(&b, ">1 b");
  EXPECT("<1 a");
  EXPECT("<1 b");
  if (RRPC_COMMANDS >= 2) {
    bench_say(&b, ">1 b");
    bench_say(&b, ">1 a");
    EXPECT("<1 b");
    EXPECT("<1 a");
  }
  CHECK(b.executed == 2);
}

static void the_same_id_while_the_first_is_open_is_dropped(void)
{
  start(PUT_OFF);
  bench_say(&b, ">1 a");
  bench_say(&b, ">1 b");
  CHECK(b.executed == 1 && b.r.counts.malformed == 1);
  CHECK(rrpc_reply_text(&b.r, "1", "a done"));
  EXPECT("<1 a done");
}

static void the_last_commands_are_remembered_whatever_stays_open(void)
{
  for (unsigned left_open = 0; left_open < RRPC_WINDOW; left_open++) {
    start(PUT_OFF);
    for (unsigned i = 0; i < left_open; i++) {
      char id[16];
      snprintf(id, sizeof id, "open%u", i);
      say_command(id, "");
    }
    b.answer = ECHO;
    b.executed = 0;
    for (unsigned i = 0; i < RRPC_DEDUP; i++)
      expect_echo(i);
    for (unsigned i = 0; i < RRPC_DEDUP; i++)
      expect_echo(i);
    CHECK(b.executed == RRPC_DEDUP);
  }
}

static void the_oldest_command_is_forgotten_in_the_end(void)
{
  start(ECHO);
  for (unsigned i = 0; i <= RRPC_COMMANDS; i++)
    expect_echo(i);
  CHECK(b.executed == RRPC_COMMANDS + 1);
  expect_echo(RRPC_COMMANDS);
  CHECK(b.executed == RRPC_COMMANDS + 1);
  expect_echo(0);
  CHECK(b.executed == RRPC_COMMANDS + 2);
}

static void an_open_command_outlives_all_that_are_settled(void)
{
  start(PUT_OFF);
  bench_say(&b, ">open");
  b.answer = ECHO;
  for (unsigned i = 0; i < 3 * RRPC_COMMANDS && RRPC_WINDOW > 1; i++)
    expect_echo(i);
  CHECK(rrpc_reply_text(&b.r, "open", "at last"));
  EXPECT("<open at last");
}

static void a_command_without_a_reply_takes_none_of_the_others_away(void)
{
  char line[16], reply[16];
  start(ECHO);
  for (unsigned i = 0; i < 4 * RRPC_COMMANDS; i++) {
    snprintf(line, sizeof line, ">%u %c", i, (int)('a' + i % 26));
    snprintf(reply, sizeof reply, "<%u %c", i, (int)('a' + i % 26));
    b.answer = i % 3 == 0 ? PUT_OFF : ECHO;
    bench_say(&b, line);
    if (i % 3 == 0) {
      snprintf(line, sizeof line, "~%u", i);
      bench_say(&b, line);
      continue;
    }
    EXPECT(reply);
    bench_say(&b, line);
    EXPECT(reply);
  }
  EXPECT_SILENCE();
}

static void a_reply_too_long_to_remember_is_sent_once(void)
{
  char text[RRPC_REPLY_BYTES + 2];
  memset(text, 'x', sizeof text);
  text[RRPC_REPLY_BYTES + 1] = '\0';
  start(PUT_OFF);
  bench_say(&b, ">1");
  CHECK(rrpc_reply_text(&b.r, "1", text));
  CHECK(bench_next(&b) != NULL);
  bench_say(&b, ">1");
  EXPECT_SILENCE();
  CHECK(b.executed == 1 && b.r.counts.forgotten == 1);

  text[RRPC_REPLY_BYTES] = '\0';
  bench_say(&b, ">2");
  CHECK(rrpc_reply_text(&b.r, "2", text));
  const char *line = bench_next(&b);
  CHECK(line != NULL && strcmp(line + 3, text) == 0);
  bench_say(&b, ">2");
  line = bench_next(&b);
  CHECK(line != NULL && strcmp(line + 3, text) == 0);
}

static void old_replies_make_room_for_new_ones(void)
{
  char half[RRPC_REPLY_BYTES / 2 + 1], line[RRPC_REPLY_BYTES + 8];
  memset(half, 'h', sizeof half - 1);
  half[sizeof half - 1] = '\0';
  start(PUT_OFF);
  for (unsigned i = 1; i <= 3; i++) {
    char id[4];
    snprintf(id, sizeof id, "%u", i);
    half[0] = (char)('0' + i);
    say_command(id, "");
    CHECK(rrpc_reply_text(&b.r, id, half));
    snprintf(line, sizeof line, "<%s %s", id, half);
    EXPECT(line);
  }
  for (unsigned i = 2; i <= 3 && RRPC_COMMANDS >= 3; i++) {
    char id[4];
    snprintf(id, sizeof id, "%u", i);
    half[0] = (char)('0' + i);
    say_command(id, "");
    snprintf(line, sizeof line, "<%s %s", id, half);
    EXPECT(line);
  }
  if (RRPC_COMMANDS >= 3) {
    say_command("1", "");
    EXPECT_SILENCE();
    CHECK(b.executed == 3 && b.r.counts.forgotten == 1);
  }
}

static void more_than_the_window_is_refused_and_can_be_done_later(void)
{
  char id[16];
  start(PUT_OFF);
  for (unsigned i = 0; i < RRPC_WINDOW; i++) {
    snprintf(id, sizeof id, "w%u", i);
    say_command(id, "");
  }
  bench_say(&b, ">9");
  EXPECT("!9 busy");
  CHECK(b.executed == RRPC_WINDOW && b.r.counts.busy == 1);
  CHECK(rrpc_reply_text(&b.r, "w0", "free"));
  EXPECT("<w0 free");
  bench_say(&b, ">9");
  CHECK(b.executed == RRPC_WINDOW + 1);
}

static void a_cancelled_command_is_neither_wanted_nor_answered(void)
{
  start(PUT_OFF);
  bench_say(&b, ">1 x");
  CHECK(rrpc_wanted(&b.r, "1") && !rrpc_wanted(&b.r, "2"));
  bench_say(&b, "~2");
  bench_say(&b, "~1");
  CHECK(!rrpc_wanted(&b.r, "1"));
  CHECK(!rrpc_reply_text(&b.r, "1", "late"));
  bench_say(&b, ">1 x");
  EXPECT_SILENCE();
  CHECK(b.executed == 1 && b.r.counts.stray == 1 && b.r.counts.malformed == 0);
}

static void a_cancel_after_the_reply_changes_nothing(void)
{
  start(ECHO);
  bench_say(&b, ">1 x");
  bench_say(&b, "~1");
  bench_say(&b, ">1 x");
  EXPECT("<1 x");
  EXPECT("<1 x");
}

static void only_an_open_command_is_answered_and_only_once(void)
{
  start(PUT_OFF);
  CHECK(!rrpc_reply_text(&b.r, "1", "x"));
  bench_say(&b, ">1");
  CHECK(rrpc_reply(&b.r, "1", NULL, 0));
  EXPECT("<1");
  CHECK(!rrpc_reply_text(&b.r, "1", "again") && !rrpc_refuse(&b.r, "1", "again"));
  EXPECT_SILENCE();
  CHECK(b.r.counts.stray == 3);
}

static void a_refusal_begins_with_a_code(void)
{
  start(PUT_OFF);
  bench_say(&b, ">1");
  CHECK(!rrpc_refuse(&b.r, "1", "") && !rrpc_refuse(&b.r, "1", " x") && !rrpc_refuse(&b.r, "1", "not.a.code"));
  CHECK(!rrpc_refuse(&b.r, "1", "012345678901234567890123456789012"));
  EXPECT_SILENCE();
  CHECK(rrpc_refuse(&b.r, "1", "range 0\n9"));
  EXPECT("!1 range 0\\n9");
}

static void events_and_log_lines_cannot_be_taken_for_something_else(void)
{
  start(ECHO);
  CHECK(rrpc_event(&b.r, "button", "down\n", 5));
  EXPECT("@button down\\n");
  CHECK(rrpc_event(&b.r, "tick", NULL, 0));
  EXPECT("@tick");
  CHECK(!rrpc_event(&b.r, "no name", "", 0) && !rrpc_event(&b.r, "", "", 0));
  rrpc_log(&b.r, "<1 no\nreply");
  EXPECT("# <1 no\\nreply");
  EXPECT_SILENCE();
}

/* ---- Commands that take longer than their caller may wait ---- */

static rrpc_job job;

static void start_job(const char *id)
{
  memset(&job, 0, sizeof job);
  start(PUT_OFF);
  say_command(id, "pump");
  CHECK(rrpc_job_accept(&job, &b.r, id) && job.running);
}

static void a_job_is_accepted_at_once_and_its_end_is_an_event(void)
{
  start_job("7");
  EXPECT("<7 7 running");
  say_command("7", "pump");
  EXPECT("<7 7 running");
  EXPECT_SILENCE();
  CHECK(b.executed == 1);
  CHECK(rrpc_job_end(&job, &b.r, "done 40 ml") && !job.running);
  EXPECT("@job 7 done 40 ml");
  CHECK(!rrpc_job_end(&job, &b.r, "done"));
  EXPECT_SILENCE();
}

static void a_job_tells_how_it_is_to_who_asks_for_it(void)
{
  start_job("7");
  EXPECT("<7 7 running");
  say_command("8", "job 7");
  CHECK(rrpc_job_answer(&job, &b.r, "8", "7"));
  EXPECT("<8 7 running");
  CHECK(rrpc_job_end(&job, &b.r, "failed"));
  EXPECT("@job 7 failed");
  say_command("9", "job");
  CHECK(!rrpc_job_answer(&job, &b.r, "9", "77") && !rrpc_job_answer(&job, &b.r, "9", ""));
  EXPECT_SILENCE();
  CHECK(rrpc_job_answer(&job, &b.r, "9", "7"));
  EXPECT("<9 7 failed");
  memset(&job, 0, sizeof job);
  CHECK(!rrpc_job_answer(&job, &b.r, "9", ""));
}

static void a_second_job_is_refused_while_the_first_runs(void)
{
  start_job("7");
  EXPECT("<7 7 running");
  say_command("8", "pump");
  CHECK(!rrpc_job_accept(&job, &b.r, "8"));
  EXPECT("!8 busy the job before still runs");
  CHECK(rrpc_job_end(&job, &b.r, "done"));
  EXPECT("@job 7 done");
  say_command("9", "pump");
  CHECK(rrpc_job_accept(&job, &b.r, "9"));
  EXPECT("<9 9 running");
}

static void a_job_whose_command_is_cancelled_does_not_begin(void)
{
  start(PUT_OFF);
  memset(&job, 0, sizeof job);
  bench_say(&b, ">7 pump");
  bench_say(&b, "~7");
  CHECK(!rrpc_job_accept(&job, &b.r, "7") && !job.running);
  EXPECT_SILENCE();
}

static void an_outcome_and_an_id_may_be_as_long_as_there_is_room(void)
{
  static const char id[] = "0123456789abcdefghijklmnopqrst_-";
  char outcome[RRPC_JOB_OUTCOME_BYTES + 2], event[128];
  memset(outcome, 'x', sizeof outcome);
  outcome[RRPC_JOB_OUTCOME_BYTES + 1] = '\0';
  start_job(id);
  CHECK(bench_next(&b) != NULL);
  CHECK(!rrpc_job_end(&job, &b.r, outcome) && job.running);
  EXPECT_SILENCE();
  outcome[RRPC_JOB_OUTCOME_BYTES] = '\0';
  CHECK(rrpc_job_end(&job, &b.r, outcome));
  snprintf(event, sizeof event, "@job %s %s", id, outcome);
  EXPECT(event);
}

/* ---- The vectors of docs/line-protocol.md ---- */

static char *document;

/* Calls `each` with the two columns of every line in the fenced block ```vectors NAME; the second may be empty. */
static void for_each_vector(const char *name, void (*each)(const char *left, const char *right))
{
  char fence[64], line[512];
  snprintf(fence, sizeof fence, "```vectors %s\n", name);
  const char *at = strstr(document, fence);
  unsigned count = 0;
  for (at = at == NULL ? "```" : at + strlen(fence); strncmp(at, "```", 3) != 0; at += strlen(line) + 1, count++) {
    char columns[512];
    snprintf(line, sizeof line, "%.*s", (int)strcspn(at, "\n"), at);
    strcpy(columns, line);
    char *gap = strstr(columns, "   ");
    if (gap != NULL)
      *gap++ = '\0';
    each(columns, gap == NULL ? "" : gap + strspn(gap, " "));
  }
  test_name = name;
  CHECK(count > 0);
}

static void check_checksum(const char *line, const char *sum)
{
  uint16_t expected = (uint16_t)strtoul(sum, NULL, 16);
  CHECK(bench_checksum(line, strlen(line)) == expected);
#if RRPC_CRC
  /* The library's own: the line with its checksum is not damaged, and one with another checksum is. */
  char whole[512];
  start(ECHO);
  snprintf(whole, sizeof whole, "%s*%s\n", line, sum);
  send_text(whole);
  CHECK(b.r.counts.damaged == 0);
  snprintf(whole, sizeof whole, "%s*%04X\n", line, expected ^ 1u);
  send_text(whole);
  CHECK(b.r.counts.damaged == 1);
#endif
}

static size_t bytes_of(const char *hex, char *bytes)
{
  size_t count = 0;
  for (char *end; *hex != '\0'; hex = end)
    bytes[count++] = (char)strtoul(hex, &end, 16);
  return count;
}

static void check_accepted(const char *escaped, const char *hex)
{
  char bytes[256];
  size_t length = bytes_of(hex, bytes);
  start(ECHO);
  say_command("1", escaped);
  CHECK(b.executed == 1 && b.payload_bytes == length && memcmp(b.payload, bytes, length) == 0);
}

static void check_payload(const char *escaped, const char *hex)
{
  char reply[512];
  check_accepted(escaped, hex);
  snprintf(reply, sizeof reply, "<1 %s", escaped);
  EXPECT(reply);
}

static void check_malformed(const char *left, const char *right)
{
  (void)right;
  start(ECHO);
  bench_say(&b, left);
  CHECK(b.executed == 0 && b.r.counts.malformed == 1);
  EXPECT_SILENCE();
}

static void the_documents_vectors_hold(void)
{
  for_each_vector("checksum", check_checksum);
  for_each_vector("payload", check_payload);
  for_each_vector("payload-accepted", check_accepted);
  for_each_vector("malformed", check_malformed);
}

static char *read_file(const char *path)
{
  FILE *file = fopen(path, "rb");
  char *text = calloc(1, 1 << 20);
  if (file == NULL || text == NULL || fread(text, 1, (1 << 20) - 1, file) == 0) {
    perror(path);
    exit(2);
  }
  fclose(file);
  return text;
}

#define TEST(name) {#name, name}

static const struct {
  const char *name;
  void (*run)(void);
} TESTS[] = {
    TEST(a_start_ends_the_cut_line_and_greets),
    TEST(a_probe_is_answered_with_the_hello),
    TEST(empty_lines_are_ignored),
    TEST(a_command_is_done_and_answered),
    TEST(a_payload_may_be_empty_and_begin_with_a_space),
    TEST(a_payload_may_hold_every_byte),
    TEST(an_id_has_32_at_most),
    TEST(what_the_gateway_does_not_say_is_malformed),
    TEST(the_longest_line_is_taken_and_one_byte_more_is_not),
    TEST(a_gap_drops_its_line_only),
    TEST(a_half_line_is_dropped_after_half_a_second_of_silence),
    TEST(what_follows_a_half_line_is_no_line_of_its_own),
    TEST(a_line_may_come_slowly),
    TEST(an_opening_is_taken_silently),
    TEST(an_opening_spoils_every_half_line),
#if RRPC_CRC
    TEST(a_damaged_line_is_not_done_and_is_reported),
    TEST(every_wrong_bit_is_noticed),
#endif
    TEST(a_repetition_is_answered_and_not_done),
    TEST(a_repetition_of_a_refusal_is_refused_alike),
    TEST(a_repetition_of_what_still_works_is_ignored),
    TEST(the_same_id_with_another_payload_is_another_command),
    TEST(the_same_id_while_the_first_is_open_is_dropped),
    TEST(the_last_commands_are_remembered_whatever_stays_open),
    TEST(the_oldest_command_is_forgotten_in_the_end),
    TEST(an_open_command_outlives_all_that_are_settled),
    TEST(a_command_without_a_reply_takes_none_of_the_others_away),
    TEST(a_reply_too_long_to_remember_is_sent_once),
    TEST(old_replies_make_room_for_new_ones),
    TEST(more_than_the_window_is_refused_and_can_be_done_later),
    TEST(a_cancelled_command_is_neither_wanted_nor_answered),
    TEST(a_cancel_after_the_reply_changes_nothing),
    TEST(only_an_open_command_is_answered_and_only_once),
    TEST(a_refusal_begins_with_a_code),
    TEST(events_and_log_lines_cannot_be_taken_for_something_else),
    TEST(a_job_is_accepted_at_once_and_its_end_is_an_event),
    TEST(a_job_tells_how_it_is_to_who_asks_for_it),
    TEST(a_second_job_is_refused_while_the_first_runs),
    TEST(a_job_whose_command_is_cancelled_does_not_begin),
    TEST(an_outcome_and_an_id_may_be_as_long_as_there_is_room),
    TEST(the_documents_vectors_hold),
};

int main(int argc, char **argv)
{
  if (argc != 2) {
    fprintf(stderr, "usage: %s docs/line-protocol.md\n", argv[0]);
    return 2;
  }
  document = read_file(argv[1]);
  for (size_t i = 0; i < sizeof TESTS / sizeof *TESTS; i++) {
    test_name = TESTS[i].name;
    TESTS[i].run();
  }
  free(document);
  printf("%s: %u checks, %u failed\n", argv[0], checks, failures);
  return failures > 0;
}
