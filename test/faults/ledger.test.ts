import assert from "node:assert/strict";
import { test } from "node:test";
import { account, type Broken, type Evidence, type Figures } from "./ledger.ts";
import { type Call, type Execution, replyTo, type TrafficEvent } from "./traffic.ts";

const payload = Buffer.from("turn left");
const reply = replyTo(payload);
const noReply = Buffer.from(
  '{"error":{"source":"gateway","code":"deadline_exceeded","reason":"no_reply","executed":"unknown","message":"m"}}',
);
const queueFull = Buffer.from(
  '{"error":{"source":"gateway","code":"resource_exhausted","reason":"queue_full","executed":"no","message":"m"}}',
);

const at = (atMs: number, connection = 1) => ({ atMs, connection });
const request = (atMs: number, processId = "1"): TrafficEvent => ({ ...at(atMs), kind: "request", processId, payload });
const response = (atMs: number, bytes = reply, processId = "1"): TrafficEvent => ({
  ...at(atMs),
  kind: "response",
  processId,
  payload: bytes,
});
const call: Call = { processId: "1", payload, atMs: 0, heardAtMs: [20] };

/** The command, so many times. */
function done(times: number): Execution[] {
  return Array.from({ length: times }, () => ({ payload: "turn left", atMs: 7 }));
}

function figures(traffic: readonly TrafficEvent[], others: Partial<Evidence> = {}): Figures {
  const executions = done(1);
  return account({ calls: [call], traffic, executions, outages: [], startsAtMs: [], cutoffMs: 4000, ...others });
}

/** The promises that are broken, and how often. */
function broken(traffic: readonly TrafficEvent[], others: Partial<Evidence> = {}): Partial<Broken> {
  const all = Object.entries(figures(traffic, others).broken);
  return Object.fromEntries(all.filter(([, count]) => count > 0));
}

test("a request and its reply are in order", () => {
  const { ok, delivered, responsesLost } = figures([request(5), response(10)]);
  assert.deepEqual({ ok, delivered, responsesLost }, { ok: 1, delivered: 1, responsesLost: 0 });
  assert.deepEqual(broken([request(5), response(10)]), {});
});

test("an error is counted by its code and reason", () => {
  assert.deepEqual([...figures([request(5), response(10, noReply)]).errors], [["deadline_exceeded no_reply", 1]]);
});

for (const [name, bytes] of [
  ["another's reply", replyTo(Buffer.from("turn right"))],
  ["an error of no contract", Buffer.from('{"error":{"source":"gateway","code":"internal","reason":"x"}}')],
  ["a reason with another code", Buffer.from(queueFull.toString().replace("resource_exhausted", "internal"))],
  ["a reason that claims another execution", Buffer.from(noReply.toString().replace("unknown", "no"))],
] as const) {
  test(`${name} is wrong`, () => {
    assert.deepEqual(broken([request(5), response(10, bytes)]), { wrong: 1 });
  });
}

test("a response to no request is wrong, and one too many", () => {
  assert.deepEqual(broken([response(10)], { executions: [] }), { wrong: 1, answeredTwice: 1 });
});

test("two responses to one request are one too many", () => {
  assert.deepEqual(broken([request(5), response(10), response(11)]), { answeredTwice: 1 });
});

test("of two deliveries of one request one may be answered for both, but it may be done only once", () => {
  assert.deepEqual(broken([request(5), request(6), response(10)]), {});
  assert.deepEqual(broken([request(5), request(6), response(10)], { executions: done(2) }), {
    executedTwice: 1,
  });
  assert.deepEqual(broken([request(5), request(6)]), { unanswered: 2 });
});

test("what is done although it was said not to be is named", () => {
  assert.deepEqual(broken([request(5), response(10, queueFull)]), { executedAfterRefusal: 1 });
  assert.deepEqual(broken([request(5), response(10, queueFull)], { executions: [] }), {});
});

test("the first response under a processID is the first request's", () => {
  const another = Buffer.from("turn right");
  const both: TrafficEvent[] = [request(5), { ...at(6), kind: "request", processId: "1", payload: another }];
  assert.deepEqual(broken([...both, response(10), response(11, queueFull)]), {});
  assert.deepEqual(broken([...both, response(10)]), {});
  assert.deepEqual(broken([...both, response(7, queueFull), response(10)]), { wrong: 1, executedAfterRefusal: 1 });
});

test("what nobody asked for is named", () => {
  const traffic = [request(5), response(10)];
  const half: Execution = { payload: "turn le", atMs: 7 };
  assert.deepEqual(broken(traffic, { executions: [...done(1), half] }), { executedMutilated: 1 });
});

test("a broken promise is said with its request, and when", () => {
  assert.deepEqual(figures([request(5), response(10, noReply), response(4005)]).breaches, [
    {
      promise: "answeredTwice",
      what: 'request 1 "turn left" (9 B) at 0 ms was answered "r:turn left" (11 B) at 4000 ms',
    },
    { promise: "late", what: 'request 1 "turn left" (9 B) at 0 ms was answered "r:turn left" (11 B) at 4000 ms' },
  ]);
  assert.deepEqual(figures([request(5), response(10)], { executions: done(2) }).breaches, [
    { promise: "executedTwice", what: '"turn left" at 2 ms, begun 2 times' },
  ]);
});

test("a response at the cutoff is late", () => {
  assert.deepEqual(broken([request(5), response(4004)]), {});
  assert.deepEqual(broken([request(5), response(4005)]), { late: 1 });
});

test("a request may stay unanswered only if its session or its network is lost within the cutoff", () => {
  const closed = (atMs: number, isGoodbye = false): TrafficEvent => ({ ...at(atMs), kind: "closed", isGoodbye });
  assert.deepEqual(broken([request(5)]), { unanswered: 1 });
  assert.deepEqual(broken([request(5), closed(3000)]), {});
  assert.equal(figures([request(5), closed(3000)]).lost, 1);
  assert.deepEqual(broken([request(5), closed(4006)]), { unanswered: 1 });
  assert.deepEqual(broken([request(5), closed(3000, true)]), { unanswered: 1 });
  assert.deepEqual(broken([request(5)], { outages: [{ fromMs: 4000, toMs: 9000 }] }), {});
  assert.deepEqual(broken([request(5)], { outages: [{ fromMs: 4006, toMs: 9000 }] }), { unanswered: 1 });
});

test("a response that the cloud's side gets late or never counts as lost", () => {
  const traffic = [request(5), response(10)];
  assert.equal(figures(traffic, { calls: [{ ...call, heardAtMs: [] }] }).responsesLost, 1);
  assert.equal(figures(traffic, { calls: [{ ...call, heardAtMs: [4000] }] }).responsesLost, 1);
});

test("connections follow each other after 5 s, unless the gateway was started anew", () => {
  const opened = (atMs: number, connection: number): TrafficEvent => ({ ...at(atMs, connection), kind: "opened" });
  const traffic = [opened(0, 1), opened(3000, 2)];
  assert.deepEqual(broken(traffic, { executions: [] }), { hastyConnects: 1 });
  assert.deepEqual(broken(traffic, { executions: [], startsAtMs: [2900] }), {});
});

test("an order is answered by the gateway, and by nobody else; no board may do it", () => {
  const order = Buffer.from("gateway:log debug for 1m");
  const asked: TrafficEvent = { ...at(0), kind: "request", processId: "1", payload: order };
  const answer = { remote: 1, operation: "log", level: "debug", forMs: 60_000, configured: "info" };
  const error = { source: "gateway", code: "resource_exhausted", reason: "too_often", executed: "no", message: "m" };
  const said = (value: object) => response(20, Buffer.from(JSON.stringify(value)));
  const none = { executions: [] };
  assert.deepEqual(broken([asked, said(answer)], none), {});
  assert.equal(figures([asked, said(answer)], none).ok, 1);
  assert.deepEqual(
    [...figures([asked, said({ error: { ...error, processId: "1" } })], none).errors],
    [["resource_exhausted too_often", 1]],
  );
  assert.deepEqual(broken([asked, response(20, replyTo(order))], none), { wrong: 1 });
  assert.deepEqual(broken([asked, said(answer)], { executions: [{ payload: String(order), atMs: 7 }] }), {
    executedMutilated: 1,
  });
});
