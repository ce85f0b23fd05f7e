/** Why a probe that somebody asked for is not sent. */
export type UnsentProbeReason =
  /** The port is not open. */
  | "link_down"
  /** The port takes no bytes. */
  | "write_stalled"
  /** Somebody else has the port. */
  | "released"
  /** The board's dialect has none. */
  | "no_probe";

/** What came of a probe that somebody asked for. */
export type ProbeResult =
  /** `hello` for people; `ms` from the probe's writing, absent where the hello may not be this probe's answer. */
  | { readonly kind: "answered"; readonly hello: string; readonly ms?: number }
  | { readonly kind: "unanswered"; readonly waitedMs: number }
  | { readonly kind: "not_sent"; readonly why: UnsentProbeReason };
