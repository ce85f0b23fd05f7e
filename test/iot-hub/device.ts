/** A device of IoT Hub, and the requests that the hub sends it. */

import type { DeviceIdentity } from "../../src/iot-hub/credentials.ts";
import { message } from "../mqtt/raw-broker.ts";

/** The device of the documented vectors; its secret is made up. */
export const device: DeviceIdentity = {
  productId: "ABCDEFGH12",
  deviceName: "gateway01",
  auth: { kind: "key", deviceSecret: "MDEyMzQ1Njc4OWFiY2RlZg==", hmac: "sha256" },
};

export const requestTopic = (processId: string) => `$rrpc/rxd/ABCDEFGH12/gateway01/${processId}`;

/** A PUBLISH of fewer than 128 bytes. */
export const request = (processId: string, payload: string) => message(requestTopic(processId), payload);
