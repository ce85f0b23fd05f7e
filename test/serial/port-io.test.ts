import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { constants, readFileSync } from "node:fs";
import { test } from "node:test";
import { openPort } from "../../src/serial/open-port.ts";
import { createPortIo } from "../../src/serial/port-io.ts";
import { openPty } from "../support/pty.ts";

const settings = {
  baudRate: 115200,
  dataBits: 8,
  parity: "none",
  stopBits: 1,
  rtscts: false,
  xonxoff: false,
  dtr: "leave",
  rts: "leave",
} as const;

/** What a port reads, and a way to wait for the next of it. */
function recordInput() {
  let wake = () => {};
  const input = {
    text: "",
    failures: [] as Error[],
    onBytes(bytes: Buffer) {
      input.text += bytes.toString();
      wake();
    },
    onFailed(error: Error) {
      input.failures.push(error);
      wake();
    },
    next: () =>
      new Promise<void>((resolve) => {
        wake = resolve;
      }),
  };
  return input;
}

test("bytes go both ways, and nothing comes once the port is stopped", async (t) => {
  const pty = await openPty();
  t.after(() => pty.hangUp());
  const port = await openPort({ ...settings, path: pty.path }, assert.fail);
  const io = createPortIo(port.tty);
  const input = recordInput();
  io.read(input);
  await io.write(Buffer.from("out"));
  assert.equal((await pty.received(3)).toString(), "out");
  pty.send("in");
  while (input.text.length < 2) await input.next();
  assert.equal(input.text, "in");
  io.stop();
  await port.release({ flush: true });
  assert.deepEqual(input.failures, []);
});

test("a device that goes is said once", async () => {
  const pty = await openPty();
  const port = await openPort({ ...settings, path: pty.path }, assert.fail);
  const input = recordInput();
  createPortIo(port.tty).read(input);
  await pty.hangUp();
  while (input.failures.length === 0) await input.next();
  await port.release({ flush: true });
  assert.equal(input.failures.length, 1);
});

test("a line of nothing, which the kernel makes of a NUL when it begins to gather lines, is no hang-up", async (t) => {
  const pty = await openPty();
  t.after(() => pty.hangUp());
  const port = await openPort({ ...settings, path: pty.path }, assert.fail);
  const has = (word: string) => execFileSync("stty", ["-F", pty.path, "-a"], { encoding: "utf8" }).includes(word);
  const readable = new Promise((resolve) => port.tty.poller.on("readable", resolve));
  port.tty.poller.poll(1);
  pty.send("\0");
  await readable;
  execFileSync("stty", ["-F", pty.path, "icanon", "eof", "undef"]);
  assert.ok(has(" icanon"));
  const input = recordInput();
  createPortIo(port.tty).read(input);
  pty.send("in\n");
  while (input.text.length < 3 && input.failures.length === 0) await input.next();
  assert.deepEqual([input.text, input.failures], ["in\n", []]);
  await port.release({ flush: true });
});

test("the descriptor never blocks: a write to a stalled peer would stop the whole process", async (t) => {
  const pty = await openPty();
  t.after(() => pty.hangUp());
  const port = await openPort({ ...settings, path: pty.path }, assert.fail);
  // proc_pid_fdinfo(5): the flags are octal.
  const flags = /^flags:\s*(\d+)$/m.exec(readFileSync(`/proc/self/fdinfo/${port.tty.fd}`, "utf8"))?.[1] ?? "0";
  assert.equal(Number.parseInt(flags, 8) & constants.O_NONBLOCK, constants.O_NONBLOCK);
  await port.release({ flush: true });
});

test("what is stopped takes no more", async (t) => {
  const pty = await openPty();
  t.after(() => pty.hangUp());
  const port = await openPort({ ...settings, path: pty.path }, assert.fail);
  const io = createPortIo(port.tty);
  pty.stall();
  const hanging = assert.rejects(io.write(Buffer.alloc(1 << 20)));
  io.stop();
  await hanging;
  await assert.rejects(io.write(Buffer.from("x")), /stopped/);
  io.read({ onBytes: () => assert.fail(), onFailed: assert.fail });
  await port.release({ flush: true });
});

test("what a reader throws ends the process as any exception does, not by an abort in the binding", async (t) => {
  const pty = await openPty();
  t.after(() => pty.hangUp());
  const source = (name: string) => JSON.stringify(new URL(`../../src/serial/${name}.ts`, import.meta.url).href);
  const program = `
    const { openPort } = await import(${source("open-port")});
    const { createPortIo } = await import(${source("port-io")});
    const port = await openPort(${JSON.stringify({ ...settings, path: pty.path })}, () => {});
    createPortIo(port.tty).read({ onBytes() { throw new Error("a bug of the reader"); }, onFailed() {} });
    process.stdout.write("reading");`;
  const child = spawn(process.execPath, ["--import", "tsx", "--input-type=module", "--eval", program]);
  let errors = "";
  child.stderr.on("data", (text) => {
    errors += text;
  });
  child.stdout.once("data", () => pty.send("x"));
  const [exitCode] = await once(child, "close");
  assert.equal(exitCode, 1);
  assert.match(errors, /a bug of the reader/);
});
