// Whether IoT Hub accepts a CONNECT. Pure.
import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import type { HubDevice } from "./device.ts";

/** CONNACK codes of MQTT 3.1.1 §3.2.2.3 other than "accepted". */
export type RefusalCode = 1 | 2 | 3 | 4 | 5;

/** The device whose CONNECT is accepted; or the code for the client, and the reason for the hub's user. */
export type ConnectDecision =
  | { readonly kind: "accepted"; readonly device: HubDevice }
  | { readonly kind: "refused"; readonly returnCode: RefusalCode; readonly reason: string };

/** What a CONNECT packet and its connection say about themselves. */
export interface ConnectAttempt {
  readonly protocolVersion: number;
  readonly clientId: string;
  readonly username: string | undefined;
  readonly password: Buffer | undefined;
  readonly keepaliveS: number;
  readonly clean: boolean;
  readonly will: boolean;
  /** What the connection itself has proved. */
  readonly peer: Peer;
}

/** What a TLS handshake proves of who connects; over anything else, nothing. */
export interface Peer {
  /** The common name of a client certificate that the hub's own CA has signed. */
  readonly certificateName?: string | undefined;
  /** The device whose secret was the key of the handshake (PSK), by its client identifier. */
  readonly pskIdentity?: string | undefined;
}

/** MQTT 3.1.1, and 3.1, which Tencent's Python SDK speaks unless told otherwise. */
export const protocolVersions: readonly number[] = [3, 4];

/** Sources disagree on the range (0–900, 60–850, at most 690): the hub takes what every one of them accepts. */
const keepaliveMinS = 60;
const keepaliveMaxS = 690;

/** The documentation's, and the one that Tencent's C and Python SDKs send. */
const sdkAppIds = ["12010126", "21010406"];

/**
 * Decides on a CONNECT; `devices` are the registered ones by client identifier, `nowMs` is Unix time.
 *
 * Which code IoT Hub sends for what is documented only in MQTT's own words, so: 1 another protocol than MQTT 3.1 and 3.1.1,
 * 2 an identifier that is no registered device's, 4 user name, expiry or password, 5 what is not allowed to anyone.
 */
export function checkConnect(
  attempt: ConnectAttempt,
  devices: ReadonlyMap<string, HubDevice>,
  nowMs: number,
): ConnectDecision {
  if (!protocolVersions.includes(attempt.protocolVersion)) return refused(1, "the protocol is not MQTT 3.1 or 3.1.1");
  const device = devices.get(attempt.clientId);
  if (device === undefined) return refused(2, "the client identifier is no registered device's");
  if (attempt.will) return refused(5, "a will is not allowed");
  if (!attempt.clean) return refused(5, "only clean sessions are simulated");
  if (attempt.keepaliveS < keepaliveMinS || attempt.keepaliveS > keepaliveMaxS) {
    return refused(5, `keepalive ${attempt.keepaliveS} s is outside ${keepaliveMinS}–${keepaliveMaxS} s`);
  }
  const problem = usernameProblem(attempt, nowMs) ?? passwordProblem(attempt, device);
  return problem === undefined ? { kind: "accepted", device } : refused(4, problem);
}

function refused(returnCode: RefusalCode, reason: string): ConnectDecision {
  return { kind: "refused", returnCode, reason };
}

function usernameProblem({ username, clientId }: ConnectAttempt, nowMs: number): string | undefined {
  const [id, sdkAppId, connId, expiry, ...rest] = (username ?? "").split(";");
  if (sdkAppId === undefined || connId === undefined || expiry === undefined || rest.length > 0) {
    return "the user name is not clientId;sdkAppId;connId;expiry";
  }
  if (id !== clientId) return "the user name carries another client identifier";
  if (!sdkAppIds.includes(sdkAppId)) return `sdkAppId is none of ${sdkAppIds.join(", ")}`;
  if (!/^[A-Za-z0-9]{5}$/.test(connId)) return "connId is not 5 letters and digits";
  // 19 digits hold LONG_MAX, which SDKs send; that a double rounds it up is of no matter to a comparison with now.
  if (!/^\d{1,19}$/.test(expiry)) return "expiry is not a Unix time in seconds";
  if (Number(expiry) * 1000 < nowMs) return "the signature has expired";
  return undefined;
}

function passwordProblem(attempt: ConnectAttempt, device: HubDevice): string | undefined {
  const { certificateName, pskIdentity } = attempt.peer;
  if (certificateName !== undefined) {
    return certificateName === attempt.clientId ? undefined : "the certificate is another device's";
  }
  if (pskIdentity !== undefined) {
    return pskIdentity === attempt.clientId ? undefined : "the handshake was another device's";
  }
  const password = attempt.password?.toString("latin1") ?? "";
  const method = /;hmac(sha1|sha256)$/.exec(password)?.[1];
  if (method === undefined) return "the password does not end in ;hmacsha256 or ;hmacsha1";
  const key = Buffer.from(device.deviceSecret, "base64");
  const expected = createHmac(method, key)
    .update(attempt.username ?? "")
    .digest("hex");
  return equal(password, `${expected};hmac${method}`) ? undefined : "the password's signature is wrong";
}

/** Compares in a time that depends on neither string; hashed first, because timingSafeEqual wants equal lengths. */
export function equal(left: string, right: string): boolean {
  const hash = (text: string) => createHash("sha256").update(text, "utf8").digest();
  return timingSafeEqual(hash(left), hash(right));
}
