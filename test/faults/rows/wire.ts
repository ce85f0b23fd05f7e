import assert from "node:assert/strict";
import { mkdirSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { PtyOptions } from "../../../src/lab/mcu/pty.ts";
import { openUart, type UartTty } from "../../support/shims/uart.ts";
import { createConsole } from "../disguise.ts";
import type { FaultRow } from "../row.ts";
import type { Testbed } from "../testbed.ts";
import { pull, putBack } from "./cable.ts";
import { changeConfig } from "./config-file.ts";
import { expectErrors } from "./expect-errors.ts";
import { everyLine, expectFast, expectNothingStale, expectOneOpening } from "./expect-port.ts";
import { breakSession } from "./sessions.ts";
import { sickDevice } from "./sick-device.ts";

const group = "serial port";

/** A tenth of a second long at 9600 baud, and every part of it from `>ID d` on is a command as well. */
const dose = (number: number) => Buffer.from(`dose ml=1000 rate=5 ${"x".repeat(70)} ${number}`);

/** Never drops a half line, as firmware did before it was asked to. */
const lax = { keepsHalfLines: true } as const;

const consoleLines = { command: "{payload}", reply: "(?<payload>.*)", quietMs: 4000, clearLine: "^U" } as const;

/** A tty with a UART's driver behind it; of the testbed that runs now. */
function uartAt(baudRate: number) {
  let tty: UartTty | undefined;
  let flushedBytes = 0;
  return {
    openTty: async (options: PtyOptions) => {
      tty = await openUart({ ...options, baudRate, onFlushed: (count) => (flushedBytes += count) });
      return tty;
    },
    hold: async (isHeld: boolean) => await tty?.hold(isHeld),
    flushedBytes: () => flushedBytes,
  };
}

const pulled = uartAt(9600);
const closing = uartAt(9600);
const typed = uartAt(9600);
const console9600 = createConsole({ echoes: false }, typed.openTty);
const held = uartAt(115_200);

const sick = sickDevice();

export const wireRows: readonly FaultRow[] = [
  {
    group,
    name: "unplugged in the middle of a command five times, by a board that keeps half lines (9600 baud)",
    testbed: { mcu: { ...lax, openTty: pulled.openTty }, config: { serial: { baudRate: 9600 } } },
    strikes: 2,
    strike: (testbed) => pullAmidDoses(testbed, 5),
    check({ mcu }) {
      if (mcu.counts().malformed === 0) throw new Error("no line was cut");
    },
  },
  {
    group,
    name: "unplugged in the middle of a command three times, by a console that keeps half lines (template, clearLine)",
    testbed: {
      mcu: { hello: false, openTty: console9600.openTty },
      config: { serial: { baudRate: 9600, dialect: "template", template: consoleLines } },
    },
    strikes: 1,
    strike: (testbed) => pullAmidDoses(testbed, 3),
    check: (_testbed, figures) => expectErrors(figures, "link_lost"),
    note: "After an unanswered command it is sent nothing for the quiet time, here 4 s.",
  },
  {
    group,
    name: "closed by the gateway itself in the middle of a command: a reload and a stop (9600 baud)",
    restarts: true,
    testbed: { mcu: { ...lax, openTty: closing.openTty }, config: { serial: { baudRate: 9600 } } },
    async strike(testbed, round) {
      const { gateway, caller, lasts, folder } = testbed;
      for (let time = 0; time < 2; time += 1) {
        caller.call(dose(time));
        await lasts(1 + Math.random());
        changeConfig(folder, "serial", { dtr: time === 0 ? "on" : "leave" });
        gateway.daemon().signal("SIGHUP");
        await lasts(30);
      }
      caller.call(dose(round));
      await lasts(1 + Math.random());
      await gateway.end("SIGTERM");
      gateway.start();
    },
    check: () => assert.equal(closing.flushedBytes(), 0, "bytes of a command were thrown away"),
  },
  {
    group,
    name: "CTS off for 4.5 s, while the driver takes what is written (rtscts, window 4)",
    testbed: { mcu: { window: 4, openTty: held.openTty }, config: { serial: { rtscts: true } } },
    async strike({ lasts }) {
      await held.hold(true);
      await lasts(90);
      await held.hold(false);
      await lasts(20);
    },
    check: expectNothingStale,
  },
  {
    group,
    name: "XOFF for 3 s, while a board erases its flash (xonxoff)",
    testbed: { mcu: { window: 8, delayMs: 20 }, config: { ...everyLine.config, serial: { xonxoff: true } } },
    async strike({ mcu, lasts }) {
      await mcu.control({ kind: "send", bytes: "\x13" });
      await lasts(60);
      await mcu.control({ kind: "send", bytes: "\x11" });
      await lasts(20);
    },
    check(testbed, { errors }) {
      expectOneOpening(testbed);
      const seen = [...errors.keys()].filter((name) => /serial_down|link_lost|write_stalled|mcu_stalled/.test(name));
      assert.deepEqual(seen, []);
    },
  },
  {
    group,
    name: "an adapter that is absent at the start, and its folder with it, for 2.5 s",
    restarts: true,
    testbed: {
      config: { serial: { path: "by-id/mcu" } },
      before: ({ folder }) => plugById(folder),
    },
    async strike(testbed) {
      const { folder, gateway, lasts } = testbed;
      await gateway.end("SIGTERM");
      await pull(testbed);
      rmSync(join(folder, "by-id"), { recursive: true });
      gateway.start();
      await lasts(50);
      await putBack(testbed);
      plugById(folder);
    },
    check(testbed, figures) {
      expectErrors(figures, "serial_down");
      expectFast(testbed, "serial_down");
    },
  },
  {
    group,
    name: "an opening that hangs for 9 s, while the session is lost and the gateway is to stop",
    restarts: true,
    strikes: 1,
    testbed: sick.testbed,
    async strike(testbed) {
      const { gateway, lasts, tap, until } = testbed;
      const device = sick.device();
      device.fallIll();
      await pull(testbed);
      await putBack(testbed);
      const seen = tap.traffic.length;
      await breakSession(testbed);
      const isSubscribed = () => tap.traffic.slice(seen).some(({ kind }) => kind === "subscribed");
      await until("another session", isSubscribed);
      gateway.daemon().signal("SIGTERM");
      await lasts(40);
      gateway.daemon().signal("SIGTERM");
      const slow = lasts(60).then(() => Promise.reject(new Error("two SIGTERM do not end it")));
      await Promise.race([gateway.daemon().ended, slow]);
      gateway.start();
      await lasts(40);
      device.recover();
    },
  },
];

/** The cable is pulled while a command of 0.1 s is on it. */
async function pullAmidDoses(testbed: Testbed, times: number): Promise<void> {
  for (let time = 0; time < times; time += 1) {
    testbed.caller.call(dose(time));
    await delay(40 + 50 * Math.random());
    await pull(testbed);
    await delay(100);
    await putBack(testbed);
    await testbed.served();
  }
}

/** As udev does it: the folder is there with its first device. */
function plugById(folder: string): void {
  mkdirSync(join(folder, "by-id"));
  symlinkSync(join(folder, "mcu"), join(folder, "by-id", "mcu"));
}
