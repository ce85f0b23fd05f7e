import type { Config } from "../../src/config/load.ts";
import type { Group } from "../../src/config/option.ts";
import { options } from "../../src/config/options.ts";
import type { CorrelatorOptions } from "../../src/core/options.ts";
import { correlatorOptions } from "../../src/daemon/correlator-options.ts";

/** What the core is told where the configuration file says only what it has to. */
export const defaultOptions: CorrelatorOptions = correlatorOptions({
  serial: declaredDefaults(options.options.serial) as Config["serial"],
  rrpc: declaredDefaults(options.options.rrpc) as Config["rrpc"],
  events: declaredDefaults(options.options.events) as Config["events"],
});

function declaredDefaults(group: Group): unknown {
  return Object.fromEntries(
    Object.entries(group.options).map(([key, option]) => [
      key,
      option.kind === "group" ? declaredDefaults(option) : "default" in option ? option.default : undefined,
    ]),
  );
}
