// A pseudo-terminal has no modem lines, so that the tty is a fake here.
import assert from "node:assert/strict";
import { test } from "node:test";
import { type ModemLine, setModemLines } from "../../src/serial/modem-lines.ts";
import type { Tty } from "../../src/serial/tty.ts";

/** What was done to the port, in its order, and when. */
type Action = readonly [action: string, atMs: number];

interface Wanted {
  readonly dtr?: ModemLine;
  readonly rts?: ModemLine;
  readonly pulse?: { readonly line: "dtr" | "rts"; readonly ms: number };
  /** What the device says of a change of its lines. */
  readonly fault?: Error;
}

async function set({ fault, ...lines }: Wanted): Promise<{ actions: Action[]; notes: string[] }> {
  const actions: Action[] = [];
  const notes: string[] = [];
  const tty = {
    get: () => Promise.resolve({ cts: true, dsr: true, dcd: false, lowLatency: true }),
    set({ dtr, rts, ...others }: Readonly<Record<string, unknown>>) {
      if (fault !== undefined) return Promise.reject(fault);
      assert.deepEqual(others, { brk: false, lowLatency: true });
      actions.push([`dtr ${dtr} rts ${rts}`, performance.now()]);
      return Promise.resolve();
    },
  } as unknown as Tty;
  await setModemLines(tty, { path: "/dev/ttyX", dtr: "leave", rts: "leave", ...lines }, (text) => notes.push(text));
  return { actions, notes };
}

const names = (actions: readonly Action[]) => actions.map(([action]) => action);

test("modem lines that are left are not touched", async () => {
  assert.deepEqual((await set({})).actions, []);
});

test("a modem line that is to be off is turned off, the other one stays on", async () => {
  assert.deepEqual(names((await set({ dtr: "off" })).actions), ["dtr false rts true"]);
});

test("a pulse turns its line off for its time and on again", async () => {
  const { actions } = await set({ pulse: { line: "dtr", ms: 50 } });
  assert.deepEqual(names(actions), ["dtr false rts true", "dtr true rts true"]);
  const [[, offAt] = ["", 0], [, onAt] = ["", 0]] = actions;
  assert.ok(onAt - offAt >= 49, `off for ${onAt - offAt} ms`); // Timers round to whole ms.
});

test("a pulse of one line leaves the other as it is configured", async () => {
  const { actions } = await set({ dtr: "off", pulse: { line: "rts", ms: 1 } });
  assert.deepEqual(names(actions), ["dtr false rts false", "dtr false rts true"]);
});

test("a device without modem lines is noted, and any other fault in the system's words", async () => {
  const absent = "the device has no such lines";
  for (const [fault, why] of [
    ["ENOTTY", absent],
    ["Error: Inappropriate ioctl for device, cannot get", absent],
    ["EIO", "EIO"],
  ] as const) {
    const { actions, notes } = await set({ pulse: { line: "rts", ms: 1 }, fault: new Error(fault) });
    assert.deepEqual(actions, []);
    assert.deepEqual(notes, [`/dev/ttyX: DTR and RTS cannot be set: ${why}`]);
  }
});
