import { type ConnectionEnd, type ConnectionEndKind, connectionEnd } from "../../src/mqtt/connection-end.ts";
import type { Endpoint } from "../../src/mqtt/endpoint.ts";

/** Tencent's own, unless a test says otherwise. */
const iotHub: Endpoint = { transport: "tls", host: "ABCDEFGH12.iotcloud.tencentdevices.com", port: 8883 };

/** The end of a connection that was up, to somewhere. */
export function ended(kind: ConnectionEndKind, message: string, endpoint: Partial<Endpoint> = {}): ConnectionEnd {
  return connectionEnd(kind, message, { endpoint: { ...iotHub, ...endpoint }, stage: "up" });
}

/** Every kind; the compiler asks for a new one. */
export const connectionEndKinds: readonly ConnectionEndKind[] = Object.keys({
  ended: true,
  dns_failed: true,
  connection_refused: true,
  unreachable: true,
  connect_timeout: true,
  tls_files: true,
  tls_ca_missing: true,
  tls_ca_wrong: true,
  tls_expired: true,
  tls_not_yet_valid: true,
  tls_wrong_host: true,
  tls_client_refused: true,
  psk_wrong_key: true,
  psk_unknown_identity: true,
  psk_not_offered: true,
  tls_failed: true,
  websocket_refused: true,
  connack_timeout: true,
  refused_protocol: true,
  refused_identifier: true,
  refused_busy: true,
  refused_credentials: true,
  refused_not_authorised: true,
  refused_unknown: true,
  subscription_refused: true,
  suback_timeout: true,
  keepalive_timeout: true,
  peer_closed: true,
  connection_lost: true,
  protocol_error: true,
} satisfies Readonly<Record<ConnectionEndKind, true>>) as ConnectionEndKind[];
