/** The simulated faults are like the real ones, as far as a process can tell. Needs gcc. */
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { SerialPort } from "serialport";
import { createWatch } from "../watch.ts";
import { createSickDevice } from "./hanging-open.ts";
import { createSuspension } from "./suspend.ts";
import { openUart } from "./uart.ts";

const folder = mkdtempSync(join(tmpdir(), "rrpc-shims-test-"));
after(() => rmSync(folder, { recursive: true }));

test("in a suspend the monotonic clock stands still, and the uptime goes on", async () => {
  const { env, suspend } = createSuspension(folder);
  const say = "console.log(performance.now(), os.uptime() * 1000)";
  const script = `const os = require("node:os"); ${say}; process.stdin.on("data", () => ${say})`;
  const child = spawn(process.execPath, ["-e", script], {
    env: { ...process.env, ...env },
    stdio: ["pipe", "pipe", "inherit"],
  });
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const clocks = async () => `${(await lines.next()).value}`.split(" ").map(Number);
  const [monotonic = 0, uptime = 0] = await clocks();
  await suspend(child.pid ?? 0, () => sleep(1500));
  child.stdin.write("\n");
  const [monotonicThen = 0, uptimeThen = 0] = await clocks();
  child.stdin.end();
  await once(child, "close");
  assert.ok(monotonicThen > monotonic && monotonicThen - monotonic < 1000, `${monotonicThen - monotonic} ms`);
  assert.ok(uptimeThen - uptime >= 1400, `${uptimeThen - uptime} ms`);
});

test("open(2) of a sick device returns when it is well again", async () => {
  const path = join(folder, "no-such-tty");
  const device = createSickDevice(path, folder);
  device.fallIll();
  const child = spawn("cat", [path], { env: { ...process.env, ...device.env, LC_ALL: "C" } });
  const ended = once(child, "close");
  assert.equal(await Promise.race([ended.then(() => "ended"), sleep(500, "hangs")]), "hangs");
  assert.match(execFileSync("cat", ["/dev/null"], { env: { ...process.env, ...device.env } }).toString(), /^$/);
  device.recover();
  assert.deepEqual(await ended, [1, null]);
});

test("a UART's driver takes what is written, sends it at the baud rate, holds it, and throws it away when told", async () => {
  const watch = createWatch();
  let received = "";
  const flushed: number[] = [];
  const uart = await openUart({
    baudRate: 9600,
    onBytes(bytes) {
      received += bytes.toString("latin1");
      watch.changed();
    },
    onFlushed(byteCount) {
      flushed.push(byteCount);
      watch.changed();
    },
  });
  const port = await SerialPort.binding.open({ path: uart.path, baudRate: 9600 });
  await uart.hold(true);
  await port.write(Buffer.from("never"));
  await sleep(50);
  await port.flush();
  await watch.until("the flush", () => flushed.length > 0);
  await port.write(Buffer.from("a".repeat(96)));
  await sleep(50);
  assert.deepEqual({ flushed, received }, { flushed: [5], received: "" });
  const fromMs = performance.now();
  await uart.hold(false);
  await watch.until("what was held", () => received.length === 96);
  const tookMs = performance.now() - fromMs;
  assert.ok(tookMs > 95 && tookMs < 500, `${tookMs} ms for 100 ms of bytes`);
  // Closing loses nothing; what has not left yet is lost by a flush.
  await port.write(Buffer.from("b".repeat(96)));
  await watch.until("some of it", () => received.length > 96 + 10);
  await port.flush();
  await port.write(Buffer.from("c".repeat(48)));
  await port.close();
  await watch.until("all of what was written last", () => received.endsWith("c".repeat(48)));
  const left = received.length - 96 - 48;
  assert.ok(left > 10 && left < 90, `${left} of 96 bytes left in spite of the flush`);
  await uart.close();
});
