/** The place where a gateway says whether it is well. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, createServer, Server, type Socket } from "node:net";
import { type TestContext, test } from "node:test";
import { askHealth, type Health, healthAddress, openHealthSocket } from "../../src/observe/health-socket.ts";

const well: Health = { isHealthy: true, text: "as ever" };

let count = 0;

/** An address that nobody else has, and what the socket there has logged. */
function place(examine: () => Promise<Health>) {
  count += 1;
  const file = `/${process.pid}/${count}.yaml`;
  const log: string[] = [];
  openHealthSocket(file, examine, { say: (level, _key, text) => log.push(`${level} ${text}`) });
  return { file, address: healthAddress(file) ?? assert.fail("these tests need Node.js 20"), log };
}

/** Stands in a gateway's place and answers with these bytes. */
async function impostor(t: TestContext, answer: string): Promise<string> {
  count += 1;
  const address = healthAddress(`/${process.pid}/${count}.yaml`) ?? assert.fail("these tests need Node.js 20");
  const server = createServer((socket) => socket.on("error", () => {}).end(answer));
  t.after(() => server.close());
  await once(server.listen(address), "listening");
  return address;
}

test("whoever asks is told what the gateway finds of itself", async () => {
  const faults: Health[] = [well, { isHealthy: false, text: "the alarm is overdue" }];
  const { address } = place(async () => faults.shift() ?? well);
  assert.deepEqual(await askHealth(address), well);
  assert.deepEqual(await askHealth(address), { isHealthy: false, text: "the alarm is overdue" });
});

test("where nobody is, or somebody who talks otherwise, there is no answer", async (t) => {
  assert.equal(await askHealth(healthAddress("/nowhere") ?? ""), undefined);
  for (const answer of ["", "healthy", "{}", "null", '{"isHealthy":"yes","text":""}', "x".repeat(100_000)]) {
    assert.equal(await askHealth(await impostor(t, answer)), undefined, answer.slice(0, 40));
  }
});

test("who holds on takes no place for longer than an answer may take, and talking makes no difference", {
  timeout: 30_000,
}, async (t) => {
  const { address } = place(() => new Promise(() => {}));
  const stubborn: Socket[] = Array.from({ length: 4 }, () => connect({ path: address, allowHalfOpen: true }));
  t.after(() => {
    for (const socket of stubborn) socket.destroy();
  });
  for (const socket of stubborn) {
    socket.on("error", () => {}).write("x".repeat(1000));
    socket.resume();
  }
  await Promise.all(stubborn.map((socket) => once(socket, "connect")));
  // One too many is let go at once.
  const fifth = connect(address)
    .on("error", () => {})
    .resume();
  await once(fifth, "close");
  assert.ok(stubborn.every(({ destroyed }) => !destroyed));
  await Promise.all(stubborn.map((socket) => once(socket, "end")));
});

test("who has his answer takes no place, however long he keeps his end open", async (t) => {
  const { address } = place(async () => well);
  const stubborn: Socket[] = Array.from({ length: 4 }, () => connect({ path: address, allowHalfOpen: true }));
  t.after(() => {
    for (const socket of stubborn) socket.destroy();
  });
  await Promise.all(stubborn.map((socket) => once(socket.on("error", () => {}).resume(), "end")));
  assert.deepEqual(await askHealth(address), well);
  assert.ok(stubborn.every(({ destroyed }) => !destroyed));
});

test("what somebody in the gateway's place says cannot move a cursor or hide text on a terminal", async (t) => {
  const answer = { isHealthy: true, text: "\u001b]0;title\u0007\rwell\u009b2J\u202e\n" };
  const address = await impostor(t, `${JSON.stringify(answer)}\n`);
  assert.deepEqual(await askHealth(address), {
    isHealthy: true,
    text: "\\x1B]0;title\\x07\\x0Dwell\\x9B2J\\u{202E}\\x0A",
  });
});

test("a second one in the same place says so, and the first one answers on", async () => {
  const first = place(async () => well);
  const log: string[] = [];
  const said = new Promise<void>((resolve) => {
    openHealthSocket(first.file, () => assert.fail("it is asked"), {
      say: (level, _key, text) => {
        log.push(`${level} ${text}`);
        resolve();
      },
    });
  });
  await said;
  assert.deepEqual(log, [
    "info `rrpc-gateway health` asks another process with this configuration until that one ends",
  ]);
  assert.deepEqual(await askHealth(first.address), well);
  assert.deepEqual(first.log, []);
});

test("a connection that cannot be accepted is told, and the socket answers on", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const listen = t.mock.method(Server.prototype, "listen");
  const { address, log } = place(async () => well);
  const server = listen.mock.calls[0]?.this;
  assert.ok(server instanceof Server);
  await once(server, "listening");
  server.emit("error", Object.assign(new Error("accept ENOBUFS"), { code: "ENOBUFS" }));
  t.mock.timers.tick(60_000);
  t.mock.timers.reset();
  assert.deepEqual(log, ["warn `rrpc-gateway health` cannot ask this gateway: accept ENOBUFS"]);
  assert.deepEqual(await askHealth(address), well);
});
