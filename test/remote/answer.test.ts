/** docs/schemas says what the gateway answers to orders from the cloud. UPDATE_DOCS=1 writes the file. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { remoteRefusals } from "../../src/core/report.ts";
import { answerVersion, type RemoteResult } from "../../src/remote/answer.ts";
import { remoteError, remoteReasons } from "../../src/remote/error.ts";
import { forms } from "../../src/remote/order.ts";
import { hold, holdSchemaFile } from "../support/schema.ts";
import { remoteResponse } from "./answer-schema.ts";

test("docs/schemas/remote-answer.schema.json is what the tests hold", () =>
  holdSchemaFile("remote-answer.schema.json", remoteResponse));

const done = { state: "done", tookMs: 1, agoMs: 0 } as const;
const running = { state: "running", forMs: 5 } as const;
const ofPump = { board: "pump" } as const;
const status = {
  version: "1.0.0",
  nodeVersion: "v20.0.0",
  upMs: 1,
  hub: { isUp: true, forMs: 1 },
  boards: [{ name: "pump", serial: { isUp: false, forMs: 1, why: "no_device" }, total: { ok: 1 }, lastHour: {} }],
};

const every: readonly RemoteResult[] = [
  { operation: "status", isHealthy: true, text: "hub up", status, leftOut: { boards: 2 } },
  {
    operation: "boards",
    boards: [
      {
        name: "pump",
        device: { productId: "P", deviceName: "pump" },
        serial: { path: "/dev/ttyUSB0", baudRate: 115_200, dialect: "rrpc", isUp: true },
        hasOpenRequest: false,
        isReleased: false,
        hello: "rrpc/1 window=4",
        reset: "pulses DTR",
      },
    ],
  },
  {
    operation: "dump",
    events: [{ kind: "session", time: new Date(0).toISOString(), isUp: true }],
    leftOut: { events: 9 },
  },
  { operation: "log", level: "debug", forMs: 600_000, configured: "info" },
  { operation: "doctor", ...running },
  {
    operation: "doctor",
    ...done,
    result: "examined",
    status: "warning",
    findings: [
      { id: "clock", code: "off", state: "warning", subject: "the clock", help: "set it" },
      {
        id: "configuration",
        code: "invalid",
        state: "warning",
        subject: "the configuration",
        line: 3,
        column: 5,
        path: "hub.port",
      },
    ],
  },
  { operation: "doctor", ...done, result: "failed", why: "was killed after 60 s" },
  { operation: "reload", ...running },
  { operation: "reload", ...done, result: "taken", text: "reload: nothing has changed" },
  {
    operation: "reload",
    ...done,
    result: "refused",
    findings: [{ severity: "fault", code: "invalid", line: 1, column: 2, path: "hub.port" }],
    leftOut: { findings: 3 },
  },
  { operation: "reload", ...done, result: "device_taken" },
  { operation: "probe", ...ofPump, ...running },
  { operation: "probe", ...ofPump, ...done, result: "answered", hello: "rrpc/1", ms: 3 },
  { operation: "probe", ...ofPump, ...done, result: "unanswered", waitedMs: 1000 },
  { operation: "probe", ...ofPump, ...done, result: "not_sent", why: "the port is closed" },
  { operation: "reopen", ...ofPump, ...running },
  { operation: "reopen", ...ofPump, ...done, result: "open" },
  { operation: "reopen", ...ofPump, ...done, result: "closed", why: "no_device" },
  { operation: "reset", ...ofPump, ...running },
  { operation: "reset", ...ofPump, ...done, result: "open" },
  { operation: "reset", ...ofPump, ...done, result: "closed", why: "busy" },
  { operation: "reset", ...ofPump, ...done, result: "not_possible" },
];

test("every answer that there can be is of the schema", () => {
  for (const result of every) hold(remoteResponse, { remote: answerVersion, ...result });
});

test("every error that there can be is of the schema", () => {
  for (const reason of remoteRefusals) {
    const error: unknown = JSON.parse(
      remoteError(reason, { message: "m", processId: "7", operation: "log", board: undefined }).toString(),
    );
    hold(remoteResponse, error);
  }
});

test("an answer that is not of the schema is objected to", () => {
  const right = { remote: 1, operation: "reopen", ...ofPump, ...done, result: "open" };
  hold(remoteResponse, right);
  for (const wrong of [
    { ...right, remote: 2 },
    { ...right, result: "ajar" },
    { ...right, board: undefined },
    { ...right, tookMs: "long" },
    { ...right, colour: "red" },
    { ...right, error: {} },
  ])
    assert.throws(() => hold(remoteResponse, wrong), JSON.stringify(wrong));
});

const page = readFileSync(join(import.meta.dirname, "../../docs/remote.md"), "utf8");

test("the examples of docs/remote.md are of the schema", () => {
  const lines = [...page.matchAll(/^```json remote\n(.*?)```$/gms)].flatMap(([, block = ""]) =>
    block.trim().split("\n"),
  );
  assert.equal(lines.length, 7);
  for (const line of lines) hold(remoteResponse, JSON.parse(line));
});

test("docs/remote.md has every error with its code and what it means, every order, and every result", () => {
  const rows = [...page.matchAll(/^\| `(\w+)` \| `(\w+)` \| (.*?) \| .+ \|$/gm)].map(([, code, reason, meaning]) => [
    code,
    reason,
    meaning,
  ]);
  const expected = Object.entries(remoteReasons).map(([reason, { code, meaning }]) => [code, reason, meaning]);
  assert.deepEqual(rows, expected);
  for (const form of Object.values(forms)) assert.ok(page.includes(`| \`${form}\` |`), form);
  for (const result of every) if ("result" in result) assert.ok(page.includes(`\`${result.result}\``), result.result);
});
