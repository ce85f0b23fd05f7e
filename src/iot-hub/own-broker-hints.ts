/** What to do where the broker is one's own (`hub.host`) and Tencent's console knows nothing of it. docs/broker.md says more. */

import type { ConnectionEnd, ConnectionEndKind } from "../mqtt/connection-end.ts";

/** Undefined where it is the same as for IoT Hub. */
export function ownBrokerHint({ kind, endpoint }: ConnectionEnd): string | undefined {
  if (kind === "refused_credentials" || kind === "refused_not_authorised")
    return endpoint.transport === "psk" ? refusedAfterPsk : refused;
  return hints[kind];
}

/** Brokers differ in which of CONNACK 4 and 5 they send: mosquitto has 5 for a wrong password. */
const refused =
  "check productId, deviceName, the device secret or certificate, and how the broker decides: it can let everybody in, go by " +
  "certificates, or check the signature; a list of fixed passwords cannot work, because user name and password are new for each connection";

const refusedAfterPsk =
  "the device secret is right, and the broker wants more: have it take the identity of the TLS handshake for the user (mosquitto: " +
  "use_identity_as_username true), and check what that user may do";

const caHint = "name the CA that signed the broker's certificate as hub.caFile";

const hints: Partial<Record<ConnectionEndKind, string>> = {
  dns_failed: "check the name server, the network and hub.host",
  tls_ca_missing: caHint,
  tls_ca_wrong: caHint,
  tls_client_refused: "check that the broker trusts the CA that signed the device's certificate (hub.certFile)",
  psk_wrong_key:
    "the broker has another key for this device: it needs the bytes of the device secret, decoded from base64 (mosquitto's " +
    "psk_file: in hexadecimal); it may also answer so to an identity that it does not know",
  psk_unknown_identity:
    "the broker has no key for this device: add the identity, which is productId and deviceName in one word, with the bytes of the " +
    "device secret (mosquitto's psk_file: in hexadecimal)",
  psk_not_offered:
    "the broker has no TLS by pre-shared key on this port: check hub.port, enable such keys for TLS 1.2 (mosquitto: psk_file " +
    "and psk_hint), or use another hub.transport",
  refused_identifier:
    "check productId and deviceName, which together are the client identifier, and which identifiers the broker takes",
  subscription_refused:
    "check hub.topics, and that the broker lets this client subscribe them: in its rules a topic that begins with $ is part of no wildcard",
};
