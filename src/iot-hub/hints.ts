/** What a person can do about the end of a session with IoT Hub, or with a broker of one's own. */

import type { ConnectionEnd, ConnectionEndKind } from "../mqtt/connection-end.ts";
import { isSecure } from "../mqtt/endpoint.ts";
import { isIotHub } from "./endpoint.ts";
import { hubCaAdvice } from "./hub-ca.ts";
import { ownBrokerHint } from "./own-broker-hints.ts";

/** Undefined where there is nothing to do. */
export function hintFor(end: ConnectionEnd): string | undefined {
  return transportHint(end) ?? (isIotHub(end.endpoint) ? iotHubHint(end) : ownBrokerHint(end)) ?? hints[end.kind];
}

/** A port of the other kind takes the connection, and lets go of it as soon as it has read what it does not know. */
function transportHint({ kind, endpoint, stage }: ConnectionEnd): string | undefined {
  if (kind !== "connection_lost" && kind !== "peer_closed" && kind !== "protocol_error") return undefined;
  const speaks = `hub.transport is ${endpoint.transport}, and port ${endpoint.port} may speak`;
  if (stage === "securing")
    return `${speaks} plain MQTT (tcp): check hub.transport and hub.port; or a firewall lets no TLS pass`;
  if (stage === "logging_in" && !isSecure(endpoint.transport)) return `${speaks} TLS: check hub.transport and hub.port`;
  return undefined;
}

const networkHint = "check the network, a firewall in between, and the host and port";

/** A wrong clock of the gateway never shows here: the signature's expiry does not come from it. */
const credentialsHint =
  "check productId, deviceName, the device secret (it changes when the device is made anew) and the HMAC method; " +
  "for IoT Hub this is also how an expired signature shows, whatever the clock of this machine says";

/** There is no signature that could be wrong. */
const credentialsHintPsk =
  "the device secret is right, or the TLS handshake had failed: check hub.sdkAppId, or use hub.transport: tls, which signs CONNECT";

function iotHubHint({ kind, endpoint }: ConnectionEnd): string | undefined {
  return kind === "refused_credentials" && endpoint.transport === "psk" ? credentialsHintPsk : undefined;
}

const clockHint = "if the clock of this machine is wrong, set it (NTP); otherwise the server needs a new certificate";

const hints: Record<ConnectionEndKind, string | undefined> = {
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
  psk_wrong_key:
    "the hub has another secret for this device: copy it from the console again (it changes when the device is made anew); " +
    "a server may also answer so to a productId or deviceName that it does not know",
  psk_unknown_identity:
    "the hub knows no device of this name: check productId and deviceName, and in the console that the device exists and " +
    "authenticates by a secret, not by a certificate",
  psk_not_offered:
    "TLS by the device secret is not offered there: check host and port (8883), or use hub.transport: tls with hub.caFile",
  tls_failed: "check that the port speaks TLS: 8883 for tls and psk, 443 for wss, unless the broker is your own",
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
