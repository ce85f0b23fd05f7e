import type { Config } from "../config/load.ts";
import type { Instant } from "../core/instant.ts";
import type { Observation } from "../gateway/boundary.ts";

/** Somebody who looks at the running gateway. */
export interface Observer {
  /** Sees what passes, as it passes; changes nothing, and nobody waits for it. */
  observe(observation: Observation, at: Instant): void;
  /** Takes of another configuration what needs no other observer. */
  configure?(config: Config): void;
  /** A board is gone, and nothing follows of it: keeps nothing of it. */
  forget?(board: string): void;
  close?(): Promise<void>;
}
