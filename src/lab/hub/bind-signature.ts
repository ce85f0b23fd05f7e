// The signature by which a gateway shows that it may bind a sub-device. Pure.
import { createHmac } from "node:crypto";
import { equal } from "./credentials.ts";
import type { HubDevice } from "./device.ts";
import type { DeviceFields } from "./gateway-message.ts";

/** 801 bad parameters, 803 bad signature, 804 unknown method, 805 expired. */
export type BindSignatureCode = 801 | 803 | 804 | 805;

/** How far the timestamp may be from the hub's clock. Not documented: the cloud API's tolerance stands for it. */
const toleranceS = 300;

/** What is wrong with the signed fields of a bind, as the hub's code; undefined: nothing. `nowMs` is Unix time. */
export function bindSignatureProblem(
  { productId, deviceName, deviceSecret }: HubDevice,
  { signature, random, timestamp, signmethod, authtype }: DeviceFields,
  nowMs: number,
): BindSignatureCode | undefined {
  if (typeof signature !== "string" || !Number.isSafeInteger(random) || !Number.isSafeInteger(timestamp)) return 801;
  if (authtype !== "psk") return 801;
  if (signmethod !== "hmacsha1" && signmethod !== "hmacsha256") return 804;
  if (Math.abs(Number(timestamp) - nowMs / 1000) > toleranceS) return 805;
  // The key is the secret as text. For CONNECT it is the bytes that the text stands for.
  const expected = createHmac(signmethod.slice("hmac".length), deviceSecret)
    .update(`${productId}${deviceName};${random};${timestamp}`)
    .digest("base64");
  return equal(signature, expected) ? undefined : 803;
}
