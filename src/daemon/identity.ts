import type { Config } from "../config/load.ts";
import { isLoopback } from "../config/loopback.ts";
import { hubEndpoint } from "../iot-hub/endpoint.ts";
import { IdentityLock, type LockedIdentity } from "../runtime/identity-lock.ts";
import type { Log } from "../runtime/logger.ts";

/** `held`: by another gateway on this machine, in the process `pid`; `holder` says so, `text` also what to do where nobody waits. */
export type IdentityTaking =
  | { readonly kind: "taken" }
  | { readonly kind: "held"; readonly pid: number; readonly holder: string; readonly text: string };

/** Whoever has the lock's name and is no gateway may have it for months. */
const lockAgainMs = 60_000;

/** The device's identity as this process' own: no other gateway on this machine takes its session. */
export interface IdentityHolder {
  /** Takes the identity of `config` too. */
  take(config: Config): Promise<IdentityTaking>;
  /** Lets go of any identity but that of `config`. */
  keepOnly(config: Config): void;
}

/** @param giveWay ends this gateway in order; systemd starts it again, and then it waits */
export function createIdentityHolder(
  log: Log,
  lock: Pick<IdentityLock, "take" | "keepOnly"> = new IdentityLock(),
  giveWay: () => void = () => void process.kill(process.pid, "SIGTERM"),
): IdentityHolder {
  /** What this gateway serves without the lock. */
  let unlocked: Config["hub"] | undefined;
  let kept: Config["hub"] | undefined;
  let timer: NodeJS.Timeout | undefined;

  function lockLater(): void {
    clearTimeout(timer);
    timer = setTimeout(() => void lockAgain(), lockAgainMs).unref();
  }

  async function lockAgain(): Promise<void> {
    const hub = unlocked;
    if (hub === undefined) return;
    const taking = await lock.take(lockedIdentity(hub));
    if (unlocked !== hub) {
      // A reload came meanwhile.
      if (kept !== undefined) lock.keepOnly(lockedIdentity(kept));
      return;
    }
    switch (taking.kind) {
      case "taken":
        unlocked = undefined;
        log.say("info", "identity locked", `${deviceOf(hub)}: locked against another gateway here from now on`);
        break;
      case "unlocked":
        lockLater();
        break;
      case "held":
        unlocked = undefined;
        log.say(
          "error",
          "identity held",
          `${heldText(hub, taking.pid)}, and answers again: this one gives way and ends`,
        );
        giveWay();
        break;
      default:
        taking satisfies never;
    }
  }

  return {
    async take({ hub }) {
      const taking = await lock.take(lockedIdentity(hub));
      switch (taking.kind) {
        case "taken":
          return taking;
        case "unlocked":
          log.say(
            "warn",
            "identity unlocked",
            `${deviceOf(hub)}: not locked against another gateway here, ${taking.why}; tried again every minute`,
          );
          unlocked = hub;
          lockLater();
          return { kind: "taken" };
        case "held": {
          const holder = heldText(hub, taking.pid);
          const text = `${holder}; each gateway needs a device of its own, and each device one gateway`;
          return { ...taking, holder, text };
        }
        default:
          return taking satisfies never;
      }
    },
    keepOnly({ hub }) {
      kept = hub;
      if (unlocked !== hub) unlocked = undefined;
      lock.keepOnly(lockedIdentity(hub));
    },
  };
}

function deviceOf({ identity }: Config["hub"]): string {
  return `device ${identity.deviceName} of product ${identity.productId}`;
}

function heldText(hub: Config["hub"], pid: number): string {
  return `${deviceOf(hub)}: another gateway here serves it already, process ${pid}`;
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
