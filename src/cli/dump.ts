import { type PrintOptions, printTrace } from "./print-trace.ts";

/** `rrpc-gateway dump`: prints what the flight recorder of the running gateway holds. */
export function dump(options: PrintOptions): Promise<number> {
  return printTrace({ want: "dump" }, options, () => true);
}
