import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { startDaemon } from "../../support/daemon.ts";
import type { Figures } from "../ledger.ts";
import type { FaultRow } from "../row.ts";
import type { Testbed } from "../testbed.ts";
import { changeConfig, configOf } from "./config-file.ts";
import { expectErrors, expectNoErrors } from "./expect-errors.ts";
import { everyLine, expectNothingStale, expectOneOpening } from "./expect-port.ts";

export const daemonRows: readonly FaultRow[] = [
  restarted("SIGTERM", "SIGTERM, and started again at once"),
  restarted("SIGINT", "SIGINT, and started again at once"),
  {
    group: "daemon",
    name: "SIGTERM twice, and started again at once",
    note: "The second one comes while the first command is still being done: it ends the gateway in the middle of it.",
    restarts: true,
    async strike(testbed) {
      const { gateway, mcu, tap, until } = testbed;
      await letWait(testbed, 1000);
      const seen = tap.traffic.length;
      gateway.daemon().signal("SIGTERM");
      await until("a refusal", () =>
        tap.traffic.slice(seen).some((event) => event.kind === "response" && event.payload.includes('"stopping"')),
      );
      expectEnd(await gateway.end("SIGTERM"), "SIGTERM");
      await mcu.control({ kind: "faults", change: { delayMs: 0 } });
      gateway.start();
    },
    check: (_testbed, figures) => expectErrors(figures, "stopping"),
  },
  {
    group: "daemon",
    name: "SIGKILL, and started again after 5 s",
    note: "As systemd does it by the unit's `RestartSec=`; a command was being done, and others waited.",
    restarts: true,
    async strike(testbed) {
      const { gateway, mcu, lasts } = testbed;
      await letWait(testbed, 300);
      expectEnd(await gateway.end("SIGKILL"), "SIGKILL");
      await mcu.control({ kind: "faults", change: { delayMs: 0 } });
      await lasts(100);
      gateway.start();
    },
  },
  {
    group: "daemon",
    name: "stopped (SIGSTOP) for 10 s, and asked 1000 times meanwhile",
    note:
      "What has come meanwhile is older than anybody waits for, and is not executed; what comes before all of that is " +
      "read cannot be told from it.",
    async strike({ flow, gateway, lasts, outage }) {
      await outage(async () => {
        gateway.daemon().signal("SIGSTOP");
        flow(100);
        await lasts(1000);
        flow(20);
        gateway.daemon().signal("SIGCONT");
        await lasts(10);
      });
    },
    check: expectNothingStale,
  },
  {
    group: "daemon",
    name: "SIGHUP, with nothing changed",
    async strike({ gateway, lasts }) {
      gateway.daemon().signal("SIGHUP");
      await lasts(20);
    },
    check: expectUnnoticed,
  },
  {
    group: "daemon",
    name: "SIGHUP, with a bad configuration",
    testbed: everyLine,
    async strike({ folder, gateway, until }) {
      const file = configOf(folder);
      const config = readFileSync(file);
      const seen = gateway.log().length;
      writeFileSync(file, "hub: seven\n");
      gateway.daemon().signal("SIGHUP");
      await until("its refusal", () => gateway.log().includes("the old one stays", seen));
      writeFileSync(file, config);
    },
    check: expectUnnoticed,
  },
  {
    group: "daemon",
    name: "SIGHUP, with another margin, another limit of what waits, and another topic of events",
    note: "Nothing of it needs another port or another session.",
    testbed: everyLine,
    async strike({ folder, gateway, lasts }, round) {
      changeConfig(folder, "rrpc", { queueMax: 200 + round, marginMs: 500 + round });
      changeConfig(folder, "events", { topic: `ABCDEFGH12/gateway01/events-${round}` });
      gateway.daemon().signal("SIGHUP");
      await lasts(20);
    },
    check(testbed, figures) {
      expectUnnoticed(testbed, figures);
      expectOneOpening(testbed);
    },
  },
  {
    group: "daemon",
    name: "a second gateway with the same file, for as long as it likes to stay",
    note: "It says which process has the port or the session, and ends.",
    testbed: everyLine,
    async strike({ folder, gateway, lasts }) {
      const second = startDaemon(["run", "--config", configOf(folder)]);
      const stays = lasts(60).then(() => "stays" as const);
      const end = await Promise.race([second.ended, stays]);
      second.signal("SIGKILL");
      await second.ended;
      if (end === "stays" || end === 0) throw new Error(`the second gateway ${end === "stays" ? end : "ended well"}`);
      assert.match(second.stderr(), new RegExp(`\\b${gateway.daemon().pid}\\b`));
    },
    check(testbed, figures) {
      expectUnnoticed(testbed, figures);
      expectOneOpening(testbed);
    },
  },
  {
    group: "daemon",
    name: "a second gateway with the same device from another file, for as long as it stays",
    note: "It has a port of its own, so only the device shows it: it says which process serves that, and ends.",
    testbed: everyLine,
    async strike({ folder, gateway, lasts }) {
      const { hub, serial } = JSON.parse(readFileSync(configOf(folder), "utf8"));
      const path = join(folder, "another-port");
      writeFileSync(join(folder, "another.yaml"), JSON.stringify({ hub, serial: { ...serial, path } }));
      const second = startDaemon(["run", "--config", join(folder, "another.yaml")]);
      const end = await Promise.race([second.ended, lasts(60).then(() => "stays" as const)]);
      second.signal("SIGKILL");
      await second.ended;
      assert.equal(end, 69, second.stderr());
      assert.match(second.stderr(), new RegExp(`serves it already, process ${gateway.daemon().pid}\\b`));
    },
    check(testbed, figures) {
      expectUnnoticed(testbed, figures);
      expectOneOpening(testbed);
    },
  },
  {
    group: "daemon",
    name: "SIGHUP in the first 0.1 s of a start",
    note: "From the moment at which Node.js runs the first line of the program; before that it knows no signals.",
    restarts: true,
    async strike({ gateway }, round) {
      expectEnd(await gateway.end("SIGTERM"), 0);
      gateway.start();
      const { pid } = gateway.daemon();
      await untilCaught(pid, 1);
      await sleep([0, 30, 90][round % 3]);
      gateway.daemon().signal("SIGHUP");
    },
    check({ gateway }) {
      assert.equal(gateway.startsAtMs.length, 4);
      assert.doesNotMatch(gateway.log(), /the old one stays/);
    },
  },
  {
    group: "daemon",
    name: "nine readers of the monitor that stay and read nothing, a reload, and a stop",
    restarts: true,
    testbed: { config: { monitor: { socket: "monitor.sock" } } },
    async strike({ folder, gateway, lasts, tap, until }, round) {
      const sockets = await watchNineTimes(join(folder, "monitor.sock"));
      await lasts(10);
      changeConfig(folder, "hub", { keepaliveS: 61 + round });
      const seen = tap.traffic.length;
      gateway.daemon().signal("SIGHUP");
      await until("the reload", () => tap.traffic.slice(seen).some(({ kind }) => kind === "subscribed"));
      const late = lasts(100).then(() => Promise.reject(new Error("it does not stop")));
      expectEnd(await Promise.race([gateway.end("SIGTERM"), late]), 0);
      for (const socket of sockets) socket.destroy();
      gateway.start();
    },
  },
  {
    group: "daemon",
    name: "SIGHUP, with another keepalive of the session",
    note: "The session is another one, 5 s after the last one began.",
    async strike({ folder, gateway, tap, until }, round) {
      changeConfig(folder, "hub", { keepaliveS: 61 + round });
      const seen = tap.traffic.length;
      gateway.daemon().signal("SIGHUP");
      await until("the new session", () => tap.traffic.slice(seen).some(({ kind }) => kind === "subscribed"));
    },
  },
];

/** Until the process catches a signal, by proc(5)'s mask of them. Such a moment tells nobody that it has come. */
async function untilCaught(pid: number, signal: number): Promise<void> {
  const boundAt = performance.now() + 10_000;
  for (;;) {
    const [, mask = "0"] = /^SigCgt:\s+([0-9a-f]+)$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
    if (((BigInt(`0x${mask}`) >> BigInt(signal - 1)) & 1n) === 1n) return;
    if (performance.now() > boundAt) throw new Error(`signal ${signal} is not caught`);
    await sleep(1);
  }
}

/** Ended in good order under load, while a command is being done and others wait. */
function restarted(signal: NodeJS.Signals, name: string): FaultRow {
  return {
    group: "daemon",
    name,
    restarts: true,
    async strike(testbed) {
      await letWait(testbed, 300);
      expectEnd(await testbed.gateway.end(signal), 0);
      await testbed.mcu.control({ kind: "faults", change: { delayMs: 0 } });
      testbed.gateway.start();
    },
    check: (_testbed, figures) => expectErrors(figures, "stopping"),
  };
}

/** Makes the MCU so slow that requests wait for it. */
async function letWait({ mcu, lasts }: Testbed, delayMs: number): Promise<void> {
  await mcu.control({ kind: "faults", change: { delayMs } });
  await lasts(10);
}

function expectEnd(how: number | NodeJS.Signals, expected: number | NodeJS.Signals): void {
  if (how !== expected) throw new Error(`the gateway ended with ${how}, not ${expected}`);
}

function expectOneSession({ tap }: Testbed): void {
  const openedCount = tap.traffic.filter(({ kind }) => kind === "opened").length;
  if (openedCount !== 1) throw new Error(`there were ${openedCount} connections`);
}

function expectUnnoticed(testbed: Testbed, figures: Figures): void {
  expectNoErrors(figures);
  expectOneSession(testbed);
}

/** Readers that watch as `rrpc-gateway monitor` does, but read nothing and never close. */
function watchNineTimes(path: string): Promise<Socket[]> {
  const open = () =>
    new Promise<Socket>((resolve, reject) => {
      const socket = connect({ path, allowHalfOpen: true }, () => {
        socket.write('{"want":"watch","withContents":false}\n');
        resolve(socket);
      });
      socket.once("error", reject).on("error", () => {});
    });
  return Promise.all(Array.from({ length: 9 }, open));
}
