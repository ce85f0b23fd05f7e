import { type Finding, fault } from "../finding.ts";

/** The gateway runs and has the port, so it is asked what it knows instead of the MCU. */
export function checkMcuIncident(incident: string, pid: number): Finding {
  const evidence = `our own gateway (process ${pid}) says: the MCU ${incident}`;
  const help = /answers probes/.test(incident)
    ? "its receiver works, and the part that carries out commands hangs: restart the MCU, and look at its firmware; the gateway's log says when it began"
    : "the gateway's log says when it began, and what the MCU said before; or stop the gateway and run doctor again: it then asks the MCU itself";
  return fault("mcu.hello", evidence, help);
}
