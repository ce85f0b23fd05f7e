// Which sub-devices there are, which gateway each is bound to, and which of them is online. Knows no connection.
import { clientIdOf, type DeviceName, deviceProblem, type HubDevice, pathOf } from "./device.ts";

/** A device that never connects: its gateway reports it online and answers for it. */
export interface SubDevice extends HubDevice {
  /** The gateway that it is bound to when the hub starts; none: a gateway has to bind it first. */
  readonly boundTo?: DeviceName | undefined;
}

interface Entry {
  readonly device: HubDevice;
  gatewayId: string | undefined;
  isOnline: boolean;
}

/** Why these devices and sub-devices cannot be registered together, or undefined. Never contains a secret. */
export function topologyProblem(devices: readonly HubDevice[], subDevices: readonly SubDevice[]): string | undefined {
  const gatewayIds = new Set(devices.map(clientIdOf));
  const seen = new Set<string>();
  const all: readonly SubDevice[] = [...devices, ...subDevices];
  for (const { boundTo, ...device } of all) {
    const problem =
      deviceProblem(device) ??
      (seen.has(clientIdOf(device)) ? "it is there already" : undefined) ??
      (boundTo && !gatewayIds.has(clientIdOf(boundTo)) ? `${pathOf(boundTo)} is no gateway here` : undefined);
    if (problem !== undefined) return `${pathOf(device)}: ${problem}`;
    seen.add(clientIdOf(device));
  }
  return undefined;
}

/** IoT Hub's limit for one gateway. */
export const subDevicesMax = 500;

/** The sub-devices of a hub. Gateways are named by their client identifier. */
export class Topology {
  readonly #entries = new Map<string, Entry>();

  constructor(subDevices: readonly SubDevice[]) {
    for (const { boundTo, ...device } of subDevices) {
      this.#entries.set(clientIdOf(device), { device, gatewayId: boundTo && clientIdOf(boundTo), isOnline: false });
    }
  }

  /** The sub-device with its secret; undefined where there is none of this name. */
  find(name: DeviceName): HubDevice | undefined {
    return this.#entries.get(clientIdOf(name))?.device;
  }

  all(): readonly HubDevice[] {
    return [...this.#entries.values()].map(({ device }) => device);
  }

  gatewayIdOf(name: DeviceName): string | undefined {
    return this.#entries.get(clientIdOf(name))?.gatewayId;
  }

  isOnline(name: DeviceName): boolean {
    return this.#entries.get(clientIdOf(name))?.isOnline ?? false;
  }

  /** The sub-devices that are bound to this gateway, in the order in which they were registered. */
  boundTo(gatewayId: string): readonly HubDevice[] {
    return this.#of(gatewayId).map(({ device }) => device);
  }

  /** The sub-devices for which this gateway speaks now. */
  onlineOf(gatewayId: string): readonly HubDevice[] {
    return this.#of(gatewayId).flatMap(({ device, isOnline }) => (isOnline ? [device] : []));
  }

  bind(name: DeviceName, gatewayId: string): void {
    const entry = this.#entries.get(clientIdOf(name));
    if (entry !== undefined) entry.gatewayId = gatewayId;
  }

  unbind(name: DeviceName): void {
    const entry = this.#entries.get(clientIdOf(name));
    if (entry !== undefined) entry.gatewayId = undefined;
  }

  /** Returns whether this has changed anything. */
  setOnline(name: DeviceName, isOnline: boolean): boolean {
    const entry = this.#entries.get(clientIdOf(name));
    if (entry === undefined || entry.isOnline === isOnline) return false;
    entry.isOnline = isOnline;
    return true;
  }

  #of(gatewayId: string): Entry[] {
    return [...this.#entries.values()].filter((entry) => entry.gatewayId === gatewayId);
  }
}
