import type { Reason } from "../core/outcome.ts";

/** A connection, and for how long it has been as it is. */
export interface ConnectionStatus {
  readonly isUp: boolean;
  readonly forMs: number;
  /** A name of why it is away, such as no_device. */
  readonly why?: string | undefined;
}

/** What `systemctl status` tells a person. */
export interface StatusFacts {
  readonly hub: ConnectionStatus;
  readonly serial: ConnectionStatus;
  /** What keeps the MCU from serving; undefined where nothing is known to. */
  readonly mcuTrouble: string | undefined;
  /** Requests settled since start, by outcome. */
  readonly settled: ReadonlyMap<"ok" | Reason, number>;
  /** Of the latest answers that the MCU gave; undefined before the first. */
  readonly p99Ms: number | undefined;
  readonly lastError: { readonly reason: Reason; readonly agoMs: number } | undefined;
}

/**
 * One line, as in `hub up for 2 h 5 min, serial line up for 12 min; 1234 requests, 3 errors, p99 9.8 ms; last error
 * no_reply 40 s ago`. Durations instead of times of day: a board without a battery starts in 1970.
 */
export function statusText({ hub, serial, mcuTrouble, settled, p99Ms, lastError }: StatusFacts): string {
  const requests = [...settled.values()].reduce((sum, count) => sum + count, 0);
  const errors = requests - (settled.get("ok") ?? 0);
  const p99 = p99Ms === undefined ? "" : `, p99 ${p99Ms.toFixed(1)} ms`;
  const last = lastError === undefined ? "" : `; last error ${lastError.reason} ${duration(lastError.agoMs)} ago`;
  const mcu = mcuTrouble === undefined ? "" : `, mcu ${mcuTrouble}`;
  const connections = `${connection("hub", hub)}, ${connection("serial line", serial)}${mcu}`;
  return `${connections}; ${counted(requests, "request")}, ${counted(errors, "error")}${p99}${last}`;
}

function connection(name: string, { isUp, forMs, why }: ConnectionStatus): string {
  const reason = isUp || why === undefined ? "" : ` (${why})`;
  return `${name} ${isUp ? "up" : "away"} for ${duration(forMs)}${reason}`;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/** The two largest units, so that the text changes seldom: `42 s`, `12 min`, `2 h 5 min`, `3 d 4 h`. */
function duration(ms: number): string {
  const s = Math.floor(ms / 1000);
  const min = Math.floor(s / 60);
  const h = Math.floor(min / 60);
  if (min < 1) return `${s} s`;
  if (h < 1) return `${min} min`;
  if (h < 24) return `${h} h ${min % 60} min`;
  return `${Math.floor(h / 24)} d ${h % 24} h`;
}
