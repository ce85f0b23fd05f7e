/**
 * From what Node, mqtt.js and the broker report to a `SessionEnd`.
 *
 * Faults are told apart by their codes; the words of an error are only passed on. The two faults to which mqtt.js gives
 * no code are named in `clientFault`.
 */

import { certificateFingerprints } from "../iot-hub/hub-ca.ts";
import type { Attempt } from "./address-race.ts";
import { type Endpoint, endpointUrl, isSecure, isWebSocket } from "./endpoint.ts";
import { type SessionEnd, type SessionEndKind, sessionEnd } from "./session-end.ts";

/** How far a session has come. */
export type Stage = "connecting" | "securing" | "greeting" | "subscribing" | "up";

/** What a message about a fault needs to know of the session. */
export interface FaultContext {
  readonly endpoint: Endpoint;
  readonly ca: string | undefined;
  readonly stage: Stage;
}

const during: Record<Stage, string> = {
  connecting: "while connecting",
  securing: "during the TLS handshake",
  greeting: "before CONNACK",
  subscribing: "before SUBACK",
  up: "while the session was up",
};

/** An error of the socket, of TLS or of the WebSocket. */
export function socketFault(error: Error, context: FaultContext): SessionEnd {
  const { endpoint, stage } = context;
  const code = codeOf(error);
  const kind = socketFaultKind(code, context);
  const trust = kind === "tls_ca_wrong" ? `; ${describeCa(context.ca)}` : "";
  // Of OpenSSL's errors the message is a line of source positions; `reason` is what is meant for people.
  const reason = "reason" in error && typeof error.reason === "string" ? error.reason : undefined;
  const words = [code, reason ?? (code !== undefined && quietCodes.has(code) ? undefined : error.message)];
  const detail = words.filter((word) => word !== undefined && word !== "").join(": ");
  return sessionEnd(kind, `${endpointUrl(endpoint)} ${during[stage]}: ${detail}${trust}`, transportHint(kind, context));
}

/** A port of the other kind takes the connection, and lets go of it as soon as it has read what it does not know. */
function transportHint(kind: SessionEndKind, { endpoint, stage }: FaultContext): string | undefined {
  if (kind !== "connection_lost" && kind !== "peer_closed" && kind !== "protocol_error") return undefined;
  const speaks = `hub.transport is ${endpoint.transport}, and port ${endpoint.port} may speak`;
  if (stage === "securing")
    return `${speaks} plain MQTT (tcp): check hub.transport and hub.port; or a firewall lets no TLS pass`;
  if (stage === "greeting" && !isSecure(endpoint.transport)) return `${speaks} TLS: check hub.transport and hub.port`;
  return undefined;
}

/** Codes that say it all; the message of the error would only repeat the address. */
const quietCodes = new Set(["ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "EHOSTUNREACH", "ENETUNREACH", "ETIMEDOUT"]);

function socketFaultKind(code: string | undefined, { endpoint, ca, stage }: FaultContext): SessionEndKind {
  switch (code) {
    case "ENOTFOUND":
    case "EAI_AGAIN":
    case "EAI_FAIL":
    case "EAI_NODATA":
      return "dns_failed";
    case "ECONNREFUSED":
      return "connection_refused";
    case "EHOSTUNREACH":
    case "ENETUNREACH":
    case "EHOSTDOWN":
    case "ENETDOWN":
    case "EADDRNOTAVAIL":
      return "unreachable";
    case "ETIMEDOUT":
      return stage === "connecting" ? "connect_timeout" : "connection_lost";
    case "SELF_SIGNED_CERT_IN_CHAIN":
    case "DEPTH_ZERO_SELF_SIGNED_CERT":
    case "UNABLE_TO_VERIFY_LEAF_SIGNATURE":
    case "UNABLE_TO_GET_ISSUER_CERT":
    case "UNABLE_TO_GET_ISSUER_CERT_LOCALLY":
    case "CERT_SIGNATURE_FAILURE":
    case "CERT_UNTRUSTED":
    case "INVALID_CA":
      return ca === undefined ? "tls_ca_missing" : "tls_ca_wrong";
    case "CERT_HAS_EXPIRED":
      return "tls_expired";
    case "CERT_NOT_YET_VALID":
      return "tls_not_yet_valid";
    case "ERR_TLS_CERT_ALTNAME_INVALID":
      return "tls_wrong_host";
    case undefined:
      // The one error without a code that a socket of ours raises: the WebSocket's "Unexpected server response".
      return isWebSocket(endpoint.transport) && stage === "greeting" ? "websocket_refused" : "connection_lost";
    default:
      return otherFaultKind(code, isSecure(endpoint.transport));
  }
}

/** Families of codes, too many to list. */
function otherFaultKind(code: string, secure: boolean): SessionEndKind {
  if (/^ERR_SSL_.*ALERT_.*(CERTIFICATE|UNKNOWN_CA|ACCESS_DENIED)/.test(code)) return "tls_client_refused";
  if (code.startsWith("ERR_SSL_") || code.startsWith("ERR_TLS_") || code.startsWith("CERT_")) return "tls_failed";
  if (code === "EPROTO" && secure) return "tls_failed";
  if (code.startsWith("HPE_")) return "websocket_refused";
  if (code.startsWith("WS_ERR_")) return "protocol_error";
  return "connection_lost";
}

function describeCa(ca: string | undefined): string {
  const fingerprints = certificateFingerprints(ca ?? "");
  if (fingerprints.length === 0) return "the CA given holds no certificate";
  return `the CA given has the SHA-256 fingerprint ${fingerprints.join(", ")}`;
}

/** The device's certificate or key was not accepted by OpenSSL, before any connection. */
export function tlsFilesFault(error: Error): SessionEnd {
  return sessionEnd("tls_files", `the device's certificate or key cannot be used: ${codeOf(error) ?? error.message}`);
}

/** An `error` event of mqtt.js: a CONNACK refusal, a fault of the socket, or a fault that it found itself. */
export function clientFault(error: Error, context: FaultContext): SessionEnd {
  if ("code" in error && typeof error.code === "number") {
    return context.stage === "greeting" ? connackRefusal(error.code) : sessionEnd("protocol_error", error.message);
  }
  if (codeOf(error) !== undefined) return socketFault(error, context);
  if (error.message === "Keepalive timeout") return sessionEnd("keepalive_timeout", "no PINGRESP in time");
  return sessionEnd(
    "protocol_error",
    `${during[context.stage]}: ${error.message}`,
    transportHint("protocol_error", context),
  );
}

/** CONNACK with `code` ≠ 0 (MQTT 3.1.1 §3.2.2.3). */
function connackRefusal(code: number): SessionEnd {
  switch (code) {
    case 1:
      return sessionEnd("refused_protocol", "CONNACK 1: unacceptable protocol version");
    case 2:
      return sessionEnd("refused_identifier", "CONNACK 2: client identifier rejected");
    case 3:
      return sessionEnd("refused_busy", "CONNACK 3: server unavailable");
    case 4:
      return sessionEnd("refused_credentials", "CONNACK 4: bad user name or password");
    case 5:
      return sessionEnd("refused_not_authorised", "CONNACK 5: not authorised");
    default:
      return sessionEnd("refused_unknown", `CONNACK ${code}: a code that MQTT 3.1.1 does not know`);
  }
}

/** No address could be found, or none of them be connected to; `error` is the last one's. */
export function connectFault(error: Error, attempts: readonly Attempt[], endpoint: Endpoint): SessionEnd {
  const ends = attempts.map(({ end }) =>
    socketFault(end?.error ?? error, { endpoint, ca: undefined, stage: "connecting" }),
  );
  const [first] = ends;
  if (attempts.length < 2 || first === undefined) {
    return first ?? socketFault(error, { endpoint, ca: undefined, stage: "connecting" });
  }
  // A machine that refuses is there: it says more than a network that does not lead anywhere.
  const told = ends.find(({ kind }) => kind === "connection_refused") ?? first;
  return sessionEnd(told.kind, `${endpointUrl(endpoint)} while connecting: ${describeAttempts(attempts)}`);
}

/** Neither an address nor a connection within `limitMs`. */
export function connectTimeout(attempts: readonly Attempt[], limitMs: number, endpoint: Endpoint): SessionEnd {
  if (attempts.length === 0) return sessionEnd("dns_failed", `no address of ${endpoint.host} within ${limitMs} ms`);
  const words = `no TCP connection to ${endpointUrl(endpoint)} within ${limitMs} ms`;
  return sessionEnd("connect_timeout", attempts.length < 2 ? words : `${words}: ${describeAttempts(attempts)}`);
}

/** `192.0.2.1 no answer, 2001:db8::1 ENETUNREACH` */
export function describeAttempts(attempts: readonly Attempt[]): string {
  return attempts.map(({ address, end }) => `${address} ${describeAttemptEnd(end)}`).join(", ");
}

function describeAttemptEnd(end: Attempt["end"]): string {
  if (end === undefined) return "no answer";
  return end.error === undefined ? "connected" : (codeOf(end.error) ?? end.error.message);
}

/** The step that `stage` names took longer than `limitMs`. */
export function stageTimeout(
  stage: Exclude<Stage, "connecting" | "up">,
  limitMs: number,
  endpoint: Endpoint,
): SessionEnd {
  const within = `within ${limitMs} ms`;
  switch (stage) {
    case "securing":
      return sessionEnd("connect_timeout", `no end of the TLS handshake with ${endpointUrl(endpoint)} ${within}`);
    case "greeting":
      return sessionEnd("connack_timeout", `no CONNACK from ${endpointUrl(endpoint)} ${within}`);
    case "subscribing":
      return sessionEnd("suback_timeout", `no SUBACK from ${endpointUrl(endpoint)} ${within}`);
    default:
      return stage satisfies never;
  }
}

/** The server ended the connection in good order. */
export function closedByPeer(context: FaultContext): SessionEnd {
  const { endpoint, stage } = context;
  const message = `${endpointUrl(endpoint)} closed the connection ${during[stage]}`;
  return sessionEnd("peer_closed", message, transportHint("peer_closed", context));
}

function codeOf(error: Error): string | undefined {
  return "code" in error && typeof error.code === "string" ? error.code : undefined;
}
