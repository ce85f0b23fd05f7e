import { hintFor } from "../../iot-hub/hints.ts";
import { hubCaFingerprint } from "../../iot-hub/hub-ca.ts";
import type { Attempt } from "../../mqtt/address-race.ts";
import type { ConnectionEnd } from "../../mqtt/connection-end.ts";
import { describeAttempts } from "../../mqtt/connection-fault.ts";
import type { Endpoint } from "../../mqtt/endpoint.ts";
import { type Finding, fault, type HubFindingId, ok, unknown, warning } from "../finding.ts";
import type { OnlineFacts } from "./online.ts";

/** A step that failed says why in the words of a session's end. */
export interface Failed {
  readonly kind: "failed";
  readonly end: ConnectionEnd;
}

export interface AddressFacts {
  readonly kind: "resolved";
  readonly addresses: readonly string[];
  readonly tookMs: number;
}

export function checkAddress({ host }: Endpoint, facts: AddressFacts | Failed): Finding {
  if (facts.kind === "failed") return ended("hub.address", facts.end, `getent ahosts ${host}; resolvectl status`);
  return ok("hub.address", "resolved", `${host} is ${facts.addresses.join(", ")} (${facts.tookMs.toFixed(0)} ms)`);
}

export interface ConnectionFacts {
  readonly kind: "connected";
  /** One for each address of the hub's name. */
  readonly attempts: readonly Attempt[];
  /** Those that connected, the first one first; at least one. */
  readonly connected: readonly string[];
  /** Of the first one. */
  readonly tookMs: number;
}

export function checkConnection({ host, port }: Endpoint, facts: ConnectionFacts | Failed): Finding {
  if (facts.kind === "failed") return ended("hub.tcp", facts.end, `ip route get ${host}; nc -vz ${host} ${port}`);
  const connected = `connected to ${facts.connected[0]} port ${port} (${facts.tookMs.toFixed(0)} ms)`;
  const others = facts.attempts.filter(({ address }) => address !== facts.connected[0]);
  // No warning: the gateway tries them all, and an address of a family that this site has no way for is usual.
  return ok(
    "hub.tcp",
    "connected",
    others.length === 0 ? connected : `${connected}; of its other addresses: ${describeAttempts(others)}`,
  );
}

/** One certificate of the server's chain. */
export interface ChainLink {
  readonly subject: string;
  /** SHA-256, as OpenSSL writes it. */
  readonly fingerprint: string;
  readonly untilMs: number;
}

export interface CertificateFacts {
  readonly kind: "shown";
  /** The server's own first, the root last as far as it is known. */
  readonly chain: readonly ChainLink[];
  /** Why it is not trusted; undefined where it is. */
  readonly end: ConnectionEnd | undefined;
  readonly protocol: string;
  /** Addresses that took a connection, and then said nothing. */
  readonly passedOver: readonly string[];
}

const dayMs = 24 * 60 * 60 * 1000;

/** Certificates are replaced a month before their end as a rule; one that has not been is worth a word. */
const shortlyMs = 30 * dayMs;

/** A transport without TLS. */
export function checkBareConnection({ transport }: Endpoint): Finding {
  const evidence = `none: hub.transport is ${transport}, and everybody on the path can read it`;
  return warning("hub.tls", "no_tls", evidence, "set hub.transport: tls");
}

/** A handshake by the device secret. */
export interface PreSharedKeyFacts {
  readonly kind: "agreed";
  readonly protocol: string;
  readonly cipher: string;
  /** Addresses that took a connection, and then said nothing. */
  readonly passedOver: readonly string[];
}

export function checkPreSharedKey(facts: PreSharedKeyFacts | Failed): Finding {
  if (facts.kind === "failed") return ended("hub.tls", facts.end, undefined);
  const evidence = `${facts.protocol}, ${facts.cipher}: the hub knows the device secret; no certificate is used`;
  return facts.passedOver.length > 0 ? silentAddress(evidence, facts.passedOver) : ok("hub.tls", "by_secret", evidence);
}

function silentAddress(evidence: string, passedOver: readonly string[]): Finding {
  const silent = `${evidence}; accepted a connection and sent nothing: ${passedOver.join(", ")}`;
  const help = "the gateway uses the other addresses; tell the operator of the hub";
  return warning("hub.tls", "silent_address", silent, help);
}

/** Names every certificate: an operator can compare the fingerprints with those of the console. */
export function checkCertificate(endpoint: Endpoint, facts: CertificateFacts | Failed, nowMs: number): Finding {
  const id = "hub.tls";
  const inspect = `openssl s_client -connect ${endpoint.host}:${endpoint.port} -showcerts </dev/null`;
  if (facts.kind === "failed") return ended(id, facts.end, inspect);
  const chain = facts.chain.map(describeLink).join("; signed by ");
  if (facts.end !== undefined) return ended(id, { ...facts.end, message: `${facts.end.message} [${chain}]` }, inspect);
  const endsMs = Math.min(...facts.chain.map(({ untilMs }) => untilMs));
  if (endsMs - nowMs < shortlyMs) {
    const days = Math.max(0, Math.floor((endsMs - nowMs) / dayMs));
    return warning(
      id,
      "expires_soon",
      `valid for only ${days} more days: ${chain}`,
      "the hub's operator must replace it",
    );
  }
  const evidence = `${facts.protocol}: ${chain}`;
  return facts.passedOver.length > 0 ? silentAddress(evidence, facts.passedOver) : ok(id, "verified", evidence);
}

function describeLink({ subject, fingerprint, untilMs }: ChainLink): string {
  const until = new Date(untilMs).toISOString().slice(0, 10);
  const known = fingerprint === hubCaFingerprint ? ", IoT Hub's own root" : "";
  return `${subject}${known}, until ${until}, SHA-256 ${fingerprint}`;
}

/** What a whole session came to, with what the hub said of each board; of a board that is not in it, nothing. */
export type SessionFacts =
  | { readonly kind: "up"; readonly roundTripMs: number; readonly online: ReadonlyMap<string, OnlineFacts> }
  | Failed;

/**
 * CONNACK and SUBACK: what the hub says to the device itself.
 *
 * @param subscribes whether a board answers for the device itself; else it has nothing to subscribe
 */
export function checkSession(facts: SessionFacts, subscribes: boolean): readonly Finding[] {
  const subacks = (suback: Finding) => (subscribes ? [suback] : []);
  if (facts.kind === "up") {
    const trip = `${facts.roundTripMs.toFixed(0)} ms`;
    return [
      ok("hub.connack", "accepted", `CONNACK 0, round trip ${trip}`),
      ...subacks(ok("hub.suback", "granted", "the subscription is granted")),
    ];
  }
  const { end } = facts;
  if (end.kind === "subscription_refused" || end.kind === "suback_timeout")
    return [ok("hub.connack", "accepted", "CONNACK 0"), ended("hub.suback", end, undefined)];
  return [
    ended("hub.connack", end, undefined),
    ...subacks(unknown("hub.suback", "not_tried", "not tried: the hub did not accept the device")),
  ];
}

function ended(id: HubFindingId, end: ConnectionEnd, command: string | undefined): Finding {
  const help = [hintFor(end), command].filter((part) => part !== undefined).join("; ");
  return fault(id, end.kind, end.message, help === "" ? undefined : help);
}
