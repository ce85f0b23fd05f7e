import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { startDaemon } from "../../support/daemon.ts";
import type { FaultRow } from "../row.ts";
import { pull, putBack, replug, replugElsewhere, replugHeld } from "./cable.ts";
import { expectErrors, expectNoErrors } from "./expect-errors.ts";

/** Always a few commands in flight, at the suite's 20 requests a second. */
const mcu = { window: 8, delayMs: 150 } as const;

/** As root, but without root's capabilities: modes and TIOCEXCL count. */
const launch: typeof startDaemon = (args, onStderr, env) =>
  startDaemon(args, onStderr, env, ["setpriv", "--bounding-set=-all", "--inh-caps=-all"]);

/** Sets TIOCEXCL, and takes it back: it outlives its process where others have the tty open. */
const exclusively = 'open F, "+<", shift or die; ioctl F, 0x540C, 0; $| = 1; print "held"; <STDIN>; ioctl F, 0x540D, 0';

const impostors: readonly ((path: string) => void)[] = [
  (path) => writeFileSync(path, ""),
  (path) => mkdirSync(path),
  (path) => execFileSync("mkfifo", [path]),
  (path) => symlinkSync("/dev/null", path),
];

export const serialPortRows: readonly FaultRow[] = [
  {
    group: "serial port",
    name: "missing at the start, there 2 s later",
    restarts: true,
    async strike(testbed) {
      const { gateway, lasts } = testbed;
      await gateway.end("SIGTERM");
      await pull(testbed);
      gateway.start();
      await lasts(40);
      await putBack(testbed);
    },
    check: (_testbed, figures) => expectErrors(figures, "serial_down"),
  },
  {
    group: "serial port",
    name: "unplugged for 2 s with commands in flight",
    testbed: { mcu },
    async strike(testbed) {
      await pull(testbed);
      await testbed.lasts(40);
      await putBack(testbed);
    },
    check: (_testbed, figures) => expectErrors(figures, "link_lost", "serial_down"),
  },
  {
    group: "serial port",
    name: "unplugged for 1 s, back under another name",
    testbed: { mcu },
    strike: (testbed) => replugElsewhere(testbed, 20),
    check: (_testbed, figures) => expectErrors(figures, "link_lost", "serial_down"),
    note: "The path is a symbolic link, as in /dev/serial/by-id; it points to another tty each time.",
  },
  {
    group: "serial port",
    name: "a loose contact: gone for 0.1 s five times in 2 s, each time back under another name",
    testbed: { mcu },
    async strike(testbed) {
      for (let time = 0; time < 5; time += 1) {
        await replugElsewhere(testbed, 2);
        await testbed.lasts(6);
      }
    },
    check: (_testbed, figures) => expectErrors(figures, "link_lost", "serial_down"),
  },
  {
    group: "serial port",
    name: "unplugged, and back without permission for 2 s",
    testbed: { mcu, launch },
    async strike(testbed) {
      await replug(testbed, (tty) => chmodSync(tty, 0o000));
      await testbed.lasts(40);
      chmodSync(testbed.mcu.tty, 0o600);
    },
    check: (_testbed, figures) => expectErrors(figures, "link_lost", "serial_down"),
    note: "The gateway runs without root's capabilities, so that modes count.",
  },
  {
    group: "serial port",
    name: "unplugged, and locked by another program for 3 s (flock)",
    testbed: { mcu },
    strike: (testbed) => replugHeld(testbed, 60, (tty) => ["flock", tty, "-c", "echo held; cat"]),
    check: (_testbed, figures) => expectErrors(figures, "link_lost", "serial_down"),
  },
  {
    group: "serial port",
    name: "unplugged, and opened exclusively by another program for 3 s (TIOCEXCL)",
    testbed: { mcu, launch },
    strike: (testbed) => replugHeld(testbed, 60, (tty) => ["perl", "-e", exclusively, tty]),
    check: (_testbed, figures) => expectErrors(figures, "link_lost", "serial_down"),
  },
  {
    group: "serial port",
    name: "the write side stalled by XOFF for 4 s (xonxoff)",
    testbed: { mcu, config: { serial: { xonxoff: true } } },
    async strike({ mcu, lasts }) {
      await mcu.control({ kind: "send", bytes: "\x13" });
      await lasts(80);
      await mcu.control({ kind: "send", bytes: "\x11" });
    },
    check: (_testbed, figures) => expectErrors(figures, "write_stalled", "mcu_stalled"),
  },
  {
    group: "serial port",
    name: "the write side stalled until the port is opened anew",
    testbed: { mcu },
    async strike({ mcu, lasts }) {
      await mcu.control({ kind: "block", on: true });
      await lasts(40);
    },
    check: (_testbed, figures) => expectErrors(figures, "write_stalled"),
    note: "A driver that hangs: nobody lets it go on, only opening it anew does.",
  },
  {
    group: "serial port",
    name: "bytes that come one by one for 3 s",
    async strike({ mcu, lasts }) {
      await mcu.control({ kind: "faults", change: { splitBytes: 1 } });
      await lasts(60);
      await mcu.control({ kind: "faults", change: { splitBytes: 0 } });
    },
    check: (_testbed, figures) => expectNoErrors(figures),
  },
  {
    group: "serial port",
    name: "another program reads from it as well, and takes a part of the bytes",
    note: "With checksums: of what is left of a reply nothing is taken for one. The program is named in the log.",
    testbed: { mcu: { crc: true } },
    strikes: 1,
    async strike({ gateway, mcu, until }) {
      const thief = spawn("cat", [mcu.tty], { stdio: "ignore" });
      const ended = once(thief, "close");
      try {
        const named = new RegExp(`link: cat \\(process ${thief.pid}\\) has \\S+ open as well`);
        await until("its name in the log", () => named.test(gateway.log()));
      } finally {
        thief.kill();
        await ended;
      }
    },
    check: (_testbed, figures) => expectErrors(figures, "no_reply"),
  },
  {
    group: "serial port",
    name: "unplugged, and something else in its place for 2 s: a file, a folder, a pipe, /dev/null",
    strikes: impostors.length,
    async strike(testbed, round) {
      const { link, lasts } = testbed;
      await pull(testbed);
      impostors[round % impostors.length]?.(link);
      await lasts(40);
      if (round === 0 && readFileSync(link, "utf8") !== "") throw new Error("the file was written to");
      rmSync(link, { recursive: true });
      await putBack(testbed);
    },
    check: (_testbed, figures) => expectErrors(figures, "serial_down"),
  },
];
