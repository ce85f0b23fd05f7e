/** Why a connection ended, and how far it had come: facts. What to do about it depends on whose broker it is, so the profile of that says it. */

import type { Endpoint } from "./endpoint.ts";

/** How far a connection has come. */
export type Stage =
  /** Its name is looked up, TCP connects. */
  | "connecting"
  /** The TLS handshake. */
  | "securing"
  /** CONNECT is sent; under a WebSocket its upgrade comes first. */
  | "logging_in"
  /** CONNACK has come, and not every SUBACK. */
  | "subscribing"
  | "up";

export type ConnectionEndKind =
  /** Ended from this side. */
  | "ended"
  /** The host's name has no address. */
  | "dns_failed"
  /** Nothing listens on the port. */
  | "connection_refused"
  /** No way to the host. */
  | "unreachable"
  /** No TCP connection, or no end of the TLS handshake, in time. */
  | "connect_timeout"
  /** The client's certificate or key cannot be read, or they do not belong together. */
  | "tls_files"
  /** The server's certificate cannot be verified, and no CA was given. */
  | "tls_ca_missing"
  /** The server's certificate cannot be verified with the CA that was given. */
  | "tls_ca_wrong"
  /** The server's certificate has expired, or the local clock is ahead. */
  | "tls_expired"
  /** The server's certificate is not valid yet, or the local clock is behind. */
  | "tls_not_yet_valid"
  /** The server's certificate is for another host. */
  | "tls_wrong_host"
  /** The broker does not accept the client's certificate. */
  | "tls_client_refused"
  /** The server does not have this key for the identity, or hides that it does not know the identity. */
  | "psk_wrong_key"
  /** The server has no key for the identity. */
  | "psk_unknown_identity"
  /** The server speaks TLS, and not by a pre-shared key. */
  | "psk_not_offered"
  /** Any other fault of TLS. */
  | "tls_failed"
  /** The broker does not speak WebSocket there. */
  | "websocket_refused"
  /** Connected, and no CONNACK in time. */
  | "connack_timeout"
  /** CONNACK 1. */
  | "refused_protocol"
  /** CONNACK 2. */
  | "refused_identifier"
  /** CONNACK 3. */
  | "refused_busy"
  /** CONNACK 4. */
  | "refused_credentials"
  /** CONNACK 5. */
  | "refused_not_authorised"
  /** A CONNACK code that MQTT 3.1.1 does not know. */
  | "refused_unknown"
  /** SUBACK 0x80. */
  | "subscription_refused"
  /** No SUBACK in time. */
  | "suback_timeout"
  /** No PINGRESP in time. */
  | "keepalive_timeout"
  /** The broker closed the connection in good order. */
  | "peer_closed"
  /** The connection broke: a reset, or a network that went away. */
  | "connection_lost"
  /** The broker sent what MQTT 3.1.1 does not allow. */
  | "protocol_error";

export interface ConnectionEnd {
  readonly kind: ConnectionEndKind;
  /** What happened, with the names and numbers of this case. No secret. */
  readonly message: string;
  readonly endpoint: Endpoint;
  /** How far the connection had come. */
  readonly stage: Stage;
}

/** The place and the stage of an end. */
export type EndContext = Pick<ConnectionEnd, "endpoint" | "stage">;

export function connectionEnd(
  kind: ConnectionEndKind,
  message: string,
  { endpoint, stage }: EndContext,
): ConnectionEnd {
  return { kind, message, endpoint, stage };
}
