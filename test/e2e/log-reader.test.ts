/** A log that nobody reads any more, down to a pipe that is full from the start, costs the log's lines and nothing else. */
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, constants, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { connect, createServer, Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { startHub } from "../../src/lab/hub/hub.ts";
import { startVirtualMcu } from "../../src/lab/mcu/virtual-mcu.ts";
import { program } from "../support/daemon.ts";
import { createWatch, type Watch } from "../support/watch.ts";

const device = { productId: "ABCDEFGH12", deviceName: "gateway01", deviceSecret: "MDEyMzQ1Njc4OWFiY2RlZg==" };

/** The built gateway with level debug and this standard error, subscribed and with its MCU. */
async function startGateway(t: TestContext, folder: string, stderr: number | Socket, watch: Watch) {
  const hub = await startHub({ devices: [device], observe: watch.changed });
  t.after(() => hub.close());
  const mcu = await startVirtualMcu({ link: join(folder, "mcu"), window: 4, observe: watch.changed });
  t.after(() => mcu.close());
  const config = join(folder, "config.yaml");
  const endpoint = { transport: "tcp", host: "127.0.0.1", port: hub.mqttPort };
  const sections = { hub: { ...device, ...endpoint }, serial: { path: mcu.path }, log: { level: "debug" } };
  writeFileSync(config, JSON.stringify(sections));
  const child = spawn(process.execPath, [program, "run", "--config", config], { stdio: ["ignore", "ignore", stderr] });
  const ended = once(child, "exit");
  t.after(async () => {
    child.kill("SIGKILL");
    await ended;
  });
  await watch.until("the subscription", () => hub.counts().subscribed > 0);
  await watch.until("the MCU", () => mcu.counts().probes > 0);
  return {
    /** Makes calls, ten at a time; each is answered with its own payload, within the cutoff of 4 s. */
    async callAll(count: number): Promise<void> {
      let begun = 0;
      const caller = async () => {
        while (begun < count) {
          const payload = `call ${++begun}`;
          const result = await hub.call(device, payload);
          assert.ok(result.kind === "answered", JSON.stringify(result));
          assert.equal(result.payload.toString(), payload);
        }
      };
      await Promise.all(Array.from({ length: 10 }, caller));
    },
    async stop(): Promise<void> {
      child.kill("SIGTERM");
      assert.deepEqual(await ended, [0, null]);
    },
  };
}

/** What arrives at the log's other end once it is read. */
function readOn(end: Socket, watch: Watch): () => string {
  let text = "";
  end.setEncoding("latin1").on("data", (piece: string) => {
    text += piece;
    watch.changed();
  });
  end.resume();
  return () => text;
}

function temporaryFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "rrpc-log-"));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

const lost = /log: (\d+) lines were lost here/;

test("a full pipe on standard error: every request is answered, and the reader is told what it missed", async (t) => {
  const folder = temporaryFolder(t);
  const path = join(folder, "pipe");
  execFileSync("mkfifo", [path]);
  const readEnd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  fill(path);
  const writeEnd = openSync(path, constants.O_WRONLY);
  const watch = createWatch();
  const gateway = await startGateway(t, folder, writeEnd, watch);
  closeSync(writeEnd);
  await gateway.callAll(500);

  const reader = new Socket({ fd: readEnd, readable: true, writable: false });
  t.after(() => reader.destroy());
  const text = readOn(reader, watch);
  const found = await watch.until("the count of what was lost", () => lost.exec(text()) ?? undefined);
  assert.ok(Number(found[1]) >= 500, found[0]);
  await gateway.callAll(1);
  await watch.until("what comes after it", () => /lost here.*request \d+: ok/s.test(text()));

  reader.destroy();
  await gateway.callAll(20);
  await gateway.stop();
});

test("a socket on standard error whose reader stops: the same", async (t) => {
  const folder = temporaryFolder(t);
  const path = join(folder, "socket");
  const server = createServer({ pauseOnConnect: true }).listen(path);
  t.after(() => server.close());
  const [[readEnd], writeEnd] = await Promise.all([once(server, "connection"), connected(path)]);
  const watch = createWatch();
  const gateway = await startGateway(t, folder, writeEnd, watch);
  writeEnd.destroy();
  await gateway.callAll(1000);
  const text = readOn(readEnd, watch);
  await watch.until("the count of what was lost", () => lost.test(text()));
  readEnd.destroy();
  await gateway.callAll(20);
  await gateway.stop();
});

/** Until nothing fits. */
function fill(path: string): void {
  const fd = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
  try {
    for (;;) writeSync(fd, "x".repeat(4096));
  } catch (error) {
    assert.ok(error instanceof Error && "code" in error && error.code === "EAGAIN");
  } finally {
    closeSync(fd);
  }
}

async function connected(path: string): Promise<Socket> {
  const socket = connect(path);
  await once(socket, "connect");
  return socket;
}
