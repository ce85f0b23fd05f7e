import { execFileSync, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { dirname, join } from "node:path";
import { startDaemon } from "../../support/daemon.ts";
import { createSuspension, type Suspension } from "../../support/shims/suspend.ts";
import { memoryMaxMiB, nodeOptionsOfUnit } from "../../support/unit.ts";
import { limitMemory } from "../memory-limit.ts";
import type { FaultRow } from "../row.ts";
import type { Testbed } from "../testbed.ts";
import { pull, putBack } from "./cable.ts";
import { expectErrors, expectNoErrors } from "./expect-errors.ts";
import { everyLine, expectNothingStale } from "./expect-port.ts";

const group = "box";

/** Debian's libfaketime, by its multiarch folder; the loader fills in the machine. */
const faketime = "/usr/$LIB/faketime/libfaketimeMT.so.1";

/** The gateway's wall clock is what a file says; the monotonic one goes on, as it does in the kernel. */
const launchByClockFile: typeof startDaemon = (args, onStderr, env) =>
  startDaemon(args, onStderr, {
    ...env,
    TZ: "UTC",
    LD_PRELOAD: faketime,
    FAKETIME_TIMESTAMP_FILE: clockFileIn(dirname(args.at(-1) ?? "")),
    FAKETIME_NO_CACHE: "1",
    FAKETIME_DONT_FAKE_MONOTONIC: "1",
  });

let suspension: Suspension | undefined;

const launchForSuspension: typeof startDaemon = (args, onStderr, env) =>
  startDaemon(args, onStderr, { ...env, ...suspension?.env });

const unitLimit = limitMemory(memoryMaxMiB());

export const boxRows: readonly FaultRow[] = [
  {
    group,
    name: "the clock steps to 2036, to 1999, and back to now",
    testbed: { ...everyLine, launch: launchByClockFile, before: async ({ folder }) => setClock(folder, "+0") },
    note: "After each step the session is broken too, so that the next one is signed by the new time.",
    async strike({ folder, gateway, lasts, tap, until }, round) {
      // Another time of the day, which shows in the log.
      const hour = `${(new Date().getUTCHours() + 12) % 24}`.padStart(2, "0");
      setClock(folder, [`@2036-05-04 ${hour}:30:00`, `@1999-12-31 ${hour}:30:00`, "+0"][round] ?? "+0");
      const seen = gateway.log().length;
      await lasts(40);
      await tap.cut();
      const lost = round === 2 ? /session: lost/ : new RegExp(`^${hour}:(29|30).* session: lost`, "m");
      await until("the loss of the session, by the new time", () => lost.test(gateway.log().slice(seen)));
      await tap.restore();
    },
  },
  {
    group,
    name: "asleep for 8 s (suspend), with commands waiting and another one in flight",
    testbed: {
      mcu: { window: 1 },
      launch: launchForSuspension,
      before({ folder }) {
        suspension = createSuspension(folder);
      },
    },
    note: "Simulated: the process is stopped, and its monotonic clocks with it. What came before it slept is not executed afterwards.",
    strikes: 2,
    async strike({ gateway, lasts, mcu, outage }) {
      await mcu.control({ kind: "faults", change: { delayMs: 700 } });
      await lasts(20);
      await outage(async () => {
        await suspension?.suspend(gateway.daemon().pid, () => lasts(160));
        await mcu.control({ kind: "faults", change: { delayMs: 0 } });
        await lasts(10);
      });
    },
    check: expectNothingStale,
  },
  {
    group,
    name: "starved for 10 s: stopped for 0.9 s, at work for 0.08 s, again and again",
    strikes: 1,
    async strike({ gateway, lasts, traffic }) {
      const seen = traffic.length;
      for (let time = 0; time < 10; time += 1) {
        gateway.daemon().signal("SIGSTOP");
        await lasts(18);
        gateway.daemon().signal("SIGCONT");
        await lasts(1.6);
      }
      const since = traffic.slice(seen);
      const answered = since.filter(({ kind }) => kind === "response").length;
      const asked = since.filter(({ kind }) => kind === "request").length;
      if (!(answered > asked / 2)) throw new Error(`only ${answered} of ${asked} requests were answered`);
    },
    check: expectNothingStale,
  },
  {
    group,
    name: `the unit's limit of memory (${memoryMaxMiB()} MiB), while the hub floods for 3 s`,
    testbed: { launch: unitLimit.launch, env: { NODE_OPTIONS: nodeOptionsOfUnit() } },
    note: "300 requests/s, and three times 200 of 16 KB at once, at an MCU that takes 20 ms for each; in a cgroup.",
    alone: true,
    async strike(testbed) {
      const { caller, flow, lasts, mcu } = testbed;
      await mcu.control({ kind: "faults", change: { delayMs: 20 } });
      flow(300);
      for (let burst = 0; burst < 3; burst += 1) {
        for (let count = 0; count < 200; count += 1) caller.call(randomBytes(16_000));
        await lasts(300);
      }
      flow(20);
      await mcu.control({ kind: "faults", change: { delayMs: 0 } });
    },
    check(_testbed, figures) {
      expectErrors(figures, "queue_full", "too_long");
      const peakMiB = unitLimit.peakMiB();
      // Less than its program alone needs would mean that it was not in the cgroup.
      if (!(peakMiB > 20 && peakMiB < memoryMaxMiB())) throw new Error(`the cgroup had ${peakMiB} MiB`);
    },
  },
  {
    group,
    name: "standard error is full: nobody reads it for 5 s, at log level debug",
    testbed: { config: { log: { level: "debug" } } },
    note: "With the flight recorder written to it ten times (SIGUSR2), which is more than it holds.",
    async strike({ gateway, lasts, served, until }) {
      const seen = gateway.log().length;
      gateway.daemon().stderrPipe.pause();
      for (let dump = 0; dump < 10; dump += 1) {
        gateway.daemon().signal("SIGUSR2");
        await lasts(10);
      }
      await served();
      gateway.daemon().stderrPipe.resume();
      await until("the count of lost lines", () => /lost here/.test(gateway.log().slice(seen)));
    },
    check: (_testbed, figures) => expectNoErrors(figures),
  },
  {
    group,
    name: "whoever read standard error is gone for good, at log level debug",
    testbed: { config: { log: { level: "debug" } } },
    strikes: 1,
    async strike({ gateway, lasts }) {
      gateway.daemon().stderrPipe.destroy();
      await lasts(200);
    },
    check: (_testbed, figures) => expectNoErrors(figures),
  },
  {
    group,
    name: "no file descriptors left for 3 s, while session and cable are lost",
    async strike(testbed) {
      const { gateway, lasts, tap } = testbed;
      const pid = `${gateway.daemon().pid}`;
      const limit = execFileSync("prlimit", ["--pid", pid, "--nofile", "--output", "SOFT", "--noheadings"]);
      // Standard input, output and error are there already: each new one is one too many.
      execFileSync("prlimit", ["--pid", pid, "--nofile=3:"]);
      await tap.cut();
      await pull(testbed);
      await putBack(testbed);
      await tap.restore();
      await lasts(60);
      execFileSync("prlimit", ["--pid", pid, `--nofile=${`${limit}`.trim()}:`]);
    },
    check({ gateway }) {
      if (!gateway.log().includes("EMFILE")) throw new Error("no descriptor was missing");
    },
  },
  {
    group,
    name: "the disk that has the metrics' file is full for 3 s",
    testbed: {
      config: { ...everyLine.config, metrics: { file: "disk/rrpc.prom", fileIntervalS: 1 } },
      before: async ({ folder }) => mkdirSync(join(folder, "disk")),
    },
    note: "The one file that the gateway writes; the disk is a tmpfs of 4 KiB.",
    async strike({ folder, gateway, lasts, until }) {
      const disk = join(folder, "disk");
      const file = join(disk, "rrpc.prom");
      await until("the file", () => existsSync(file));
      rmSync(file);
      execFileSync("mount", ["-t", "tmpfs", "-o", "size=4k", "tmpfs", disk]);
      try {
        const seen = gateway.log().length;
        await lasts(60);
        await until("the full disk", () => gateway.log().slice(seen).includes("the disk is full"));
      } finally {
        // Lazily: the gateway may just have the file open.
        execFileSync("umount", ["--lazy", disk]);
      }
      await until("the file anew", () => existsSync(file));
    },
    check: (_testbed, figures) => expectNoErrors(figures),
  },
  {
    group,
    name: "every CPU core is busy for 3 s",
    alone: true,
    strike: (testbed) => whileBusy(testbed, 60),
  },
  {
    group,
    name: "every CPU core is busy for 3 s, and the gateway has the lowest priority (nice 19)",
    alone: true,
    testbed: {
      launch: (args, onStderr, env) => startDaemon(args, onStderr, env, ["nice", "-n", "19"]),
    },
    strike: (testbed) => whileBusy(testbed, 60),
  },
];

function clockFileIn(folder: string): string {
  return join(folder, "clock");
}

function setClock(folder: string, time: string): void {
  const file = clockFileIn(folder);
  writeFileSync(`${file}.new`, `${time}\n`);
  renameSync(`${file}.new`, file);
}

/** A process for each core that does nothing else than compute, but not for ever, whatever becomes of the suite. */
async function whileBusy({ lasts }: Testbed, requests: number): Promise<void> {
  const compute = "const end = Date.now() + 60_000; while (Date.now() < end);";
  const children = Array.from({ length: availableParallelism() }, () => spawn(process.execPath, ["-e", compute]));
  const ended = children.map((child) => once(child, "exit"));
  await lasts(requests);
  for (const child of children) child.kill("SIGKILL");
  await Promise.all(ended);
}
