import { realpathSync } from "node:fs";
import { attempt } from "./attempt.ts";

/** The device that a path leads to, such as /dev/ttyUSB0 for its name in by-id; the path itself where there is none. */
export const devicePath = (path: string): string => attempt(() => realpathSync(path)) ?? path;
