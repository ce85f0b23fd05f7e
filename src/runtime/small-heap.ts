import { setFlagsFromString } from "node:v8";

/**
 * Trades a collection of garbage now and then for memory: the heap's young part stays as small as it begins, at 1 MiB
 * instead of up to 16, and the old part grows by 2 MiB between two collections instead of 8. Nothing here lives long
 * enough to be worth more. Measured: 60 instead of 85 MiB resident after 10 000 requests.
 *
 * To be called when all modules are loaded. Node.js has its own ones ready-made in a code cache, which V8 refuses as soon
 * as one of its flags is not the default; that is why these are not given on the command line, where they cost 15 ms
 * of each start.
 */
export function keepHeapSmall(): void {
  setFlagsFromString("--semi-space-growth-factor=1");
  setFlagsFromString("--optimize-for-size");
}
