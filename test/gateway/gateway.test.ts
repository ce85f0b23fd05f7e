import assert from "node:assert/strict";
import { test } from "node:test";
import { Gateway } from "../../src/gateway/gateway.ts";
import type { Suspension } from "../../src/runtime/clock.ts";
import type { Level } from "../../src/runtime/logger.ts";
import { defaultOptions } from "../core/default-options.ts";

/** A gateway between hand-made worlds; what it does to them is in `done`. */
function openGateway() {
  const done: string[] = [];
  const observed: string[] = [];
  const state = {
    now: 0,
    suspension: undefined as Suspension | undefined,
    alarm: undefined as { at: number; ring: () => void } | undefined,
    showsDebug: true,
    publishResult: "sent" as "sent" | "not_connected",
  };
  const gateway = new Gateway(defaultOptions, {
    session: {
      publish: (processId, payload) => {
        done.push(`publish ${processId} ${payload}`);
        return state.publishResult;
      },
      publishEvent: (payload) => {
        done.push(`event ${payload}`);
        return state.publishResult;
      },
    },
    link: {
      write: (bytes) => done.push(`write ${JSON.stringify(bytes.toString())}`),
      reopen: (rung) => done.push(rung),
    },
    clock: {
      now: () => state.now,
      suspension: () => state.suspension,
      read: () => {},
      setAlarm: (at, ring) => {
        state.alarm = at === undefined ? undefined : { at, ring };
      },
    },
    log: {
      say: (level: Level, key: string, text: string) =>
        done.push(`${level} ${key}${text.startsWith("the line was") ? ` ${text}` : ""}`),
      shows: (level: Level) => level !== "debug" || state.showsDebug,
    },
    observe: ({ kind }) => observed.push(kind),
    onDrained: () => done.push("drained"),
  });
  const line = (text: string) => gateway.linkEvent({ kind: "line", bytes: Buffer.from(text) });
  const request = (processId: string, text: string) =>
    gateway.sessionEvent({ kind: "request", processId, payload: Buffer.from(text) });
  /** What was done since the last time. */
  const news = () => done.splice(0);
  return { gateway, state, line, request, news, observed };
}

function greet({ gateway, line, news }: ReturnType<typeof openGateway>): void {
  gateway.linkEvent({ kind: "up" });
  gateway.linkEvent({ kind: "written" });
  line("=rrpc/1 boot=1");
  news();
}

test("a request becomes a write, its reply a publish", () => {
  const world = openGateway();
  greet(world);
  world.request("7", "hello");
  assert.deepEqual(world.news(), ['write ">7 hello\\n"']);
  world.gateway.linkEvent({ kind: "written" });
  world.line("<7 hi");
  assert.deepEqual(world.news(), ["publish 7 hi", "debug settled ok"]);
  assert.equal(world.gateway.counts.summary(), "1 ok");
});

test("the alarm is set for the deadline, and what it does is performed", () => {
  const world = openGateway();
  greet(world);
  world.request("7", "hello");
  world.gateway.linkEvent({ kind: "written" });
  world.news();
  assert.equal(world.state.alarm?.at, 3400);
  world.state.now = 3400;
  world.state.alarm?.ring();
  assert.match(
    world.news()[0] ?? "",
    /^publish 7 \{"error":\{"source":"gateway","code":"deadline_exceeded","reason":"no_reply"/,
  );
});

test("what the adapters drop is counted and logged under its name", () => {
  const { gateway, news } = openGateway();
  gateway.sessionEvent({ kind: "dropped", name: "retained_request", topic: "$rrpc/rxd/P/D/1" });
  gateway.sessionEvent({ kind: "dropped", name: "foreign_topic", topic: "x" });
  gateway.linkEvent({ kind: "discarded", byteCount: 12 });
  // A board's prompt at an orderly stop is nothing to be warned of.
  gateway.linkEvent({ kind: "discarded", byteCount: 2, isOrderly: true });
  assert.deepEqual(news(), [
    "warn dropped retained_request",
    "warn dropped foreign_topic",
    "warn dropped stale_bytes",
    "debug dropped stale_bytes",
  ]);
  assert.equal(gateway.counts.summary(), "0 ok, 1 retained_request, 1 foreign_topic, 2 stale_bytes");
});

test("half a line at an orderly stop is told while a request is open: it may be half a reply", () => {
  const world = openGateway();
  greet(world);
  world.request("7", "hello");
  world.gateway.linkEvent({ kind: "written" });
  world.gateway.linkEvent({ kind: "closing" });
  world.news();
  world.gateway.linkEvent({ kind: "discarded", byteCount: 5, isOrderly: true });
  assert.deepEqual(world.news(), ["warn dropped stale_bytes"]);
  world.gateway.linkEvent({ kind: "down", cause: { kind: "closed", message: "closed" } });
  assert.match(world.news().join(), /^publish 7 .*link_lost/);
});

test("a response that the session cannot take is dropped by name, never kept", () => {
  const world = openGateway();
  world.state.publishResult = "not_connected";
  world.request("7", "hello");
  assert.match(world.news().join(), /publish 7 .*serial_down.*warn dropped unsent_response/);
  assert.equal(world.gateway.counts.dropped.get("unsent_response"), 1);
});

test("what a line says that may be an answer is in the log at debug, and only there", () => {
  const world = openGateway();
  greet(world);
  world.request("7", "hello");
  world.gateway.linkEvent({ kind: "written" });
  world.news();
  world.line("ok secret");
  world.line("<8 secret");
  assert.deepEqual(world.news(), [
    "info mcu_log_hidden",
    "debug hidden line the line was: ok secret",
    "warn dropped stray_reply",
    "debug hidden line the line was: <8 secret",
  ]);
  world.state.showsDebug = false;
  world.line("ok secret");
  assert.deepEqual(world.news(), ["info mcu_log_hidden"]);
});

test("a session that is about to be ended takes what waits along: its command is not written any more", () => {
  const world = openGateway();
  greet(world);
  world.request("7", "first");
  world.request("8", "waits");
  world.gateway.linkEvent({ kind: "written" });
  assert.deepEqual(world.news(), ['write ">7 first\\n"']);
  world.gateway.endSession();
  world.line("<7 done");
  assert.deepEqual(world.news(), ["warn dropped session_gone", "warn dropped session_gone", "debug settled ok"]);
});

test("what is read after the process stood still is as old as that: it is not executed once nobody waits", () => {
  const world = openGateway();
  greet(world);
  world.state.now = 10_000;
  world.state.suspension = { since: 1000, until: 10_100 };
  world.request("7", "stale");
  assert.deepEqual(world.news(), ["warn dropped missed_deadline", "warn settled queued_too_long"]);
});

test("after the process stood still nothing is written before what has piled up was read", () => {
  const world = openGateway();
  greet(world);
  world.state.now = 2000;
  world.state.suspension = { since: 1000, until: 2100 };
  world.request("7", "hello");
  assert.deepEqual(world.news(), []);
  assert.equal(world.state.alarm?.at, 2100);
  world.state.now = 2100;
  world.state.suspension = undefined;
  world.state.alarm?.ring();
  assert.deepEqual(world.news(), ['write ">7 hello\\n"']);
});

test("a drain is told when nothing is open any more", () => {
  const world = openGateway();
  greet(world);
  world.request("7", "hello");
  world.gateway.drain();
  assert.ok(!world.news().includes("drained"));
  world.line("<7 hi");
  assert.deepEqual(world.news(), ["publish 7 hi", "debug settled ok", "drained"]);
});

test("it is settled when nothing is open, and that is told to whoever waits for it then", async () => {
  const world = openGateway();
  await world.gateway.settled();
  greet(world);
  world.request("7", "hello");
  let isSettled = false;
  const settled = world.gateway.settled().then(() => {
    isSettled = true;
  });
  await new Promise(setImmediate);
  assert.equal(isSettled, false);
  world.line("<7 hi");
  await settled;
  assert.deepEqual(world.news().slice(1), ["publish 7 hi", "debug settled ok"]);
});

test("an observer sees all that passes, in order", () => {
  const world = openGateway();
  world.gateway.sessionEvent({ kind: "up", roundTripMs: 1 });
  greet(world);
  world.request("7", "hello");
  world.line("<7 hi");
  world.gateway.linkEvent({ kind: "down", cause: { kind: "hung_up", message: "gone" } });
  world.gateway.sessionEvent({ kind: "down", cause: { kind: "ended", message: "over", hint: undefined } });
  assert.deepEqual(world.observed, [
    ...["session", "link", "line_out", "line_in", "report"],
    ...["request", "line_out", "line_in", "response", "report"],
    ...["link", "session"],
  ]);
});
