import type { Config } from "../config/load.ts";
import { isLoopback } from "../config/loopback.ts";
import { hubEndpoint } from "../iot-hub/endpoint.ts";
import { IdentityLock, type LockedIdentity } from "../runtime/identity-lock.ts";
import type { Log } from "../runtime/logger.ts";

/** `held`: by another gateway on this machine, in the process `pid`; `text` says so, and what to do. */
export type IdentityTaking =
  | { readonly kind: "taken" }
  | { readonly kind: "held"; readonly pid: number; readonly text: string };

/** The device's identity as this process' own: no other gateway on this machine takes its session. */
export interface IdentityHolder {
  /** Takes the identity of `config` too. */
  take(config: Config): Promise<IdentityTaking>;
  /** Lets go of any identity but that of `config`. */
  keepOnly(config: Config): void;
}

export function createIdentityHolder(
  log: Log,
  lock: Pick<IdentityLock, "take" | "keepOnly"> = new IdentityLock(),
): IdentityHolder {
  return {
    async take({ hub }) {
      const taking = await lock.take(lockedIdentity(hub));
      const device = `device ${hub.identity.deviceName} of product ${hub.identity.productId}`;
      switch (taking.kind) {
        case "taken":
          return taking;
        case "unlocked":
          log.say("warn", "identity unlocked", `${device}: not locked against another gateway here, ${taking.why}`);
          return { kind: "taken" };
        case "held":
          return {
            ...taking,
            text:
              `${device}: another gateway here serves it already, process ${taking.pid}; ` +
              "each gateway needs a device of its own, and each device one gateway",
          };
        default:
          return taking satisfies never;
      }
    },
    keepOnly: ({ hub }) => lock.keepOnly(lockedIdentity(hub)),
  };
}

/** At a host elsewhere every port is the same hub; on this machine there may be several, for trials. */
function lockedIdentity(options: Config["hub"]): LockedIdentity {
  const { productId, deviceName, auth } = options.identity;
  const { host, port } = hubEndpoint({ ...options, productId });
  return {
    productId,
    deviceName,
    hub: isLoopback(host) ? `${host}:${port}` : host,
    secret: auth.kind === "key" ? auth.deviceSecret : auth.key,
  };
}
