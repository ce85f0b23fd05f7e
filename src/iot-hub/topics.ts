/**
 * The topics of one device: what it subscribes, which request an arriving topic names, and where the response goes.
 *
 * A topic is `{prefix}/{productId}/{deviceName}/{processID}`. What a processID may look like is not decided here: it is
 * the last level of the topic, as it came.
 */

/** The first levels of the request and of the response topics, without a slash at the end. */
export interface TopicPair {
  readonly request: string;
  readonly response: string;
}

/** The pair of IoT Hub's own RRPC. IoT Explorer's `CallDeviceRRPCSync` uses `$iotrrpc/down` and `$iotrrpc/up`. */
export const rrpcTopics: TopicPair = { request: "$rrpc/rxd", response: "$rrpc/txd" };

/** How the hub names a device. */
export interface DeviceName {
  readonly productId: string;
  readonly deviceName: string;
}

/** One device's topics. Both prefixes end in a slash; a processID completes them. */
export interface DeviceTopics {
  /** The one filter that the device subscribes. */
  readonly filter: string;
  readonly requestPrefix: string;
  readonly responsePrefix: string;
}

export function deviceTopics(pair: TopicPair, { productId, deviceName }: DeviceName): DeviceTopics {
  const requestPrefix = `${pair.request}/${productId}/${deviceName}/`;
  return { filter: `${requestPrefix}+`, requestPrefix, responsePrefix: `${pair.response}/${productId}/${deviceName}/` };
}

/**
 * The processID of the request that arrived on `topic`; undefined for a foreign topic: another prefix or device, a level
 * too few or too many, or a wildcard, which a topic name must not hold (MQTT 3.1.1 §4.7.1) and to which no response
 * could be published without losing the session.
 */
export function processIdOf(topics: DeviceTopics, topic: string): string | undefined {
  if (!topic.startsWith(topics.requestPrefix)) return undefined;
  const processId = topic.slice(topics.requestPrefix.length);
  return processId === "" || /[/+#\0]/.test(processId) ? undefined : processId;
}

/** The topic on which the response to `processId` is published. */
export function responseTopic(topics: DeviceTopics, processId: string): string {
  return topics.responsePrefix + processId;
}
