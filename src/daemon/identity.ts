import type { Config } from "../config/load.ts";
import { isLoopback } from "../config/loopback.ts";
import { hubEndpoint } from "../iot-hub/endpoint.ts";
import { IdentityLock, type LockedIdentity } from "../runtime/identity-lock.ts";
import type { Log } from "../runtime/logger.ts";

/** The device's identity as this process' own: no other gateway on this machine takes its session. */
export interface IdentityKeeper {
  /** Takes the identity of `config` too. False, and told, where another gateway has it. */
  take(config: Config): Promise<boolean>;
  /** Lets go of any identity but that of `config`. */
  keepOnly(config: Config): void;
}

export function keepIdentity(log: Log): IdentityKeeper {
  const lock = new IdentityLock();
  return {
    async take({ hub }) {
      const taking = await lock.take(lockedIdentity(hub));
      const device = `device ${hub.identity.deviceName} of product ${hub.identity.productId}`;
      switch (taking.kind) {
        case "taken":
          return true;
        case "unlocked":
          log.say("warn", "identity unlocked", `${device}: not locked against another gateway here, ${taking.why}`);
          return true;
        case "held":
          log.say(
            "error",
            "identity held",
            `${device}: another gateway here serves it already, process ${taking.pid}; ` +
              "each gateway needs a device of its own, and each device one gateway",
          );
          return false;
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
