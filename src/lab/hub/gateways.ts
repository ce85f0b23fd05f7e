// The gateways' side of the hub: what they ask for on behalf of their sub-devices, and what they are told unasked.
// Knows no connection: messages go out through `send`.
import { bindSignatureProblem } from "./bind-signature.ts";
import { clientIdOf, type DeviceName, type HubDevice, pathOf } from "./device.ts";
import type { Observe } from "./events.ts";
import {
  type DeviceFields,
  deviceFields,
  deviceNameIn,
  type NoticeName,
  type OperationName,
  type Result,
  readGatewayMessage,
} from "./gateway-message.ts";
import type { ResultCode } from "./result-codes.ts";
import { subDevicesMax, type Topology } from "./topology.ts";

/** What the gateways' side needs. */
export interface GatewaysOptions {
  readonly topology: Topology;
  /** The devices that connect, by client identifier: gateways, all of them. */
  readonly devices: ReadonlyMap<string, HubDevice>;
  /** The `type` of the result of an unbind: the documentation's example says `bind`. */
  readonly unbindResultType: "bind" | "unbind";
  /** Unix time in ms, for the age of signatures. */
  readonly now: () => number;
  readonly observe: Observe;
  readonly isConnected: (gateway: DeviceName) => boolean;
  readonly send: (gateway: DeviceName, message: object) => void;
  /** The gateway speaks no longer for this sub-device: its subscriptions end. */
  readonly silenced: (gatewayId: string, subDevice: DeviceName) => void;
}

/** The entries of one message: with the longest names they are some 12 KB, within what IoT Hub carries. */
const devicesPerMessageMax = 100;

export class Gateways {
  readonly #options: GatewaysOptions;
  /** By operation and sub-device: the code that it gets by order. */
  readonly #ordered = new Map<string, ResultCode>();
  /** By gateway: what it has been told and not acknowledged yet, oldest first. */
  readonly #unacknowledged = new Map<string, { readonly notice: NoticeName; readonly devices: readonly string[] }[]>();

  constructor(options: GatewaysOptions) {
    this.#options = options;
  }

  /** Takes what a gateway has published on its operation topic. */
  take(gateway: HubDevice, payload: Buffer): void {
    const message = readGatewayMessage(payload);
    switch (message.kind) {
      case "operation":
        this.#operate(gateway, message.operation, message.devices);
        break;
      case "describe":
        this.#describe(gateway);
        break;
      case "acknowledgement":
        this.#acknowledged(gateway, message.notice, message.results);
        break;
      case "ignored":
        this.#options.observe({ kind: "ignored", clientId: clientIdOf(gateway), reason: message.reason });
        break;
      default:
        message satisfies never;
    }
  }

  /** The gateway's session has ended, and its sub-devices with it. */
  sessionEnded(gateway: DeviceName): void {
    const gatewayId = clientIdOf(gateway);
    this.#unacknowledged.delete(gatewayId);
    for (const subDevice of this.#options.topology.onlineOf(gatewayId)) this.#takeOffline(gatewayId, subDevice);
  }

  /** Binds a sub-device as a person does in the console. */
  bind(subDevice: DeviceName, gateway: DeviceName): void {
    this.#find(subDevice);
    if (!this.#options.devices.has(clientIdOf(gateway))) throw new Error(`${pathOf(gateway)}: no such gateway`);
    if (this.#options.topology.gatewayIdOf(subDevice) !== undefined) {
      throw new Error(`${pathOf(subDevice)} is bound already`);
    }
    this.#options.topology.bind(subDevice, clientIdOf(gateway));
    this.#notify(gateway, "change", { status: 1, devices: [deviceFields(subDevice)] }, [pathOf(subDevice)]);
  }

  /** Unbinds a sub-device as a person does in the console; it goes offline. */
  unbind(subDevice: DeviceName): void {
    this.#find(subDevice);
    const gateway = this.#options.devices.get(this.#options.topology.gatewayIdOf(subDevice) ?? "");
    if (gateway === undefined) throw new Error(`${pathOf(subDevice)} is not bound`);
    this.#release(clientIdOf(gateway), subDevice);
    this.#notify(gateway, "change", { status: 0, devices: [deviceFields(subDevice)] }, [pathOf(subDevice)]);
  }

  /** Unbinds all sub-devices of a gateway. */
  unbindAll(gateway: DeviceName): void {
    const gatewayId = clientIdOf(gateway);
    for (const subDevice of this.#options.topology.boundTo(gatewayId)) this.#release(gatewayId, subDevice);
    this.#notify(gateway, "unbind_all");
  }

  /** Tells a gateway to look for sub-devices, as the button in the console does. */
  searchDevices(gateway: DeviceName): void {
    this.#notify(gateway, "search_devices", { status: 0 });
  }

  /** From now on the operation gets this code for this sub-device, and does nothing; undefined ends the order. */
  answerWith(operation: OperationName, subDevice: DeviceName, code: ResultCode | undefined): void {
    const key = `${operation} ${pathOf(subDevice)}`;
    if (code === undefined) this.#ordered.delete(key);
    else this.#ordered.set(key, code);
  }

  #operate(gateway: HubDevice, operation: OperationName, devices: readonly DeviceFields[]): void {
    const { observe, unbindResultType } = this.#options;
    const results = devices.map((fields) => {
      const subDevice = deviceNameIn(fields);
      const code = subDevice === undefined ? 801 : this.#codeOf(gateway, operation, subDevice, fields);
      const { product_id = "", device_name = "" } = fields;
      observe({
        kind: "operation",
        clientId: clientIdOf(gateway),
        operation,
        subDevice: subDevice && pathOf(subDevice),
        code,
      });
      return { product_id, device_name, result: code };
    });
    this.#sendDevices(gateway, operation === "unbind" ? unbindResultType : operation, results);
  }

  #codeOf(gateway: HubDevice, operation: OperationName, name: DeviceName, fields: DeviceFields): ResultCode {
    const { topology, devices } = this.#options;
    const gatewayId = clientIdOf(gateway);
    const ordered = this.#ordered.get(`${operation} ${pathOf(name)}`);
    if (ordered !== undefined) return ordered;
    if (operation === "bind" && devices.has(clientIdOf(name))) return 807;
    const subDevice = topology.find(name);
    if (subDevice === undefined) return 802;
    if (operation === "bind") return this.#bindCode(gatewayId, subDevice, fields);
    if (topology.gatewayIdOf(name) !== gatewayId) return -1;
    if (operation === "online") topology.setOnline(name, true);
    else if (operation === "offline") this.#takeOffline(gatewayId, name);
    else this.#release(gatewayId, name);
    return 0;
  }

  #bindCode(gatewayId: string, subDevice: HubDevice, fields: DeviceFields): ResultCode {
    const { topology, now } = this.#options;
    const problem = bindSignatureProblem(subDevice, fields, now());
    if (problem !== undefined) return problem;
    const boundTo = topology.gatewayIdOf(subDevice);
    if (boundTo !== undefined) return boundTo === gatewayId ? 809 : 806;
    if (topology.boundTo(gatewayId).length >= subDevicesMax) return 808;
    topology.bind(subDevice, gatewayId);
    return 0;
  }

  #describe(gateway: HubDevice): void {
    const devices = this.#options.topology.boundTo(clientIdOf(gateway)).map(deviceFields);
    this.#sendDevices(gateway, "describe_sub_devices", devices);
  }

  /** In as many messages as it takes. How IoT Hub answers what does not fit into one is not documented. */
  #sendDevices(gateway: HubDevice, type: string, devices: readonly object[]): void {
    for (let from = 0; from === 0 || from < devices.length; from += devicesPerMessageMax) {
      this.#options.send(gateway, { type, payload: { devices: devices.slice(from, from + devicesPerMessageMax) } });
    }
  }

  #release(gatewayId: string, subDevice: DeviceName): void {
    this.#takeOffline(gatewayId, subDevice);
    this.#options.topology.unbind(subDevice);
  }

  #takeOffline(gatewayId: string, subDevice: DeviceName): void {
    if (!this.#options.topology.setOnline(subDevice, false)) return;
    this.#options.silenced(gatewayId, subDevice);
    this.#options.observe({ kind: "went_offline", clientId: gatewayId, subDevice: pathOf(subDevice) });
  }

  #find(subDevice: DeviceName): void {
    if (this.#options.topology.find(subDevice) === undefined)
      throw new Error(`${pathOf(subDevice)}: no such sub-device`);
  }

  #notify(gateway: DeviceName, notice: NoticeName, payload?: object, devices: readonly string[] = []): void {
    // Nothing is kept for a gateway that is away: it learns of it by the result of its next operation.
    if (!this.#options.isConnected(gateway)) return;
    const clientId = clientIdOf(gateway);
    const waiting = this.#unacknowledged.get(clientId) ?? [];
    this.#unacknowledged.set(clientId, [...waiting, { notice, devices }]);
    this.#options.observe({ kind: "notified", clientId, notice });
    this.#options.send(gateway, { type: notice, ...(payload && { payload }) });
  }

  #acknowledged(gateway: HubDevice, notice: NoticeName, results: readonly Result[]): void {
    const clientId = clientIdOf(gateway);
    const waiting = this.#unacknowledged.get(clientId) ?? [];
    const index = waiting.findIndex((one) => one.notice === notice);
    const told = waiting[index];
    const problem =
      told === undefined ? "nothing was to be acknowledged" : acknowledgementProblem(told.devices, results);
    this.#unacknowledged.set(
      clientId,
      waiting.filter((_, at) => at !== index),
    );
    this.#options.observe(
      problem === undefined
        ? { kind: "acknowledged", clientId, notice }
        : { kind: "bad_acknowledgement", clientId, notice, reason: problem },
    );
  }
}

/** What is wrong with an acknowledgement: it has a result of 0 for each device that the notice named, or one for the whole. */
function acknowledgementProblem(devices: readonly string[], results: readonly Result[]): string | undefined {
  const wrong = results.find(({ result }) => result !== 0);
  if (wrong !== undefined) return `result is ${JSON.stringify(wrong.result) ?? "missing"}, not 0`;
  const named = results.flatMap(({ device }) => (device === undefined ? [] : [pathOf(device)]));
  const forgotten = devices.find((device) => !named.includes(device));
  return forgotten === undefined ? undefined : `no result for ${forgotten}`;
}
