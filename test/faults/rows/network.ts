import assert from "node:assert/strict";
import { hubName, type Network } from "../network.ts";
import type { FaultRow } from "../row.ts";
import type { Tap } from "../tap.ts";
import type { Testbed } from "../testbed.ts";
import { expectErrors } from "./expect-errors.ts";
import { breakSession, whileAltered } from "./sessions.ts";

const group = "network";

/** Two sessions of some 14 s, the hub's 5 s between them, and room. */
const silencesLimitMs = 60_000;

/** The way there and back takes so long: half of it each. */
function latency(roundTripMs: number): Omit<FaultRow, "name" | "note"> {
  return {
    group,
    async strike({ tap, lasts }) {
      tap.delayMs = roundTripMs / 2;
      await lasts(120);
      tap.delayMs = 0;
    },
    check: (testbed) => assert.ok(answeredAfter(testbed, roundTripMs) > 0),
  };
}

/** Such packets are lost, either way, for so many requests. */
function loss(match: string, requests: number): Omit<FaultRow, "name" | "note"> {
  return {
    group,
    testbed: { network: true },
    async strike(testbed) {
      const { filter, filtered } = networkOf(testbed);
      await filter(`${match} counter drop`);
      await testbed.lasts(requests);
      assert.ok((await filtered()) > 0, "no packet was lost");
      await filter();
    },
  };
}

export const networkRows: readonly FaultRow[] = [
  { ...loss("", 60), name: "cut for 3 s without a FIN" },
  {
    ...loss("", 1200),
    name: "cut for 60 s without a FIN",
    note: "the session ends after some 15 s, and what is measured is the wait for the next attempt to connect.",
    strikes: 1,
  },
  {
    group,
    name: "interface away for 3 s",
    testbed: { network: true },
    async strike(testbed) {
      const { turn } = networkOf(testbed);
      await turn("down");
      await testbed.lasts(60);
      await turn("up");
    },
    check: (testbed) => assert.ok(answeredAfter(testbed, 1000) > 0),
  },
  { ...loss("numgen random mod 100 < 5", 200), name: "5 % of the packets lost for 10 s" },
  { ...loss("numgen random mod 100 < 30", 200), name: "30 % of the packets lost for 10 s" },
  {
    group,
    name: "20 kbit/s for 10 s",
    testbed: { network: true },
    async strike(testbed) {
      const { throttle } = networkOf(testbed);
      await throttle(20);
      await testbed.lasts(200);
      await throttle(undefined);
    },
    check: (testbed) => assert.ok(answeredAfter(testbed, 500) > 0),
  },
  {
    group,
    name: "forgotten by a NAT while requests flow",
    testbed: { network: true },
    strikes: 2,
    async strike(testbed) {
      const { filter, presentConnections } = networkOf(testbed);
      await filter(`${await presentConnections()} drop`);
    },
    check: (testbed) => assert.equal(connectionCount(testbed), 3),
  },
  {
    group,
    name: "forgotten by a NAT while all is quiet",
    note: "TCP's own probes notice it: after 30 s without a packet ten of them, a second apart.",
    testbed: { network: true },
    strikes: 1,
    async strike(testbed) {
      const { filter, presentConnections } = networkOf(testbed);
      testbed.caller.stop();
      await testbed.lasts(160); // Until the hub has answered the ping that follows the last response.
      await filter(`${await presentConnections()} drop`);
      testbed.flow(20);
    },
    check: (testbed) => assert.equal(connectionCount(testbed), 2),
  },
  {
    group,
    name: "connection reset by the hub's end",
    testbed: { network: true },
    strike: (testbed) => networkOf(testbed).reset(),
    check: (testbed) => assert.equal(connectionCount(testbed), 4),
  },
  {
    group,
    name: "forgotten by a firewall that resets what it does not know",
    note: "the gateway gets no reset before it sends something: 5 s after its last response it asks for a sign of life.",
    testbed: { network: true },
    async strike(testbed) {
      const { filter, presentConnections } = networkOf(testbed);
      await filter("tcp flags rst accept", `${await presentConnections()} reject with tcp reset`);
    },
    check: (testbed) => assert.equal(connectionCount(testbed), 4),
  },
  {
    group,
    name: "a path that forgets what was quiet for 7 s, and 15 s without a request (pingIntervalS 5)",
    note: "by a proxy. Nobody tells either end: only a packet now and then keeps the path.",
    testbed: { config: { hub: { pingIntervalS: 5 } } },
    strikes: 1,
    async strike(testbed) {
      const { caller, flow, lasts } = testbed;
      await whileAltered(testbed, forgetful(7000), async () => {
        caller.stop();
        await lasts(300);
        flow(20);
        await lasts(40);
      });
    },
    check(testbed, figures) {
      assert.equal(connectionCount(testbed), 1);
      assert.equal(figures.delivered, figures.asked);
    },
  },
  {
    group,
    name: "a path that forgets what was quiet for 9 s: how often to ping is found by itself (from pingIntervalS 12)",
    note: "by a proxy. Two sessions in a row are lost after the same silence, and are not taken for another client's doing.",
    testbed: { config: { hub: { pingIntervalS: 12, connectTimeoutMs: 2000 } } },
    strikes: 1,
    async strike(testbed) {
      const { caller, flow, gateway, lasts, tap, until } = testbed;
      const sessions = () => tap.traffic.filter(({ kind }) => kind === "subscribed").length;
      await whileAltered(testbed, forgetful(9000), async () => {
        caller.stop();
        await until("a shorter interval", () => gateway.log().includes("s from now on"), silencesLimitMs);
        await until("the session after it", () => sessions() === 3);
        await lasts(300);
        flow(20);
        await lasts(40);
      });
    },
    check(testbed, figures) {
      assert.match(testbed.gateway.log(), /when nothing had passed for 1[2-5] s: .* pinged every [67] s from now on/);
      assert.doesNotMatch(testbed.gateway.log(), /another client/);
      assert.equal(connectionCount(testbed), 3);
      assert.equal(figures.delivered, figures.asked);
    },
  },
  {
    group,
    name: "name server silent for 30 s, the connection gone",
    note: "libc asks it twice for 5 s each: an attempt to connect takes so long to fail.",
    testbed: { network: true, config: { hub: { host: hubName } } },
    strikes: 1,
    async strike(testbed) {
      const { filter, filtered, reset } = networkOf(testbed);
      await filter("udp dport 53 counter drop");
      await reset();
      await testbed.lasts(600);
      assert.ok((await filtered()) > 0, "nobody asked for the hub's address");
      await filter();
    },
    check: (testbed) => assert.equal(connectionCount(testbed), 2),
  },
  { ...latency(600), name: "round trip of 600 ms for 6 s", note: "by a proxy that holds packets back." },
  { ...latency(2000), name: "round trip of 2 s for 6 s", note: "by a proxy." },
  {
    ...latency(4000),
    name: "round trip of 4 s for 6 s",
    note: "by a proxy; it leaves no time for an answer, so each comes too late.",
  },
  {
    group,
    name: "round trip of 2 s, and one reply in ten is lost",
    note: "by a proxy; with an `rrpc.marginMs` of 2200, so that errors come to the cloud's side before it gives up.",
    ratePerS: 5,
    strikes: 1,
    testbed: { mcu: { window: 8, dropSent: 0.1 }, config: { rrpc: { marginMs: 2200 } }, before: slowly },
    strike: ({ lasts }) => lasts(75),
    check(_testbed, figures) {
      expectErrors(figures, "no_reply");
      assert.equal(figures.responsesLost, 0);
    },
  },
  ...(
    [
      ["the first one dead", ["dead", "far"]],
      ["the last one dead", ["far", "dead"]],
      ["one of each family, the IPv6 one dead", ["dead6", "far"]],
    ] as const
  ).map(
    ([name, addresses]): FaultRow => ({
      group,
      name: `connecting anew to a hub of two addresses over a round trip of 600 ms, ${name}`,
      testbed: { network: { roundTripMs: 600, addresses } },
      strikes: 1,
      async strike({ broker }) {
        await broker.kill();
        await broker.start();
      },
      check(testbed) {
        const [startsAtMs = 0] = testbed.gateway.startsAtMs;
        const upMs = (testbed.traffic.find(({ kind }) => kind === "subscribed")?.atMs ?? Number.NaN) - startsAtMs;
        assert.ok(upMs < 4000, `the first session took ${upMs} ms`);
        assert.equal(connectionCount(testbed), 2);
      },
      note: "by a tun device; a session takes three round trips, and the start of a process that is traced its time.",
    }),
  ),
  {
    group,
    name: "connecting anew over a round trip of 2 s",
    note: "by a proxy; CONNECT and SUBSCRIBE take a round trip each.",
    testbed: { before: slowly },
    strike: breakSession,
    check: (testbed) => assert.equal(connectionCount(testbed), 4),
  },
];

/** From the start it takes a second each way. */
function slowly({ tap }: Testbed): Promise<void> {
  tap.delayMs = 1000;
  return Promise.resolve();
}

/** Passes a connection's packets on until there was none for so long; from then on none. */
function forgetful(forgetMs: number): Tap["alter"] {
  let lastMs = performance.now();
  let isForgotten = false;
  return (packet, bytes) => {
    const nowMs = performance.now();
    isForgotten = packet.cmd !== "connect" && (isForgotten || nowMs - lastMs > forgetMs);
    lastMs = nowMs;
    return isForgotten ? undefined : bytes;
  };
}

function networkOf({ network }: Testbed): Network {
  if (network === undefined) throw new Error("the row's testbed has no network of its own");
  return network;
}

/** Connections that the gateway has made. */
function connectionCount({ traffic }: Testbed): number {
  return traffic.filter(({ kind }) => kind === "opened").length;
}

/** Requests whose response came to the cloud's side no sooner than so many ms after they were made. */
function answeredAfter({ caller }: Testbed, ms: number): number {
  return caller.calls.filter(({ atMs, heardAtMs: [heardAtMs] }) => heardAtMs !== undefined && heardAtMs - atMs >= ms)
    .length;
}
