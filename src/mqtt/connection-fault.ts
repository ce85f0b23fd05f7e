/**
 * From what Node, the client and the broker report to a `ConnectionEnd`. Faults are told apart by their codes; the words of
 * an error are only passed on.
 */

import type { Attempt } from "./address-race.ts";
import { certificateFingerprints } from "./certificate.ts";
import type { ClientError } from "./client.ts";
import {
  type ConnectionEnd,
  type ConnectionEndKind,
  connectionEnd,
  type EndContext,
  type Stage,
} from "./connection-end.ts";
import { type Endpoint, endpointUrl, isSecure, isWebSocket } from "./endpoint.ts";
import { opensslErrorOf } from "./openssl-error.ts";

/** What a message about a fault needs to know of the connection. */
export interface FaultContext extends EndContext {
  readonly ca: string | undefined;
}

const during: Record<Stage, string> = {
  connecting: "while connecting",
  securing: "during the TLS handshake",
  logging_in: "before CONNACK",
  subscribing: "before SUBACK",
  up: "while the connection was up",
};

/** An error of the socket, of TLS or of the WebSocket. */
export function socketFault(error: Error, context: FaultContext): ConnectionEnd {
  const { endpoint, stage } = context;
  const code = codeOf(error);
  const openssl = opensslErrorOf(error);
  const kind = alertKind(openssl?.alert, context) ?? socketFaultKind(code, context);
  const trust = kind === "tls_ca_wrong" ? `; ${describeCa(context.ca)}` : "";
  // Of OpenSSL's errors the message is a line of source positions.
  const words = [code, openssl?.reason ?? (code !== undefined && quietCodes.has(code) ? undefined : error.message)];
  const detail = words.filter((word) => word !== undefined && word !== "").join(": ");
  return connectionEnd(kind, `${endpointUrl(endpoint)} ${during[stage]}: ${detail}${trust}`, context);
}

/** Codes that say it all; the message of the error would only repeat the address. */
const quietCodes = new Set(["ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "EHOSTUNREACH", "ENETUNREACH", "ETIMEDOUT"]);

function socketFaultKind(code: string | undefined, { endpoint, ca, stage }: FaultContext): ConnectionEndKind {
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
      return isWebSocket(endpoint.transport) && stage === "logging_in" ? "websocket_refused" : "connection_lost";
    default:
      return otherFaultKind(code, isSecure(endpoint.transport));
  }
}

/** What the server says about certificates: that there is none, that it is bad, or of an unknown CA, or gives no access. */
const certificateAlerts = [41, 42, 43, 44, 45, 46, 48, 49, 116];

/** By the alert with which the server ends TLS. */
function alertKind(alert: number | undefined, { endpoint, stage }: FaultContext): ConnectionEndKind | undefined {
  if (alert === undefined) return undefined;
  if (certificateAlerts.includes(alert)) return "tls_client_refused";
  return endpoint.transport === "psk" && stage === "securing" ? pskAlertKind(alert) : undefined;
}

function pskAlertKind(alert: number): ConnectionEndKind | undefined {
  switch (alert) {
    // The end of the handshake could not be read; or the server hides which names it knows (RFC 4279 §2).
    case 20:
    case 51:
      return "psk_wrong_key";
    case 115:
      return "psk_unknown_identity";
    // No suite, no version, or none that is safe enough, in common.
    case 40:
    case 70:
    case 71:
      return "psk_not_offered";
    default:
      return undefined;
  }
}

/** Families of codes, too many to list. */
function otherFaultKind(code: string, secure: boolean): ConnectionEndKind {
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

/** The client's certificate or key was not accepted by OpenSSL, before any connection. */
export function tlsFilesFault(error: Error, endpoint: Endpoint): ConnectionEnd {
  const message = `the device's certificate or key cannot be used: ${codeOf(error) ?? error.message}`;
  return connectionEnd("tls_files", message, { endpoint, stage: "connecting" });
}

/** A CONNACK refusal, a fault of the socket, or one that mqtt.js found itself. */
export function clientFault(error: ClientError, context: FaultContext): ConnectionEnd {
  switch (error.kind) {
    case "reason":
      return context.stage === "logging_in"
        ? connackRefusal(error.code, context)
        : connectionEnd("protocol_error", error.message, context);
    case "no_pingresp":
      return connectionEnd("keepalive_timeout", "no PINGRESP in time", context);
    case "socket":
      return socketFault(error.error, context);
    case "protocol":
      return connectionEnd("protocol_error", `${during[context.stage]}: ${error.message}`, context);
    default:
      return error satisfies never;
  }
}

/** CONNACK with `code` ≠ 0 (MQTT 3.1.1 §3.2.2.3). */
function connackRefusal(code: number, context: EndContext): ConnectionEnd {
  switch (code) {
    case 1:
      return connectionEnd("refused_protocol", "CONNACK 1: unacceptable protocol version", context);
    case 2:
      return connectionEnd("refused_identifier", "CONNACK 2: client identifier rejected", context);
    case 3:
      return connectionEnd("refused_busy", "CONNACK 3: server unavailable", context);
    case 4:
      return connectionEnd("refused_credentials", "CONNACK 4: bad user name or password", context);
    case 5:
      return connectionEnd("refused_not_authorised", "CONNACK 5: not authorised", context);
    default:
      return connectionEnd("refused_unknown", `CONNACK ${code}: a code that MQTT 3.1.1 does not know`, context);
  }
}

/** No address could be found, or none of them be connected to; `error` is the last one's. */
export function connectFault(error: Error, attempts: readonly Attempt[], endpoint: Endpoint): ConnectionEnd {
  const ends = attempts.map(({ end }) =>
    socketFault(end?.error ?? error, { endpoint, ca: undefined, stage: "connecting" }),
  );
  const [first] = ends;
  if (attempts.length < 2 || first === undefined) {
    return first ?? socketFault(error, { endpoint, ca: undefined, stage: "connecting" });
  }
  // A machine that refuses is there: it says more than a network that does not lead anywhere.
  const told = ends.find(({ kind }) => kind === "connection_refused") ?? first;
  const message = `${endpointUrl(endpoint)} ${during.connecting}: ${describeAttempts(attempts)}`;
  return connectionEnd(told.kind, message, { endpoint, stage: "connecting" });
}

/** Neither an address nor a connection within `limitMs`. */
export function connectTimeout(attempts: readonly Attempt[], limitMs: number, endpoint: Endpoint): ConnectionEnd {
  const context: EndContext = { endpoint, stage: "connecting" };
  if (attempts.length === 0)
    return connectionEnd("dns_failed", `no address of ${endpoint.host} within ${limitMs} ms`, context);
  const words = `no TCP connection to ${endpointUrl(endpoint)} within ${limitMs} ms`;
  const message = attempts.length < 2 ? words : `${words}: ${describeAttempts(attempts)}`;
  return connectionEnd("connect_timeout", message, context);
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
): ConnectionEnd {
  const end = (kind: ConnectionEndKind, missing: string) =>
    connectionEnd(kind, `no ${missing} ${endpointUrl(endpoint)} within ${limitMs} ms`, { endpoint, stage });
  switch (stage) {
    case "securing":
      return end("connect_timeout", "end of the TLS handshake with");
    case "logging_in":
      return end("connack_timeout", "CONNACK from");
    case "subscribing":
      return end("suback_timeout", "SUBACK from");
    default:
      return stage satisfies never;
  }
}

/** The broker ended the connection in good order. */
export function closedByPeer(context: EndContext): ConnectionEnd {
  const { endpoint, stage } = context;
  return connectionEnd("peer_closed", `${endpointUrl(endpoint)} closed the connection ${during[stage]}`, context);
}

function codeOf(error: Error): string | undefined {
  return "code" in error && typeof error.code === "string" ? error.code : undefined;
}
