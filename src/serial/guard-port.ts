import { runOnDescriptor, setTtyModes } from "../host/tty-tools.ts";
import type { PortClaim } from "./port-claim.ts";

/** What becomes of HUPCL, which drops DTR at the last close: "leave" is as it was before we opened. */
export type HangUp = "leave" | "off";

/** TIOCEXCL and TIOCNXCL of asm-generic/ioctls.h, which every machine has that Node.js is built for. */
const exclusive = { on: "0x540C", off: "0x540D" } as const;

const setExclusive = (request: string) => `exec perl -e 'ioctl(STDIN, ${request}, 0) or exit 1' <&3`;

/** stty waits until the line is dry (TCSADRAIN), which with flow control may be long; whoever closes the port ends it. */
const hupclLimitMs = 30_000;

/** What guards an open port, and can wait until the first line is written. */
export interface PortGuard {
  /**
   * Takes HUPCL away, or gives it back what it was, and keeps others from opening the port as well (TIOCEXCL). The lock
   * is advisory; this is not, but for root.
   */
  apply(hupcl: HangUp): Promise<void>;
  /**
   * Sets the tty's modes, in the words of stty, never while another stty of the guard's runs: each writes back all that it
   * has read. Says whether they are set; undefined where that could not be done, or the guard is being lifted.
   */
  setModes(modes: string): Promise<boolean | undefined>;
  /** Lets others open the port: whoever has it still open would otherwise keep us out of our own next opening. */
  lift(): Promise<void>;
}

/** @param note told what this system has no means for */
export function guardPort(claim: PortClaim, path: string, note: (text: string) => void): PortGuard {
  const ending = new AbortController();
  let applying = Promise.resolve();
  let isExclusive = false;
  let hasHupcl = claim.hadHupcl;

  async function setHupcl(wanted: boolean | undefined): Promise<void> {
    if (wanted === undefined || wanted === hasHupcl) return;
    hasHupcl = wanted;
    const result = await runOnDescriptor(claim.fd, `exec stty ${wanted ? "" : "-"}hupcl <&3`, {
      limitMs: hupclLimitMs,
      signal: ending.signal,
    });
    if (result?.exitCode === 0 || ending.signal.aborted) return;
    note(`${path}: HUPCL stays ${wanted ? "off" : "set"}: stty could not change it`);
  }

  async function makeExclusive(): Promise<void> {
    // A pseudo-terminal would stay exclusive if we were killed, and its own user could not open it ever again.
    if (isExclusive || claim.isPseudoTerminal || ending.signal.aborted) return;
    const result = await runOnDescriptor(claim.fd, setExclusive(exclusive.on));
    isExclusive = result?.exitCode === 0;
    if (!isExclusive && !ending.signal.aborted)
      note(`${path}: the lock alone keeps other programs out: no perl here that could set TIOCEXCL`);
  }

  async function applyNow(hupcl: HangUp): Promise<void> {
    if (ending.signal.aborted) return;
    await setHupcl(hupcl === "off" ? false : claim.hadHupcl);
    await makeExclusive();
  }

  return {
    apply(hupcl) {
      applying = applying.then(() => applyNow(hupcl));
      return applying;
    },
    setModes(modes) {
      const { signal } = ending;
      const setting = applying.then(() => (signal.aborted ? undefined : setTtyModes(claim.fd, modes, { signal })));
      applying = setting.then(() => {});
      return setting;
    },
    async lift() {
      ending.abort();
      await applying;
      if (isExclusive) await runOnDescriptor(claim.fd, setExclusive(exclusive.off));
      isExclusive = false;
    },
  };
}
