import assert from "node:assert/strict";
import { test } from "node:test";
import { Gateway } from "../../src/gateway/gateway.ts";
import { soleBoard } from "../../src/runtime/board-name.ts";
import type { Level } from "../../src/runtime/logger.ts";
import type { Suspension } from "../../src/runtime/suspension.ts";
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
  const gateway = new Gateway(new Map([[soleBoard, defaultOptions]]), {
    hub: {
      publish: (_, processId, payload) => {
        done.push(`publish ${processId} ${payload}`);
        return state.publishResult;
      },
      publishEvent: (_, payload) => {
        done.push(`event ${payload}`);
        return state.publishResult;
      },
    },
    link: {
      write: (_, bytes) => done.push(`write ${JSON.stringify(bytes.toString())}`),
      reopen: (_, rung) => done.push(rung),
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
  });
  const line = (text: string) => gateway.linkEvent(soleBoard, { kind: "line", bytes: Buffer.from(text) });
  const request = (processId: string, text: string) =>
    gateway.hubEvent({ kind: "request", board: soleBoard, processId, payload: Buffer.from(text) });
  /** What was done since the last time. */
  const news = () => done.splice(0);
  /** Lets the time pass, with every alarm at its instant. */
  const until = (at: number) => {
    for (let next = state.alarm; next !== undefined && next.at <= at; next = state.alarm) {
      state.alarm = undefined;
      state.now = Math.max(state.now, next.at);
      next.ring();
    }
    state.now = at;
  };
  return { gateway, state, line, request, news, until, observed };
}

function sayHello({ gateway, line, news }: ReturnType<typeof openGateway>): void {
  gateway.linkEvent(soleBoard, { kind: "up" });
  gateway.linkEvent(soleBoard, { kind: "written" });
  line("=rrpc/1 boot=1");
  news();
}

test("a request becomes a write, its reply a publish", () => {
  const world = openGateway();
  sayHello(world);
  world.request("7", "hello");
  assert.deepEqual(world.news(), ['write ">7 hello\\n"']);
  world.gateway.linkEvent(soleBoard, { kind: "written" });
  world.line("<7 hi");
  assert.deepEqual(world.news(), ["publish 7 hi", "debug settled ok"]);
  assert.equal(world.gateway.summary(), "1 ok");
});

test("the alarm is set for the deadline, and what it does is performed", () => {
  const world = openGateway();
  sayHello(world);
  world.request("7", "hello");
  world.gateway.linkEvent(soleBoard, { kind: "written" });
  world.news();
  world.until(3399);
  assert.deepEqual(world.news(), []);
  world.until(3400);
  assert.match(
    world.news()[0] ?? "",
    /^publish 7 \{"error":\{"source":"gateway","code":"deadline_exceeded","reason":"no_reply"/,
  );
});

test("what the adapters drop is counted and logged under its name", () => {
  const { gateway, news } = openGateway();
  gateway.hubEvent({ kind: "dropped", board: soleBoard, name: "retained_request", detail: "$rrpc/rxd/P/D/1" });
  gateway.hubEvent({ kind: "dropped", board: undefined, name: "foreign_topic", detail: "x" });
  gateway.linkEvent(soleBoard, { kind: "discarded", byteCount: 12 });
  // A board's prompt at an orderly stop is nothing to be warned of.
  gateway.linkEvent(soleBoard, { kind: "discarded", byteCount: 2, isOrderly: true });
  assert.deepEqual(news(), [
    "warn dropped retained_request",
    "warn dropped foreign_topic",
    "warn dropped stale_bytes",
    "debug dropped stale_bytes",
  ]);
  assert.equal(gateway.summary(), "0 ok, 1 retained_request, 2 stale_bytes, 1 foreign_topic");
});

test("half a line at an orderly stop is told while a request is open: it may be half a reply", () => {
  const world = openGateway();
  sayHello(world);
  world.request("7", "hello");
  world.gateway.linkEvent(soleBoard, { kind: "written" });
  world.gateway.linkEvent(soleBoard, { kind: "closing" });
  world.news();
  world.gateway.linkEvent(soleBoard, { kind: "discarded", byteCount: 5, isOrderly: true });
  assert.deepEqual(world.news(), ["warn dropped stale_bytes"]);
  world.gateway.linkEvent(soleBoard, { kind: "down" });
  assert.match(world.news().join(), /^publish 7 .*link_lost/);
});

test("a response that the session cannot take is dropped by name, never kept", () => {
  const world = openGateway();
  world.state.publishResult = "not_connected";
  world.request("7", "hello");
  assert.match(world.news().join(), /publish 7 .*serial_down.*warn dropped unsent_response/);
  assert.equal(world.gateway.board(soleBoard).counts.of("dropped").get("unsent_response"), 1);
});

test("what a line says that may be an answer is in the log at debug, and only there", () => {
  const world = openGateway();
  sayHello(world);
  world.request("7", "hello");
  world.gateway.linkEvent(soleBoard, { kind: "written" });
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
  sayHello(world);
  world.request("7", "first");
  world.request("8", "waits");
  world.gateway.linkEvent(soleBoard, { kind: "written" });
  assert.deepEqual(world.news(), ['write ">7 first\\n"']);
  world.gateway.endSession();
  world.line("<7 done");
  assert.deepEqual(world.news(), ["warn dropped session_gone", "warn dropped session_gone", "debug settled ok"]);
});

test("what is read after the process was suspended is as old as that: it is not executed once nobody waits", () => {
  const world = openGateway();
  sayHello(world);
  world.state.now = 10_000;
  world.state.suspension = { since: 1000, until: 10_100 };
  world.request("7", "stale");
  assert.deepEqual(world.news(), ["warn dropped missed_deadline", "warn settled queued_too_long"]);
});

test("a request from this machine that is read after a suspension is as old as that, and makes the hub's no younger", () => {
  const world = openGateway();
  sayHello(world);
  world.state.now = 10_000;
  world.state.suspension = { since: 1000, until: 10_100 };
  const answers: string[] = [];
  const take = (_: string, payload: Buffer) => answers.push(JSON.parse(`${payload}`).error.reason) > 0;
  world.gateway.board(soleBoard).requestLocally(Buffer.from("local"), take);
  world.request("7", "stale");
  assert.deepEqual(answers, ["queued_too_long"]);
  assert.deepEqual(world.news(), [
    "warn settled local queued_too_long",
    "warn dropped missed_deadline",
    "warn settled queued_too_long",
  ]);
});

test("after the process was suspended nothing is written before what has piled up was read", () => {
  const world = openGateway();
  sayHello(world);
  world.state.now = 2000;
  world.state.suspension = { since: 1000, until: 2100 };
  world.request("7", "hello");
  assert.deepEqual(world.news(), []);
  world.until(2099);
  assert.deepEqual(world.news(), []);
  world.state.suspension = undefined;
  world.until(2100);
  assert.deepEqual(world.news(), ['write ">7 hello\\n"']);
});

test("a drain is over when nothing is open any more", async () => {
  const world = openGateway();
  sayHello(world);
  world.request("7", "hello");
  const drained = world.gateway.drain();
  assert.ok(!world.gateway.board(soleBoard).isDrained);
  world.line("<7 hi");
  await drained;
  assert.deepEqual(world.news().slice(1), ["publish 7 hi", "debug settled ok"]);
});

test("it is settled when nothing is open, and that is told to whoever waits for it then", async () => {
  const world = openGateway();
  await world.gateway.settled();
  sayHello(world);
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

test("requests from this machine that never pause keep nobody from being settled but a release, which lets in no more", async () => {
  const world = openGateway();
  const board = world.gateway.board(soleBoard);
  sayHello(world);
  world.request("7", "hello");
  world.gateway.linkEvent(soleBoard, { kind: "written" });
  board.requestLocally(Buffer.from("a"), () => true);
  const told: string[] = [];
  const settled = world.gateway.settled().then(() => told.push("settled"));
  await new Promise(setImmediate);
  assert.equal(told.length, 0);
  assert.ok(board.hasHubRequest);
  world.line("<7 hi");
  await settled;
  assert.ok(!board.hasHubRequest);
  // The local one is written now, and another one waits behind it.
  const written = world.news().at(-1) ?? "";
  const id = /^write ">(L\w{6}) a\\n"$/.exec(written)?.[1] ?? assert.fail(written);
  world.gateway.linkEvent(soleBoard, { kind: "written" });
  board.requestLocally(Buffer.from("b"), () => true);
  await world.gateway.settled();
  const released = board.release().then(() => told.push("released"));
  await new Promise(setImmediate);
  assert.deepEqual(told, ["settled"]);
  world.line(`<${id} A`);
  await released;
  assert.deepEqual(told, ["settled", "released"]);
});

test("an observer sees all that passes, in order", () => {
  const world = openGateway();
  world.gateway.hubEvent({ kind: "up", roundTripMs: 1 });
  sayHello(world);
  world.request("7", "hello");
  world.line("<7 hi");
  world.gateway.linkEvent(soleBoard, { kind: "down" });
  world.gateway.hubEvent({ kind: "down" });
  assert.deepEqual(world.observed, [
    ...["session", "link", "line_out", "line_in", "report"],
    ...["request", "line_out", "line_in", "response", "report"],
    ...["link", "session"],
  ]);
});

/** A gateway of two boards; the hub, the links and the clock are the test's. */
function openTwo() {
  const done: string[] = [];
  const state = { now: 0, alarm: undefined as { at: number; ring: () => void } | undefined };
  const names = ["north", "south"];
  const gateway = new Gateway(new Map(names.map((name) => [name, defaultOptions])), {
    hub: {
      publish: (board, id, payload) => {
        done.push(`${board} publishes ${id} ${payload}`);
        return "sent";
      },
      publishEvent: () => "sent",
    },
    link: {
      write: (board, bytes) => done.push(`${board} writes ${bytes.toString().trim()}`),
      reopen: () => {},
    },
    clock: {
      now: () => state.now,
      suspension: () => undefined,
      read: () => {},
      setAlarm: (at, ring) => {
        state.alarm = at === undefined ? undefined : { at, ring };
      },
    },
    log: { say: (_level, key, _text, _about, board) => done.push(`${board} logs ${key}`), shows: (l) => l !== "debug" },
    observe: () => {},
  });
  for (const board of names) {
    gateway.linkEvent(board, { kind: "up" });
    gateway.linkEvent(board, { kind: "written" });
    gateway.linkEvent(board, { kind: "line", bytes: Buffer.from("=rrpc/1 boot=1") });
  }
  const request = (board: string, processId: string, text: string) =>
    gateway.hubEvent({ kind: "request", board, processId, payload: Buffer.from(text) });
  const line = (board: string, text: string) => gateway.linkEvent(board, { kind: "line", bytes: Buffer.from(text) });
  done.length = 0;
  return { gateway, state, request, line, news: () => done.splice(0) };
}

test("two boards with one processID: each gets its own command, and each caller its own reply", () => {
  const { gateway, request, line, news } = openTwo();
  request("north", "7", "to north");
  request("south", "7", "to south");
  assert.deepEqual(news(), ["north writes >7 to north", "south writes >7 to south"]);
  for (const board of ["north", "south"]) gateway.linkEvent(board, { kind: "written" });
  line("south", "<7 from south");
  line("north", "<7 from north");
  assert.deepEqual(news(), ["south publishes 7 from south", "north publishes 7 from north"]);
  assert.equal(gateway.summary(), "2 ok");
  assert.equal(gateway.board("north").counts.of("requests").get("ok"), 1);
});

test("one alarm for all boards: the earliest, and it wakes only who is due", () => {
  const { gateway, state, request, news } = openTwo();
  state.now = 500;
  request("south", "1", "a");
  state.now = 1000;
  request("north", "2", "b");
  for (const board of ["north", "south"]) gateway.linkEvent(board, { kind: "written" });
  news();
  // Each ring sets the next one; the deadlines come in turn, whichever board was asked last.
  const published: string[] = [];
  while (published.length < 2 && state.alarm !== undefined && state.now < 10_000) {
    state.now = state.alarm.at;
    state.alarm.ring();
    for (const one of news()) if (one.includes("publishes")) published.push(`${state.now}: ${one.split(" {")[0]}`);
  }
  assert.deepEqual(published, ["3900: south publishes 1", "4400: north publishes 2"]);
});

test("a drain is over when the last board has nothing open any more", async () => {
  const { gateway, request, line } = openTwo();
  request("north", "7", "a");
  request("south", "8", "b");
  for (const board of ["north", "south"]) gateway.linkEvent(board, { kind: "written" });
  let isDrained = false;
  const drained = gateway.drain().then(() => {
    isDrained = true;
  });
  line("north", "<7 x");
  await new Promise(setImmediate);
  assert.deepEqual(
    [isDrained, gateway.board("north").isDrained, gateway.board("south").isDrained],
    [false, true, false],
  );
  line("south", "<8 y");
  await drained;
  await gateway.drain();
});

test("what is said of a board is logged as its own", () => {
  const { line, news } = openTwo();
  line("south", "<9 stray");
  assert.deepEqual(news(), ["south logs dropped stray_reply"]);
});

test("a board is added, serves beside the others, and is removed: its counts stay in the summary", async () => {
  const { gateway, request, line, news } = openTwo();
  gateway.addBoard("east", defaultOptions);
  assert.throws(() => gateway.addBoard("east", defaultOptions), /already/);
  gateway.linkEvent("east", { kind: "up" });
  gateway.linkEvent("east", { kind: "written" });
  line("east", "=rrpc/1 boot=1");
  news();
  request("east", "7", "a");
  request("north", "7", "b");
  for (const board of ["east", "north"]) gateway.linkEvent(board, { kind: "written" });
  assert.throws(() => gateway.removeBoard("east"), /not drained/);
  const drained = gateway.board("east").drain();
  request("east", "8", "too late");
  line("east", "<7 x");
  line("north", "<7 y");
  await drained;
  gateway.linkEvent("east", { kind: "down" });
  gateway.removeBoard("east");
  const published = news().filter((one) => one.includes("publishes"));
  assert.match(published[0] ?? "", /^east publishes 8 .*stopping/);
  assert.deepEqual(published.slice(1), ["east publishes 7 x", "north publishes 7 y"]);
  assert.deepEqual(
    gateway.boards.map(({ name }) => name),
    ["north", "south"],
  );
  assert.equal(gateway.summary(), "2 ok, 1 stopping");
  assert.throws(() => request("east", "9", "z"), /no board east/);
});

test("a board that is gone leaves no alarm of its own that would never end", async () => {
  const { gateway, state, request } = openTwo();
  request("south", "7", "a");
  await Promise.all([gateway.board("south").drain(), Promise.resolve(gateway.linkEvent("south", { kind: "down" }))]);
  gateway.removeBoard("south");
  state.now = 60_000;
  state.alarm?.ring();
  const { alarmOverdueMs = 0 } = gateway.lateness();
  assert.ok(alarmOverdueMs <= 0, `${alarmOverdueMs}`);
});
