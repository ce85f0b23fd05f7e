/** Which addresses are tried, in which order, and what comes of it; names and sockets are the test's own. */
import assert from "node:assert/strict";
import net from "node:net";
import { type TestContext, test } from "node:test";
import { type Attempt, addressesOf, addressesToAvoid, connectToFirst, inOrder } from "../../src/mqtt/address-race.ts";

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** A race between `addresses`, in which time passes only when the test says so. */
function startRace(t: TestContext, addresses: readonly string[], avoid: readonly string[] = []) {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const sockets = new Map<string, net.Socket>();
  const told: string[] = [];
  const race = connectToFirst(
    { host: "hub.example", port: 8883, avoid },
    {
      onConnected: (_socket, address) => told.push(`connected ${address}`),
      onFailed: (error) => told.push(`failed ${"code" in error ? error.code : error.message}`),
    },
    {
      lookup: async () => addresses.map((address) => ({ address, family: net.isIP(address) })),
      connect(address, port) {
        assert.equal(port, 8883);
        const socket = new net.Socket();
        sockets.set(address, socket);
        return socket;
      },
    },
  );
  const ends = (attempts: readonly Attempt[]) =>
    attempts.map(({ address, end }) => `${address} ${end === undefined ? "?" : (end.error?.message ?? "connected")}`);
  return {
    told,
    begun: () => [...sockets.keys()],
    attempts: () => ends(race.attempts()),
    cancel: race.cancel,
    pass: (ms: number) => t.mock.timers.tick(ms),
    connects: (address: string) => sockets.get(address)?.emit("connect"),
    fails: (address: string, code: string) =>
      sockets.get(address)?.emit("error", Object.assign(new Error(code), { code })),
    isDestroyed: (address: string) => sockets.get(address)?.destroyed,
  };
}

test("an attempt goes on while the next ones begin, 250 ms apart; the first to connect is taken", async (t) => {
  const race = startRace(t, ["2001:db8::1", "2001:db8::2", "192.0.2.1"]);
  await turn();
  assert.deepEqual(race.begun(), ["2001:db8::1"]);
  race.pass(249);
  assert.deepEqual(race.begun(), ["2001:db8::1"]);
  race.pass(1);
  assert.deepEqual(race.begun(), ["2001:db8::1", "192.0.2.1"], "the families in turn");
  race.pass(250);
  assert.deepEqual(race.begun(), ["2001:db8::1", "192.0.2.1", "2001:db8::2"]);
  race.connects("2001:db8::1");
  assert.deepEqual(race.told, ["connected 2001:db8::1"]);
  assert.deepEqual(["2001:db8::1", "192.0.2.1", "2001:db8::2"].map(race.isDestroyed), [false, true, true]);
  race.fails("192.0.2.1", "ECONNREFUSED");
  race.connects("2001:db8::2");
  assert.deepEqual(race.told, ["connected 2001:db8::1"], "said once");
});

test("a refused address makes room at once for the next one", async (t) => {
  const race = startRace(t, ["192.0.2.1", "192.0.2.2", "192.0.2.3"]);
  await turn();
  race.pass(100);
  race.fails("192.0.2.1", "ECONNREFUSED");
  assert.deepEqual(race.begun(), ["192.0.2.1", "192.0.2.2"]);
  race.pass(249);
  assert.equal(race.begun().length, 2, "the delay begins anew");
  race.pass(1);
  assert.equal(race.begun().length, 3);
  race.connects("192.0.2.3");
  assert.deepEqual(race.told, ["connected 192.0.2.3"]);
});

test("it fails when all have failed, and not before; what became of each is known", async (t) => {
  const race = startRace(t, ["192.0.2.1", "192.0.2.2"]);
  await turn();
  race.pass(250);
  race.fails("192.0.2.2", "EHOSTUNREACH");
  assert.deepEqual(race.told, []);
  assert.deepEqual(race.attempts(), ["192.0.2.1 ?", "192.0.2.2 EHOSTUNREACH"]);
  race.fails("192.0.2.1", "ECONNREFUSED");
  assert.deepEqual(race.told, ["failed ECONNREFUSED"]);
});

test("nothing is said and no socket is left after a cancel, during the look-up as well", async (t) => {
  const early = startRace(t, ["192.0.2.1"]);
  early.cancel();
  await turn();
  assert.deepEqual([early.begun(), early.told], [[], []]);
  t.mock.timers.reset();
  const late = startRace(t, ["192.0.2.1", "192.0.2.2"]);
  await turn();
  late.cancel();
  late.pass(1000);
  late.connects("192.0.2.1");
  assert.deepEqual([late.begun(), late.told, late.isDestroyed("192.0.2.1")], [["192.0.2.1"], [], true]);
});

test("a name without an address is like one that does not exist", async (t) => {
  const race = startRace(t, []);
  await turn();
  assert.deepEqual(race.told, ["failed ENOTFOUND"]);
});

test("eight addresses at most, each once, those to be avoided last", () => {
  const entry = (address: string) => ({ address, family: net.isIP(address) });
  const many = Array.from({ length: 20 }, (_, index) => entry(`192.0.2.${index + 1}`));
  assert.equal(inOrder(many).length, 8);
  assert.deepEqual(inOrder([entry("192.0.2.1"), entry("192.0.2.1"), entry("::1")]), ["192.0.2.1", "::1"]);
  const three = ["192.0.2.1", "192.0.2.2", "192.0.2.3"].map(entry);
  assert.deepEqual(inOrder(three, ["192.0.2.1"]), ["192.0.2.2", "192.0.2.3", "192.0.2.1"]);
});

test("an address is avoided once a connection with it came to nothing, until one with it is up", () => {
  assert.deepEqual(addressesToAvoid([], "192.0.2.1", false), ["192.0.2.1"]);
  assert.deepEqual(addressesToAvoid(["192.0.2.1"], "192.0.2.2", true), ["192.0.2.1"]);
  assert.deepEqual(addressesToAvoid(["192.0.2.1", "192.0.2.2"], "192.0.2.1", true), ["192.0.2.2"]);
  assert.deepEqual(addressesToAvoid(["192.0.2.1"], undefined, false), ["192.0.2.1"]);
});

test("one name is looked up once at a time: a name server that answers nothing holds one thread, not all", async () => {
  const first = addressesOf("localhost");
  assert.equal(addressesOf("localhost"), first);
  assert.ok((await first).length > 0);
  const later = addressesOf("localhost");
  assert.notEqual(later, first);
  await later;
});
