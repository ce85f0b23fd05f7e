/**
 * Imported for its effect, and first: the heap's young part stays as small as it begins, at 1 MiB instead of up to 16.
 * Nothing here lives long enough to be worth more. Measured: 67 instead of 76 MiB resident after 3000 requests, where node
 * was started without options; `--max-semi-space-size=1` does the same and more, but is no option that a program can
 * give itself.
 */
import { setFlagsFromString } from "node:v8";

setFlagsFromString("--semi-space-growth-factor=1");
