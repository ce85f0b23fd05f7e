/** A device's name in IoT Hub. */
export interface DeviceName {
  readonly productId: string;
  readonly deviceName: string;
}

/** A device that is registered with the hub: its name and its secret, base64 as the console shows it. */
export interface HubDevice extends DeviceName {
  readonly deviceSecret: string;
}

/** `{productId}{deviceName}`: the MQTT client identifier, the one key by which the hub knows a device. */
export function clientIdOf(device: DeviceName): string {
  return device.productId + device.deviceName;
}

/** `{productId}/{deviceName}`: a device as its topics, options and lines name it. */
export function pathOf({ productId, deviceName }: DeviceName): string {
  return `${productId}/${deviceName}`;
}

/** What is wrong with a device that is to be registered, or undefined. Never contains the secret. */
export function deviceProblem(device: HubDevice): string | undefined {
  if (!/^[A-Za-z0-9]{10}$/.test(device.productId)) return "a product id is 10 letters and digits";
  if (!/^[A-Za-z0-9:_-]{1,48}$/.test(device.deviceName)) {
    return "a device name is 1 to 48 letters, digits, colons, underscores and hyphens";
  }
  if (!/^(?:[A-Za-z0-9+/]{4})+(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(device.deviceSecret)) {
    return "a device secret is base64, as the console shows it";
  }
  return undefined;
}

/** The device that `{productId}/{deviceName}` names; undefined where it is not written so. */
export function deviceNameOf(path: string | undefined): DeviceName | undefined {
  const [productId, deviceName, ...rest] = path?.split("/") ?? [];
  return productId && deviceName && rest.length === 0 ? { productId, deviceName } : undefined;
}
