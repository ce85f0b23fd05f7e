// A pseudo-terminal has no modem lines, so that the binding is a fake here.
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { SerialPort } from "serialport";
import { type ModemLine, openPort } from "../../src/serial/open-port.ts";

/** What was done to the port, in its order, and when. */
type Deed = readonly [deed: string, atMs: number];

interface Wanted {
  readonly dtr?: ModemLine;
  readonly rts?: ModemLine;
  readonly pulse?: { readonly line: "dtr" | "rts"; readonly ms: number };
  /** What the device says of a change of its lines. */
  readonly fault?: Error;
}

async function open(t: TestContext, { fault, ...lines }: Wanted): Promise<{ deeds: Deed[]; notes: string[] }> {
  const deeds: Deed[] = [];
  const notes: string[] = [];
  const port = {
    fd: 0,
    poller: {},
    get: () => Promise.resolve({ cts: true, dsr: true, dcd: false, lowLatency: true }),
    set({ dtr, rts, ...others }: Readonly<Record<string, unknown>>) {
      if (fault !== undefined) return Promise.reject(fault);
      assert.deepEqual(others, { brk: false, lowLatency: true });
      deeds.push([`dtr ${dtr} rts ${rts}`, performance.now()]);
      return Promise.resolve();
    },
    flush() {
      deeds.push(["flush", performance.now()]);
      return Promise.resolve();
    },
  };
  t.mock.method(SerialPort.binding, "open", () => Promise.resolve(port));
  const format = { baudRate: 9600, dataBits: 8, parity: "none", stopBits: 1 } as const;
  const options = { path: "/dev/ttyX", ...format, rtscts: false, xonxoff: false } as const;
  await openPort({ ...options, dtr: "leave", rts: "leave", ...lines }, (text) => notes.push(text));
  return { deeds, notes };
}

const names = (deeds: readonly Deed[]) => deeds.map(([deed]) => deed);

test("modem lines that are left are not touched", async (t) => {
  assert.deepEqual(names((await open(t, {})).deeds), ["flush"]);
});

test("a modem line that is to be off is turned off, the other one stays on", async (t) => {
  assert.deepEqual(names((await open(t, { dtr: "off" })).deeds), ["dtr false rts true", "flush"]);
});

test("a pulse turns its line off for its time and on again, before what came in is thrown away", async (t) => {
  const { deeds } = await open(t, { pulse: { line: "dtr", ms: 50 } });
  assert.deepEqual(names(deeds), ["dtr false rts true", "dtr true rts true", "flush"]);
  const [[, offAt] = ["", 0], [, onAt] = ["", 0]] = deeds;
  assert.ok(onAt - offAt >= 49, `off for ${onAt - offAt} ms`); // Timers round to whole ms.
});

test("a pulse of one line leaves the other as it is configured", async (t) => {
  const { deeds } = await open(t, { dtr: "off", pulse: { line: "rts", ms: 1 } });
  assert.deepEqual(names(deeds), ["dtr false rts false", "dtr false rts true", "flush"]);
});

test("a device without modem lines is opened all the same, and says so", async (t) => {
  const { deeds, notes } = await open(t, { pulse: { line: "rts", ms: 1 }, fault: new Error("ENOTTY") });
  assert.deepEqual(names(deeds), ["flush"]);
  assert.deepEqual(notes, ["/dev/ttyX: DTR and RTS cannot be set: ENOTTY"]);
});

test("a port that shows no descriptor is closed again, with the reason", async (t) => {
  let closedCount = 0;
  const port = {
    flush: () => Promise.resolve(),
    close() {
      closedCount += 1;
      return Promise.resolve();
    },
  };
  t.mock.method(SerialPort.binding, "open", () => Promise.resolve(port));
  const format = { baudRate: 9600, dataBits: 8, parity: "none", stopBits: 1 } as const;
  const options = { path: "COM3", ...format, rtscts: false, xonxoff: false, dtr: "leave", rts: "leave" } as const;
  await assert.rejects(openPort(options, assert.fail), /no descriptor to poll/);
  assert.equal(closedCount, 1);
});
