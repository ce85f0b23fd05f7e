/** The beginning of a session: its name is looked up, one of its addresses connected to, TLS put on top. */

import type { Socket } from "node:net";
import { performance } from "node:perf_hooks";
import type { SecureContext } from "node:tls";
import { randomConnId, signatureExpiryS, signCredentials } from "../iot-hub/credentials.ts";
import { connectToFirst } from "./address-race.ts";
import { openClient } from "./client.ts";
import { isSecure } from "./endpoint.ts";
import { runSession, type Session, type SessionEvent, type SessionOptions } from "./session.ts";
import { type SessionEnd, sessionEnd } from "./session-end.ts";
import { connectFault, connectTimeout, tlsFilesFault } from "./session-fault.ts";
import { createTlsContext, secureSocket, setUpTcp } from "./socket.ts";

/** Starts a session. `emit` must not throw. */
export function openSession(options: SessionOptions, emit: (event: SessionEvent) => void): Session {
  const { endpoint, identity, ca } = options;
  let tlsContext: SecureContext | undefined;
  try {
    if (isSecure(endpoint.transport)) tlsContext = createTlsContext({ identity, ca });
  } catch (error) {
    if (!(error instanceof Error) || identity.auth.kind !== "certificate") throw error;
    return stillborn(tlsFilesFault(error), emit);
  }
  return connectSession(options, tlsContext, emit);
}

/** A session that could not begin. */
function stillborn(cause: SessionEnd, emit: (event: SessionEvent) => void): Session {
  setImmediate(() => emit({ kind: "down", cause }));
  return { ...notConnected, end: () => {} };
}

/** What a session does until its socket is connected. */
const notConnected: Omit<Session, "end"> = {
  silentMs: () => 0,
  ask: () => {},
  publish: () => "not_connected",
  publishTo: () => "not_connected",
  unsubscribe: () => Promise.resolve(false),
};

function connectSession(
  options: SessionOptions,
  tlsContext: SecureContext | undefined,
  emit: (event: SessionEvent) => void,
): Session {
  const { endpoint, identity, sdkAppId, connectTimeoutMs } = options;
  const startedAtMs = performance.now();
  /** Until there is a connection; then the session on it. */
  let current: Session = { ...notConnected, end: () => fail(sessionEnd("ended", "ended by the gateway")) };

  const race = connectToFirst(
    { ...endpoint, avoid: options.avoid },
    {
      onConnected(socket, address) {
        clearTimeout(timer);
        current = begin(socket, address);
      },
      onFailed: (error) => fail(connectFault(error, race.attempts(), endpoint)),
    },
  );
  const timer = setTimeout(() => fail(connectTimeout(race.attempts(), connectTimeoutMs, endpoint)), connectTimeoutMs);

  function fail(cause: SessionEnd): void {
    clearTimeout(timer);
    race.cancel();
    current = { ...notConnected, end: () => {} };
    setImmediate(() => emit({ kind: "down", cause }));
  }

  function begin(tcp: Socket, address: string): Session {
    setUpTcp(tcp);
    const socket = tlsContext === undefined ? tcp : secureSocket(tcp, endpoint.host, tlsContext);
    const credentials = signCredentials(identity, sdkAppId, randomConnId(), signatureExpiryS);
    const client = openClient(socket, { ...options, credentials });
    const leftMs = Math.max(0, startedAtMs + connectTimeoutMs - performance.now());
    return runSession({ socket, client, address, connackWithinMs: leftMs }, options, emit);
  }

  return {
    silentMs: () => current.silentMs(),
    ask: () => current.ask(),
    publish: (processId, payload) => current.publish(processId, payload),
    publishTo: (topic, payload) => current.publishTo(topic, payload),
    unsubscribe: () => current.unsubscribe(),
    end: () => current.end(),
  };
}
