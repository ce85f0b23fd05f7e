export interface Device {
  readonly productId: string;
  readonly deviceName: string;
}

/** The device that the gateway is. */
export const device: Device = { productId: "ABCDEFGH12", deviceName: "gateway01" };

/** Those behind it, in the rows with neighbours. */
export const subDevices: readonly Device[] = ["sub01", "sub02", "sub03"].map((deviceName) => ({
  productId: "SUBPRODUCT",
  deviceName,
}));

/** Where a device's requests arrive and where its responses go, with a slash at the end: the processID follows. */
export function prefixesOf({ productId, deviceName }: Device): { readonly request: string; readonly response: string } {
  return { request: `$rrpc/rxd/${productId}/${deviceName}/`, response: `$rrpc/txd/${productId}/${deviceName}/` };
}

export const { request: requestPrefix, response: responsePrefix } = prefixesOf(device);
