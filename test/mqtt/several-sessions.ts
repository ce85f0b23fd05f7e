/** A program that opens sessions which end in many ways, writes down how, and has nothing else to live for. */

import { rrpcTopics } from "../../src/iot-hub/topics.ts";
import type { Endpoint } from "../../src/mqtt/endpoint.ts";
import { openSession } from "../../src/mqtt/open-session.ts";

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

for (const [deviceName, endpoint] of Object.entries(ways)) {
  const session = openSession(
    {
      endpoint: { ...broker, ...endpoint },
      identity: {
        productId: "ABCDEFGH12",
        deviceName,
        auth: { kind: "key", deviceSecret: "MDEyMzQ1Njc4OWFiY2RlZg==", hmac: "sha256" },
      },
      sdkAppId: "12010126",
      ca: undefined,
      topics: rrpcTopics,
      qos: 0,
      keepaliveS: 1,
      pingIntervalMs: 25_000,
      connectTimeoutMs: deviceName === "silent" || deviceName === "tls" ? 200 : 10_000,
    },
    (event) => {
      if (event.kind === "up" && deviceName === "ended") session.end();
      if (event.kind === "down") ends[deviceName] = event.cause.kind;
    },
  );
}

process.once("exit", () => process.stdout.write(JSON.stringify(ends)));
