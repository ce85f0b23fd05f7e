import { type Finding, fault } from "../finding.ts";

/** What a running gateway can say that keeps its MCU from serving, by the name that it gives it. */
const incidents = {
  away: "does not answer",
  away_answers_probes: "answers probes, but no command",
  incompatible: "speaks another version of the line protocol",
} as const;

export type McuIncident = keyof typeof incidents;

export function isMcuIncident(name: string | undefined): name is McuIncident {
  return name !== undefined && Object.hasOwn(incidents, name);
}

const logHelp =
  "the gateway's log says when it began and what the MCU sent before; or stop the gateway and run doctor again, so that doctor asks the MCU itself";

/** The gateway runs and has the port, so it is asked what it knows instead of the MCU. */
export function checkMcuIncident(incident: McuIncident, pid: number): Finding {
  const evidence = `our own gateway (process ${pid}) says: the MCU ${incidents[incident]}`;
  return fault("mcu.hello", incident, evidence, helpFor(incident));
}

function helpFor(incident: McuIncident): string {
  switch (incident) {
    case "away":
      return logHelp;
    case "away_answers_probes":
      return "its receiver works, but the part that executes commands hangs: restart the MCU and check its firmware; the gateway's log says when it began";
    case "incompatible":
      return "update the firmware, or the gateway";
    default:
      return incident satisfies never;
  }
}
