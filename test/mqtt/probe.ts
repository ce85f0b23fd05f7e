/** Opens a connection and lets a test wait for what it says, each wait with a bound. */

import assert from "node:assert/strict";
import type { Arrival, Connection, ConnectionOptions, Down } from "../../src/mqtt/connection.ts";
import type { Endpoint } from "../../src/mqtt/endpoint.ts";
import { openConnection } from "../../src/mqtt/open-connection.ts";
import { createEvents, type Events } from "../support/events.ts";

/** What a connection calls, as values. */
export type ConnectionEvent =
  | { readonly kind: "up"; readonly roundTripMs: number }
  | { readonly kind: "message"; readonly topic: string; readonly payload: Buffer; readonly arrival: Arrival }
  | ({ readonly kind: "down" } & Down);

export interface Probe extends Events<ConnectionEvent> {
  readonly connection: Connection;
}

/** In no message that a person reads. */
export const password = "MDEyMzQ1Njc4OWFiY2RlZg";

export function openProbe(endpoint: Endpoint, overrides: Partial<ConnectionOptions> = {}): Probe {
  const options: ConnectionOptions = {
    endpoint,
    login: { clientId: "client", username: "user", password },
    ca: undefined,
    clientCertificate: undefined,
    psk: undefined,
    filters: ["in/+"],
    qos: 0,
    keepaliveS: 120,
    pingIntervalMs: 25_000,
    quietMs: 5_000,
    connectTimeoutMs: 10_000,
    packetLimits: { bytesMax: 256 * 1024, msMax: 30_000 },
    ...overrides,
  };
  const { emit, ...events } = createEvents<ConnectionEvent>();
  const connection = openConnection(options, {
    onUp: (roundTripMs) => emit({ kind: "up", roundTripMs }),
    onMessage: (topic, payload, arrival) => emit({ kind: "message", topic, payload, arrival }),
    onDown: (down) => emit({ kind: "down", ...down }),
  });
  assert.equal(events.events.length, 0, "nothing may be said before openConnection has returned");
  return { connection, ...events };
}
