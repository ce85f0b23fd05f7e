import type { Config } from "../config/load.ts";
import type { IdentityHolder, IdentityTaking } from "../daemon/identity.ts";
import type { Log } from "../runtime/logger.ts";
import type { Notifier } from "../systemd/notifier.ts";
import { tellWaiting } from "../systemd/waiting.ts";

/** Whoever has stopped the other gateway does not wait for long; asking it who it is costs a millisecond. */
const againMs = 3_000;

/** It is told again after a minute, and then at growing intervals. */
const triesToTell = 20;

/** How the wait ended. `held`: nobody started this gateway for good, so it does not wait. */
export type IdentityAwaited =
  | { readonly kind: "taken"; readonly config: Config }
  | { readonly kind: "held" }
  | { readonly kind: "stopped" };

export interface IdentityWait {
  readonly ended: Promise<IdentityAwaited>;
  /** Reads the configuration again, which may name another device. */
  reload(): void;
  stop(): void;
}

export interface IdentityWaitParts {
  readonly identity: IdentityHolder;
  /** Undefined where it is bad: the one before stays. */
  readonly reread: () => Config | undefined;
  readonly notifier: Notifier;
  readonly log: Log;
}

/**
 * Takes the device's identity. Where another gateway on this machine has it, a service waits for that one's end, because
 * being started again every 5 s would fill the journal; a person at a terminal is told at once.
 */
export function awaitIdentity(first: Config, { identity, reread, notifier, log }: IdentityWaitParts): IdentityWait {
  let config = first;
  let isStopped = false;
  let wake = () => {};
  let endTry = () => {};
  const stopping = new Promise<undefined>((resolve) => {
    endTry = () => resolve(undefined);
  });
  let heldConfig: Config | undefined;
  let holder: { readonly text: string; tries: number; tellAt: number; end(): void } | undefined;

  async function take(): Promise<IdentityAwaited> {
    while (!isStopped) {
      const tried = config;
      // A holder that does not answer is asked for half a minute.
      const taking = await Promise.race([identity.take(tried), stopping]);
      if (taking === undefined) break;
      // A reload came meanwhile: it may name another device.
      if (tried !== config) continue;
      if (taking.kind === "taken") {
        identity.keepOnly(config);
        if (heldConfig !== undefined) log.say("info", "identity free", whyFree(heldConfig, config));
        return { kind: "taken", config };
      }
      if (!notifier.isManaged) {
        log.say("error", "identity held", taking.text);
        return { kind: "held" };
      }
      heldConfig = tried;
      tellHeld(taking);
      if (!isStopped) await nextTry();
    }
    return { kind: "stopped" };
  }

  function tellHeld({ pid, holder: who }: IdentityTaking & { kind: "held" }): void {
    const text =
      `${who}; waiting for its end. \`systemctl status ${pid}\` says what it is: ` +
      "stop it, or name another device in the configuration of this one";
    if (holder?.text !== text) {
      holder?.end();
      const status = `another gateway on this machine serves the device, process ${pid}: waiting for its end`;
      holder = { text, tries: 0, tellAt: 0, ...tellWaiting(notifier, status) };
    }
    if (holder.tries === holder.tellAt) {
      log.say("error", "identity held", text);
      holder.tellAt = Math.max(triesToTell, 2 * holder.tries);
    }
    holder.tries += 1;
  }

  function nextTry(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, againMs);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  return {
    ended: take().finally(() => holder?.end()),
    reload() {
      config = reread() ?? config;
      wake();
    },
    stop() {
      isStopped = true;
      endTry();
      wake();
    },
  };
}

function whyFree(held: Config, taken: Config): string {
  const [before, now] = [held.hub.identity, taken.hub.identity];
  const isSame = before.productId === now.productId && before.deviceName === now.deviceName;
  return isSame
    ? "the other gateway has let go of the device: this one serves it now"
    : `the configuration names another device now, ${now.deviceName} of product ${now.productId}: this gateway serves it`;
}
