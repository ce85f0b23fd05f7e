import type { Target } from "./fuzzer.ts";
import { codec } from "./target-codec.ts";
import { config } from "./target-config.ts";
import { lineReader } from "./target-line-reader.ts";
import { template } from "./target-template.ts";

/** Everything that reads what others have written. */
export const targets: readonly Target[] = [lineReader, codec, template, config];
