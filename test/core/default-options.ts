import type { BoardConfig } from "../../src/config/board-config.ts";
import { options } from "../../src/config/options.ts";
import type { CorrelatorOptions } from "../../src/core/options.ts";
import { correlatorOptions } from "../../src/daemon/correlator-options.ts";
import { soleBoard } from "../../src/runtime/board-name.ts";
import { declaredDefaults } from "../support/declared-defaults.ts";

/** What the core is told where the configuration file says only what it has to. */
export const defaultOptions: CorrelatorOptions = correlatorOptions({
  name: soleBoard,
  ...(declaredDefaults(options) as unknown as Pick<BoardConfig, "serial" | "rrpc" | "events">),
});
