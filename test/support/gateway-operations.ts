import type { MqttClient } from "mqtt";
import { z } from "zod";

/** A device behind a gateway. */
export interface SubDevice {
  readonly productId: string;
  readonly deviceName: string;
}

/** What a gateway asks the hub for; the others are the hub's own messages, which a gateway acknowledges. */
export type Operation = "online" | "offline" | "bind" | "unbind";

/** The hub's side of gateways and their sub-devices, which a plain broker does not have. */
export interface GatewayOperations {
  /** Every operation of each sub-device, in their order. */
  readonly seen: readonly { readonly operation: string; readonly device: SubDevice }[];
  /** Sends what the hub sends unasked: a sub-device was bound (1) or unbound (0) in the console. */
  change(gateway: SubDevice, device: SubDevice, status: 0 | 1): Promise<void>;
}

const message = z.object({
  type: z.string(),
  payload: z
    .object({
      devices: z.array(z.looseObject({ product_id: z.string(), device_name: z.string() })).optional(),
    })
    .optional(),
});

const operations: readonly string[] = ["online", "offline", "bind", "unbind"] satisfies Operation[];

/** Answers the operations of every gateway on the broker, each with the code that `resultOf` says. */
export async function answerOperations(
  client: MqttClient,
  resultOf: (operation: string, device: SubDevice) => number = () => 0,
  onSeen: () => void = () => {},
): Promise<GatewayOperations> {
  const seen: { operation: string; device: SubDevice }[] = [];
  client.on("message", (topic, bytes) => {
    const [, gateway] = /^\$gateway\/operation\/([^/]+\/[^/]+)$/.exec(topic) ?? [];
    if (gateway === undefined) return;
    const { type, payload } = message.parse(JSON.parse(bytes.toString()));
    const devices = (payload?.devices ?? []).map(({ product_id, device_name }) => {
      const device = { productId: product_id, deviceName: device_name };
      seen.push({ operation: type, device });
      return { product_id, device_name, result: resultOf(type, device) };
    });
    if (operations.includes(type))
      client.publish(`$gateway/operation/result/${gateway}`, JSON.stringify({ type, payload: { devices } }));
    onSeen();
  });
  await client.subscribeAsync("$gateway/operation/+/+");
  return {
    seen,
    async change({ productId, deviceName }, device, status) {
      const devices = [{ product_id: device.productId, device_name: device.deviceName }];
      await client.publishAsync(
        `$gateway/operation/result/${productId}/${deviceName}`,
        JSON.stringify({ type: "change", payload: { status, devices } }),
      );
    },
  };
}
