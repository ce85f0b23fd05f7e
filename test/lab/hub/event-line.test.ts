import assert from "node:assert/strict";
import { test } from "node:test";
import { eventLine } from "../../../src/lab/hub/event-line.ts";
import type { HubEvent } from "../../../src/lab/hub/events.ts";

const clientId = "ABCDEFGH12gateway01";
const times = { arrivedMs: 1000, publishedMs: 1000.5, endedMs: 1012.84 };

const lines: readonly (readonly [string, HubEvent])[] = [
  ["connected clientId=ABCDEFGH12gateway01", { kind: "connected", clientId }],
  [
    "call clientId=ABCDEFGH12gateway01 processId=469 outcome=answered ms=12.3 bytes=6",
    {
      kind: "call",
      clientId,
      result: { kind: "answered", processId: "469", payload: Buffer.from("secret"), times },
    },
  ],
  [
    "call clientId=ABCDEFGH12gateway01 processId=469 outcome=FailedOperation.RRPCTimeout ms=12.3",
    {
      kind: "call",
      clientId,
      result: { kind: "failed", processId: "469", code: "FailedOperation.RRPCTimeout", times },
    },
  ],
  [
    "call clientId=ABCDEFGH12gateway01 outcome=FailedOperation.DeviceOffline",
    { kind: "call", clientId, result: { kind: "failed", code: "FailedOperation.DeviceOffline" } },
  ],
  [
    'refused clientId="\\u001b[2J\\u009b" returnCode=2 reason="no such \\"device\\""',
    { kind: "refused", clientId: "\u001b[2J\u009b", returnCode: 2, reason: 'no such "device"' },
  ],
  [
    "operation clientId=ABCDEFGH12gateway01 operation=online subDevice=SUBPRODUCT/pump code=0",
    { kind: "operation", clientId, operation: "online", subDevice: "SUBPRODUCT/pump", code: 0 },
  ],
  [
    'operation clientId=ABCDEFGH12gateway01 operation=bind code=-1 meaning="not bound to this gateway"',
    { kind: "operation", clientId, operation: "bind", subDevice: undefined, code: -1 },
  ],
  [
    'late_reply clientId=ABCDEFGH12gateway01 processId="12 34" bytes=6',
    { kind: "late_reply", clientId, processId: "12 34", payload: Buffer.from("secret") },
  ],
];

for (const [line, event] of lines) test(line, () => assert.equal(eventLine(event), line));
