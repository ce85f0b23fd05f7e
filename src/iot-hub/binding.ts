/** How a gateway proves to the hub that it knows a sub-device's secret. Pure: chance and the wall clock are arguments. */

import { createHmac } from "node:crypto";
import type { DeviceName } from "./topics.ts";

/** What makes each signature another one. */
export interface Nonce {
  readonly random: number;
  /** Unix time. The hub refuses a signature that is too old by its own clock (code 805). */
  readonly timestampS: number;
}

/** Base64. Unlike in CONNECT, the key is the secret's text as it is, not what its base64 stands for. */
export function bindSignature(
  { productId, deviceName }: DeviceName,
  secret: string,
  { random, timestampS }: Nonce,
  hmac: "sha256" | "sha1" = "sha256",
): string {
  return createHmac(hmac, secret).update(`${productId}${deviceName};${random};${timestampS}`).digest("base64");
}
