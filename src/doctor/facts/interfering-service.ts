import { existsSync } from "node:fs";
import type { ProcessFacts } from "../../host/processes.ts";
import { hasProperty, ruleFile } from "../../host/udev.ts";
import type { InterferingServiceFacts } from "../checks/interfering-service.ts";

const binaries = {
  ModemManager: ["/usr/sbin/ModemManager", "/usr/bin/ModemManager"],
  brltty: ["/usr/bin/brltty", "/bin/brltty", "/sbin/brltty"],
} as const;

/** @param device links resolved; undefined where there is none */
export function interferingServiceFacts(
  program: InterferingServiceFacts["program"],
  device: string | undefined,
  processes: readonly ProcessFacts[],
): InterferingServiceFacts {
  const isIgnored = program === "ModemManager" && device !== undefined && hasProperty(device, "ID_MM_DEVICE_IGNORE=1");
  // Of a port that is there, udev's database says whether the rule for ModemManager applies to it.
  const byRules = program === "brltty" || device === undefined ? ruleFile("90-rrpc-gateway.rules") : undefined;
  return {
    program,
    pid: processes.find(({ name }) => name === program)?.pid,
    installedAt: binaries[program].find((path) => existsSync(path)),
    keptAwayBy: isIgnored ? "a udev rule (ID_MM_DEVICE_IGNORE)" : byRules,
  };
}
