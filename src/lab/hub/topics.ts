// IoT Hub's topics, and which device may use them. Pure.
import { type DeviceName, pathOf } from "./device.ts";

/** Where requests go down to a device and replies come up: IoT Hub's own pair, and IoT Explorer's of the same shape. */
const rrpcRoots = [
  { down: "$rrpc/rxd", up: "$rrpc/txd" },
  { down: "$iotrrpc/down", up: "$iotrrpc/up" },
] as const;

/** Whether a filter is one of a device's own, written as the documentation writes them. */
export function maySubscribe(device: DeviceName, filter: string): boolean {
  const own = pathOf(device);
  return (
    rrpcRoots.some(({ down }) => filter === `${down}/${own}/+`) ||
    filter === `$sys/operation/result/${own}` ||
    // Topics that every new product comes with.
    filter === `${own}/control` ||
    filter === `${own}/data`
  );
}

/** Whether a topic is one of those that a device publishes to. */
export function mayPublish(device: DeviceName, topic: string): boolean {
  const own = pathOf(device);
  return (
    replyProcessId(device, topic) !== undefined ||
    topic === timeRequestTopic(device) ||
    topic === `${own}/event` ||
    topic === `${own}/data`
  );
}

/** Below which topic a device with these subscriptions takes its requests; undefined when it takes none. */
export function requestRoot(device: DeviceName, filters: ReadonlySet<string>): string | undefined {
  const roots = rrpcRoots.map(({ down }) => `${down}/${pathOf(device)}`);
  return roots.find((root) => filters.has(`${root}/+`));
}

/** The processId of the request that a device's publish on this topic replies to; undefined when it is no reply. */
export function replyProcessId(device: DeviceName, topic: string): string | undefined {
  for (const { up } of rrpcRoots) {
    const prefix = `${up}/${pathOf(device)}/`;
    const processId = topic.slice(prefix.length);
    if (topic.startsWith(prefix) && processId !== "" && !processId.includes("/")) return processId;
  }
  return undefined;
}

/** Where a device asks for the time. */
export function timeRequestTopic(device: DeviceName): string {
  return `$sys/operation/${pathOf(device)}`;
}

/** Where the hub tells a device the time. */
export function timeResultTopic(device: DeviceName): string {
  return `$sys/operation/result/${pathOf(device)}`;
}

/** Where a gateway asks for something about its sub-devices. */
export function operationTopic(gateway: DeviceName): string {
  return `$gateway/operation/${pathOf(gateway)}`;
}

/** Where the hub answers that, and tells a gateway of changes that it has not asked for. */
export function operationResultTopic(gateway: DeviceName): string {
  return `$gateway/operation/result/${pathOf(gateway)}`;
}

/** Whether a topic or filter is this device's: each names it on two levels of its own. */
export function isTopicOf(device: DeviceName, topic: string): boolean {
  return `/${topic}/`.includes(`/${pathOf(device)}/`);
}
