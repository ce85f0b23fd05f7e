/** The beginning of a connection: its name is looked up, one of its addresses connected to, TLS put on top. */

import { performance } from "node:perf_hooks";
import { connectToFirst } from "./address-race.ts";
import {
  type Connection,
  type ConnectionListener,
  type ConnectionOptions,
  type LiveLimits,
  runConnection,
} from "./connection.ts";
import type { ConnectionEnd } from "./connection-end.ts";
import { connectFault, connectTimeout, tlsFilesFault } from "./connection-fault.ts";
import { isSecure } from "./endpoint.ts";
import { endedByOwner } from "./lifecycle.ts";
import { createTlsContext, secureSocket, setUpTcp, type TlsContext } from "./socket.ts";

/** Starts a connection. Everything that comes of it, failure too, comes to `listener`. */
export function openConnection(options: ConnectionOptions, listener: ConnectionListener): Connection {
  let tlsContext: TlsContext | undefined;
  try {
    if (isSecure(options.endpoint.transport)) tlsContext = createTlsContext(options);
  } catch (error) {
    if (!(error instanceof Error) || options.clientCertificate === undefined) throw error;
    sayDown(tlsFilesFault(error, options.endpoint), listener);
    return notConnected;
  }
  return connect(options, tlsContext, listener);
}

/** What a connection does without a socket. */
const notConnected: Connection = {
  silentMs: () => 0,
  ask: () => {},
  adjust: () => {},
  publish: () => "not_connected",
  subscribe: () => {},
  unsubscribe: () => Promise.resolve(false),
  end: () => {},
};

function sayDown(cause: ConnectionEnd, { onDown }: ConnectionListener): void {
  setImmediate(() => onDown({ cause }));
}

function connect(
  options: ConnectionOptions,
  tlsContext: TlsContext | undefined,
  listener: ConnectionListener,
): Connection {
  const { endpoint, connectTimeoutMs } = options;
  const startedAtMs = performance.now();
  let adjusted: LiveLimits | undefined;
  /** Until there is a socket; then MQTT on it. */
  let current: Connection = { ...notConnected, end: () => fail(endedByOwner({ endpoint, stage: "connecting" })) };

  const race = connectToFirst(
    { ...endpoint, avoid: options.avoid },
    {
      onConnected(tcp, address) {
        clearTimeout(timer);
        setUpTcp(tcp);
        const socket = tlsContext === undefined ? tcp : secureSocket(tcp, endpoint.host, tlsContext);
        const connackWithinMs = Math.max(0, startedAtMs + connectTimeoutMs - performance.now());
        current = runConnection({ socket, address, connackWithinMs }, options, listener);
        if (adjusted !== undefined) current.adjust(adjusted);
      },
      onFailed: (error) => fail(connectFault(error, race.attempts(), endpoint)),
    },
  );
  const timer = setTimeout(() => fail(connectTimeout(race.attempts(), connectTimeoutMs, endpoint)), connectTimeoutMs);

  function fail(cause: ConnectionEnd): void {
    clearTimeout(timer);
    race.cancel();
    current = notConnected;
    sayDown(cause, listener);
  }

  return {
    silentMs: () => current.silentMs(),
    ask: () => current.ask(),
    adjust(limits) {
      adjusted = limits;
      current.adjust(limits);
    },
    publish: (topic, payload) => current.publish(topic, payload),
    subscribe: (filter, qos, onAnswered) => current.subscribe(filter, qos, onAnswered),
    unsubscribe: (filter) => current.unsubscribe(filter),
    end: () => current.end(),
  };
}
