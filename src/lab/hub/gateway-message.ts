// What a gateway says on its operation topic, as IoT Hub reads it. Pure.
import type { DeviceName } from "./device.ts";

/** What a gateway asks for, one sub-device at a time. */
export const operationNames = ["online", "offline", "bind", "unbind"] as const;
export type OperationName = (typeof operationNames)[number];

/** What the hub sends unasked; the gateway has to acknowledge each. */
export const noticeNames = ["change", "unbind_all", "search_devices"] as const;
export type NoticeName = (typeof noticeNames)[number];

/** One entry of `payload.devices`, not checked yet beyond being an object. */
export type DeviceFields = Readonly<Record<string, unknown>>;

export type GatewayMessage =
  | { readonly kind: "operation"; readonly operation: OperationName; readonly devices: readonly DeviceFields[] }
  | { readonly kind: "describe" }
  | { readonly kind: "acknowledgement"; readonly notice: NoticeName; readonly results: readonly Result[] }
  /** The hub answers nothing to it. */
  | { readonly kind: "ignored"; readonly reason: string };

/** A result that a gateway gives: for one of the devices of a notice, or for the notice as a whole. */
export interface Result {
  readonly device: DeviceName | undefined;
  readonly result: unknown;
}

export function readGatewayMessage(bytes: Buffer): GatewayMessage {
  const message = objectOf(jsonOf(bytes));
  if (message === undefined) return ignored("it is no JSON object");
  const { type, payload, result } = message;
  const { devices: given, result: payloadResult } = objectOf(payload) ?? {};
  const devices = Array.isArray(given) ? given.map((one) => objectOf(one) ?? {}) : undefined;
  if (type === "describe_sub_devices") return { kind: "describe" };
  const operation = operationNames.find((name) => name === type);
  if (operation !== undefined) {
    if (devices === undefined || devices.length === 0) return ignored(`${operation} without payload.devices`);
    return { kind: "operation", operation, devices };
  }
  const notice = noticeNames.find((name) => name === type);
  if (notice === undefined) return ignored("its type is unknown");
  // The result of a notice without devices stands in its payload, or, as some write it, beside its type.
  const results = devices?.map((fields) => ({ device: deviceNameIn(fields), result: resultIn(fields) }));
  const whole = { device: undefined, result: payloadResult ?? result };
  return { kind: "acknowledgement", notice, results: results ?? [whole] };
}

/** The device that an entry names; undefined where it names none. */
export function deviceNameIn({ product_id, device_name }: DeviceFields): DeviceName | undefined {
  if (typeof product_id !== "string" || typeof device_name !== "string") return undefined;
  return product_id === "" || device_name === "" ? undefined : { productId: product_id, deviceName: device_name };
}

/** A device as the messages of both sides name it. */
export function deviceFields({ productId, deviceName }: DeviceName): { product_id: string; device_name: string } {
  return { product_id: productId, device_name: deviceName };
}

function resultIn({ result }: DeviceFields): unknown {
  return result;
}

function ignored(reason: string): GatewayMessage {
  return { kind: "ignored", reason };
}

function jsonOf(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString("utf8"));
  } catch {
    return undefined;
  }
}

function objectOf(value: unknown): Record<string, unknown> | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : undefined;
}
