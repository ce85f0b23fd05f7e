/**
 * Who the device is, and what it says of itself in CONNECT.
 *
 * Pure but for `randomConnId`: the connection's id and the signature's expiry are arguments, so that the vectors of the
 * product documentation can be checked.
 */

import { createHmac, randomInt } from "node:crypto";
import type { Login } from "../mqtt/client.ts";
import type { Transport } from "../mqtt/endpoint.ts";
import type { ClientCertificate, PreSharedKey } from "../mqtt/socket.ts";

/** The device as IoT Hub knows it. Certificate and key are PEM text; the secret is base64, as the console shows it. */
export interface DeviceIdentity {
  readonly productId: string;
  readonly deviceName: string;
  readonly auth: KeyAuth | CertificateAuth;
}

export interface KeyAuth {
  readonly kind: "key";
  readonly deviceSecret: string;
  readonly hmac: "sha256" | "sha1";
}

export interface CertificateAuth extends ClientCertificate {
  readonly kind: "certificate";
}

/** What the product documentation says. Tencent's C and Python SDKs send 21010406; the hub accepts both. */
export const defaultSdkAppId = "12010126";

/**
 * The Unix time in seconds after which a signature is void: 2038-01-19.
 *
 * Tencent's SDKs send now + 600, this value, or LONG_MAX. A value computed from the clock fails on a board that starts
 * in 1970; of the constants this one is what an SDK sends on a 32-bit device, so it fits whatever integer the hub reads
 * it into, and the hub's own root certificate ends before it (2032-11-23). A stolen signature is bounded by TLS and by
 * replacing the secret, not by this time.
 */
export const signatureExpiryS = 2147483647;

/** What CONNECT carries for `identity` on the connection `connId`. */
export function signCredentials(
  identity: DeviceIdentity,
  sdkAppId: string,
  connId: string,
  expiryS: number | bigint,
): Required<Login> {
  const clientId = identity.productId + identity.deviceName;
  const username = `${clientId};${sdkAppId};${connId};${expiryS}`;
  return { clientId, username, password: passwordFor(identity.auth, username) };
}

function passwordFor(auth: DeviceIdentity["auth"], username: string): string {
  switch (auth.kind) {
    case "key": {
      const secret = Buffer.from(auth.deviceSecret, "base64");
      return `${createHmac(auth.hmac, secret).update(username).digest("hex")};hmac${auth.hmac}`;
    }
    case "certificate":
      // The hub ignores it; a broker of one's own may insist that there is one.
      return "certificate";
    default:
      return auth satisfies never;
  }
}

/** The device's secret as the key of TLS, where `transport` goes by it. The configuration refuses that for a device with a certificate. */
export function preSharedKeyOf(
  { productId, deviceName, auth }: DeviceIdentity,
  transport: Transport,
): PreSharedKey | undefined {
  if (transport !== "psk") return undefined;
  if (auth.kind !== "key") throw new Error("transport psk without a device secret");
  return { identity: productId + deviceName, key: Buffer.from(auth.deviceSecret, "base64") };
}

/** What TLS carries for `identity`; undefined where the signature in CONNECT is all. */
export function clientCertificateOf({ auth }: DeviceIdentity): ClientCertificate | undefined {
  return auth.kind === "certificate" ? { cert: auth.cert, key: auth.key } : undefined;
}

const connIdAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/** Five random characters, a new word for each connection. */
export function randomConnId(): string {
  return Array.from({ length: 5 }, () => connIdAlphabet[randomInt(connIdAlphabet.length)]).join("");
}
