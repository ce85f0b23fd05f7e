// The real daemon with its log, and around it a box in simulated time: a port with a board at it, and a hub.

import { join } from "node:path";
import type { TestContext } from "node:test";
import { type Config, loadConfig } from "../../src/config/load.ts";
import type { Session, SessionEvent } from "../../src/iot-hub/session.ts";
import type { ConnectionEnd } from "../../src/mqtt/connection-end.ts";
import { soleBoard } from "../../src/runtime/board-name.ts";
import { createLineReader } from "../../src/serial/line-reader.ts";
import type { Link, LinkOptions, OpeningEvent } from "../../src/serial/link.ts";
import type { LinkEnd } from "../../src/serial/port-fault.ts";
import type { Notifier } from "../../src/systemd/notifier.ts";
import { good, temporaryFolder } from "../config/folder.ts";
import { ended } from "../mqtt/ended.ts";
import { noProgram } from "../support/no-program.ts";
import { simulateTime } from "./simulated-time.ts";

export const second = 1000;
export const minute = 60 * second;
export const day = 24 * 60 * minute;

/** What passes before a queue of the event loop is emptied: promises and `setImmediate` of the daemon's. */
const turnMs = second;

/** The port: what is in the way of opening it, and what the board behind it does. */
export interface Port {
  fault: LinkEnd | undefined;
  /** What the board sends when it is written to, line by line, without line ends. */
  answer: (line: string) => readonly string[];
  /** Whether the kernel takes what is written. */
  takes: boolean;
  /** The board says so, now, if the port is open. */
  say(text: string | Buffer): void;
  /** The device goes away, and is away for so long. */
  unplug(ms: number): void;
}

/** The hub: how the next session ends before it is up, and who calls. */
export interface Hub {
  fault: ConnectionEnd | undefined;
  request(processId: string, payload: string): void;
  emit(event: SessionEvent): void;
  /** Closes the session that is up. */
  close(end: ConnectionEnd): void;
}

export interface Box {
  readonly port: Port;
  readonly hub: Hub;
  /** Called each so often. */
  every(ms: number, act: (count: number) => void): void;
  /** Lets time pass. */
  pass(ms: number): Promise<void>;
  /** The lines of the log so far. */
  readonly lines: readonly string[];
}

const path = "/dev/ttyUSB0";

/** A board that answers every command. */
export function goodBoard(boot = "7F3A"): Port["answer"] {
  return (line) => {
    if (line === "?") return [`=rrpc/1 window=1 line=256 boot=${boot}`];
    const [, id] = /^>(\S+) /.exec(line) ?? [];
    return id === undefined ? [] : [`<${id} done`];
  };
}

/** One for all boxes of a process: the daemon's modules remember the time that they saw. */
const time = simulateTime();

/** Starts a daemon on a box that is well. It runs until the test ends. */
export async function startBox(t: TestContext, more = ""): Promise<Box> {
  const { Daemon } = await import("../../src/daemon/daemon.ts");
  const { Observers } = await import("../../src/daemon/observers.ts");
  const { CollapsingLog } = await import("../../src/runtime/log.ts");
  const { processTime } = await import("../../src/runtime/time.ts");
  const lines: string[] = [];
  const write = (text: string) => lines.push(...text.split("\n").slice(0, -1));
  const log = new CollapsingLog({ level: "info", journald: true, write, now: processTime.now });
  const config = configWith(t, more);
  const { port, openLink } = simulatePort();
  const { hub, openSession } = simulateHub();
  const observers = await Observers.open(config, "0.0.0", log);
  const outside = {
    openLink,
    openSession,
    holdersOf: () => Promise.resolve([]),
    socketOfTty: () => undefined,
    devicePath: (path: string) => path,
  };
  const daemon = new Daemon(config, log, deafNotifier, observers, noProgram, outside);
  async function pass(ms: number): Promise<void> {
    for (let passedMs = 0; passedMs < ms; passedMs += turnMs) {
      time.pass(turnMs);
      await new Promise(setImmediate);
    }
  }
  t.after(async () => {
    const stopped = daemon.stop();
    await pass(minute);
    await stopped;
    time.clear();
  });
  return {
    port,
    hub,
    lines,
    pass,
    every(ms, act) {
      let count = 0;
      setInterval(() => act(count++), ms);
    },
  };
}

function configWith(t: TestContext, more: string): Config {
  const folder = temporaryFolder();
  t.after(folder.remove);
  const loaded = loadConfig(
    folder.write("c.yaml", good.replace("/dev/ttyUSB0", join(folder.path, "ttyUSB0")) + more),
    {},
  );
  if (loaded.kind === "refused") throw new Error(JSON.stringify(loaded.findings));
  return loaded.config;
}

const deafNotifier: Notifier = {
  isManaged: true,
  watchdogMs: undefined,
  ready() {},
  status() {},
  stopping() {},
  reloading() {},
  beat() {},
  idle: () => Promise.resolve(),
};

/** What a driver and a wire take. */
const soonMs = 2;

function simulatePort() {
  let open: { readonly take: (bytes: Buffer) => void; readonly end: (end: LinkEnd) => void } | undefined;
  const port: Port = {
    fault: undefined,
    answer: goodBoard(),
    takes: true,
    say: (text) => open?.take(typeof text === "string" ? Buffer.from(`${text}\n`) : text),
    unplug(ms) {
      port.fault = { kind: "no_device", message: `${path} does not exist`, hint: "plugged in: nothing" };
      open?.end({ kind: "hung_up", message: `${path} went away` });
      setTimeout(() => {
        port.fault = undefined;
      }, ms);
    },
  };

  function openLink(options: LinkOptions, emit: (event: OpeningEvent) => void): Link {
    const reader = createLineReader(options, emit);
    let isOver = false;
    function end(cause: LinkEnd): void {
      if (isOver) return;
      isOver = true;
      open = undefined;
      reader.end();
      emit({ kind: "down", cause });
    }
    setTimeout(() => {
      if (port.fault !== undefined) return end(port.fault);
      open = { take: (bytes) => reader.push(bytes), end };
      emit({ kind: "up" });
    }, soonMs);
    return {
      write(bytes) {
        if (bytes.length > 0) reader.beforeWrite();
        if (!port.takes) return;
        setTimeout(() => {
          if (isOver) return;
          emit({ kind: "written" });
          const lines = bytes.toString("latin1").split("\n").slice(0, -1);
          for (const said of lines.flatMap((line) => port.answer(line))) port.say(said);
        }, soonMs);
      },
      adjust() {},
      close: () => setTimeout(end, soonMs, { kind: "closed", message: `${path} was closed` }),
    };
  }
  return { port, openLink };
}

function simulateHub() {
  let open: { readonly emit: (event: SessionEvent) => void; readonly end: (end: ConnectionEnd) => void } | undefined;
  const hub: Hub = {
    fault: undefined,
    request: (processId, payload) =>
      open?.emit({ kind: "request", board: soleBoard, processId, payload: Buffer.from(payload) }),
    emit: (event) => open?.emit(event),
    close: (end) => open?.end(end),
  };

  function openSession(_: unknown, emit: (event: SessionEvent) => void): Session {
    let isOver = false;
    function end(cause: ConnectionEnd): void {
      if (isOver) return;
      isOver = true;
      open = undefined;
      emit({ kind: "down", cause });
    }
    setTimeout(() => {
      if (hub.fault !== undefined) return end(hub.fault);
      open = { emit, end };
      emit({ kind: "up", roundTripMs: 20 });
    }, soonMs);
    return {
      silentMs: () => 0,
      ask() {},
      adjust() {},
      publish: () => (isOver ? "not_connected" : "sent"),
      publishEvent: () => (isOver ? "not_connected" : "sent"),
      unsubscribe: () => Promise.resolve(true),
      addBoard() {},
      withdrawBoard: () => Promise.resolve(true),
      removeBoard() {},
      setPresence() {},
      end: () => setTimeout(end, soonMs, ended("ended", "ended by the gateway")),
    };
  }
  return { hub, openSession };
}
