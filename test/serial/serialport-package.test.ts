/**
 * What `src/serial` relies on in serialport's binding beyond its documentation: one test for each point, so that an
 * upgrade that changes one says which.
 */
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync, readSync } from "node:fs";
import { type TestContext, test } from "node:test";
import { SerialPort } from "serialport";
import { openPty, type Pty } from "../support/pty.ts";

const readable = 1;
const writable = 2;

/** As `src/serial` sees it: more than the binding's types say. */
interface Binding {
  readonly fd: number;
  readonly poller: {
    on(event: "readable" | "writable", callback: (error: Error | null) => void): unknown;
    poll(bits: number): void;
    stop(): void;
  };
  flush(): Promise<void>;
  close(): Promise<void>;
}

const stty = (pty: Pty, ...args: string[]) => execFileSync("stty", ["-F", pty.path, ...args], { encoding: "utf8" });

async function open(t: TestContext, options: { readonly lock?: boolean } = {}, before = "-hupcl") {
  const pty = await openPty();
  t.after(() => pty.hangUp());
  stty(pty, before);
  const binding = await SerialPort.binding.open({ path: pty.path, baudRate: 9600, hupcl: false, ...options });
  const port = binding as unknown as Binding;
  t.after(() => port.close().catch(() => {}));
  return { pty, port };
}

/** The first call of the poller's listener. */
function told({ poller }: Binding, event: "readable" | "writable", bits: number): Promise<Error | null> {
  return new Promise((resolve) => {
    poller.on(event, resolve);
    poller.poll(bits);
  });
}

test("a port has a descriptor, which does not block", async (t) => {
  const { port } = await open(t);
  assert.ok(Number.isSafeInteger(port.fd));
  const flags = /^flags:\s+(\d+)$/m.exec(readFileSync(`/proc/self/fdinfo/${port.fd}`, "utf8"))?.[1] ?? "";
  assert.notEqual(Number.parseInt(flags, 8) & 0o4000, 0); // O_NONBLOCK of <asm-generic/fcntl.h>
  assert.throws(() => readSync(port.fd, Buffer.alloc(1)), { code: "EAGAIN" });
});

test("its poller tells of bytes that have come, with null, and of room for some", async (t) => {
  const { pty, port } = await open(t);
  assert.equal(await told(port, "writable", writable), null);
  const readiness = told(port, "readable", readable);
  pty.send("A");
  assert.equal(await readiness, null);
  const buffer = Buffer.alloc(4);
  assert.equal(readSync(port.fd, buffer), 1);
  assert.equal(buffer.toString("latin1", 0, 1), "A");
});

test("its poller, stopped, tells every listener so by an error", async (t) => {
  const { port } = await open(t);
  const end = told(port, "readable", readable);
  port.poller.stop();
  assert.ok((await end) instanceof Error);
});

test("without hupcl it leaves HUPCL as it is", async (t) => {
  for (const before of ["hupcl", "-hupcl"]) {
    const { pty } = await open(t, {}, before);
    assert.ok(stty(pty, "-a").split(/\s+/).includes(before));
  }
});

test("it locks the port only where that is wanted, by a lock that flock(1) sees", async (t) => {
  const lock = (pty: Pty) => spawnSync("flock", ["-n", pty.path, "true"]).status;
  const [locked, free] = [await open(t, { lock: true }), await open(t, { lock: false })];
  assert.deepEqual([lock(locked.pty), lock(free.pty)], [1, 0]);
});

test("what has come is gone after a flush", async (t) => {
  const { pty, port } = await open(t);
  const readiness = told(port, "readable", readable);
  pty.send("A");
  await readiness;
  await port.flush();
  assert.throws(() => readSync(port.fd, Buffer.alloc(1)), { code: "EAGAIN" });
});
