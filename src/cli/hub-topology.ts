// The devices that `rrpc-gateway hub` knows: those of its options, and those of a topology file.
import { type DeviceName, deviceNameOf, type HubDevice } from "../lab/hub/device.ts";
import type { SubDevice } from "../lab/hub/topology.ts";

/** Made up, and the same wherever this project shows a device: it opens nothing but a simulated hub. */
export const demoSecret = "MDEyMzQ1Njc4OWFiY2RlZg==";

/** The devices of a hub. */
export interface HubTopology {
  readonly devices: readonly HubDevice[];
  readonly subDevices: readonly SubDevice[];
}

const keys = ["devices", "subDevices"];
const deviceKeys = ["productId", "deviceName", "deviceSecret"];
const form =
  '{"devices": [{"productId", "deviceName", "deviceSecret"}], "subDevices": [{…, "boundTo": "PRODUCT/NAME"}]}';

/** Reads a topology file; `problem` says what is wrong, and never shows a secret. Without a secret a device has the made-up one. */
export function readTopology(text: string, problem: (message: string) => void): HubTopology {
  const nothing = { devices: [], subDevices: [] };
  const file = objectOf(jsonOf(text));
  const { devices = [], subDevices = [] } = file ?? {};
  if (file === undefined || !Array.isArray(devices) || !Array.isArray(subDevices)) {
    problem(`expected JSON of the form ${form}`);
    return nothing;
  }
  const unknown = Object.keys(file).find((key) => !keys.includes(key));
  if (unknown !== undefined) problem(`unknown key ${unknown}; expected ${keys.join(", ")}`);

  function entriesOf(key: string, entries: readonly unknown[], allowed: readonly string[]): SubDevice[] {
    return entries.flatMap((entry, index) => {
      const where = `${key}[${index}]`;
      const fields = objectOf(entry) ?? {};
      const strange = Object.keys(fields).find((name) => !allowed.includes(name) || typeof fields[name] !== "string");
      const { productId = "", deviceName = "", deviceSecret = demoSecret, boundTo } = fields as Record<string, string>;
      if (strange !== undefined) problem(`${where}: ${strange} is not expected, or no string`);
      const gateway = deviceNameOf(boundTo);
      if (boundTo !== undefined && gateway === undefined) problem(`${where}: boundTo is not PRODUCT/NAME`);
      return [{ productId, deviceName, deviceSecret, boundTo: gateway }];
    });
  }
  return {
    devices: entriesOf("devices", devices, deviceKeys).map(({ boundTo: _, ...device }) => device),
    subDevices: entriesOf("subDevices", subDevices, [...deviceKeys, "boundTo"]),
  };
}

/** The sub-devices of `--sub-device PRODUCT/NAME`, bound to this gateway. */
export function subDevicesOf(
  paths: readonly string[],
  boundTo: DeviceName,
  problem: (message: string) => void,
): readonly SubDevice[] {
  return paths.flatMap((path) => {
    const name = deviceNameOf(path);
    if (name === undefined) problem(`--sub-device: expected PRODUCT/NAME, found "${path}"`);
    return name === undefined ? [] : [{ ...name, deviceSecret: demoSecret, boundTo }];
  });
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function objectOf(value: unknown): Record<string, unknown> | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : undefined;
}
