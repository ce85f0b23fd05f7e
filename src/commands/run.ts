import { formatFinding } from "../config/findings.ts";
import { type Config, loadConfig } from "../config/load.ts";
import { Daemon } from "../daemon.ts";
import { exitCodes } from "../exit-codes.ts";
import { keepWatch, type Watch } from "../keep-watch.ts";
import { LineOutput, openStandardError } from "../runtime/line-output.ts";
import { CollapsingLog, isJournalStream, logLine } from "../runtime/log.ts";
import { tuneV8 } from "../runtime/tune-v8.ts";
import { endBySignal, endProcess } from "../serial/in-kernel.ts";
import { createNotifier, type Notifier } from "../systemd/notifier.ts";
import { type Awaited, awaitConfig, type ConfigWait } from "./await-config.ts";

/** The longest deadline is the longest cutoff, 10 s; after it only a goodbye to the hub and closing the port are left. */
const stopLimitMs = 13_000;

/** `rrpc-gateway run`: the daemon, until it is told to stop. The result is its exit code. */
export async function run({ config: file }: { config: string }): Promise<number> {
  tuneV8();
  const journald = isJournalStream(2, process.env["JOURNAL_STREAM"]);
  const output = new LineOutput(openStandardError(), (count) => logLine("warn", lostText(count), journald));
  const log = new CollapsingLog({ level: "info", journald, write: (line) => output.write(line) });
  const notifier = createNotifier(process.env, log);
  const awaited = await untilConfigured(file, notifier, (text) => output.write(`${text}\n`));
  if (awaited.kind !== "config") return exitCodeOf(awaited.kind);
  const { config } = awaited;
  log.level = config.log.level;
  const watch = await keepWatch(config, log);
  crashOnBugs(log, watch);
  process.on("SIGUSR2", () => watch.dump("SIGUSR2"));
  const daemon = new Daemon(config, log, notifier, watch);
  reloadOnSignal(daemon, file, log);
  await stopSignal(log);
  await daemon.stop();
  return exitCodes.ok;
}

/** The configuration; the signals that come while it waits for what the configuration names are obeyed. */
async function untilConfigured(file: string, notifier: Notifier, tell: (line: string) => void): Promise<Awaited> {
  let wait: ConfigWait | undefined;
  const again = () => wait?.again();
  const stop = () => wait?.stop();
  // Before the wait says anything: whoever reads that may send a signal at once.
  process.on("SIGHUP", again).on("SIGTERM", stop).on("SIGINT", stop);
  wait = awaitConfig(() => loadConfig(file, process.env), { notifier, tell });
  const awaited = await wait.ended;
  process.off("SIGHUP", again).off("SIGTERM", stop).off("SIGINT", stop);
  return awaited;
}

function exitCodeOf(kind: Exclude<Awaited["kind"], "config">): number {
  switch (kind) {
    case "wrong":
      return exitCodes.config;
    case "restart":
      return exitCodes.temporaryFailure;
    case "stopped":
      return exitCodes.ok;
    default:
      return kind satisfies never;
  }
}

function lostText(count: number): string {
  return `log: ${count === 1 ? "1 line was" : `${count} lines were`} lost here, because nobody read fast enough`;
}

/** The configuration in `file`; its findings are told in either case, and undefined is the result of a bad one. */
function readConfig(file: string, tell: (finding: string) => void): Config | undefined {
  const loaded = loadConfig(file, process.env);
  for (const finding of loaded.ok ? loaded.warnings : loaded.findings) tell(formatFinding(finding));
  return loaded.ok ? loaded.config : undefined;
}

/** SIGHUP reads the configuration again; a bad one changes nothing. */
function reloadOnSignal(daemon: Daemon, file: string, log: CollapsingLog): void {
  process.on("SIGHUP", () => {
    const config = readConfig(file, (text) => log.say("warn", text, text));
    if (config === undefined) log.say("error", "bad reload", "SIGHUP: the new configuration is bad, the old one stays");
    else void daemon.reload(config);
  });
}

/** Resolves at the first SIGTERM or SIGINT; a second one ends the process at once, and so does a stop that hangs. */
function stopSignal(log: CollapsingLog): Promise<void> {
  return new Promise((resolve) => {
    let signalled = false;
    const onSignal = (signal: "SIGTERM" | "SIGINT") => {
      if (signalled) endBySignal(signal);
      signalled = true;
      log.say("info", "stopping", `${signal}: no more requests; the open ones are settled first`);
      setTimeout(() => {
        log.say("error", "stop hung", `not stopped within ${stopLimitMs} ms: ended all the same`);
        endProcess(exitCodes.software);
      }, stopLimitMs).unref();
      resolve();
    };
    process.on("SIGTERM", onSignal);
    process.on("SIGINT", onSignal);
  });
}

/** A bug ends the process: systemd starts it again from a known state, which no catch could. */
function crashOnBugs(log: CollapsingLog, watch: Watch): void {
  process.on("uncaughtException", (error) => {
    log.flush();
    for (const line of `bug: ${error.stack ?? error.message}`.split("\n")) log.say("error", line, line);
    watch.dump("a bug");
    endProcess(exitCodes.software);
  });
}
