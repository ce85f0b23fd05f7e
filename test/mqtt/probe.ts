/** Opens a session and lets a test wait for what it says, each wait with a bound. */

import assert from "node:assert/strict";
import { defaultSdkAppId, type Identity } from "../../src/iot-hub/credentials.ts";
import { rrpcTopics } from "../../src/iot-hub/topics.ts";
import type { Endpoint } from "../../src/mqtt/endpoint.ts";
import { openSession } from "../../src/mqtt/open-session.ts";
import type { Session, SessionEvent, SessionOptions } from "../../src/mqtt/session.ts";

/** The device of the documented vectors; its secret is made up. */
export const device: Identity = {
  productId: "ABCDEFGH12",
  deviceName: "gateway01",
  auth: { kind: "key", deviceSecret: "MDEyMzQ1Njc4OWFiY2RlZg==", hmac: "sha256" },
};

export const requestTopic = (processId: string) => `$rrpc/rxd/ABCDEFGH12/gateway01/${processId}`;

/** Far above what anything on loopback takes, even on a busy machine. */
const waitMs = 20_000;

export interface Probe {
  readonly session: Session;
  /** Everything the session said so far. */
  readonly events: readonly SessionEvent[];
  /** The next event, from where the last call stopped. */
  next(): Promise<SessionEvent>;
  /** The next event, which must be of this kind. */
  expect<K extends SessionEvent["kind"]>(kind: K): Promise<Extract<SessionEvent, { kind: K }>>;
  /** Skips to the end. */
  down(): Promise<Extract<SessionEvent, { kind: "down" }>>;
}

export function openProbe(endpoint: Endpoint, overrides: Partial<SessionOptions> = {}): Probe {
  const events: SessionEvent[] = [];
  let read = 0;
  let wake: (() => void) | undefined;
  const options: SessionOptions = {
    endpoint,
    identity: device,
    sdkAppId: defaultSdkAppId,
    ca: undefined,
    topics: rrpcTopics,
    qos: 0,
    keepaliveS: 120,
    pingIntervalMs: 25_000,
    connectTimeoutMs: 10_000,
    ...overrides,
  };
  const session = openSession(options, (event) => {
    events.push(event);
    wake?.();
  });
  assert.equal(events.length, 0, "nothing may be said before openSession has returned");

  async function next(): Promise<SessionEvent> {
    for (;;) {
      const event = events[read];
      if (event !== undefined) {
        read += 1;
        return event;
      }
      await new Promise<void>((resolve, reject) => {
        const bound = setTimeout(() => reject(new Error(`nothing after ${JSON.stringify(events)}`)), waitMs);
        wake = () => {
          clearTimeout(bound);
          resolve();
        };
      });
    }
  }

  async function expect<K extends SessionEvent["kind"]>(kind: K): Promise<Extract<SessionEvent, { kind: K }>> {
    const event = await next();
    assert.equal(event.kind, kind, JSON.stringify(event));
    return event as Extract<SessionEvent, { kind: K }>;
  }

  async function down(): Promise<Extract<SessionEvent, { kind: "down" }>> {
    for (;;) {
      const event = await next();
      if (event.kind === "down") return event;
    }
  }

  return { session, events, next, expect, down };
}
