/** A device answers with one voice: no two boards have the same one, and none has the gateway's own. */
import type { Mismatch } from "./findings.ts";
import { repeated } from "./repeated.ts";

interface DeviceNames {
  readonly productId: string;
  readonly deviceName: string;
}

/** Each board whose device is somebody else's. @param gateway what is known of its identity */
export function sameDevices(
  gateway: Readonly<Record<keyof DeviceNames, string | undefined>>,
  devices: readonly (DeviceNames & { readonly board: string })[],
): readonly (Mismatch & { readonly board: string })[] {
  const own = devices.filter(
    ({ productId, deviceName }) => productId === gateway.productId && deviceName === gateway.deviceName,
  );
  const others = devices.filter((device) => !own.includes(device));
  return [
    ...own.map(({ board }) => ({
      board,
      expected: "no device for the board that answers for the gateway itself, or another than the gateway's own",
      found: "the gateway's own",
    })),
    ...repeated(others, ({ productId, deviceName }) => `${productId}/${deviceName}`).map(({ first, again }) => ({
      board: again.board,
      expected: `another device than that of ${first.board}`,
      found: "the same",
    })),
  ];
}
