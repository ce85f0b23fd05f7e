import { filterTerms, readFilter } from "../observe/filter.ts";
import { exitCodes } from "./exit-codes.ts";
import { type PrintOptions, printTrace } from "./print-trace.ts";

export interface MonitorOptions extends PrintOptions {
  readonly filter?: string;
  readonly payloads?: boolean;
}

/** `rrpc-gateway monitor`: prints what passes through the running gateway, as it passes. */
export function monitor({ filter, payloads = false, ...options }: MonitorOptions): Promise<number> {
  const accepts = filter === undefined ? () => true : readFilter(filter);
  if (accepts !== undefined) return printTrace({ want: "watch", withContents: payloads }, options, accepts);
  console.error(`--filter: expected some of ${filterTerms}, with commas between them`);
  return Promise.resolve(exitCodes.usage);
}
