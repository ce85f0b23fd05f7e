import { type ConnectionEnd, type ConnectionEndKind, connectionEnd } from "../../src/mqtt/connection-end.ts";
import type { Endpoint } from "../../src/mqtt/endpoint.ts";

const endpoint: Endpoint = { transport: "tls", host: "hub.example.net", port: 8883 };

/** The end of a connection that was up, to somewhere. */
export function ended(kind: ConnectionEndKind, message: string): ConnectionEnd {
  return connectionEnd(kind, message, { endpoint, stage: "up" });
}
