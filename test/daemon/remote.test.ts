/** Orders to the gateway itself, in a daemon whose session, port and time are the test's. */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { Config } from "../../src/config/load.ts";
import type { Hands } from "../../src/control/hands.ts";
import { remoteOrders } from "../../src/core/report.ts";
import { Daemon } from "../../src/daemon/daemon.ts";
import { Observers } from "../../src/daemon/observers.ts";
import type { Outside } from "../../src/daemon/outside.ts";
import type { Program, ReloadEnd } from "../../src/daemon/program.ts";
import { addressee } from "../../src/daemon/remote-config.ts";
import type { Session, SessionEvent } from "../../src/iot-hub/session.ts";
import { connectionEnd } from "../../src/mqtt/connection-end.ts";
import { gatewayItself } from "../../src/runtime/board-name.ts";
import { CollapsingLog } from "../../src/runtime/log.ts";
import { createNotifier } from "../../src/systemd/notifier.ts";
import { firstBoard } from "../config/first-board.ts";
import { remoteResponse } from "../remote/answer-schema.ts";
import { configOfBoards, subDevice } from "../support/config-of-boards.ts";
import { hold } from "../support/schema.ts";
import { createWatch } from "../support/watch.ts";

interface Published {
  readonly session: number;
  readonly board: string;
  readonly processId: string;
  readonly answer: Readonly<Record<string, unknown>> & { readonly error?: { readonly reason: string } };
}

/** Short, so that a test need not wait long for an order that takes longer. */
const rrpc = { cutoffMs: 1000, marginMs: 500 };

const remote = { allow: remoteOrders, prefix: undefined, perMinuteMax: 600 };

const boards = { pump: { device: subDevice("pump"), rrpc }, valve: { device: subDevice("valve"), rrpc } };

const takingOrders = (others: Partial<Config> = {}): Config => ({ ...configOfBoards(boards), remote, ...others });

async function start(t: TestContext, config = takingOrders()) {
  const watch = createWatch();
  const published: Published[] = [];
  const happened: string[] = [];
  const hooks = { onWithdraw: (_board: string) => {} };
  const sessions: { readonly emit: (event: SessionEvent) => void; readonly lose: () => void }[] = [];
  let upCount = 0;
  let endReload: (end: ReloadEnd) => void = () => {};
  const outside: Outside = {
    openSession(options, emit): Session {
      const number = sessions.length;
      const down = () =>
        emit({
          kind: "down",
          cause: connectionEnd("unreachable", "the end", { endpoint: options.endpoint, stage: "up" }),
        });
      sessions.push({ emit, lose: down });
      happened.push(`session for ${options.boards.map(({ board }) => board).join(", ")}`);
      setImmediate(() => {
        emit({ kind: "up", roundTripMs: 20 });
        upCount += 1;
        watch.changed();
      });
      return {
        silentMs: () => 0,
        ask() {},
        adjust() {},
        publish(board, processId, payload) {
          const answer: Published["answer"] = JSON.parse(payload.toString());
          if (!(answer.error !== undefined && "board" in answer.error && board !== gatewayItself))
            hold(remoteResponse, answer);
          published.push({ session: number, board, processId, answer });
          happened.push(`answer ${processId}`);
          watch.changed();
          return "sent";
        },
        publishEvent: () => "sent",
        addBoard: ({ board }) => happened.push(`add ${board}`),
        withdrawBoard(board) {
          hooks.onWithdraw(board);
          return Promise.resolve(true);
        },
        removeBoard: (board) => happened.push(`remove ${board}`),
        setPresence() {},
        unsubscribe() {
          happened.push("unsubscribe");
          return Promise.resolve(true);
        },
        end: () => setImmediate(down),
      };
    },
    openLink({ path }, emit) {
      happened.push(`open ${path}`);
      setImmediate(() => emit({ kind: "up" }));
      return {
        write: () => setImmediate(() => emit({ kind: "written" })),
        adjust() {},
        close: () => setImmediate(() => emit({ kind: "down", cause: { kind: "closed", message: "closed" } })),
      };
    },
    holdersOf: () => Promise.resolve([]),
    socketOfTty: () => undefined,
    devicePath: (path) => path,
  };
  const program: Program = {
    reload: () =>
      new Promise((resolve) => {
        endReload = resolve;
      }),
    doctorCommand: [process.execPath, "-e", "setInterval(() => {}, 1000)"],
  };
  const lines: string[] = [];
  const log = new CollapsingLog({ level: "info", journald: true, write: (line) => lines.push(line), now: () => 0 });
  const observers = await Observers.open(config, "0.0.0", log);
  let hands: Hands | undefined;
  observers.serves = (served) => {
    hands = served;
  };
  const daemon = new Daemon(config, log, createNotifier({}, log), observers, program, outside);
  const alive = setInterval(() => {}, 60_000);
  let stopped: Promise<void> | undefined;
  const stop = () => {
    stopped ??= daemon.stop();
    return stopped;
  };
  t.after(async () => {
    await stop();
    clearInterval(alive);
  });
  await watch.until("the session", () => upCount === 1);
  const send = (processId: string, text: string, board = gatewayItself) =>
    sessions.at(-1)?.emit({ kind: "request", board, processId, payload: Buffer.from(text) });
  const answered = (processId: string) =>
    watch.until(`the answer to ${processId}`, () => published.find((one) => one.processId === processId));
  // What answers orders is loaded meanwhile: from now on each is taken at once.
  send("warm", `${config.remote.prefix ?? ""}boards`, addressee(config));
  await answered("warm");
  published.length = 0;
  /** An order that is still running is answered so, before its deadline: in each round in which this process got its time. */
  async function runningOnTime(id: string, text: string) {
    for (let round = 0; round < 10; round += 1) {
      const processId = `${id}${"+".repeat(round)}`;
      const sentAt = performance.now();
      send(processId, text);
      const guardMs = 100;
      await new Promise((resolve) => setTimeout(resolve, rrpc.cutoffMs - rrpc.marginMs));
      const lateMs = performance.now() - sentAt - (rrpc.cutoffMs - rrpc.marginMs);
      const answer = published.find((one) => one.processId === processId)?.answer;
      if (answer !== undefined) return assert.equal(answer["state"], "running");
      // The same timer of the gateway's may have been as late.
      assert.ok(lateMs > guardMs / 2, `no answer in time, and this process was only ${lateMs} ms late`);
    }
    throw new Error("this process never got its time");
  }
  const untilUp = (count: number) => watch.until(`session ${count}`, () => upCount === count);
  assert.ok(hands);
  const reloaded = (end: ReloadEnd) => endReload(end);
  return {
    daemon,
    stop,
    hands,
    hooks,
    published,
    happened,
    sessions,
    lines,
    send,
    answered,
    runningOnTime,
    untilUp,
    reloaded,
  };
}

const bounded = { timeout: 30_000 };

test(
  "the gateway's own device is asked for, where no board answers for it and something is allowed",
  bounded,
  async (t) => {
    const { happened } = await start(t);
    assert.ok(happened.includes(`session for pump, valve, ${gatewayItself}`));
  },
);

test("an order that takes longer is answered in time, and its outcome is told once", bounded, async (t) => {
  const { send, answered, runningOnTime, reloaded, published } = await start(t);
  await runningOnTime("1", "reload");
  send("2", "reload");
  send("3", "reload");
  reloaded({ kind: "taken", text: "reload: nothing has changed" });
  for (const id of ["2", "3"]) assert.equal((await answered(id)).answer["result"], "taken");
  await runningOnTime("4", "reload");
  reloaded({ kind: "held" });
  await new Promise((resolve) => setImmediate(resolve));
  send("5", "reload");
  assert.equal((await answered("5")).answer["result"], "device_taken");
  const ids = published.map(({ processId }) => processId);
  assert.equal(new Set(ids).size, ids.length, "one answer to each");
});

test("a lost session takes its orders with it; who asks on the next is told", bounded, async (t) => {
  const { send, answered, sessions, reloaded, published, untilUp, lines } = await start(t);
  send("1", "reload");
  await new Promise((resolve) => setImmediate(resolve));
  sessions[0]?.lose();
  reloaded({ kind: "held" });
  await untilUp(2);
  assert.deepEqual(published, []);
  assert.match(lines.join(""), /dropped session_gone/);
  send("2", "reload");
  const { answer, session } = await answered("2");
  assert.deepEqual([answer["result"], session], ["device_taken", 1]);
});

test("a stop answers what is open, refuses what comes, and takes the doctor with it", bounded, async (t) => {
  const { send, answered, stop, happened } = await start(t);
  send("1", "doctor");
  await new Promise((resolve) => setImmediate(resolve));
  const stopped = stop();
  assert.equal((await answered("1")).answer["state"], "running");
  send("2", "status");
  assert.equal((await answered("2")).answer.error?.reason, "stopping");
  await stopped;
  assert.ok(happened.indexOf("answer 1") < happened.indexOf("unsubscribe"));
});

test("a board whose port somebody has is left alone", bounded, async (t) => {
  const { send, answered, hands, happened } = await start(t);
  await new Promise<void>((onPort) => {
    hands.release("pump", { who: "somebody", onPort: () => onPort(), onBoardGone() {}, onEnd() {} });
  });
  const opened = happened.filter((one) => one.startsWith("open")).length;
  for (const [index, order] of ["probe pump", "reopen pump", "reset pump"].entries()) {
    send(`1${index}`, order);
    assert.equal((await answered(`1${index}`)).answer.error?.reason, "released", order);
  }
  send("2", "status");
  assert.match(JSON.stringify((await answered("2")).answer), /"released":\{"who":"somebody"/);
  assert.equal(happened.filter((one) => one.startsWith("open")).length, opened);
});

test("a dump has no contents, even where the configured level shows them in the log", bounded, async (t) => {
  const { send, answered } = await start(t, takingOrders({ log: { level: "debug" } }));
  send("1", "hunter2", "pump");
  await answered("1");
  send("2", "dump");
  const dump = JSON.stringify((await answered("2")).answer);
  assert.match(dump, /"kind":"request","processId":"1"/);
  assert.doesNotMatch(dump, /hunter2|contents/);
});

test("a reload that leaves a board out while it is probed answers the probe first", bounded, async (t) => {
  const { daemon, send, answered } = await start(t);
  send("1", "probe pump");
  await new Promise((resolve) => setImmediate(resolve));
  const { pump: _, ...others } = boards;
  await daemon.reload({ ...configOfBoards(others), remote });
  assert.notEqual((await answered("1")).answer["state"], undefined);
  send("2", "probe pump");
  assert.equal((await answered("2")).answer.error?.reason, "no_such_board");
});

test("a reload that allows nothing any more, and one that allows something again", bounded, async (t) => {
  const { daemon, send, answered, happened } = await start(t);
  await daemon.reload(takingOrders({ remote: { ...remote, allow: [] } }));
  assert.ok(happened.includes(`remove ${gatewayItself}`));
  send("1", "status");
  assert.equal((await answered("1")).answer.error?.reason, "not_allowed");
  await daemon.reload(takingOrders());
  assert.ok(happened.includes(`add ${gatewayItself}`));
  send("2", "status");
  assert.equal((await answered("2")).answer["isHealthy"], true);
});

test(
  "where a board answers for the gateway's device, what begins with the prefix is an order, and nothing else",
  bounded,
  async (t) => {
    const own = { ...configOfBoards({ pump: { rrpc } }), remote: { ...remote, prefix: "gw " } };
    const { send, answered, happened } = await start(t, own);
    assert.ok(happened.includes("session for pump"));
    for (const [index, text] of ["gw status", "gw ", "status", "g", "", " gw status", "GW status"].entries())
      send(`${index}`, text, "pump");
    assert.equal((await answered("0")).answer["operation"], "status");
    assert.equal((await answered("1")).answer.error?.reason, "bad_payload");
    for (const id of ["2", "3", "4", "5", "6"]) {
      const { error } = (await answered(id)).answer;
      assert.ok(error?.reason === "no_reply" || error?.reason === "queued_too_long", `${id}: ${JSON.stringify(error)}`);
    }
  },
);

test(
  "while a reload gives the gateway's device to another board, an order is an order at the old one, and what is for a sub-device its board's",
  bounded,
  async (t) => {
    const prefixed = { remote: { ...remote, prefix: "gw " } };
    const [own, valve, pump] = [{ rrpc }, { device: subDevice("valve"), rrpc }, { device: subDevice("pump"), rrpc }];
    const first = { ...configOfBoards({ pump: own, valve }), ...prefixed };
    const { daemon, send, answered, hooks } = await start(t, first);
    hooks.onWithdraw = (board) => send(`leaving-${board}`, "gw status", board);
    const ofOrder = async (processId: string) => (await answered(processId)).answer["operation"];
    // The pump becomes a sub-device, the valve the gateway's.
    await daemon.reload({ ...configOfBoards({ pump, valve: own }), ...prefixed });
    assert.equal(await ofOrder("leaving-pump"), "status");
    assert.equal(await ofOrder("leaving-valve"), undefined);
    send("pump", "gw status", "pump");
    send("valve", "gw status", "valve");
    assert.equal(await ofOrder("pump"), undefined);
    assert.equal(await ofOrder("valve"), "status");
    // The valve has another name, and orders another prefix.
    hooks.onWithdraw = (board) => send(`renamed-${board}`, "gw status", board);
    await daemon.reload({ ...configOfBoards({ pump, tap: own }), remote: { ...remote, prefix: "order " } });
    assert.equal((await answered("renamed-valve")).answer.error?.reason, "bad_payload");
    send("tap", "order status", "tap");
    send("late", "gw status", "tap");
    assert.equal(await ofOrder("tap"), "status");
    assert.equal(await ofOrder("late"), undefined);
  },
);

test("a port that is released while it is opened anew, or reset: that is told at once", bounded, async (t) => {
  const serial = { recovery: { ...firstBoard(takingOrders()).serial.recovery, command: "sleep 60" } };
  const config = { ...configOfBoards({ ...boards, pump: { ...boards.pump, serial } }), remote };
  const { send, answered, hands, happened } = await start(t, config);
  const release = (board: string) =>
    hands.release(board, { who: "somebody", onPort() {}, onBoardGone() {}, onEnd() {} });
  for (const order of ["reopen valve", "reset pump"]) {
    send(order.slice(0, 3), order);
    // It has begun, and the port is not open again.
    for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
    release(order.slice(-5).trim());
    const { answer } = await answered(order.slice(0, 3));
    assert.deepEqual([answer["state"], answer["result"], answer["why"]], ["done", "closed", "released"], order);
  }
  assert.equal(happened.filter((one) => one.startsWith("open")).length, 2);
});
