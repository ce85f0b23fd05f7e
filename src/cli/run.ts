import { resolve } from "node:path";
import { formatFinding } from "../config/findings.ts";
import { type LoadedConfig, loadConfig } from "../config/load.ts";
import { Daemon } from "../daemon/daemon.ts";
import { createIdentityHolder, type IdentityHolder } from "../daemon/identity.ts";
import { Observers } from "../daemon/observers.ts";
import type { Program, ReloadEnd } from "../daemon/program.ts";
import { openHealthSocket } from "../observe/health-socket.ts";
import { endBySignal, endProcess } from "../runtime/in-kernel.ts";
import { LineOutput, openStandardError } from "../runtime/line-output.ts";
import { CollapsingLog, isJournalStream, logLine } from "../runtime/log.ts";
import { catchSignals, type Signals } from "../runtime/signals.ts";
import { sizeThreadPool } from "../runtime/thread-pool.ts";
import { processTime } from "../runtime/time.ts";
import { closingLimitMs } from "../serial/wire-end.ts";
import { createNotifier } from "../systemd/notifier.ts";
import { awaitStart } from "./await-start.ts";
import { exitCodes } from "./exit-codes.ts";

type Reloader = Parameters<Program["reload"]>[0];

/** The longest cutoff, and so the longest deadline. */
const deadlineMaxMs = 10_000;

/** For taking leave of the hub, and all else that is left. */
const restMs = 3000;

/** The open requests are settled, then what was written leaves the port. systemd waits for longer (TimeoutStopSec=). */
export const stopLimitMs = deadlineMaxMs + closingLimitMs + restMs;

/** No new start would help, so it counts as well. */
const waitingText = "waiting for what it needs for its start: see the log";

/** `rrpc-gateway run`: the daemon, until it is told to stop. The result is its exit code. */
export async function run({ config: file }: { config: string }, version: string): Promise<number> {
  const signals = catchSignals(endBySignal);
  const journald = isJournalStream(2, process.env["JOURNAL_STREAM"]);
  const output = new LineOutput(openStandardError(), (count) => logLine("warn", lostText(count), journald));
  const log = new CollapsingLog({ level: "info", journald, write: (line) => output.write(line), now: processTime.now });
  const notifier = createNotifier(process.env, log);
  let examine: Daemon["examine"] = async () => ({ isHealthy: true, text: waitingText });
  openHealthSocket(file, () => examine(), log);
  const identity = createIdentityHolder(log);
  const reread = () => {
    const loaded = readConfig(file, log, "SIGHUP");
    return loaded.kind === "loaded" ? loaded.config : undefined;
  };
  const start = await awaitStart({ file, identity, notifier, signals, log, reread });
  if (start.kind === "ended") return start.exitCode;
  const { config } = start;
  log.level = config.log.level;
  sizeThreadPool(config.boards.length);
  const observers = await Observers.open(config, version, log);
  crashOnBugs(log, observers);
  let reloading: Promise<unknown> = Promise.resolve();
  function reloadNext(by: Reloader): Promise<ReloadEnd> {
    const next = reloading.then(() => reload(daemon, identity, file, log, by));
    reloading = next;
    return next;
  }
  const daemon = new Daemon(config, log, notifier, observers, {
    reload: reloadNext,
    doctorCommand: doctorCommand(file),
  });
  examine = () => daemon.examine();
  await untilStopped(signals, log, { reload: () => void reloadNext("SIGHUP"), dump: () => observers.dump("SIGUSR2") });
  await daemon.stop();
  return exitCodes.ok;
}

function lostText(count: number): string {
  return `log: ${count === 1 ? "1 line was" : `${count} lines were`} lost here, because nobody read fast enough`;
}

/** The configuration in `file`, or what is wrong with it; its findings are logged in either case. */
function readConfig(file: string, log: CollapsingLog, by: Reloader): LoadedConfig {
  const loaded = loadConfig(file, process.env);
  for (const finding of loaded.kind === "loaded" ? loaded.warnings : loaded.findings) {
    log.answer(finding.severity === "fault" ? "error" : "warn", formatFinding(finding));
  }
  if (loaded.kind === "refused") {
    log.answer("error", `${by}: the new configuration is bad, the old one stays`);
    return loaded;
  }
  const { deviceSecretCredential: name } = loaded.settings.hub;
  if (name !== undefined) {
    const text = `reload: the credential ${name} is as systemd copied it when the service started; a new one takes a restart`;
    log.answer("info", text);
  }
  return loaded;
}

/** Reads the configuration again; a bad one changes nothing, nor does one whose device another gateway serves. */
async function reload(
  daemon: Daemon,
  identity: IdentityHolder,
  file: string,
  log: CollapsingLog,
  by: Reloader,
): Promise<ReloadEnd> {
  const loaded = readConfig(file, log, by);
  if (loaded.kind === "refused") return loaded;
  const { config } = loaded;
  const taking = await identity.take(config);
  if (taking.kind === "held") {
    log.answer("error", taking.text);
    log.answer("error", `${by}: the new configuration's device is another gateway's, the old one stays`);
    return { kind: "held" };
  }
  const text = await daemon.reload(config);
  identity.keepOnly(config);
  return { kind: "taken", text };
}

/** The doctor of this very program, as this process was started. */
function doctorCommand(file: string): readonly string[] {
  return [process.execPath, ...process.execArgv, process.argv[1] ?? "", "doctor", "--json", "--config", resolve(file)];
}

/** Acts on signals until SIGTERM or SIGINT; a stop that then hangs ends the process. */
function untilStopped(
  signals: Signals,
  log: CollapsingLog,
  { reload, dump }: { readonly reload: () => void; readonly dump: () => void },
): Promise<void> {
  return new Promise((resolve) => {
    signals.handle((signal) => {
      switch (signal) {
        case "SIGHUP":
          reload();
          break;
        case "SIGUSR2":
          dump();
          break;
        case "SIGTERM":
        case "SIGINT":
          log.say("info", "stopping", `${signal}: no more requests; the open ones are settled first`);
          setTimeout(() => {
            log.say("error", "stop hung", `not stopped within ${stopLimitMs} ms: ended anyway`);
            endProcess(exitCodes.software);
          }, stopLimitMs).unref();
          resolve();
          break;
        default:
          signal satisfies never;
      }
    });
  });
}

/** A bug ends the process: systemd starts it again from a known state, which no catch could. */
function crashOnBugs(log: CollapsingLog, observers: Observers): void {
  process.on("uncaughtException", (error) => {
    log.flush();
    for (const line of `bug: ${error.stack ?? error.message}`.split("\n")) log.say("error", line, line);
    observers.dump("a bug");
    endProcess(exitCodes.software);
  });
}
