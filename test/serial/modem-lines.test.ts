// A pseudo-terminal has no modem lines, so that the tty is a fake here.
import assert from "node:assert/strict";
import { test } from "node:test";
import { type ModemLine, setModemLines } from "../../src/serial/modem-lines.ts";
import type { Tty } from "../../src/serial/tty.ts";

/** What was done to the port, in its order, and when. */
type Deed = readonly [deed: string, atMs: number];

interface Wanted {
  readonly dtr?: ModemLine;
  readonly rts?: ModemLine;
  readonly pulse?: { readonly line: "dtr" | "rts"; readonly ms: number };
  /** What the device says of a change of its lines. */
  readonly fault?: Error;
}

async function set({ fault, ...lines }: Wanted): Promise<{ deeds: Deed[]; notes: string[] }> {
  const deeds: Deed[] = [];
  const notes: string[] = [];
  const tty = {
    get: () => Promise.resolve({ cts: true, dsr: true, dcd: false, lowLatency: true }),
    set({ dtr, rts, ...others }: Readonly<Record<string, unknown>>) {
      if (fault !== undefined) return Promise.reject(fault);
      assert.deepEqual(others, { brk: false, lowLatency: true });
      deeds.push([`dtr ${dtr} rts ${rts}`, performance.now()]);
      return Promise.resolve();
    },
  } as unknown as Tty;
  await setModemLines(tty, { path: "/dev/ttyX", dtr: "leave", rts: "leave", ...lines }, (text) => notes.push(text));
  return { deeds, notes };
}

const names = (deeds: readonly Deed[]) => deeds.map(([deed]) => deed);

test("modem lines that are left are not touched", async () => {
  assert.deepEqual((await set({})).deeds, []);
});

test("a modem line that is to be off is turned off, the other one stays on", async () => {
  assert.deepEqual(names((await set({ dtr: "off" })).deeds), ["dtr false rts true"]);
});

test("a pulse turns its line off for its time and on again", async () => {
  const { deeds } = await set({ pulse: { line: "dtr", ms: 50 } });
  assert.deepEqual(names(deeds), ["dtr false rts true", "dtr true rts true"]);
  const [[, offAt] = ["", 0], [, onAt] = ["", 0]] = deeds;
  assert.ok(onAt - offAt >= 49, `off for ${onAt - offAt} ms`); // Timers round to whole ms.
});

test("a pulse of one line leaves the other as it is configured", async () => {
  const { deeds } = await set({ dtr: "off", pulse: { line: "rts", ms: 1 } });
  assert.deepEqual(names(deeds), ["dtr false rts false", "dtr false rts true"]);
});

test("a device without modem lines is noted", async () => {
  const { deeds, notes } = await set({ pulse: { line: "rts", ms: 1 }, fault: new Error("ENOTTY") });
  assert.deepEqual(deeds, []);
  assert.deepEqual(notes, ["/dev/ttyX: DTR and RTS cannot be set: ENOTTY"]);
});
