// IoT Hub's topics, and which device may use them. Pure.
import type { DeviceName } from "./device.ts";

/** Where requests go down to a device and replies come up: IoT Hub's own pair, and IoT Explorer's of the same shape. */
const rrpcRoots = [
  { down: "$rrpc/rxd", up: "$rrpc/txd" },
  { down: "$iotrrpc/down", up: "$iotrrpc/up" },
] as const;

const path = ({ productId, deviceName }: DeviceName) => `${productId}/${deviceName}`;

/** Whether a device may subscribe to a filter: only to topics of its own, written as the documentation writes them. */
export function maySubscribe(device: DeviceName, filter: string): boolean {
  const own = path(device);
  return (
    rrpcRoots.some(({ down }) => filter === `${down}/${own}/+`) ||
    filter === `$sys/operation/result/${own}` ||
    filter === `$gateway/operation/result/${own}` ||
    // Topics that every new product comes with.
    filter === `${own}/control` ||
    filter === `${own}/data`
  );
}

/** Whether a device may publish to a topic: only to topics of its own. */
export function mayPublish(device: DeviceName, topic: string): boolean {
  const own = path(device);
  return (
    replyProcessId(device, topic) !== undefined ||
    topic === timeRequestTopic(device) ||
    topic === `$gateway/operation/${own}` ||
    topic === `${own}/event` ||
    topic === `${own}/data`
  );
}

/** Below which topic a device with these subscriptions takes its requests; undefined when it takes none. */
export function requestRoot(device: DeviceName, filters: ReadonlySet<string>): string | undefined {
  const roots = rrpcRoots.map(({ down }) => `${down}/${path(device)}`);
  return roots.find((root) => filters.has(`${root}/+`));
}

/** The processId of the request that a device's publish on this topic replies to; undefined when it is no reply. */
export function replyProcessId(device: DeviceName, topic: string): string | undefined {
  for (const { up } of rrpcRoots) {
    const prefix = `${up}/${path(device)}/`;
    const processId = topic.slice(prefix.length);
    if (topic.startsWith(prefix) && processId !== "" && !processId.includes("/")) return processId;
  }
  return undefined;
}

/** Where a device asks for the time. */
export function timeRequestTopic(device: DeviceName): string {
  return `$sys/operation/${path(device)}`;
}

/** Where the hub tells a device the time. */
export function timeResultTopic(device: DeviceName): string {
  return `$sys/operation/result/${path(device)}`;
}
