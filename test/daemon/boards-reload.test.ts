/** Boards that come and go by reload, around a session that is lost meanwhile. */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { Config } from "../../src/config/load.ts";
import type { Hands, ReleaseRequest } from "../../src/control/hands.ts";
import { Daemon } from "../../src/daemon/daemon.ts";
import { LocalHands } from "../../src/daemon/local-hands.ts";
import { Observers } from "../../src/daemon/observers.ts";
import type { Outside } from "../../src/daemon/outside.ts";
import type { Session, SessionEvent } from "../../src/iot-hub/session.ts";
import { connectionEnd } from "../../src/mqtt/connection-end.ts";
import { CollapsingLog } from "../../src/runtime/log.ts";
import type { Notifier } from "../../src/systemd/notifier.ts";
import { configOfBoards, subDevice } from "../support/config-of-boards.ts";
import { noProgram } from "../support/no-program.ts";
import { createWatch } from "../support/watch.ts";

/** A session, with the boards that it began with and what it was asked since. */
interface FakeSession {
  readonly boards: readonly string[];
  readonly asked: string[];
  readonly emit: (event: SessionEvent) => void;
  /** The connection is lost. */
  readonly lose: () => void;
}

const bounded = { timeout: 30_000 };

async function start(t: TestContext, config: Config, links: Readonly<Record<string, string>> = {}) {
  const watch = createWatch();
  const sessions: FakeSession[] = [];
  /** Openings and closings of ports, in their order. */
  const ports: string[] = [];
  const statuses: string[] = [];
  let upCount = 0;
  let agree = () => {};
  const agreed = new Promise<boolean>((resolve) => {
    agree = () => resolve(true);
  });
  const outside: Outside = {
    openSession({ boards, endpoint }, emit): Session {
      const asked: string[] = [];
      const down = (kind: "ended" | "unreachable") => () =>
        emit({ kind: "down", cause: connectionEnd(kind, "the end", { endpoint, stage: "up" }) });
      sessions.push({ boards: boards.map(({ board }) => board), asked, emit, lose: down("unreachable") });
      setImmediate(() => {
        emit({ kind: "up", roundTripMs: 20 });
        upCount += 1;
        watch.changed();
      });
      return {
        silentMs: () => 0,
        ask() {},
        adjust() {},
        publish: () => "sent",
        publishEvent: () => "sent",
        addBoard: ({ board }) => asked.push(`add ${board}`),
        withdrawBoard(board) {
          asked.push(`withdraw ${board}`);
          watch.changed();
          return agreed;
        },
        removeBoard: (board) => asked.push(`remove ${board}`),
        setPresence(board, isPresent) {
          asked.push(`${board} is ${isPresent ? "present" : "absent"}`);
          watch.changed();
        },
        unsubscribe: () => Promise.resolve(true),
        end: () => setImmediate(down("ended")),
      };
    },
    openLink({ path }, emit) {
      let isDown = false;
      ports.push(`open ${path}`);
      watch.changed();
      if (path !== "/dev/none") setImmediate(() => emit({ kind: "up" }));
      return {
        write: () => setImmediate(() => isDown || emit({ kind: "written" })),
        adjust() {},
        close: () =>
          setImmediate(() => {
            isDown = true;
            ports.push(`closed ${path}`);
            emit({ kind: "down", cause: { kind: "closed", message: "closed" } });
          }),
      };
    },
    holdersOf: () => Promise.resolve([]),
    socketOfTty: (path) => (path === "/dev/a" ? "1-1.2" : undefined),
    devicePath: (path) => links[path] ?? path,
  };
  const log = new CollapsingLog({ level: "info", journald: true, write() {}, now: () => 0 });
  const notifier: Notifier = {
    isManaged: true,
    watchdogMs: undefined,
    ready() {},
    status: (text) => statuses.push(text),
    stopping() {},
    reloading() {},
    beat() {},
    idle: () => Promise.resolve(),
  };
  const observers = await Observers.open(config, "0.0.0", log);
  let hands: Hands | undefined;
  observers.serves = (served) => {
    hands = served;
  };
  const daemon = new Daemon(config, log, notifier, observers, noProgram, outside);
  // The daemon's own timers keep no process alive: in service its sockets do.
  const alive = setInterval(() => {}, 60_000);
  t.after(async () => {
    agree();
    await daemon.stop();
    clearInterval(alive);
  });
  const untilUp = (count: number) => watch.until(`session ${count}`, () => upCount === count);
  await untilUp(1);
  assert.ok(hands);
  return { daemon, hands, sessions, ports, statuses, until: watch.until, changed: watch.changed, untilUp, agree };
}

type Started = Awaited<ReturnType<typeof start>>;

const board = (name: string) => ({ [name]: { device: subDevice(name) } });

test("the first status knows every board", async (t) => {
  const { statuses } = await start(t, configOfBoards({ ...board("a"), ...board("b") }));
  assert.match(statuses[0] ?? "", /^hub away for \d+ s, 0 of 2 boards serve, a: .*, b: /);
});

test(
  "a session that begins amid a reload is asked for the boards that are there, and no others",
  bounded,
  async (t) => {
    const { daemon, sessions, until, untilUp, agree } = await start(
      t,
      configOfBoards({ ...board("a"), ...board("b") }),
    );
    const reloaded = daemon.reload(configOfBoards({ ...board("b"), ...board("c") }));
    await until("the removal", () => sessions[0]?.asked.includes("withdraw a"));
    sessions[0]?.lose();
    await untilUp(2);
    assert.deepEqual(sessions[0]?.asked, ["withdraw a", "add c"]);
    assert.deepEqual(sessions[1]?.boards, ["a", "b", "c"]);
    // What comes of a board that is about to go harms nobody.
    sessions[1]?.emit({ kind: "board_up", board: "a" });
    sessions[1]?.emit({ kind: "request", board: "a", processId: "41440", payload: Buffer.from("x") });
    agree();
    await reloaded;
    assert.deepEqual(sessions[1]?.asked, ["remove a"]);
  },
);

test("a board that is slow to go holds up nobody else", bounded, async (t) => {
  const { daemon, sessions, ports, until, agree } = await start(
    t,
    configOfBoards({ ...board("a"), ...board("b"), ...board("c") }),
  );
  ports.length = 0;
  const reloaded = daemon.reload(
    configOfBoards({
      b: { device: subDevice("b"), serial: { baudRate: 9600 } },
      c: { device: subDevice("d") },
      ...board("e"),
    }),
  );
  await until("the others", () => ports.includes("open /dev/b") && ports.includes("open /dev/e"));
  assert.deepEqual(
    sessions[0]?.asked.filter((what) => !what.startsWith("withdraw")),
    ["add e"],
  );
  agree();
  await reloaded;
  assert.deepEqual(sessions[0]?.asked.slice(-3), ["remove a", "remove c", "add c"]);
});

test("boards that exchange their ports close both before either is opened", bounded, async (t) => {
  const { daemon, ports } = await start(t, configOfBoards({ ...board("a"), ...board("b") }));
  ports.length = 0;
  const at = (device: string, path: string) => ({ device: subDevice(device), serial: { path } });
  await daemon.reload(configOfBoards({ a: at("a", "/dev/b"), b: at("b", "/dev/a") }));
  assert.deepEqual(ports.slice(0, 2).sort(), ["closed /dev/a", "closed /dev/b"]);
  assert.deepEqual(ports.slice(2), ["open /dev/b", "open /dev/a"]);
});

test("a stop amid a reload waits for it, and then stops the boards that are there", bounded, async (t) => {
  const { daemon, ports, until, agree } = await start(t, configOfBoards({ ...board("a"), ...board("b") }));
  ports.length = 0;
  const reloaded = daemon.reload(configOfBoards({ ...board("b"), ...board("c") }));
  const ignored = daemon.reload(configOfBoards(board("d")));
  await until("the new board", () => ports.includes("open /dev/c"));
  const stopped = daemon.stop();
  agree();
  await Promise.all([reloaded, ignored, stopped]);
  assert.deepEqual(ports.slice(0, 1), ["open /dev/c"]);
  assert.deepEqual(ports.slice(1).sort(), ["closed /dev/a", "closed /dev/b", "closed /dev/c"]);
});

test("a board that is about to go is nobody's to use", bounded, async (t) => {
  const { daemon, hands, sessions, until, agree } = await start(t, configOfBoards({ ...board("a"), ...board("b") }));
  const reloaded = daemon.reload(configOfBoards(board("b")));
  await until("the removal", () => sessions[0]?.asked.includes("withdraw a"));
  assert.deepEqual(hands.boards(), ["b"]);
  agree();
  await reloaded;
});

/** Has the port of `a` given to somebody, and what they are told. */
async function releaseA({ hands, until, changed }: Started) {
  const told: string[] = [];
  const tell = (what: string) => {
    told.push(what);
    changed();
  };
  const request: ReleaseRequest = {
    who: "avrdude",
    onPort: ({ path }) => tell(path),
    onBoardGone: () => tell("gone"),
    onEnd: tell,
  };
  const release = hands.release("a", request);
  assert.ok(release.kind === "held");
  await until("the port", () => told.length > 0);
  return { told, giveBack: release.giveBack };
}

test("a released port stays with whoever has it when its board gets another name", bounded, async (t) => {
  const started = await start(t, configOfBoards(board("a")));
  const { daemon, hands, ports, until, agree } = started;
  const { told, giveBack } = await releaseA(started);
  agree();
  ports.length = 0;
  await daemon.reload(configOfBoards({ b: { device: subDevice("a"), serial: { path: "/dev/a" } } }));
  assert.deepEqual(told, ["/dev/a", "gone"]);
  assert.deepEqual(ports, []);
  const second = hands.release("b", { who: "picocom", onPort() {}, onBoardGone() {}, onEnd() {} });
  assert.deepEqual(second, { kind: "taken", by: "avrdude" });
  // Also a later change of the port's options opens nothing.
  await daemon.reload(configOfBoards({ b: { device: subDevice("a"), serial: { path: "/dev/a", baudRate: 9600 } } }));
  assert.deepEqual(ports, []);
  giveBack();
  await until("the port's opening", () => ports.length > 0);
  assert.deepEqual([ports, told], [["open /dev/a"], ["/dev/a", "gone", "given_back"]]);
});

test("a released port stays with whoever has it when a reload gives its path to another board", bounded, async (t) => {
  const started = await start(t, configOfBoards({ ...board("a"), ...board("b") }));
  const { daemon, ports, until } = started;
  const { told, giveBack } = await releaseA(started);
  ports.length = 0;
  const at = (device: string, path: string) => ({ device: subDevice(device), serial: { path } });
  await daemon.reload(configOfBoards({ a: at("a", "/dev/b"), b: at("b", "/dev/a") }));
  assert.deepEqual([ports, told], [["closed /dev/b"], ["/dev/a"]]);
  giveBack();
  await until("both openings", () => ports.length === 3);
  assert.deepEqual(ports.slice(1).sort(), ["open /dev/a", "open /dev/b"]);
});

test(
  "a released port stays with whoever has it by another name of its path, and keeps its power without its board",
  bounded,
  async (t) => {
    const links = { "/dev/serial/by-id/mcu": "/dev/a" };
    const started = await start(t, configOfBoards({ ...board("a"), ...board("c") }), links);
    const { daemon, hands, ports, until, agree } = started;
    const { giveBack } = await releaseA(started);
    agree();
    await daemon.reload(configOfBoards(board("c")));
    assert.ok(hands instanceof LocalHands);
    assert.deepEqual([hands.heldBehind("1-1"), hands.heldBehind("1-2")], ["/dev/a", undefined]);
    ports.length = 0;
    const b = { device: subDevice("a"), serial: { path: "/dev/serial/by-id/mcu" } };
    await daemon.reload(configOfBoards({ ...board("c"), b }));
    assert.deepEqual(ports, []);
    const second = hands.release("b", { who: "picocom", onPort() {}, onBoardGone() {}, onEnd() {} });
    assert.deepEqual(second, { kind: "taken", by: "avrdude" });
    giveBack();
    await until("the port's opening", () => ports.length > 0);
    assert.deepEqual([ports, hands.heldBehind("1-1")], [["open /dev/serial/by-id/mcu"], undefined]);
  },
);

test("port and presence of a board change at once", bounded, async (t) => {
  const { daemon, sessions, until } = await start(t, configOfBoards(board("a")));
  const presence = { kind: "board", afterMs: 0 } as const;
  await daemon.reload(
    configOfBoards({ a: { device: { ...subDevice("a"), presence }, serial: { path: "/dev/none" } } }),
  );
  await until("the report of its absence", () => sessions[0]?.asked.includes("a is absent"));
});
