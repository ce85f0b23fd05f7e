/** What a world may have besides the faults that each has; `npm run search -- --kinds echo,busy` draws those only. */
export const kinds = [
  /** After a restart the MCU is another firmware: a fallback image, minimal firmware, another window, no checksums. */
  "other_firmware",
  /** Hellos that nobody asked for, and MCUs that start with the same boot word again. */
  "same_boot",
  /** A cut leaves the MCU with half a line. */
  "half_line",
  /** The MCU reads late what has piled up, and does it then. */
  "busy",
  /** Firmware that says hello at its start and answers no probe, in place of one that does. */
  "no_probe",
  /** The MCU answers probes and nothing else, until it is restarted. */
  "stuck",
  /** What the gateway writes comes back to it. */
  "echo",
  /** Firmware whose commands and replies have nothing around them. */
  "bare",
  /** Line ends and what stands around lines as boards really send them. */
  "line_style",
  /** Text in front of a line, as a prompt that the configuration names, or glued to a line with a checksum. */
  "prompt",
  /** Flow control holds what the port has taken. */
  "flow_control",
  /** The machine sleeps: time passes that the process has not seen, and what comes first then is any input. */
  "sleep",
  /** Stopped and run again in turn, for seconds. */
  "starved",
  /** A processID that is in flight comes again with another payload. */
  "same_id",
  /** Other options are taken while the port stays open. */
  "open_reload",
  /** Firmware that answers in order now and then takes longer than the configuration says that it can. */
  "overdue",
  /** Somebody at the gateway has the port for a while. */
  "released",
  /** Somebody at the gateway uses the board beside the hub. */
  "local",
] as const;

export type Kind = (typeof kinds)[number];

export const usualKinds: ReadonlySet<Kind> = new Set(kinds);

/** `all`, or names with commas between them. */
export function kindsNamed(text: string): ReadonlySet<Kind> {
  const names = text.split(",");
  return new Set(kinds.filter((kind) => text === "all" || names.includes(kind)));
}
