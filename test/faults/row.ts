import type { Figures } from "./ledger.ts";
import type { Testbed, TestbedOptions } from "./testbed.ts";

/** In the order of the table. */
export const groups = [
  "broker",
  "network",
  "certificates and credentials",
  "hub",
  "serial port",
  "MCU",
  "boards",
  "orders to the gateway",
  "daemon",
  "box",
] as const;

/** One fault of the matrix: how it comes and goes while requests flow. */
export interface FaultRow {
  readonly group: (typeof groups)[number];
  /** What goes away, as the table says it. */
  readonly name: string;
  readonly testbed?: TestbedOptions;
  /** Requests a second; default 20. */
  readonly ratePerS?: number;
  /** How often the fault comes; default 3. */
  readonly strikes?: number;
  /** Brings the fault and takes it away again: settles when all is as it was before. `round` counts from 0. */
  readonly strike: (testbed: Testbed, round: number) => Promise<void>;
  /** What must be so beyond the promises that hold for every row; throws otherwise. */
  readonly check?: (testbed: Testbed, figures: Figures) => void;
  /** What a reader of the table has to know, as a sentence. */
  readonly note?: string;
  /** It takes the whole machine: nothing else runs meanwhile. */
  readonly alone?: boolean;
  /** Its neighbours, where it has any, lose what the struck board loses; else no call of theirs may fail. */
  readonly strikesAll?: boolean;
  /** The gateway is another process afterwards. */
  readonly restarts?: boolean;
}

/** What came of a row. */
export interface RowResult {
  readonly row: FaultRow;
  readonly figures: Figures;
  /** From the end of each strike to the next ok response to a request made after it. */
  readonly recoveriesMs: readonly number[];
  readonly peakMiB: number;
  /** How long the row took, from the start of its testbed to its end. */
  readonly tookMs: number;
  /** What went wrong beside the figures; undefined if nothing. */
  readonly failure: string | undefined;
}

/** Whether every promise was kept. */
export function isKept({ figures, failure }: RowResult): boolean {
  return failure === undefined && Object.values(figures.broken).every((count) => count === 0);
}
