/** One process has an identity: its lock goes with it, whoever asks is told by whom, and strangers change nothing. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { IdentityLock, type LockedIdentity } from "../../src/runtime/identity-lock.ts";

let count = 0;

/** An identity that nobody else on this machine has. */
function freshIdentity(): LockedIdentity {
  count += 1;
  return { productId: "LOCKTEST", deviceName: `${process.pid}-${count}`, hub: "127.0.0.1:1883", secret: "s3cret" };
}

/** Its name, worked out apart from the code: programs of other versions have to agree on it. */
function nameOf({ productId, deviceName, hub }: LockedIdentity): string {
  const hash = createHash("sha256").update(`["${productId}","${deviceName}","${hub}"]`).digest("hex");
  return `\0rrpc-gateway-${hash}`.padEnd(108, "-");
}

/** A lock that is let go of at the test's end. */
function lockFor(t: TestContext, patience?: { tries: number; pauseMs: number }): IdentityLock {
  const lock = new IdentityLock(patience);
  t.after(() => lock.keepOnly({ productId: "", deviceName: "", hub: "", secret: "" }));
  return lock;
}

/** Somebody who has the name first, and does with whoever asks what `act` says. */
async function squat(t: TestContext, identity: LockedIdentity, act: (socket: Socket) => void): Promise<void> {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket.on("error", () => {}));
    act(socket);
  });
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  await once(server.listen(nameOf(identity)), "listening");
}

test("of many who take an identity at once one gets it, and the others are told its process", async (t) => {
  const identity = freshIdentity();
  const locks = Array.from({ length: 8 }, () => lockFor(t));
  const takings = await Promise.all(locks.map((lock) => lock.take(identity)));
  assert.equal(takings.filter(({ kind }) => kind === "taken").length, 1);
  assert.deepEqual(
    takings.filter(({ kind }) => kind !== "taken"),
    Array(7).fill({ kind: "held", pid: process.pid }),
  );
});

test("another product, device or hub is another identity", async (t) => {
  const identity = freshIdentity();
  const others = [{ productId: "OTHER" }, { deviceName: `${identity.deviceName}x` }, { hub: "127.0.0.1:1884" }];
  for (const one of [{}, ...others])
    assert.deepEqual(await lockFor(t).take({ ...identity, ...one }), { kind: "taken" });
});

test("what is let go of can be taken; what is kept, and what is taken again, stays", async (t) => {
  const [first, second] = [freshIdentity(), freshIdentity()];
  const lock = lockFor(t);
  for (const identity of [first, second, second]) assert.deepEqual(await lock.take(identity), { kind: "taken" });
  lock.keepOnly(second);
  assert.deepEqual(await lockFor(t).take(second), { kind: "held", pid: process.pid });
  assert.deepEqual(await lockFor(t).take(first), { kind: "taken" });
});

test("a new secret is proved by from then on", async (t) => {
  const identity = freshIdentity();
  const renewed = { ...identity, secret: "another" };
  const lock = lockFor(t);
  await lock.take(identity);
  assert.equal((await lockFor(t).take(renewed)).kind, "unlocked");
  await lock.take(renewed);
  assert.deepEqual(await lockFor(t).take(renewed), { kind: "held", pid: process.pid });
});

/** Another process that holds this identity. */
async function holderOf(t: TestContext, identity: LockedIdentity): Promise<ChildProcess> {
  const source = join(import.meta.dirname, "../../src/runtime/identity-lock.ts");
  const program = `import { IdentityLock } from ${JSON.stringify(source)};
    console.log((await new IdentityLock().take(${JSON.stringify(identity)})).kind);
    setInterval(() => {}, 1e6);`;
  const child = spawn(process.execPath, ["--import", "tsx", "--input-type=module", "-e", program], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  t.after(() => child.kill("SIGKILL"));
  assert.equal(String((await once(child.stdout, "data"))[0]), "taken\n");
  return child;
}

test("a process that is killed has no lock any more", async (t) => {
  const identity = freshIdentity();
  const child = await holderOf(t, identity);
  assert.deepEqual(await lockFor(t).take(identity), { kind: "held", pid: child.pid });
  child.kill("SIGKILL");
  await once(child, "exit");
  assert.deepEqual(await lockFor(t).take(identity), { kind: "taken" });
});

test("a holder that stands still keeps its lock, also for a new secret, until it ends", {
  timeout: 60_000,
}, async (t) => {
  const identity = freshIdentity();
  const child = await holderOf(t, identity);
  const lock = lockFor(t, { tries: 1, pauseMs: 0 });
  const held = { kind: "held", pid: child.pid };
  assert.deepEqual(await lock.take(identity), held);
  child.kill("SIGSTOP");
  assert.deepEqual(await lock.take(identity), held);
  assert.deepEqual(await lock.take({ ...identity, secret: "another" }), held);
  child.kill("SIGKILL");
  await once(child, "exit");
  assert.deepEqual(await lock.take(identity), { kind: "taken" });
});

test("one that stands still when it is asked first has time to answer", { timeout: 60_000 }, async (t) => {
  const identity = freshIdentity();
  const child = await holderOf(t, identity);
  child.kill("SIGSTOP");
  const taking = lockFor(t).take(identity);
  setTimeout(() => child.kill("SIGCONT"), 5000);
  assert.deepEqual(await taking, { kind: "held", pid: child.pid });
});

test("a stranger who takes the name after a gateway's end has nothing of that one's proof", {
  timeout: 60_000,
}, async (t) => {
  const identity = freshIdentity();
  const child = await holderOf(t, identity);
  const lock = lockFor(t, { tries: 2, pauseMs: 10 });
  assert.equal((await lock.take(identity)).kind, "held");
  child.kill("SIGKILL");
  await once(child, "exit");
  await squat(t, identity, () => {});
  assert.equal((await lock.take(identity)).kind, "unlocked");
});

for (const [who, why, act] of [
  ["closes at once", /does not answer/, (socket) => socket.destroy()],
  ["says another pid without a proof", /is no gateway/, (socket) => socket.end(`1 ${"0".repeat(64)}\n`)],
  ["talks without end", /is no gateway/, (socket) => socket.write("x".repeat(100_000))],
  ["says nothing", /does not answer/, () => {}],
] as const satisfies readonly (readonly [string, RegExp, (socket: Socket) => void])[]) {
  test(`a stranger who has the name and ${who} is told, and keeps nobody from the identity`, async (t) => {
    const identity = freshIdentity();
    await squat(t, identity, act);
    const taking = await lockFor(t, { tries: 2, pauseMs: 10 }).take(identity);
    assert.equal(taking.kind, "unlocked");
    assert.match(taking.kind === "unlocked" ? taking.why : "", why);
  });
}

test("who asks without end, or holds on, is let go, and who asks rightly is answered", {
  timeout: 20_000,
}, async (t) => {
  const identity = freshIdentity();
  assert.deepEqual(await lockFor(t).take(identity), { kind: "taken" });
  for (let number = 0; number < 40; number++) {
    const socket = connect({ path: nameOf(identity), allowHalfOpen: true }).pause();
    t.after(() => socket.destroy());
    socket.on("error", () => {});
    if (number % 2 === 0) socket.write("x".repeat(1000));
    await once(socket, "connect");
  }
  // While they have all the places it cannot be told who holds it.
  for (;;) {
    const taking = await lockFor(t).take(identity);
    assert.notEqual(taking.kind, "taken");
    if (taking.kind === "held") break;
  }
});
