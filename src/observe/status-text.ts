import type { Reason } from "../core/outcome.ts";
import { duration } from "./duration.ts";

/** Whether a connection is up, and for how long it has been as it is. */
export interface ConnectionStatus {
  readonly isUp: boolean;
  readonly forMs: number;
  /** Why it is away, by name, such as no_device. */
  readonly why?: string | undefined;
}

/** How one board is. */
export interface BoardStatus {
  readonly name: string;
  readonly serial: ConnectionStatus;
  /** Who has the port instead of the gateway. */
  readonly released?: { readonly who: string; readonly forMs: number } | undefined;
  /** What keeps the MCU from serving; undefined where nothing is known to. */
  readonly mcuIncident: string | undefined;
  /** Why the hub sends it no requests although the session is up, by name, such as `refused online -1`. */
  readonly offlineBecause?: string | undefined;
  /** Requests settled since start, by outcome. */
  readonly settled: ReadonlyMap<string, number>;
  /** Of the latest replies of the MCU; undefined before the first. */
  readonly p99Ms: number | undefined;
  readonly lastError: { readonly reason: Reason; readonly agoMs: number } | undefined;
}

/**
 * So many boards are told one by one, which takes some 2 KB: systemd takes no message of more than 4 KB, and who has more to repair looks
 * at the metrics.
 */
const illMax = 20;

/** What `systemctl status` shows. */
export interface StatusFacts {
  readonly hub: ConnectionStatus;
  /** At least one. */
  readonly boards: readonly BoardStatus[];
}

/**
 * One line, as in `hub up for 2 h 5 min, serial line up for 12 min; 1234 requests, 3 errors, p99 9.8 ms; last error
 * no_reply 40 s ago`. Of several boards, how many serve, and what is wrong with the others, by name. Durations instead of
 * times of day: a board without a battery starts in 1970.
 */
export function statusText({ hub, boards }: StatusFacts): string {
  const outcomes = boards.flatMap(({ settled }) => [...settled]);
  const requests = sum(outcomes.map(([, count]) => count));
  const errors = requests - sum(outcomes.map(([outcome, count]) => (outcome === "ok" ? count : 0)));
  const p99Ms = boards.flatMap((board) => board.p99Ms ?? []);
  const p99 = p99Ms.length === 0 ? "" : `, p99 ${Math.max(...p99Ms).toFixed(1)} ms`;
  const connections = [connection("hub", hub), ...boardTexts(boards)].join(", ");
  return `${connections}; ${counted(requests, "request")}, ${counted(errors, "error")}${p99}${lastErrorText(boards)}`;
}

function boardTexts(boards: readonly BoardStatus[]): readonly string[] {
  const [first] = boards;
  if (boards.length === 1 && first !== undefined) return [boardText(first)];
  const ill = boards.filter(isIll);
  const more = ill.length - illMax;
  return [
    `${boards.length - ill.length} of ${boards.length} boards serve`,
    ...ill.slice(0, illMax).map((board) => `${board.name}: ${boardText(board)}`),
    ...(more > 0 ? [`${more} more do not`] : []),
  ];
}

function isIll({ serial, released, mcuIncident, offlineBecause }: BoardStatus): boolean {
  return released !== undefined || !serial.isUp || mcuIncident !== undefined || offlineBecause !== undefined;
}

function boardText({ serial, released, mcuIncident, offlineBecause }: BoardStatus): string {
  if (released !== undefined) return `serial line released for ${duration(released.forMs)} to ${released.who}`;
  const mcu = mcuIncident === undefined ? "" : `, mcu ${mcuIncident}`;
  const offline = offlineBecause === undefined ? "" : `, not online (${offlineBecause})`;
  return `${connection("serial line", serial)}${mcu}${offline}`;
}

function lastErrorText(boards: readonly BoardStatus[]): string {
  const [last] = boards
    .flatMap(({ name, lastError }) => (lastError === undefined ? [] : [{ name, ...lastError }]))
    .sort((one, other) => one.agoMs - other.agoMs);
  if (last === undefined) return "";
  const whose = boards.length === 1 ? "" : ` of ${last.name}`;
  return `; last error ${last.reason}${whose} ${duration(last.agoMs)} ago`;
}

const sum = (counts: readonly number[]) => counts.reduce((total, count) => total + count, 0);

function connection(name: string, { isUp, forMs, why }: ConnectionStatus): string {
  const reason = isUp || why === undefined ? "" : ` (${why})`;
  return `${name} ${isUp ? "up" : "away"} for ${duration(forMs)}${reason}`;
}

export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
