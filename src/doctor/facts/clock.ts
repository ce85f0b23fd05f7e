import { existsSync, statSync } from "node:fs";
import { attempt } from "../../host/attempt.ts";
import { type CommandResult, runCommand } from "../../host/command.ts";
import type { SynchronisationFacts } from "../checks/clock.ts";

/** When this program's file was made: packages keep the time of their build. */
export function programTimeMs(): number {
  const program = process.argv[1];
  return (program === undefined ? undefined : attempt(() => statSync(program).mtimeMs)) ?? 0;
}

/** systemd-timesyncd makes it at its first answer after each start of the machine. */
const timesyncFile = "/run/systemd/timesync/synchronized";

/** timedatectl tells the kernel's own flag (adjtimex(2)), whoever disciplines the clock; chrony is asked where it fails. */
export async function synchronisationFacts(): Promise<SynchronisationFacts> {
  if (existsSync(timesyncFile))
    return { kind: "known", isSynchronised: true, says: `systemd-timesyncd (${timesyncFile})` };
  const kernel = synchronisedByTimedatectl(
    await runCommand("timedatectl", ["show", "--property=NTPSynchronized", "--value"]),
  );
  if (kernel.kind === "known") return kernel;
  const chrony = synchronisedByChrony(await runCommand("chronyc", ["-n", "tracking"]));
  return chrony.kind === "known" ? chrony : { kind: "unseen", why: `${kernel.why}; ${chrony.why}` };
}

export function synchronisedByTimedatectl(result: CommandResult): SynchronisationFacts {
  if (result.kind === "unseen") return result;
  const value = result.stdout.trim();
  if (value !== "yes" && value !== "no") return { kind: "unseen", why: "timedatectl does not say" };
  return { kind: "known", isSynchronised: value === "yes", says: "the kernel (timedatectl)" };
}

export function synchronisedByChrony(result: CommandResult): SynchronisationFacts {
  if (result.kind === "unseen") return result;
  const [, status] = /^Leap status\s*:\s*(.+?)\s*$/m.exec(result.stdout) ?? [];
  if (status === undefined) return { kind: "unseen", why: "chronyc does not say" };
  return { kind: "known", isSynchronised: status !== "Not synchronised", says: `chrony (leap status ${status})` };
}
