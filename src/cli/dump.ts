import { type PrintOptions, printSights } from "./print-sights.ts";

/** `rrpc-gateway dump`: prints what the flight recorder of the running gateway holds. */
export function dump(options: PrintOptions): Promise<number> {
  return printSights({ want: "dump" }, options, () => true);
}
