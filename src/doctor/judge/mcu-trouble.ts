import { type Finding, fault } from "../finding.ts";

/** The gateway runs and has the port, so it is asked what it knows instead of the MCU. */
export function judgeMcuTrouble(trouble: string, pid: number): Finding {
  const evidence = `our own gateway (process ${pid}) says: the MCU ${trouble}`;
  const help = /answers probes/.test(trouble)
    ? "its receiver works and what carries out commands hangs: restart it, and look at its firmware"
    : "stop the gateway and run doctor again: it then asks the MCU itself";
  return fault("mcu.hello", evidence, help);
}
