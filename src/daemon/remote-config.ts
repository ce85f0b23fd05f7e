import type { Config } from "../config/load.ts";
import { gatewayItself } from "../runtime/board-name.ts";

type RemoteConfig = Pick<Config, "remote" | "boards">;

/** Whose requests may be orders to the gateway: those of the board that answers for its own device, or its own. */
export function addressee({ boards }: RemoteConfig): string {
  return boards.find(({ device }) => device.kind === "gateway")?.name ?? gatewayItself;
}

/** Whether orders to the gateway are taken at all. */
export function takesOrders({ remote }: RemoteConfig): boolean {
  return (remote.allow?.length ?? 0) > 0;
}

/** Whether the hub is asked for the requests to the gateway's own device, because no board asks for them. */
export function asksForItself(config: RemoteConfig): boolean {
  return takesOrders(config) && addressee(config) === gatewayItself;
}
