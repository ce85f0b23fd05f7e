/** Why a session ended: a closed set of causes, each with what a person can do about it. */

import { hubCaAdvice } from "../iot-hub/hub-ca.ts";

export type SessionEndKind =
  /** Ended by the gateway itself. */
  | "ended"
  /** The host's name has no address. */
  | "dns_failed"
  /** Nothing listens on the port. */
  | "connection_refused"
  /** No way to the host. */
  | "unreachable"
  /** No TCP connection, or no end of the TLS handshake, in time. */
  | "connect_timeout"
  /** The device's certificate or key cannot be read, or they do not belong together. */
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
  /** The server does not take the device's certificate. */
  | "tls_client_refused"
  /** Any other fault of TLS. */
  | "tls_failed"
  /** The server does not speak WebSocket there. */
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
  /** The server closed the connection in good order. */
  | "peer_closed"
  /** The connection broke: a reset, or a network that went away. */
  | "connection_lost"
  /** The server sent what MQTT 3.1.1 does not allow. */
  | "protocol_error";

export interface SessionEnd {
  readonly kind: SessionEndKind;
  /** What happened, with the names and numbers of this case. No secret. */
  readonly message: string;
  /** What to do about it; undefined where there is nothing to do. */
  readonly hint: string | undefined;
}

/** @param hint in place of the kind's own, where more is known */
export function sessionEnd(kind: SessionEndKind, message: string, hint = hints[kind]): SessionEnd {
  return { kind, message, hint };
}

const networkHint = "check the network, a firewall in between, and the host and port";

/** A wrong clock of the gateway never shows here: the signature's expiry does not come from it. */
const credentialsHint =
  "check productId, deviceName, the device secret (it changes when the device is made anew) and the HMAC method; " +
  "for IoT Hub this is also how an expired signature shows, whatever the clock of this machine says";

const clockHint = "if the clock of this machine is wrong, set it (NTP); otherwise the server needs a new certificate";

const hints: Record<SessionEndKind, string | undefined> = {
  ended: undefined,
  dns_failed: "check the name server and the network; a wrong productId or region makes a wrong host name",
  connection_refused: "nothing listens there: check host, port and transport",
  unreachable: networkHint,
  connect_timeout: networkHint,
  tls_files: "check the device's certificate and private key: both PEM, made for each other",
  tls_ca_missing: hubCaAdvice,
  tls_ca_wrong: hubCaAdvice,
  tls_expired: clockHint,
  tls_not_yet_valid: clockHint,
  tls_wrong_host: "check the host: it must be a name (or address) that the server's certificate carries",
  tls_client_refused: "check that the device's certificate is the one that the console gave for this device",
  tls_failed: "check that the port speaks TLS: 8883 for tls and 443 for wss, unless the broker is your own",
  websocket_refused: "check that the port speaks MQTT over WebSocket: 443 for wss and 80 for ws",
  connack_timeout: "check that the port speaks MQTT over this transport: a TLS port is silent towards plain TCP",
  refused_protocol: "the broker does not speak MQTT 3.1.1",
  refused_identifier: "check productId and deviceName: together they are the client identifier",
  refused_busy: "nothing to do: the server is overloaded or being serviced, and is tried again",
  refused_credentials: credentialsHint,
  refused_not_authorised: "check in the console that the device exists under this product and is not disabled",
  refused_unknown: "the broker does not keep to MQTT 3.1.1",
  subscription_refused: "check the topic pair, and in the console that the product may subscribe this topic",
  suback_timeout: networkHint,
  keepalive_timeout: "the network went away without a word, or something in between forgets idle connections",
  peer_closed: "an idle connection dropped in between, a restart of the server, or a keepalive it does not take",
  connection_lost: networkHint,
  protocol_error: "check that host and port are those of an MQTT 3.1.1 broker",
};
