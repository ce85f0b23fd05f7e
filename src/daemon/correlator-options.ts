import type { BoardConfig } from "../config/board-config.ts";
import type { CorrelatorOptions } from "../core/options.ts";
import { responseBytesMax } from "../iot-hub/limits.ts";
import { configuredDialect } from "../protocol/configured-dialect.ts";
import { payloadRules } from "../protocol/payload-rules.ts";
import { recoveryActions } from "../recovery/configured.ts";
import { shownName } from "../runtime/board-name.ts";

/** What the core is to know of a board's configuration: its options have their own names, and are named here one by one. */
export function correlatorOptions({
  name,
  serial,
  rrpc,
  events,
}: Pick<BoardConfig, "name" | "serial" | "rrpc" | "events">): CorrelatorOptions {
  const { baudRate, dataBits, parity, stopBits, recovery } = serial;
  return {
    board: shownName(name),
    cutoffMs: rrpc.cutoffMs,
    deadlineMs: rrpc.cutoffMs - rrpc.marginMs,
    queueMax: rrpc.queueMax,
    payloadRules: payloadRules(rrpc),
    responseBytesMax,
    events: {
      isPublished: events.topic !== undefined,
      lateReplies: events.lateReplies,
      perSecondMax: events.perSecondMax,
      eventBytesMax: responseBytesMax,
    },
    wireFormat: { baudRate, dataBits, parity, stopBits },
    dialect: configuredDialect(serial),
    echoMode: serial.echo,
    hasFlowControl: serial.rtscts || serial.xonxoff,
    writeTimeoutMs: serial.writeTimeoutMs,
    commandBytesMax: serial.commandBytesMax,
    replyBytesMax: serial.replyBytesMax,
    windowMax: serial.windowMax,
    lateReplyMs: serial.lateReplyMs,
    helloWaitMs: serial.helloWaitMs,
    probeIntervalMs: serial.probeIntervalMs,
    idleProbeMs: serial.idleProbeMs,
    awayAfterCount: serial.stalledAfter,
    recovery: {
      reopen: recovery.reopen,
      canPulse: recovery.pulse !== "none",
      hasCommand: recoveryActions(recovery).length > 0,
    },
  };
}
