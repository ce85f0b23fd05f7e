import type { Arrival } from "./admission.ts";
import type { Instant } from "./instant.ts";
import type { CorrelatorOptions } from "./options.ts";

/** What the core is told. */
export type Input =
  | ({ readonly kind: "request" } & Arrival)
  | { readonly kind: "session_down" }
  | { readonly kind: "link_up" }
  /** The port is about to be closed by us: it takes nothing more, and `link_down` follows when the wire is dry. */
  | { readonly kind: "link_closing" }
  | { readonly kind: "link_down" }
  /** What `reopen` asked for last is not possible: the port stays open. */
  | { readonly kind: "link_kept" }
  | { readonly kind: "line"; readonly bytes: Buffer }
  | { readonly kind: "overlong"; readonly head: Buffer; readonly byteCount: number }
  /** The bytes of the last `write` have been taken by the port. */
  | { readonly kind: "written" }
  | { readonly kind: "alarm" }
  /** The process was suspended, and runs again. Nothing is written before `until`: what the MCU said meanwhile is to be read first. */
  | { readonly kind: "resumed"; readonly until: Instant }
  /** Other options; another wire format or dialect only while the link is down. */
  | { readonly kind: "configure"; readonly options: CorrelatorOptions }
  | { readonly kind: "drain" }
  /** Somebody at this machine uses the board: it takes no request before `take_back`, and its port is about to be closed. */
  | { readonly kind: "release" }
  | { readonly kind: "take_back" }
  /** Somebody asks for the MCU's hello: `probed` follows once, perhaps in the same step. */
  | { readonly kind: "probe" }
  /** Somebody else has written a probe to the open port: the MCU answers it too. */
  | { readonly kind: "probe_written" };
