import type { Reason } from "../core/outcome.ts";
import type { BoardStatus, StatusFacts } from "./status-text.ts";

/** How the running gateway is, as plain JSON (`status` in docs/schemas/health.schema.json). No secret is in it, and nothing of a payload. */
export interface Status {
  readonly version: string;
  /** Of Node.js, such as `v20.19.2`. */
  readonly nodeVersion: string;
  /** Since the gateway was started. */
  readonly upMs: number;
  readonly hub: ConnectionPart;
  readonly boards: readonly BoardPart[];
}

export interface ConnectionPart {
  readonly isUp: boolean;
  /** How long it has been as it is. */
  readonly forMs: number;
  /** Why it is away, by name, such as `no_device`. */
  readonly why?: string;
}

export interface BoardPart {
  readonly name: string;
  readonly serial: ConnectionPart;
  /** Who has the port instead of the gateway. */
  readonly released?: { readonly who: string; readonly forMs: number };
  /** What keeps the MCU from serving, in words with a name in brackets. */
  readonly mcuIncident?: string;
  /** Why the hub sends it no requests although the session is up, by name. */
  readonly offlineBecause?: string;
  /** What its MCU has said of itself last. */
  readonly hello?: string;
  /** The hub's requests since the start, by outcome. */
  readonly total: Readonly<Record<string, number>>;
  readonly lastHour: Readonly<Record<string, number>>;
  /** Of the latest 1000 replies. */
  readonly p99Ms?: number;
  readonly lastError?: { readonly reason: Reason; readonly agoMs: number };
}

/** All that is known of how things are: more than the status line tells. */
export interface AllFacts extends StatusFacts {
  readonly boards: readonly BoardFacts[];
}

export interface BoardFacts extends BoardStatus {
  /** Requests settled in the last hour, by outcome. */
  readonly lastHour: ReadonlyMap<string, number>;
  readonly hello: string | undefined;
}

export function toStatus({ hub, boards }: AllFacts, about: Pick<Status, "version" | "nodeVersion" | "upMs">): Status {
  return {
    ...about,
    hub: connectionPart(hub),
    boards: boards.map(({ serial, settled, lastHour, ...board }) => ({
      ...defined(board),
      name: board.name,
      serial: connectionPart(serial),
      total: Object.fromEntries(settled),
      lastHour: Object.fromEntries(lastHour),
    })),
  };
}

const connectionPart = ({ isUp, forMs, why }: StatusFacts["hub"]): ConnectionPart => ({
  isUp,
  forMs,
  // What is up may still have the reason of the last time that it was away.
  ...(!isUp && why !== undefined && { why }),
});

/** Without what is undefined. */
function defined<Of extends object>(values: Of): { [Key in keyof Of]?: Exclude<Of[Key], undefined> } {
  const entries = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [Key in keyof Of]?: Exclude<Of[Key], undefined> };
}
