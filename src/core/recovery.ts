/** What can be done about an MCU that does not answer, from the gentlest to the roughest. */
export const rungs = [
  /** Ask whether it is there. */
  "probe",
  /** Ask after a line end, which ends whatever half line it still holds. */
  "resync",
  /** Close the port and open it again. */
  "reopen",
  /** … and pulse DTR or RTS, which resets many boards. */
  "pulse",
  /** Run the operator's command, which may switch its power, and open the port again. */
  "command",
] as const;

export type Rung = (typeof rungs)[number];

/** The rungs that need the port closed. */
export type ReopeningRung = Exclude<Rung, "probe" | "resync">;

/** What the configuration allows beyond asking and opening again. */
export interface RecoveryOptions {
  /**
   * Whether the port is opened anew, which resets many boards: always, never, or (`idle`) not while a command may be at
   * work that was not answered. A pulse and the operator's command were asked for, and open the port anew in any case.
   */
  readonly reopen: "idle" | "always" | "never";
  readonly canPulse: boolean;
  readonly hasCommand: boolean;
}

/**
 * Whether a port that takes nothing more is opened anew. The MCU that holds a write up by flow control may be at work; nobody
 * else can be.
 */
export function mayReopenStalled(options: {
  readonly recovery: RecoveryOptions;
  readonly hasFlowControl: boolean;
}): boolean {
  const { reopen } = options.recovery;
  return reopen === "always" || (reopen === "idle" && !options.hasFlowControl);
}

/** Unanswered probes before the first rung that closes the port; doubled for each further one up to the maximum. */
const asksMin = 5;
/** At the default of one probe a second: a port is opened anew at most every five minutes, for as long as it takes. */
const asksMax = 320;

/** Where on the ladder the recovery stands. */
export interface Ladder {
  /** Probes and resyncs since the last rung that closed the port. */
  readonly askCount: number;
  /** How many rungs that closed the port were tried. */
  readonly reopenCount: number;
}

export const ladderStart: Ladder = { askCount: 0, reopenCount: 0 };

/**
 * The next rung, and the ladder after it: twice a probe, then resyncs, then the rough ones in turn, at growing intervals.
 * @param isIdle whether no unanswered command can be at work: a rung that waits for that lets its turn go by.
 */
export function nextRung(
  { askCount, reopenCount }: Ladder,
  options: RecoveryOptions,
  isIdle: boolean,
): { rung: Rung; ladder: Ladder } {
  const rough: ReopeningRung[] = options.reopen === "never" ? [] : ["reopen"];
  if (options.canPulse) rough.push("pulse");
  if (options.hasCommand) rough.push("command");
  const rung = rough[reopenCount % rough.length];
  if (rung === undefined || askCount < Math.min(asksMin * 2 ** reopenCount, asksMax)) {
    return { rung: askCount < 2 ? "probe" : "resync", ladder: { askCount: askCount + 1, reopenCount } };
  }
  const isAllowed = rung !== "reopen" || options.reopen === "always" || isIdle;
  return { rung: isAllowed ? rung : "resync", ladder: { askCount: 0, reopenCount: reopenCount + 1 } };
}
