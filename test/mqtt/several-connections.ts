/** A program that opens connections which end in many ways, writes down how, and has nothing else to live for. */

import type { Endpoint } from "../../src/mqtt/endpoint.ts";
import { openConnection } from "../../src/mqtt/open-connection.ts";

const broker: Endpoint = { transport: "tcp", host: "127.0.0.1", port: Number(process.argv[2]) };

const ways: Record<string, Partial<Endpoint>> = {
  closed: {},
  // Port 1 of loopback is tcpmux, which nothing has served for decades.
  port: { port: 1 },
  dns: { host: "hub.invalid" },
  ended: {},
  refused: {},
  silent: {},
  tls: { transport: "tls" },
  unanswered: {},
};

const ends: Record<string, string> = {};

for (const [way, endpoint] of Object.entries(ways)) {
  const connection = openConnection(
    {
      endpoint: { ...broker, ...endpoint },
      login: { clientId: `client-${way}`, username: "user", password: "password" },
      ca: undefined,
      clientCertificate: undefined,
      psk: undefined,
      filters: ["in/+"],
      qos: 0,
      keepaliveS: 1,
      pingIntervalMs: 25_000,
      quietMs: 5_000,
      connectTimeoutMs: way === "silent" || way === "tls" ? 200 : 10_000,
      packetLimits: { bytesMax: 256 * 1024, msMax: 30_000 },
    },
    {
      onUp() {
        if (way === "ended") connection.end();
      },
      onMessage() {},
      onDown({ cause }) {
        ends[way] = cause.kind;
      },
    },
  );
}

process.once("exit", () => process.stdout.write(JSON.stringify(ends)));
