/** What a gateway and the hub say to each other about sub-devices: JSON on one pair of topics. Pure. */

import { bindSignature, type Nonce } from "./binding.ts";
import { publishBytesMax, responseBytesMax } from "./limits.ts";
import type { DeviceName } from "./topics.ts";

/** Where the gateway asks, and where the hub answers and speaks unasked. */
export interface OperationTopics {
  readonly operation: string;
  readonly result: string;
}

export function operationTopics({ productId, deviceName }: DeviceName): OperationTopics {
  const gateway = `${productId}/${deviceName}`;
  return { operation: `$gateway/operation/${gateway}`, result: `$gateway/operation/result/${gateway}` };
}

/** What the gateway asks for, for several sub-devices at once. The hub answers with a code for each. */
export type Operation = "online" | "offline" | "bind";

export interface DeviceResult extends DeviceName {
  readonly code: number;
}

/** What the hub says. There is no request id: a result belongs to the operation of its type and device. */
export type HubMessage =
  | { readonly kind: "result"; readonly operation: Operation; readonly results: readonly DeviceResult[] }
  /** Bound or unbound in the console. */
  | { readonly kind: "change"; readonly isBound: boolean; readonly devices: readonly DeviceName[] }
  | { readonly kind: "unbind_all" }
  /** Somebody wants unbound sub-devices to be found. `status` goes back as it came. */
  | { readonly kind: "search_devices"; readonly status: number | undefined }
  | { readonly kind: "unknown"; readonly type: string }
  | { readonly kind: "malformed"; readonly problem: string };

/** A notice of the hub; each is acknowledged, which says that it has arrived. */
export type Notice = Extract<HubMessage, { readonly kind: "change" | "unbind_all" | "search_devices" }>;

/** A sub-device with what an operation needs of it. */
export interface OperationDevice extends DeviceName {
  /** For `bind` alone. */
  readonly secret?: string | undefined;
}

/** What stands around the devices of a message. */
const envelopeBytes = 100;

/** One piece holds so many of `devices`, from the first one on; at least one. */
export function fittingCount(operation: Operation, devices: readonly OperationDevice[]): number {
  // With figures as long as they get.
  const nonce = { random: Number.MAX_SAFE_INTEGER, timestampS: Number.MAX_SAFE_INTEGER };
  return countOf(devices, (device) => entryOf(operation, device, nonce));
}

export function encodeOperation(operation: Operation, devices: readonly OperationDevice[], nonce: Nonce): Buffer {
  return encode(operation, { devices: devices.map((device) => entryOf(operation, device, nonce)) });
}

/** In as many pieces as it takes: the results make it longer than the notice. */
export function encodeAcknowledgement(notice: Notice): readonly Buffer[] {
  switch (notice.kind) {
    case "change": {
      const pieces: Buffer[] = [];
      const entries = notice.devices.map((device) => ({ ...fieldsOf(device), result: 0 }));
      for (let from = 0; from < entries.length; ) {
        const devices = entries.slice(from, from + countOf(entries.slice(from), (entry) => entry));
        pieces.push(encode("change", { status: notice.isBound ? 1 : 0, devices }));
        from += devices.length;
      }
      return pieces;
    }
    case "search_devices":
      return [encode("search_devices", { status: notice.status, result: 0 })];
    case "unbind_all":
      return [encode("unbind_all", { result: 0 })];
    default:
      return notice satisfies never;
  }
}

function countOf<T>(devices: readonly T[], entry: (device: T) => object): number {
  let bytes = envelopeBytes;
  const first = devices.findIndex((device) => {
    bytes += Buffer.byteLength(JSON.stringify(entry(device))) + 1;
    return bytes > responseBytesMax;
  });
  return first === -1 ? devices.length : Math.max(1, first);
}

function entryOf(operation: Operation, device: OperationDevice, nonce: Nonce): object {
  if (operation !== "bind") return fieldsOf(device);
  return {
    ...fieldsOf(device),
    signature: bindSignature(device, device.secret ?? "", nonce),
    random: nonce.random,
    timestamp: nonce.timestampS,
    signmethod: "hmacsha256",
    authtype: "psk",
  };
}

function fieldsOf({ productId, deviceName }: DeviceName): object {
  return { product_id: productId, device_name: deviceName };
}

function encode(type: string, payload: object): Buffer {
  return Buffer.from(JSON.stringify({ type, payload }));
}

/** Reads what came on the result topic, whatever it is. */
export function readHubMessage(bytes: Buffer): HubMessage {
  if (bytes.length > publishBytesMax) return malformed(`${bytes.length} bytes, more than ${publishBytesMax}`);
  const message = objectOf(jsonOf(bytes));
  if (message === undefined) return malformed("no JSON object");
  const { type } = message;
  if (typeof type !== "string") return malformed("no type");
  const payload = objectOf(message["payload"]) ?? {};
  switch (type) {
    case "online":
    case "offline":
    case "bind":
      return resultOf(type, payload);
    case "change":
      return changeOf(payload);
    case "unbind_all":
      return { kind: "unbind_all" };
    case "search_devices": {
      const { status } = payload;
      return { kind: "search_devices", status: typeof status === "number" ? status : undefined };
    }
    default:
      return { kind: "unknown", type };
  }
}

type Fields = Readonly<Record<string, unknown>>;

function resultOf(operation: Operation, { devices }: Fields): HubMessage {
  const results = listOf(devices, ({ result, ...fields }): DeviceResult | undefined => {
    const name = nameOf(fields);
    return name === undefined || !Number.isInteger(result) ? undefined : { ...name, code: Number(result) };
  });
  return results === undefined
    ? malformed(`${operation} without a list of names and results`)
    : { kind: "result", operation, results };
}

function changeOf({ status, devices }: Fields): HubMessage {
  if (status !== 0 && status !== 1) return malformed("change without a status of 0 or 1");
  const names = listOf(devices, nameOf);
  if (names === undefined) return malformed("change without a list of names");
  return { kind: "change", isBound: status === 1, devices: names };
}

/** Undefined where anything in it is not what it has to be. */
function listOf<T>(value: unknown, read: (fields: Fields) => T | undefined): readonly T[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const items = value.flatMap((one) => {
    const fields = objectOf(one);
    const item = fields === undefined ? undefined : read(fields);
    return item === undefined ? [] : [item];
  });
  return items.length === value.length ? items : undefined;
}

function nameOf({ product_id: productId, device_name: deviceName }: Fields): DeviceName | undefined {
  return typeof productId === "string" && typeof deviceName === "string" ? { productId, deviceName } : undefined;
}

function objectOf(value: unknown): Fields | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : undefined;
}

/** Undefined for what is no JSON: the hub is not trusted to send any. */
function jsonOf(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString());
  } catch {
    return undefined;
  }
}

function malformed(problem: string): HubMessage {
  return { kind: "malformed", problem };
}
