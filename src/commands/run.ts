import { writeSync } from "node:fs";
import { formatFinding } from "../config/findings.ts";
import { type Config, loadConfig } from "../config/load.ts";
import { deadlineGuardMs } from "../core/request.ts";
import type { CorrelatorOptions } from "../core/step.ts";
import { seconds } from "../describe.ts";
import { exitCodes } from "../exit-codes.ts";
import { Gateway } from "../gateway.ts";
import { keepLink } from "../keep-link.ts";
import { keepSession } from "../keep-session.ts";
import { rrpcDialect } from "../line/dialect.ts";
import { monotonicClock } from "../runtime/clock.ts";
import { CollapsingLog, isJournalStream } from "../runtime/log.ts";

/** IoT Hub refuses more than 16 KB in a PUBLISH; the topic, at most 255 bytes, and the header count as well. */
const responseBytesMax = 16 * 1024 - 512;

/** After the last deadline only DISCONNECT and the closing of the port are left, each with a bound of its own. */
const stopGraceMs = 3000;

/** `rrpc-gateway run`: the daemon, until it is told to stop. The result is its exit code. */
export async function run({ config: file }: { config: string }): Promise<number> {
  const loaded = loadConfig(file, process.env);
  for (const finding of loaded.ok ? loaded.warnings : loaded.findings) writeLine(formatFinding(finding));
  if (!loaded.ok) return exitCodes.config;
  const { config } = loaded;
  const log = new CollapsingLog({
    level: config.log.level,
    journald: isJournalStream(2, process.env["JOURNAL_STREAM"]),
    write: (line) => process.stderr.write(line),
  });
  crashOnBugs(log);
  return await serve(config, log);
}

function serve(config: Config, log: CollapsingLog): Promise<number> {
  const clock = monotonicClock();
  const options = correlatorOptions(config);
  const startedAt = clock.now();
  return new Promise((resolve) => {
    const gateway = new Gateway(options, {
      session: { publish: (id, payload) => session.current?.publish(id, payload) ?? "not_connected" },
      link: { write: (bytes) => link.current?.write(bytes), reopen: (rung) => link.reopen(rung) },
      clock,
      log,
      onDrained: () => void stopped(),
    });
    const session = keepSession(config.hub, (event) => gateway.sessionEvent(event), { clock, log });
    const link = keepLink(config.serial, (event) => gateway.linkEvent(event), { clock, log });
    let stopping: Promise<void> | undefined;

    function stopped(): Promise<void> {
      stopping ??= Promise.all([session.stop(), link.stop()]).then(() => {
        log.flush();
        log.say("info", "stopped", `stopped after ${seconds(clock.now() - startedAt)}: ${gateway.counts.summary()}`);
        resolve(exitCodes.ok);
      });
      return stopping;
    }

    onStopSignal(log, options.deadlineMs + stopGraceMs, () => gateway.drain());
    sayBudget(config, log);
    link.start();
    session.start();
  });
}

function correlatorOptions({ serial, rrpc }: Config): CorrelatorOptions {
  return {
    ...serial,
    recovery: { canPulse: serial.recovery.pulse !== "none", hasCommand: serial.recovery.command !== undefined },
    cutoffMs: rrpc.cutoffMs,
    deadlineMs: rrpc.cutoffMs - rrpc.marginMs,
    queueMax: rrpc.queueMax,
    responseBytesMax,
    wire: serial,
    dialect: rrpcDialect,
  };
}

function sayBudget({ hub, serial, rrpc }: Config, log: CollapsingLog): void {
  const { productId, deviceName } = hub.identity;
  const deadlineMs = rrpc.cutoffMs - rrpc.marginMs;
  log.say("info", "identity", `device ${deviceName} of product ${productId}, mcu on ${serial.path}`);
  log.say(
    "info",
    "budget",
    `deadline ${deadlineMs} ms: cutoff ${rrpc.cutoffMs} ms less ${rrpc.marginMs} ms for the network; ` +
      `errors go out ${deadlineGuardMs} ms before it`,
  );
}

/** The first SIGTERM or SIGINT drains, the second one ends at once, and so does a drain that takes too long. */
function onStopSignal(log: CollapsingLog, limitMs: number, drain: () => void): void {
  let signalled = false;
  const onSignal = (signal: "SIGTERM" | "SIGINT") => {
    if (signalled) process.exit(128 + (signal === "SIGTERM" ? 15 : 2));
    signalled = true;
    log.say("info", "stopping", `${signal}: no more requests; the open ones are settled first`);
    setTimeout(() => process.exit(exitCodes.software), limitMs).unref();
    drain();
  };
  process.on("SIGTERM", onSignal);
  process.on("SIGINT", onSignal);
}

/** A bug ends the process: systemd starts it again from a known state, which no catch could. */
function crashOnBugs(log: CollapsingLog): void {
  process.on("uncaughtException", (error) => {
    log.flush();
    log.say("error", "bug", `bug: ${error.stack ?? error.message}`);
    process.exit(exitCodes.software);
  });
}

function writeLine(text: string): void {
  writeSync(2, `${text}\n`);
}
