import type { BoardConfig } from "../../src/config/board-config.ts";
import { options } from "../../src/config/options.ts";
import type { CorrelatorOptions } from "../../src/core/options.ts";
import { correlatorOptions } from "../../src/daemon/correlator-options.ts";
import { declaredDefaults } from "../support/declared-defaults.ts";

/** What the core is told where the configuration file says only what it has to. */
export const defaultOptions: CorrelatorOptions = correlatorOptions(declaredDefaults(options) as unknown as BoardConfig);
