/** Boards that come and go by reload, around a session that is lost meanwhile. */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { Config } from "../../src/config/load.ts";
import { Daemon, type Outside } from "../../src/daemon/daemon.ts";
import { Observers } from "../../src/daemon/observers.ts";
import type { Session, SessionEvent } from "../../src/iot-hub/session.ts";
import { connectionEnd } from "../../src/mqtt/connection-end.ts";
import { CollapsingLog } from "../../src/runtime/log.ts";
import type { Notifier } from "../../src/systemd/notifier.ts";
import { configOfBoards, subDevice } from "../support/config-of-boards.ts";
import { createWatch } from "../support/watch.ts";

/** A session, with the boards that it began with and what it was asked since. */
interface FakeSession {
  readonly boards: readonly string[];
  readonly asked: string[];
  readonly emit: (event: SessionEvent) => void;
  /** The connection is lost. */
  readonly lose: () => void;
}

async function start(t: TestContext, config: Config) {
  const watch = createWatch();
  const sessions: FakeSession[] = [];
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
        setPresence() {},
        unsubscribe: () => Promise.resolve(true),
        end: () => setImmediate(down("ended")),
      };
    },
    openLink(_options, emit) {
      let isDown = false;
      setImmediate(() => emit({ kind: "up" }));
      return {
        write: () => setImmediate(() => isDown || emit({ kind: "written" })),
        adjust() {},
        close: () =>
          setImmediate(() => {
            isDown = true;
            emit({ kind: "down", cause: { kind: "closed", message: "closed" } });
          }),
      };
    },
    holdersOf: () => Promise.resolve([]),
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
  const daemon = new Daemon(config, log, notifier, observers, outside);
  // The daemon's own timers keep no process alive: in service its sockets do.
  const alive = setInterval(() => {}, 60_000);
  t.after(async () => {
    await daemon.stop();
    clearInterval(alive);
  });
  const untilUp = (count: number) => watch.until(`session ${count}`, () => upCount === count);
  await untilUp(1);
  return { daemon, sessions, statuses, until: watch.until, untilUp, agree };
}

const board = (name: string) => ({ [name]: { device: subDevice(name) } });

test("the first status knows every board", async (t) => {
  const { statuses } = await start(t, configOfBoards({ ...board("a"), ...board("b") }));
  assert.match(statuses[0] ?? "", /^hub away for \d+ s, 0 of 2 boards serve, a: .*, b: /);
});

test("a session that begins amid a reload is asked for the boards that are there, and no others", {
  timeout: 30_000,
}, async (t) => {
  const { daemon, sessions, until, untilUp, agree } = await start(t, configOfBoards({ ...board("a"), ...board("b") }));
  const reloaded = daemon.reload(configOfBoards({ ...board("b"), ...board("c") }));
  await until("the removal", () => sessions[0]?.asked.includes("withdraw a"));
  sessions[0]?.lose();
  await untilUp(2);
  assert.deepEqual(sessions[1]?.boards, ["a", "b"]);
  // What comes of a board that is about to go harms nobody.
  sessions[1]?.emit({ kind: "board_up", board: "a" });
  sessions[1]?.emit({ kind: "request", board: "a", processId: "41440", payload: Buffer.from("x") });
  agree();
  await reloaded;
  assert.deepEqual(sessions[1]?.asked, ["remove a", "add c"]);
});
