import assert from "node:assert/strict";
import type { Field } from "../field.ts";
import { hubName, type Network } from "../network.ts";
import type { FaultRow } from "../row.ts";
import type { Tap } from "../tap.ts";
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
    check: (field) => assert.ok(answeredAfter(field, roundTripMs) > 0),
  };
}

/** Such packets are lost, either way, for so many requests. */
function loss(match: string, requests: number): Omit<FaultRow, "name" | "note"> {
  return {
    group,
    field: { network: true },
    async strike(field) {
      const { filter, filtered } = networkOf(field);
      await filter(`${match} counter drop`);
      await field.lasts(requests);
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
    field: { network: true },
    async strike(field) {
      const { turn } = networkOf(field);
      await turn("down");
      await field.lasts(60);
      await turn("up");
    },
    check: (field) => assert.ok(answeredAfter(field, 1000) > 0),
  },
  { ...loss("numgen random mod 100 < 5", 200), name: "5 % of the packets lost for 10 s" },
  { ...loss("numgen random mod 100 < 30", 200), name: "30 % of the packets lost for 10 s" },
  {
    group,
    name: "20 kbit/s for 10 s",
    field: { network: true },
    async strike(field) {
      const { throttle } = networkOf(field);
      await throttle(20);
      await field.lasts(200);
      await throttle(undefined);
    },
    check: (field) => assert.ok(answeredAfter(field, 500) > 0),
  },
  {
    group,
    name: "forgotten by a NAT while requests flow",
    field: { network: true },
    strikes: 2,
    async strike(field) {
      const { filter, presentConnections } = networkOf(field);
      await filter(`${await presentConnections()} drop`);
    },
    check: (field) => assert.equal(connectionCount(field), 3),
  },
  {
    group,
    name: "forgotten by a NAT while all is quiet",
    note: "TCP's own probes notice it: after 30 s without a packet ten of them, a second apart.",
    field: { network: true },
    strikes: 1,
    async strike(field) {
      const { filter, presentConnections } = networkOf(field);
      field.caller.stop();
      await field.lasts(160); // Until the hub has answered the ping that follows the last response.
      await filter(`${await presentConnections()} drop`);
      field.flow(20);
    },
    check: (field) => assert.equal(connectionCount(field), 2),
  },
  {
    group,
    name: "connection reset by the hub's end",
    field: { network: true },
    strike: (field) => networkOf(field).reset(),
    check: (field) => assert.equal(connectionCount(field), 4),
  },
  {
    group,
    name: "forgotten by a firewall that resets what it does not know",
    note: "the gateway gets no reset before it sends something: 5 s after its last response it asks for a sign of life.",
    field: { network: true },
    async strike(field) {
      const { filter, presentConnections } = networkOf(field);
      await filter("tcp flags rst accept", `${await presentConnections()} reject with tcp reset`);
    },
    check: (field) => assert.equal(connectionCount(field), 4),
  },
  {
    group,
    name: "a path that forgets what was quiet for 7 s, and 15 s without a request (pingIntervalS 5)",
    note: "by a proxy. Nobody tells either end: only a packet now and then keeps the path.",
    field: { config: { hub: { pingIntervalS: 5 } } },
    strikes: 1,
    async strike(field) {
      const { caller, flow, lasts } = field;
      await whileAltered(field, forgetful(7000), async () => {
        caller.stop();
        await lasts(300);
        flow(20);
        await lasts(40);
      });
    },
    check(field, figures) {
      assert.equal(connectionCount(field), 1);
      assert.equal(figures.delivered, figures.asked);
    },
  },
  {
    group,
    name: "a path that forgets what was quiet for 9 s: how often to ping is found by itself (from pingIntervalS 12)",
    note: "by a proxy. Two sessions in a row are lost after the same silence, and are not taken for another client's doing.",
    field: { config: { hub: { pingIntervalS: 12, connectTimeoutMs: 2000 } } },
    strikes: 1,
    async strike(field) {
      const { caller, flow, gateway, lasts, tap, until } = field;
      const sessions = () => tap.sights.filter(({ kind }) => kind === "subscribed").length;
      await whileAltered(field, forgetful(9000), async () => {
        caller.stop();
        await until("a shorter interval", () => gateway.log().includes("s from now on"), silencesLimitMs);
        await until("the session after it", () => sessions() === 3);
        await lasts(300);
        flow(20);
        await lasts(40);
      });
    },
    check(field, figures) {
      assert.match(field.gateway.log(), /when nothing had passed for 1[2-5] s: .* pinged every [67] s from now on/);
      assert.doesNotMatch(field.gateway.log(), /another client/);
      assert.equal(connectionCount(field), 3);
      assert.equal(figures.delivered, figures.asked);
    },
  },
  {
    group,
    name: "name server silent for 30 s, the connection gone",
    note: "libc asks it twice for 5 s each: an attempt to connect takes so long to fail.",
    field: { network: true, config: { hub: { host: hubName } } },
    strikes: 1,
    async strike(field) {
      const { filter, filtered, reset } = networkOf(field);
      await filter("udp dport 53 counter drop");
      await reset();
      await field.lasts(600);
      assert.ok((await filtered()) > 0, "nobody asked for the hub's address");
      await filter();
    },
    check: (field) => assert.equal(connectionCount(field), 2),
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
    field: { mcu: { window: 8, dropSent: 0.1 }, config: { rrpc: { marginMs: 2200 } }, before: slowly },
    strike: ({ lasts }) => lasts(75),
    check(_field, figures) {
      expectErrors(figures, "no_reply");
      assert.equal(figures.answeredInVain, 0);
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
      field: { network: { roundTripMs: 600, addresses } },
      strikes: 1,
      async strike({ broker }) {
        await broker.kill();
        await broker.start();
      },
      check(field) {
        const [startsAtMs = 0] = field.gateway.startsAtMs;
        const upMs = (field.sights.find(({ kind }) => kind === "subscribed")?.atMs ?? Number.NaN) - startsAtMs;
        assert.ok(upMs < 4000, `the first session took ${upMs} ms`);
        assert.equal(connectionCount(field), 2);
      },
      note: "by a tun device; a session takes three round trips, and the start of a process that is traced its time.",
    }),
  ),
  {
    group,
    name: "connecting anew over a round trip of 2 s",
    note: "by a proxy; CONNECT and SUBSCRIBE take a round trip each.",
    field: { before: slowly },
    strike: breakSession,
    check: (field) => assert.equal(connectionCount(field), 4),
  },
];

/** From the start it takes a second each way. */
function slowly({ tap }: Field): Promise<void> {
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

function networkOf({ network }: Field): Network {
  if (network === undefined) throw new Error("the row's field has no network of its own");
  return network;
}

/** Connections that the gateway has made. */
function connectionCount({ sights }: Field): number {
  return sights.filter(({ kind }) => kind === "opened").length;
}

/** Requests whose response came to the cloud's side no sooner than so many ms after they were made. */
function answeredAfter({ caller }: Field, ms: number): number {
  return caller.asks.filter(({ atMs, heardAtMs: [heardAtMs] }) => heardAtMs !== undefined && heardAtMs - atMs >= ms)
    .length;
}
