import type { Region } from "../iot-hub/regions.ts";
import { readSettings } from "./file-settings.ts";

export interface Target {
  readonly product: string;
  readonly device: string;
  readonly region: Region;
  readonly prefix: string;
}

/** Whom orders to the gateway with this configuration go to, and what stands in front of them; or why that cannot be told. */
export type GatewayTarget =
  | { readonly kind: "target"; readonly target: Target }
  | { readonly kind: "none"; readonly why: string };

/** Whoever gives orders from a desk need not have the secrets. */
export function gatewayTarget(file: string): GatewayTarget {
  const read = readSettings(file);
  if (read.kind === "none") return read;
  const { hub, remote } = read.settings;
  if (hub.productId === undefined || hub.deviceName === undefined)
    return { kind: "none", why: `${file}: expected hub.productId and hub.deviceName, found neither or one` };
  const { productId: product, deviceName: device, region } = hub;
  return { kind: "target", target: { product, device, region, prefix: remote.prefix ?? "" } };
}
