/**
 * The serial port as a real driver behaves: it holds bytes that are leaving, and its open(2) may hang. Needs `npm run
 * build` and gcc.
 */
import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe } from "node:test";
import { type OpeningEvent, openLink } from "../../src/serial/link.ts";
import { type World, type WorldOptions, worldTests } from "../e2e/world.ts";
import { createRecorder } from "../serial/recorder.ts";
import { createSickDevice, type SickDevice } from "../support/shims/hanging-open.ts";
import { openUart, type UartTty } from "../support/shims/uart.ts";
import { createWatch, type Watch } from "../support/watch.ts";

/** With the sigil, the id, the space and LF 159 bytes: 166 ms at 9600 baud. */
const payload = "dose ml=1000 rate=5 ".repeat(8).slice(0, 154);
const line = `>41 ${payload}`;

interface Wire {
  readonly watch: Watch;
  uart: UartTty | undefined;
  /** All that has left the gateway, as it is on the wire. */
  text: string;
  flushedBytes: number;
}

/** A virtual MCU at 9600 baud behind a driver's buffer, and what is seen on the wire to it. */
function slowWorld(serial: Readonly<Record<string, unknown>> = {}): WorldOptions & { readonly wire: Wire } {
  const wire: Wire = { watch: createWatch(), uart: undefined, text: "", flushedBytes: 0 };
  return {
    wire,
    config: { serial: { baudRate: 9600, ...serial } },
    mcu: {
      async openTty({ onBytes, ...options }) {
        wire.uart = await openUart({
          ...options,
          baudRate: 9600,
          onBytes(bytes) {
            wire.text += bytes.toString("latin1");
            wire.watch.changed();
            onBytes(bytes);
          },
          onFlushed(byteCount) {
            wire.flushedBytes += byteCount;
            wire.watch.changed();
          },
        });
        return wire.uart;
      },
    },
  };
}

function reload({ folder, daemon }: World, serial: Readonly<Record<string, unknown>>): void {
  const file = join(folder, "config.yaml");
  const config = JSON.parse(readFileSync(file, "utf8"));
  writeFileSync(file, JSON.stringify({ ...config, serial: { ...config.serial, ...serial } }));
  daemon.signal("SIGHUP");
}

describe("a driver that holds what is leaving", () => {
  const test = worldTests();

  const flowing = slowWorld();
  test("a reload amid a command of 159 bytes at 9600 baud lets all of it leave", flowing, async (w) => {
    const { wire } = flowing;
    await w.log(/mcu: virtual-mcu/);
    await w.send([["41", payload]]);
    await wire.watch.until("the beginning of the command", () => wire.text.includes(line.slice(0, 20)));
    assert.ok(!wire.text.includes(line));
    reload(w, { stopBits: 2 });
    await w.log(/opened anew, for serial\.stopBits/);
    await wire.watch.until("the whole command", () => wire.text.includes(`${line}\n`));
    assert.equal((await w.response("41")).text, payload);
    assert.equal((await w.call("42", "too late for this opening")).error, "unavailable serial_down no");
    await w.until("the next opening", () => w.daemon.stderr().match(/is open,/g)?.length === 2);
    assert.equal(wire.flushedBytes, 0);
    assert.equal(w.mcu.counts().executed, 1);
    assert.equal((await w.call("43", "after")).text, "after");
    assert.equal(w.mcu.counts().torn, 0);
  });

  test("a write that discards throws away what the driver holds, and goes out alone", {}, async () => {
    const watch = createWatch();
    let [text, takenBytes, flushedBytes] = ["", 0, 0];
    const uart = await openUart({
      baudRate: 115_200,
      onBytes(bytes) {
        text += bytes.toString("latin1");
        watch.changed();
      },
      onTaken(byteCount) {
        takenBytes += byteCount;
        watch.changed();
      },
      onFlushed(byteCount) {
        flushedBytes += byteCount;
        watch.changed();
      },
    });
    const recorder = createRecorder<OpeningEvent>();
    const format = { baudRate: 115_200, dataBits: 8, parity: "none", stopBits: 1 } as const;
    const lines = { rtscts: false, xonxoff: true, dtr: "leave", rts: "leave", hupcl: "leave" } as const;
    const link = openLink({ path: uart.path, ...format, ...lines, lineBytesMax: 256, lineEnd: "lf" }, recorder.emit);
    await recorder.next("up");
    await uart.hold(true);
    link.write(Buffer.from("dose ml=1000\n"));
    await recorder.next("written");
    await watch.until("the first line in the driver", () => takenBytes === 13);
    link.write(Buffer.from("?\n"), { discardsUnsent: true });
    await recorder.next("written");
    await uart.hold(false);
    await watch.until("the second line", () => text.endsWith("?\n"));
    await watch.until("the flush", () => flushedBytes > 0);
    assert.deepEqual({ text, flushedBytes }, { text: "?\n", flushedBytes: 13 });
    link.close();
    await recorder.next("down");
    await uart.close();
  });

  const held = slowWorld({ rtscts: true });
  test("what flow control holds is thrown away within a bound, and becomes no command", held, async (w) => {
    const { wire } = held;
    await w.log(/mcu: virtual-mcu/);
    await w.send([["41", payload]]);
    await wire.watch.until("the beginning of the command", () => wire.text.includes(line.slice(0, 20)));
    await wire.uart?.hold(true);
    const fromMs = performance.now();
    reload(w, { stopBits: 2 });
    await wire.watch.until("the flush", () => wire.flushedBytes > 0);
    assert.ok(performance.now() - fromMs < 2500, `${performance.now() - fromMs} ms`);
    assert.equal((await w.response("41")).error, "aborted link_lost unknown");
    await wire.uart?.hold(false);
    await w.until("the next opening", () => w.daemon.stderr().match(/is open,/g)?.length === 2);
    assert.equal((await w.call("42", "after")).text, "after");
    assert.equal(w.mcu.counts().executed, 1);
    assert.ok(!wire.text.includes(`${line}\n`));
  });
});

/** A gateway whose device is sick from the start, or well. */
function sickWorld(exitCode?: "SIGTERM"): WorldOptions & { device: SickDevice | undefined } {
  const options: WorldOptions & { device: SickDevice | undefined } = {
    device: undefined,
    ...(exitCode === undefined ? {} : { exitCode }),
    async before({ folder }) {
      options.device = createSickDevice(join(folder, "mcu"), folder);
      options.device.fallIll();
      await Promise.resolve();
    },
    env: () => options.device?.env ?? {},
  };
  return options;
}

/** How many threads of a process sleep, as the shim does in open(2) and no other thread of Node.js does. */
function openingThreads(pid: number): number {
  const sleeping = ["35", "230", "101", "115"]; // nanosleep and clock_nanosleep on x86_64 and on arm64
  const folder = `/proc/${pid}/task`;
  const syscalls = readdirSync(folder).map((task) => readFileSync(join(folder, task, "syscall"), "latin1"));
  return syscalls.filter((syscall) => sleeping.includes(syscall.split(" ")[0] ?? "")).length;
}

describe("an open(2) that hangs", { concurrency: 3 }, () => {
  const test = worldTests();

  const sick = sickWorld();
  test("is told as that, and not tried again beside itself; the session lives on", sick, async (w) => {
    await w.log(/session: up/);
    assert.equal((await w.call("1", "no port")).error, "unavailable serial_down no");
    await w.log(/link: open\(\) of \S+mcu has not returned for 15 s: the USB hub or the driver hangs\n/);
    assert.equal(openingThreads(w.daemon.pid), 1);
    assert.equal((await w.call("2", "still none")).error, "unavailable serial_down no");
    sick.device?.recover();
    await w.log(/link: .* is open, after/);
    assert.equal((await w.call("3", "after")).text, "after");
  });

  test("does not keep the process from its end", sickWorld("SIGTERM"), async (w) => {
    await w.log(/session: up/);
    const fromMs = performance.now();
    w.daemon.signal("SIGTERM");
    assert.equal(await w.exit(), "SIGTERM");
    assert.ok(performance.now() - fromMs < 5000, `${performance.now() - fromMs} ms`);
    assert.match(w.daemon.stderr(), /stopped after/);
  });

  test("nor a second signal from ending it at once", sickWorld("SIGTERM"), async (w) => {
    await w.log(/session: up/);
    w.daemon.signal("SIGTERM");
    await w.log(/SIGTERM: no more requests/);
    const fromMs = performance.now();
    w.daemon.signal("SIGTERM");
    assert.equal(await w.exit(), "SIGTERM");
    assert.ok(performance.now() - fromMs < 1000, `${performance.now() - fromMs} ms`);
  });
});
