import type { Instant } from "./instant.ts";
import type { Ladder, Rung } from "./recovery.ts";
import type { Trials } from "./trials.ts";

/** Where the MCU stands, as far as is known. */
export type Phase =
  | { readonly kind: "unlinked" }
  /** The port is open, the first probe is out; commands wait for the hello. */
  | { readonly kind: "greeting"; readonly since: Instant; readonly until: Instant; readonly probeAt: Instant }
  | { readonly kind: "serving" }
  /** A command went unanswered: others wait until a probe is answered, or, where it knows none, for as long as that. */
  | { readonly kind: "suspect"; readonly probeAt: Instant }
  | Away
  | { readonly kind: "incompatible"; readonly probeAt: Instant };

export interface Away {
  readonly kind: "away";
  /** `blocked`: it takes nothing more until it is opened anew. `closing` and `closed`: it is, because that was asked for. */
  readonly port: "open" | "blocked" | "closing" | "closed";
  /** Whether it answers probes, and no command: only a reply or a restart brings it back. */
  readonly answersProbes: boolean;
  readonly since: Instant;
  readonly probeAt: Instant;
  readonly trials: Trials;
  readonly ladder: Ladder;
  readonly rung: Rung;
}

/** For those who look at the gateway. */
export type McuState = Phase["kind"] | "away_answers_probes";
