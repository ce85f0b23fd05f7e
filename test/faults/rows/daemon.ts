import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Field } from "../field.ts";
import type { Figures } from "../ledger.ts";
import type { FaultRow } from "../row.ts";
import { expectErrors, expectNoErrors } from "./expect-errors.ts";

export const daemonRows: readonly FaultRow[] = [
  restarted("SIGTERM", "SIGTERM, and started again at once"),
  restarted("SIGINT", "SIGINT, and started again at once"),
  {
    group: "daemon",
    name: "SIGTERM twice, and started again at once",
    note: "The second one comes while the first command is still being done: it ends the gateway in the middle of it.",
    restarts: true,
    async strike(field) {
      const { gateway, mcu, tap, until } = field;
      await letWait(field, 1000);
      const seen = tap.sights.length;
      gateway.daemon().signal("SIGTERM");
      await until("a refusal", () =>
        tap.sights.slice(seen).some((sight) => sight.kind === "response" && sight.payload.includes('"stopping"')),
      );
      expectEnd(await gateway.end("SIGTERM"), "SIGTERM");
      await mcu.control({ kind: "faults", change: { delayMs: 0 } });
      gateway.start();
    },
    check: (_field, figures) => expectErrors(figures, "stopping"),
  },
  {
    group: "daemon",
    name: "SIGKILL, and started again after 5 s",
    note: "As systemd does it by the unit's `RestartSec=`; a command was being done, and others waited.",
    restarts: true,
    async strike(field) {
      const { gateway, mcu, lasts } = field;
      await letWait(field, 300);
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
      "What has come meanwhile is older than anybody waits for, and is not executed; what comes in the first 0.1 s " +
      "afterwards cannot be told from it.",
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
    name: "SIGHUP, with another limit of what waits for the MCU",
    note: "Port and session stay.",
    async strike({ folder, gateway, lasts }, round) {
      changeConfig(folder, "rrpc", { queueMax: 20 + round });
      gateway.daemon().signal("SIGHUP");
      await lasts(20);
    },
    check: expectOneSession,
  },
  {
    group: "daemon",
    name: "SIGHUP, with another keepalive of the session",
    note: "The session is another one, 5 s after the last one began.",
    async strike({ folder, gateway, tap, until }, round) {
      changeConfig(folder, "hub", { keepaliveS: 61 + round });
      const seen = tap.sights.length;
      gateway.daemon().signal("SIGHUP");
      await until("the new session", () => tap.sights.slice(seen).some(({ kind }) => kind === "subscribed"));
    },
  },
];

/** Ended in good order under load, while a command is being done and others wait. */
function restarted(signal: NodeJS.Signals, name: string): FaultRow {
  return {
    group: "daemon",
    name,
    restarts: true,
    async strike(field) {
      await letWait(field, 300);
      expectEnd(await field.gateway.end(signal), 0);
      await field.mcu.control({ kind: "faults", change: { delayMs: 0 } });
      field.gateway.start();
    },
    check: (_field, figures) => expectErrors(figures, "stopping"),
  };
}

/** Makes the MCU so slow that requests wait for it. */
async function letWait({ mcu, lasts }: Field, delayMs: number): Promise<void> {
  await mcu.control({ kind: "faults", change: { delayMs } });
  await lasts(10);
}

function expectEnd(how: number | NodeJS.Signals, expected: number | NodeJS.Signals): void {
  if (how !== expected) throw new Error(`the gateway ended with ${how}, not ${expected}`);
}

/** Throws where a command was begun after its request's cutoff. */
function expectNothingStale({ tap, deeds }: Field): void {
  const cutoffMs = 4000;
  const arrivedAtMs = new Map<string, number>();
  for (const sight of tap.sights) {
    if (sight.kind === "request") arrivedAtMs.set(sight.payload.toString("latin1"), sight.atMs);
  }
  const stale = deeds.filter(({ payload, atMs }) => atMs - (arrivedAtMs.get(payload) ?? atMs) >= cutoffMs);
  if (stale.length > 0) throw new Error(`${stale.length} commands were executed after their cutoff`);
}

function expectOneSession({ tap }: Field): void {
  const openedCount = tap.sights.filter(({ kind }) => kind === "opened").length;
  if (openedCount !== 1) throw new Error(`there were ${openedCount} connections`);
}

function expectUnnoticed(field: Field, figures: Figures): void {
  expectNoErrors(figures);
  expectOneSession(field);
}

function configOf(folder: string): string {
  return join(folder, "config.yaml");
}

/** Changes options of one section of the configuration file. */
function changeConfig(folder: string, section: "hub" | "rrpc", options: Readonly<Record<string, unknown>>): void {
  const file = configOf(folder);
  const config = JSON.parse(readFileSync(file, "utf8"));
  writeFileSync(file, JSON.stringify({ ...config, [section]: { ...config[section], ...options } }));
}
