import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { perform } from "../../src/cli/demo.ts";
import { asciiText } from "../../src/cli/terminal.ts";
import type { Call, CallOutcome } from "../../src/lab/demo/application.ts";
import { errorDeviations, replyDeviations } from "../../src/lab/demo/call-checks.ts";
import type { Scenario } from "../../src/lab/demo/scenario.ts";
import { createScreen } from "../../src/lab/demo/screen.ts";
import { executionDeviations } from "../../src/lab/demo/summary.ts";

const main = join(import.meta.dirname, "../../src/main.ts");

/** It takes some 8 s; only a fault takes so long. */
const limitMs = 60_000;

/** The demo as its own process, and a folder in which it leaves nothing. */
function startDemo(t: TestContext, ...args: string[]) {
  const temporary = mkdtempSync(join(tmpdir(), "rrpc-demo-test-"));
  t.after(() => rmSync(temporary, { recursive: true }));
  const child = spawn(process.execPath, ["--import", "tsx", main, "demo", ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, TMPDIR: temporary, LC_ALL: "C.UTF-8" },
    timeout: limitMs,
    killSignal: "SIGKILL",
  });
  t.after(() => child.kill("SIGKILL"));
  let output = "";
  let look = () => {};
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
      look();
    });
  }
  const ended = once(child, "close").then(([code]) => code as number | null);
  return {
    child,
    output: () => output,
    ended,
    leftBehind: () => readdirSync(temporary).filter((name) => name.startsWith("rrpc-gateway-demo-")),
    async until(pattern: RegExp): Promise<RegExpExecArray> {
      const found = new Promise<RegExpExecArray>((resolve) => {
        look = () => {
          const match = pattern.exec(output);
          if (match !== null) resolve(match);
        };
        look();
      });
      const inVain = ended.then(() => Promise.reject(new Error(`ended before ${pattern}: ${output}`)));
      return await Promise.race([found, inVain]);
    },
  };
}

test("the demo runs every step, and every promise is kept", async (t) => {
  const demo = startDemo(t);
  assert.equal(await demo.ended, 0, demo.output());
  const output = demo.output();
  const story = [
    /^ {3}application {3}this program, .*\n {5}│ HTTP\n {3}IoT Hub .*\n {5}│ MQTT\n {3}rrpc-gateway .*\n {5}│ UART\n {3}MCU .*a second one, the lamp/m,
    /^1 {2}Good calls/m,
    /^ {3}read temperature +──▶ 21\.5 °C +[\d.]+ ms$/m,
    /^ {3}✓ each answered/m,
    /^2 {2}Twenty calls at once/m,
    /^ {3}✓ 20 of 20 answered/m,
    /^3 {2}The MCU refuses/m,
    /"code": "failed_precondition"/,
    /^ {3}✓ an error with the MCU's own words/m,
    /^4 {2}The MCU hangs/m,
    /^ {3}pump o(n|ff) +──✕ deadline_exceeded \/ queued_too_long +3\d\d\d ms\n +executed: no$/m,
    /^ {3}pump o(n|ff) +──✕ deadline_exceeded \/ no_reply +3\d\d\d ms\n +executed: unknown$/m,
    /^ {3}✓ both get an error before the server's cutoff of 4000 ms/m,
    /^ {3}✓ after an unanswered probe the MCU counts as away/m,
    /^ {3}✓ recovered without help/m,
    /^5 {2}The cable is pulled/m,
    /aborted \/ link_lost .*\n +executed: unknown/,
    /unavailable \/ serial_down .*\n +executed: no/,
    /^ {3}✓ recovered without help/m,
    /^6 {2}A second board, the lamp/m,
    /^ {3}first: slow 600 +──▶ slow 600 .*\n {3}lamp: slow 600 +──▶ slow 600/m,
    /^ {3}✓ both answered after \d+ ms: the boards do not wait/m,
    /lamp: late 1000 .*aborted \/ link_lost/,
    /lamp: on .*unavailable \/ serial_down/,
    /the first board meanwhile:\n {3}20 calls/,
    /^ {3}✓ calls to the lamp are refused within 500 ms; the first board answers/m,
    /lamp: read .*21\.5 °C/,
    /^ {3}✓ recovered without help/m,
    /^7 {2}The gateway is stopped/m,
    /^ {3}✓ .* exit code 0/m,
    /^8 {2}Totals/m,
    /^ {3}answered +\d+ {3}p50 [\d.]+ ms, p99 [\d.]+ ms, max [\d.]+ ms$/m,
    /^ {3}errors .*deadline_exceeded 2,[^:]*aborted 2$/m,
    /^ {3}late +0$/m,
    /^ {3}✓ \d+ calls: each got one answer/m,
    /^✓ PASS: every promise was kept, in [\d.]+ s$/m,
  ];
  let rest = output;
  for (const line of story) {
    const match = line.exec(rest);
    assert.ok(match, `${line} in its place in: ${output}`);
    rest = rest.slice(match.index + match[0].length);
  }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what must not be there.
  assert.doesNotMatch(output, /✗|[\x1b\r]/, "no deviations promise, no colours and no movement into a pipe");
  assert.deepEqual(
    output.split("\n").filter((line) => line.length > 79),
    [],
  );
  assert.deepEqual(demo.leftBehind(), []);
});

test("interrupted, it ends what it has started and leaves nothing", async (t) => {
  const demo = startDemo(t, "--verbose");
  const [, pid = ""] = await demo.until(/process (\d+)/);
  await demo.until(/│ .*session: up/);
  await demo.until(/^4 {2}The MCU hangs/m);
  demo.child.kill("SIGINT");
  assert.equal(await demo.ended, 130, demo.output());
  assert.ok(!isDaemon(pid), "the gateway's process is gone");
  assert.deepEqual(demo.leftBehind(), []);
  assert.match(demo.output(), /\n\ninterrupted; nothing is left running\n$/);
  assert.doesNotMatch(demo.output(), /Error|✗/);
});

/** Whether a process of that number runs the daemon; the number itself may be another process's by now. */
function isDaemon(pid: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("rrpc-gateway-demo-");
  } catch {
    return false;
  }
}

const answered = (reply: string): CallOutcome => ({ kind: "answered", reply });
const refused = (executed: string): CallOutcome => {
  const error = { source: "gateway", code: "unavailable", reason: "serial_down", executed, message: "" };
  return { kind: "error", error };
};
const call = (outcome: CallOutcome, ms = 10): Call => ({ payload: "a", ms, outcome });
const serialDown = { source: "gateway", code: "unavailable", reason: "serial_down", executed: "no" };

/** Every kind of line, on a terminal that moves. */
async function drawn(columns: number, shown: (text: string) => string): Promise<string> {
  let text = "";
  let redrawCount = 0;
  let onRedraw = () => {};
  const write = (more: string) => {
    text += more;
    if (more.startsWith("\r")) redrawCount += 1;
    onRedraw();
  };
  const screen = createScreen({ write, colours: false, moving: true, columns: () => columns, shown });
  screen.title("one call from the cloud to a microcontroller, and its answer");
  screen.heading("2  Twenty calls at once, for an MCU that takes one at a time");
  screen.note("the MCU goes on, and replies to the call that has its error already");
  screen.plain("");
  screen.plain("answered   74   p50 11.8 ms, p99 597 ms, max 597 ms", 16);
  for (const payload of ["led on", "motor 90°", "two\nlines", "refuse busy motor is homing"]) {
    screen.call({ ...call(answered(payload)), payload });
    screen.call({ ...call(refused("unknown"), 3999.4), payload });
    screen.call({ ...call({ kind: "cloud_error", code: "FailedOperation.Timeout" }, 3999.4), payload });
  }
  const drawnThrice = new Promise<void>((resolve) => {
    onRedraw = () => redrawCount >= 3 && resolve();
  });
  await screen.whileWaiting(drawnThrice, 100);
  screen.verdict("the promise is kept, as it should be, and said in some twenty words", []);
  screen.verdict("the promise is kept, as it should be, and said in some twenty words", [
    "it was not, which takes words",
  ]);
  screen.end(false, 1234);
  return text;
}

const clearToEnd = "\x1b[K";
/** Times differ, and are in brackets on a narrow screen. */
const wordsOf = (text: string) =>
  text
    .replaceAll(clearToEnd, "")
    .split(/[\s()]+/)
    .filter((word) => !/^[\d.]+$/.test(word));

test("no line is wider than the terminal, and none is ended within a word", async () => {
  const ofOurs = wordsOf(await drawn(1000, (text) => text)).filter((word) => !/[━┃]/.test(word));
  for (const columns of [100, 80, 60, 40]) {
    const text = await drawn(columns, (text) => text);
    // What is drawn again stands where it stood.
    const lines = text.replaceAll(clearToEnd, "").split(/[\n\r]/);
    assert.deepEqual(
      lines.filter((line) => line.length >= columns),
      [],
    );
    assert.deepEqual(lines.filter((line) => line !== line.trimEnd()).length, 0, "no blanks at the end");
    const words = new Set(wordsOf(text));
    assert.deepEqual(
      ofOurs.filter((word) => !words.has(word)),
      [],
      `at ${columns} columns`,
    );
  }
});

test("a terminal that has not UTF-8 gets ASCII, in the same columns", async () => {
  const text = await drawn(80, asciiText);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what there may be.
  assert.doesNotMatch(text, /[^\x00-\x7F]/);
  assert.match(text, /^ {3}led on {11} --> led on +10\.0 ms$/m);
  assert.match(text, /^ {3}motor 90\\u00b0 {3} --> motor 90\\u00b0 /m);
  assert.match(text, /^ {3}two\\nlines {7} --> two\\nlines /m);
  assert.match(text, /\r {3}=+\| +\d+ ms, cutoff 100 ms/);
  assert.match(text, /^ {3}\+ the promise/m);
  assert.match(text, /^ {3}! the promise/m);
});

test("a broken promise makes exit code 1, one after another", async () => {
  const performed = async (...results: string[][]) => {
    let text = "";
    const write = (more: string) => {
      text += more;
    };
    const screen = createScreen({ write, colours: false, moving: false, columns: () => 100, shown: (shown) => shown });
    const steps = results.map((deviations) => ({ title: "step", play: () => screen.verdict("promise", deviations) }));
    // These steps do not look at the scenario.
    const exitCode = await perform(steps, {} as Scenario, screen);
    return { exitCode, text };
  };
  assert.equal((await performed([], [])).exitCode, 0);
  const { exitCode, text } = await performed(
    replyDeviations([call(answered("b"))], () => "a", 500),
    [],
  );
  assert.equal(exitCode, 1);
  assert.match(text, /✗ promise\n {5}"a": expected the reply "a" within 500 ms, found the reply "b" after 10 ms\n/);
  assert.match(text, /2 {2}step\n {3}✓ promise\n$/);
});

test("answers are judged by word, kind and time", () => {
  const echo = (payload: string) => payload;
  assert.deepEqual(replyDeviations([call(answered("a"))], echo, 500), []);
  assert.equal(
    replyDeviations([call(answered("a"), 501), call(refused("no")), call(answered("a"))], echo, 500).length,
    2,
  );
  assert.equal(
    replyDeviations([call({ kind: "cloud_error", code: "FailedOperation.RRPCTimeout" })], echo, 5000).length,
    1,
  );
});

test("errors are judged by code, reason, executed and time", () => {
  assert.deepEqual(errorDeviations([call(refused("no"))], serialDown, 500), []);
  for (const wrong of [call(refused("unknown")), call(refused("no"), 501), call(answered("a"))]) {
    assert.equal(errorDeviations([wrong], serialDown, 500).length, 1);
  }
  assert.equal(errorDeviations([call(refused("no"))], { ...serialDown, reason: "mcu_stalled" }, 500).length, 1);
});

test("what the MCU has done must be what the answers say", () => {
  const calls = [call(answered("a")), call(refused("no")), call(refused("unknown"))];
  const judge = (executed: number, executedTwice = 0) => executionDeviations(calls, { executed, executedTwice }).length;
  assert.deepEqual([judge(0), judge(1), judge(2), judge(3), judge(2, 1)], [1, 0, 0, 1, 1]);
});
