/** The device that the gateway is. */
export const device = { productId: "ABCDEFGH12", deviceName: "gateway01" } as const;

/** Where its requests arrive and where its responses go, with a slash at the end: the processID follows. */
export const requestPrefix = `$rrpc/rxd/${device.productId}/${device.deviceName}/`;
export const responsePrefix = `$rrpc/txd/${device.productId}/${device.deviceName}/`;
