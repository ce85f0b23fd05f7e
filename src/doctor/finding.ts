import { shown } from "../config/findings.ts";
import type { ConnectionEndKind } from "../mqtt/connection-end.ts";
import { visible } from "../runtime/text.ts";

/** One check: its subject, for people, and the codes of what it can find. */
interface Check {
  readonly subject: string;
  readonly codes: readonly string[];
}

/** Every check by its id, in the order of the report. Ids and codes are what programs know a finding by. */
export const checks = {
  configuration: {
    subject: "the configuration",
    codes: ["valid", "invalid", "unreadable", "denied", "insecure_file", "no_credentials"],
  },
  "clock.set": { subject: "the system time", codes: ["plausible", "before_build"] },
  "clock.synchronised": { subject: "time synchronisation", codes: ["synchronised", "not_synchronised"] },
  "configuration.access": { subject: "who may read the configuration", codes: ["readable", "closed"] },
  secret: { subject: "who may read the secret", codes: ["private", "closed", "open_to_group", "open_to_all"] },
  "secret.copy": { subject: "the running service's copy of the secret", codes: ["same", "outdated"] },
  "port.path": {
    subject: "the path of the serial port",
    codes: ["stable_name", "unstable_name", "absent", "no_serial_port"],
  },
  "interference.modem-manager": {
    subject: "ModemManager",
    codes: ["not_installed", "not_usb", "kept_away", "may_interfere"],
  },
  "interference.brltty": { subject: "brltty", codes: ["not_installed", "not_usb", "kept_away", "may_interfere"] },
  "port.access": {
    subject: "who may use the serial port",
    codes: ["open", "closed", "login_console", "device_not_allowed", "class_loaded_late"],
  },
  "port.holder": {
    subject: "who has the serial port open",
    codes: ["free", "own_gateway", "released", "other_program"],
  },
  "mcu.hello": {
    subject: "the MCU's answer",
    codes: [
      "hello",
      "malformed_hello",
      "unusable_memory",
      "no_echo",
      "no_hello",
      "no_bare_probe",
      "other_format",
      "no_port",
      "other_baud_rate",
      "other_version",
      // What a running gateway says of it.
      "away",
      "away_answers_probes",
      "incompatible",
    ],
  },
  "mcu.lines": {
    subject: "how the MCU writes its lines",
    codes: [
      "clean",
      "stripped",
      "other_line_end",
      "bytes_in_front",
      "restarts",
      "noise",
      "wrong_checksum",
      "damaged",
      "cr_kept",
    ],
  },
  "port.hangup": {
    subject: "whether opening the port restarts the MCU",
    codes: ["keeps_running", "restarts", "hupcl_off", "hupcl_on", "on_board"],
  },
  "recovery.gpio": {
    subject: "the GPIO line that resets the MCU",
    codes: ["usable", "no_chip", "no_gpioset", "other_gpioset", "closed", "device_not_allowed"],
  },
  "recovery.usb-power": {
    subject: "the USB socket whose power is switched",
    codes: ["usable", "no_socket", "no_switch", "closed", "read_only_sys"],
  },
  "board.online": {
    subject: "whether the hub passes calls of the board's device on",
    codes: [
      "online",
      "not_bound_yet",
      // As the hub says it, or the running gateway.
      "no_answer",
      "refused",
      "not_permitted",
      "not_a_gateway",
      "unbound",
      "absent",
    ],
  },
  // Besides these, the kinds of a connection's end.
  "hub.address": { subject: "the hub's address (DNS)", codes: ["resolved"] },
  "hub.tcp": { subject: "the connection to the hub (TCP)", codes: ["connected"] },
  "hub.tls": {
    subject: "how the hub proves itself (TLS)",
    codes: ["verified", "by_secret", "no_tls", "expires_soon", "silent_address"],
  },
  "hub.connack": { subject: "the hub's acceptance of the device (CONNACK)", codes: ["accepted"] },
  "hub.suback": { subject: "the hub's acceptance of the subscription (SUBACK)", codes: ["granted"] },
} as const satisfies Readonly<Record<string, Check>>;

export type FindingId = keyof typeof checks;

/** The checks that tell of the hub. */
export type HubFindingId = Extract<FindingId, `hub.${string}`>;

/** Why there is no result: the facts could not be read, or the check was left out. Every check can say so. */
export const unknownCodes = ["not_seen", "not_tried"] as const;

/** What a check can find. */
export type CodeOf<Id extends FindingId> =
  | (typeof checks)[Id]["codes"][number]
  | (Id extends HubFindingId ? ConnectionEndKind : never);

export type FindingCode = CodeOf<FindingId> | (typeof unknownCodes)[number];

/**
 * `fault`: the gateway cannot work. `warning`: it works, but a likely event will stop it. `unknown`: not checked; the evidence
 * says why, and it is no fault.
 */
export type State = "ok" | "warning" | "fault" | "unknown";

/** Line and column, both from 1, and the option's dotted name; undefined for the file as a whole. */
export interface Place {
  readonly line: number;
  readonly column: number;
  readonly path: string | undefined;
}

/** The result of one check. The texts are for people; they contain no secret and no control character. */
export interface Finding {
  readonly id: FindingId;
  readonly code: FindingCode;
  readonly state: State;
  /** The board that it is about; undefined for what is no board's, and where there is only one. */
  readonly board?: string | undefined;
  /** What was found, with the names and numbers behind it. */
  readonly evidence: string;
  /** Where in the configuration it is; undefined for what is not there. */
  readonly place?: Place;
  /** A command to run, an option to set, or what else helps; undefined where nothing has to be done. */
  readonly help: string | undefined;
}

export function ok<Id extends FindingId>(id: Id, code: CodeOf<Id>, evidence: string): Finding {
  return finding(id, code, "ok", evidence, undefined);
}

export function warning<Id extends FindingId>(id: Id, code: CodeOf<Id>, evidence: string, help: string): Finding {
  return finding(id, code, "warning", evidence, help);
}

export function fault<Id extends FindingId>(
  id: Id,
  code: CodeOf<Id>,
  evidence: string,
  help: string | undefined,
): Finding {
  return finding(id, code, "fault", evidence, help);
}

/** @param why a sentence such as "not visible: …" or "not tried: …" */
export function unknown(id: FindingId, code: (typeof unknownCodes)[number], why: string, help?: string): Finding {
  return finding(id, code, "unknown", why, help);
}

/** The help is our own words around names of files: `SupplementaryGroups=` in it is no secret. */
function finding(id: FindingId, code: FindingCode, state: State, evidence: string, help: string | undefined): Finding {
  return { id, code, state, evidence: shown(evidence), help: help === undefined ? undefined : visible(help) };
}

/** Findings of one of several boards, with its name. */
export async function* ofBoard(
  board: string | undefined,
  findings: Iterable<Finding> | AsyncIterable<Finding>,
): AsyncGenerator<Finding> {
  for await (const one of findings) yield board === undefined ? one : { ...one, board };
}

/** The worst state of what was checked; `ok` if nothing was found. */
export function worstOf(findings: readonly Finding[]): Exclude<State, "unknown"> {
  const states = new Set(findings.map(({ state }) => state));
  if (states.has("fault")) return "fault";
  return states.has("warning") ? "warning" : "ok";
}
