import { shown } from "../config/findings.ts";
import { visible } from "../runtime/text.ts";

/** What each finding looked at, by the name that programs know it by. The order is that of the report. */
export const subjects = {
  configuration: "the configuration",
  "clock.set": "the clock's time",
  "clock.synchronised": "the clock's source",
  "configuration.access": "who may read the configuration",
  secret: "who may read the secret",
  "secret.copy": "the secret that the running service was given",
  "port.path": "the serial port's name",
  "interference.modem-manager": "ModemManager",
  "interference.brltty": "brltty",
  "port.access": "who may use the serial port",
  "port.holder": "who has the serial port open",
  "mcu.hello": "the MCU's answer",
  "mcu.lines": "what stands around the MCU's lines",
  "port.hangup": "what opening the port does to the MCU",
  "recovery.gpio": "the GPIO line that resets the MCU",
  "recovery.usb-power": "the USB socket whose power is switched",
  "hub.address": "the hub's address (DNS)",
  "hub.tcp": "the way to the hub (TCP)",
  "hub.tls": "the hub's certificate (TLS)",
  "hub.connack": "the hub's acceptance of the device (CONNACK)",
  "hub.suback": "the hub's acceptance of the subscription (SUBACK)",
} as const;

export type FindingId = keyof typeof subjects;

/**
 * `fault`: the gateway cannot do its work. `warning`: it can, until something happens that is likely to. `unknown`: it
 * could not be looked at, or was left alone for a reason; the evidence says which, and neither is a fault.
 */
export type State = "ok" | "warning" | "fault" | "unknown";

/** One thing that was looked at. The texts are for people; no secret is in them, and no control character. */
export interface Finding {
  readonly id: FindingId;
  readonly state: State;
  /** What was found, with the names and numbers that it was judged by. */
  readonly evidence: string;
  /** A command to run, an option to set, or what else helps; undefined where nothing has to be done. */
  readonly help: string | undefined;
}

export function ok(id: FindingId, evidence: string): Finding {
  return finding(id, "ok", evidence, undefined);
}

export function warning(id: FindingId, evidence: string, help: string): Finding {
  return finding(id, "warning", evidence, help);
}

export function fault(id: FindingId, evidence: string, help: string | undefined): Finding {
  return finding(id, "fault", evidence, help);
}

/** @param why a sentence such as "could not look: …" or "not tried: …" */
export function unknown(id: FindingId, why: string, help?: string): Finding {
  return finding(id, "unknown", why, help);
}

/** The help is our own words around names of files: `SupplementaryGroups=` in it is no secret. */
function finding(id: FindingId, state: State, evidence: string, help: string | undefined): Finding {
  return { id, state, evidence: shown(evidence), help: help === undefined ? undefined : visible(help) };
}

/** The worst of what could be looked at; `ok` where nothing was found. */
export function worstOf(findings: readonly Finding[]): Exclude<State, "unknown"> {
  const states = new Set(findings.map(({ state }) => state));
  if (states.has("fault")) return "fault";
  return states.has("warning") ? "warning" : "ok";
}
