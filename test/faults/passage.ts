import type { Packet } from "mqtt-packet";
import { type Device, prefixesOf } from "./device.ts";
import type { TrafficEvent } from "./traffic.ts";

/** `down` is from the broker to the gateway. */
export type Direction = "down" | "up";

type DistributiveOmit<Union, Key extends PropertyKey> = Union extends unknown ? Omit<Union, Key> : never;

/** A event that does not say yet when and on which connection. */
export type Passage = DistributiveOmit<TrafficEvent, "atMs" | "connection">;

/** What a packet means to the ledger of a device, if anything. */
export function passageOf(packet: Packet, direction: Direction, device: Device): Passage | undefined {
  if (packet.cmd === "connack" && packet.returnCode === 0) return { kind: "accepted" };
  if (packet.cmd === "suback" && packet.granted.every((granted) => granted !== 128)) return { kind: "subscribed" };
  // Whoever asked with a retained message is long gone.
  if (packet.cmd !== "publish" || packet.retain) return undefined;
  const prefix = prefixesOf(device)[direction === "down" ? "request" : "response"];
  const processId = packet.topic.slice(prefix.length);
  if (!packet.topic.startsWith(prefix) || processId === "" || /[/+#]/.test(processId)) return undefined;
  return { kind: direction === "down" ? "request" : "response", processId, payload: Buffer.from(packet.payload) };
}
