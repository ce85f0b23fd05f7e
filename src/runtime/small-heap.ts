/**
 * Imported for its effect, and first: a small heap that stays small, however node was started. A flag that a later V8 no
 * longer knows is ignored.
 */
import { setFlagsFromString } from "node:v8";

// The young part stays at 1 MiB instead of growing up to 16: nothing here lives long enough to be worth more. Measured:
// 67 instead of 76 MiB resident after 3000 requests.
setFlagsFromString("--semi-space-growth-factor=1");

// Answered requests are remembered for seconds, so they die scattered over the old part, whose pages then never empty.
// Measured over 30 000 requests in a row: 7 MiB more than after the first 1000, and none with compaction.
setFlagsFromString("--compact-on-every-full-gc");
