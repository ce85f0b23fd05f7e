// Which topics a session may use: the device's own, and those of the sub-devices that it has reported online.
import { clientIdOf, type DeviceName, type HubDevice, pathOf } from "./device.ts";
import { mayPublish, maySubscribe, operationResultTopic, operationTopic } from "./topics.ts";
import type { Topology } from "./topology.ts";

/**
 * Whose message a publish is: the device's that speaks, or of nobody. IoT Hub ends the connection of a session that publishes on
 * a topic of others. A sub-device that is not online any more is another matter: a reply may be on its way when it goes
 * offline. What the hub does then is not documented; here the message is dropped.
 */
export type PublishRight =
  | { readonly kind: "granted"; readonly speaker: HubDevice }
  | { readonly kind: "not_online"; readonly subDevice: DeviceName }
  | { readonly kind: "foreign" };

export class Rights {
  readonly #topology: Topology;
  readonly #withheld = new Set<string>();

  constructor(topology: Topology) {
    this.#topology = topology;
  }

  /** Whether the gateway's product lacks the permission for this sub-device's topics: then its filters are denied. */
  withhold(subDevice: DeviceName, isWithheld: boolean): void {
    if (isWithheld) this.#withheld.add(pathOf(subDevice));
    else this.#withheld.delete(pathOf(subDevice));
  }

  maySubscribe(device: HubDevice, filter: string): boolean {
    if (maySubscribe(device, filter) || filter === operationResultTopic(device)) return true;
    return this.#topology
      .onlineOf(clientIdOf(device))
      .some((subDevice) => maySubscribe(subDevice, filter) && !this.#withheld.has(pathOf(subDevice)));
  }

  toPublish(device: HubDevice, topic: string): PublishRight {
    if (mayPublish(device, topic) || topic === operationTopic(device)) return { kind: "granted", speaker: device };
    const subDevice = this.#topology.all().find((one) => mayPublish(one, topic));
    if (subDevice === undefined) return { kind: "foreign" };
    const speaks = this.#topology.isOnline(subDevice) && this.#topology.gatewayIdOf(subDevice) === clientIdOf(device);
    return speaks ? { kind: "granted", speaker: subDevice } : { kind: "not_online", subDevice };
  }
}
