import type { Config } from "../config/load.ts";
import type { CorrelatorOptions } from "../core/options.ts";
import { responseBytesMax } from "../iot-hub/limits.ts";
import { configuredDialect } from "../protocol/configured-dialect.ts";
import { recoveryActions } from "../recovery/configured.ts";

/** What the core is to know of a configuration. */
export function correlatorOptions({
  serial,
  rrpc,
  events,
}: Pick<Config, "serial" | "rrpc" | "events">): CorrelatorOptions {
  return {
    ...serial,
    recovery: {
      reopen: serial.recovery.reopen,
      canPulse: serial.recovery.pulse !== "none",
      hasCommand: recoveryActions(serial.recovery).length > 0,
    },
    hasFlowControl: serial.rtscts || serial.xonxoff,
    cutoffMs: rrpc.cutoffMs,
    deadlineMs: rrpc.cutoffMs - rrpc.marginMs,
    queueMax: rrpc.queueMax,
    responseBytesMax,
    events: {
      isPublished: events.topic !== undefined,
      perSecondMax: events.perSecondMax,
      eventBytesMax: responseBytesMax,
    },
    wire: serial,
    dialect: configuredDialect(serial),
  };
}
