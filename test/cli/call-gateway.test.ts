/** `rrpc-gateway call --gateway`: what the gateway itself answers, for people and programs. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { type TestContext, test } from "node:test";
import { readAnswer, remoteLines } from "../../src/cli/remote-lines.ts";
import type { RemoteResult } from "../../src/remote/answer.ts";
import { remoteError } from "../../src/remote/error.ts";
import { answering, watchedHub, within } from "../lab/hub/support.ts";
import { remoteResponse } from "../remote/answer-schema.ts";
import { hold } from "../support/schema.ts";

const status = {
  version: "1.2.3",
  nodeVersion: "v20.0.0",
  upMs: 7_200_000,
  hub: { isUp: true, forMs: 7_000_000 },
  boards: [
    { name: "pump", serial: { isUp: true, forMs: 60_000 }, total: { ok: 9 }, lastHour: { ok: 4 }, hello: "rrpc/1" },
    {
      name: "valve",
      serial: { isUp: false, forMs: 5000, why: "no_device" },
      total: {},
      lastHour: { serial_down: 2 },
    },
  ],
};

const told = (result: RemoteResult) => {
  const answer = { remote: 1 as const, ...result };
  hold(remoteResponse, answer);
  return remoteLines(answer, (order) => `ask for ${order}`);
};

const done = { state: "done", tookMs: 12, agoMs: 0 } as const;

test("a status is the screen of `rrpc-gateway status`, with the order that says more", () => {
  const { lines, verdict } = told({
    operation: "status",
    isHealthy: true,
    text: "fine",
    status,
    leftOut: { boards: 3 },
  });
  assert.deepEqual(lines, [
    "rrpc-gateway 1.2.3 on Node.js 20.0.0, up for 2 h 0 min",
    "",
    "hub    up for 1 h 56 min",
    "pump   serves, serial line up for 1 min",
    "       rrpc/1",
    "       4 requests in the last hour, 0 errors",
    "valve  serial line away for 5 s (no_device)",
    "       2 requests in the last hour, 2 errors",
    "",
    "Errors of the last hour",
    "  2  valve  serial_down  the serial port is not open; executed: no",
    "",
    "Look next",
    "  ask for doctor",
    "(3 boards left out: a response has no room for them)",
  ]);
  assert.equal(verdict, "good");
  assert.equal(told({ operation: "status", isHealthy: false, text: "ill", status }).verdict, "bad");
});

test("boards are a table", () => {
  const device = { productId: "P", deviceName: "pump01" };
  const serial = { path: "/dev/ttyUSB0", baudRate: 115_200, dialect: "rrpc", isUp: true };
  const pump = { name: "pump", device, serial, hasOpenRequest: true, isReleased: false, hello: "rrpc/1" };
  const valve = { ...pump, name: "valve", isReleased: true, hasOpenRequest: false, reset: "pulses DTR" };
  assert.deepEqual(told({ operation: "boards", boards: [pump, valve] }).lines, [
    "board  device    serial line                      state        its MCU",
    "pump   P/pump01  /dev/ttyUSB0, 115200 baud, rrpc  up, at work  rrpc/1",
    "valve  P/pump01  /dev/ttyUSB0, 115200 baud, rrpc  released     rrpc/1; reset: pulses DTR",
  ]);
});

test("an outcome that is good, bad, or not there yet is told as such", () => {
  const findings = [
    { id: "port.path", code: "absent", state: "fault", board: "pump", subject: "the path", help: "plug it in" },
    {
      id: "configuration",
      code: "invalid",
      state: "warning",
      subject: "the file",
      line: 3,
      column: 5,
      path: "hub.port",
    },
    { id: "clock.set", code: "plausible", state: "ok", subject: "the system time" },
  ];
  assert.deepEqual(told({ operation: "doctor", ...done, result: "examined", status: "fault", findings }), {
    lines: [
      "FAULT    pump: the path: absent",
      "         -> plug it in",
      "WARNING  the file: invalid, line 3, column 5 (hub.port)",
      "ok       the system time: plausible",
    ],
    verdict: "bad",
  });
  assert.deepEqual(told({ operation: "reload", state: "running", forMs: 3000 }), {
    lines: ["reload: running for 3 s. Give the same order again to be told what came of it."],
    verdict: "running",
  });
  const finding = { severity: "fault", code: "invalid", line: 7, column: 3, path: "hub.port" } as const;
  assert.deepEqual(told({ operation: "reload", ...done, agoMs: 61_000, result: "refused", findings: [finding] }), {
    lines: [
      "reload: done 1 min ago",
      "refused: the new configuration is bad, and the old one goes on",
      "  fault in line 7, column 3: invalid (hub.port)",
    ],
    verdict: "bad",
  });
  const pump = { board: "pump", ...done };
  assert.equal(told({ operation: "probe", ...pump, result: "answered", hello: "rrpc/1", ms: 3.14 }).verdict, "good");
  assert.deepEqual(told({ operation: "probe", ...pump, result: "answered", hello: "rrpc/1" }).lines, [
    "pump answers, time unknown: rrpc/1",
  ]);
  assert.deepEqual(told({ operation: "probe", ...pump, result: "unanswered", waitedMs: 1000 }), {
    lines: ["pump has not answered within 1000 ms"],
    verdict: "bad",
  });
  assert.equal(told({ operation: "reopen", ...pump, result: "open" }).verdict, "good");
  assert.equal(told({ operation: "reset", ...pump, result: "not_possible" }).verdict, "bad");
  assert.equal(told({ operation: "reset", ...pump, result: "closed", why: "busy" }).verdict, "bad");
  assert.deepEqual(told({ operation: "log", level: "debug", forMs: 600_000, configured: "info" }).lines, [
    "log level debug for 10 min, then info again",
  ]);
});

test("a dump is told as the monitor tells events, also where one is of a later version", () => {
  const time = "2026-11-29T12:00:00.000Z";
  const later = { kind: "eclipse", time } as never;
  const answer = {
    remote: 1,
    operation: "dump",
    events: [{ kind: "session", time, isUp: true }, later],
    leftOut: { events: 9 },
  } as const;
  assert.deepEqual(remoteLines(answer, () => "").lines, [
    "(9 older events left out: a response has no room for them)",
    "12:00:00.000 session  up",
    `{"kind":"eclipse","time":"${time}"}`,
  ]);
});

test("what is no answer, or of another shape, is shown and steers no terminal", () => {
  for (const text of ["", "ok", "null", "7", '{"remote":2}', '{"remote":1,"error":{}}', "[1]", '{"remote":'])
    assert.equal(readAnswer(text), undefined, text);
  for (const text of [
    '{"remote":1}',
    '{"remote":1,"operation":"explode"}',
    '{"remote":1,"operation":"__proto__","a":"\\u001b[2J"}',
    '{"remote":1,"operation":"status","status":null}',
    '{"remote":1,"operation":"status","status":{"boards":[{"name":"\\u001b]0;x\\u0007"}]}}',
    '{"remote":1,"operation":"boards","boards":[null]}',
    '{"remote":1,"operation":"probe","state":"done","result":"\\u009b1m","board":"\\u202e"}',
    '{"remote":1,"operation":"dump","events":[{"kind":"report","time":"","level":"x","text":"\\u001b[31m\\n"}]}',
    '{"remote":1,"operation":"reload","state":"done","agoMs":0,"result":"taken","text":"a\\nFAULT\\u001b[2J"}',
  ]) {
    const answer = readAnswer(text);
    assert.ok(answer);
    const { lines } = remoteLines(answer, () => "");
    assert.ok(lines.length > 0, text);
    assert.doesNotMatch(lines.join(""), /[\p{C}\p{Zl}\p{Zp}]/u, text);
  }
});

/** Runs the command to its end, against a hub whose device answers with `answer`. */
async function order(t: TestContext, answer: string, ...args: readonly string[]) {
  const hub = await watchedHub(t);
  const payloads: string[] = [];
  await answering(hub, (payload) => {
    payloads.push(payload);
    return answer;
  });
  const url = `http://127.0.0.1:${hub.apiPort}`;
  const main = ["--import", "tsx", "src/main.ts", "call", "--url", url, "--gateway", ...args];
  const child = spawn(process.execPath, main, { stdio: ["ignore", "pipe", "pipe"] });
  t.after(() => child.kill("SIGKILL"));
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (data) => (stdout += data));
  child.stderr.on("data", (data) => (stderr += data));
  const [exitCode] = await within("end of the call", once(child, "close"));
  return { exitCode, stdout, stderr, payloads };
}

test("the words are one order behind the prefix; the exit status says how it went", async (t) => {
  const log = { remote: 1, operation: "log", level: "debug", forMs: 600_000, configured: "info" };
  const good = await order(t, JSON.stringify(log), "--prefix", "gateway:", "log", "debug", "for", "10m");
  assert.deepEqual([good.exitCode, good.payloads], [0, ["gateway:log debug for 10m"]], good.stderr);
  assert.equal(good.stdout, "log level debug for 10 min, then info again\n");
  const running = JSON.stringify({ remote: 1, operation: "doctor", state: "running", forMs: 10 });
  const later = await order(t, running, "doctor", "--json");
  assert.deepEqual([later.exitCode, later.stdout], [75, `${running}\n`]);
  const closed = { remote: 1, operation: "reopen", board: "pump", ...done, result: "closed", why: "no_device" };
  assert.equal((await order(t, JSON.stringify(closed), "reopen", "pump")).exitCode, 1);
});

test("every error of an order is told with what to do, and a board that answers instead of the gateway", async (t) => {
  const error = remoteError("in_flight", {
    message: "board pump is at work",
    processId: "7",
    operation: "reset",
    board: "pump",
  });
  const refused = await order(t, error.toString(), "reset", "pump");
  assert.equal(refused.exitCode, 1);
  assert.match(
    refused.stderr,
    /^failed_precondition \/ in_flight \(the gateway's, board pump\) .*at work\nIt was not carried out\. Send it again/,
  );
  const json = await order(t, error.toString(), "reset", "pump", "--json");
  assert.deepEqual([json.exitCode, json.stdout], [1, `${error}\n`]);
  hold(remoteResponse, JSON.parse(json.stdout));
  const board = await order(t, "status? \x1b[2J", "status");
  assert.equal(board.exitCode, 2);
  assert.match(board.stdout, /^status\? \\x1B\[2J\n$/);
  assert.match(
    board.stderr,
    /a board has answered, and perhaps carried out "status" as a command: give --prefix or --config/,
  );
});

test("what does not fit together on the command line is told", async (t) => {
  for (const [args, told] of [
    [["--local", "status"], /--gateway is for the cloud/],
    [["--board", "pump", "status"], /--board is for --local/],
  ] as const) {
    const { exitCode, stderr, payloads } = await order(t, "", ...args);
    assert.deepEqual([exitCode, payloads], [64, []]);
    assert.match(stderr, told);
  }
});
