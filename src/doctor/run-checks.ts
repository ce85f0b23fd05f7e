/**
 * One run of all checks: reads the facts part by part, checks each part, and yields the findings as they come. Reading
 * facts is bounded in time. Nothing is changed but what cannot be helped: the port is opened, and the hub is told CONNECT,
 * its sub-devices are reported online and offline, both only when our own gateway does not run.
 */

import { realpathSync } from "node:fs";
import { resolve } from "node:path";
import type { BoardConfig } from "../config/board-config.ts";
import type { LoadedConfig } from "../config/load.ts";
import { attempt } from "../host/attempt.ts";
import { nodesTo } from "../host/files.ts";
import { listProcesses } from "../host/processes.ts";
import { hasCertificate } from "../mqtt/endpoint.ts";
import { shownName } from "../runtime/board-name.ts";
import { sizeThreadPool } from "../runtime/thread-pool.ts";
import { checkBoard } from "./check-board.ts";
import { checkHub } from "./check-hub.ts";
import { checkBoardOnline, type HubKnowledge } from "./check-online.ts";
import { checkSynchronisation, checkTime } from "./checks/clock.ts";
import { checkConfiguration } from "./checks/configuration.ts";
import { checkCredential } from "./checks/credential.ts";
import { checkConfigurationAccess, checkSecret } from "./checks/secret.ts";
import { programTimeMs, synchronisationFacts } from "./facts/clock.ts";
import { boardSecretFacts, credentialFacts, loadAsService, secretFacts } from "./facts/configuration.ts";
import { readGatewayStatus } from "./facts/status.ts";
import { type Finding, ofBoard } from "./finding.ts";
import type { DoctorInput, DoctorRun } from "./run.ts";

type Loaded = LoadedConfig & { readonly kind: "loaded" };

/** Runs every check; yields the findings in the order of `checks`, those of several boards board by board. */
export async function* runChecks(input: DoctorInput): AsyncGenerator<Finding> {
  const { configFile, env, unit, tell } = input;
  const processes = listProcesses();
  const file = resolvedPath(configFile);
  const gateway = processes.find(({ gatewayConfig }) => gatewayConfig === file);
  const run: DoctorRun = { ...input, configFile: file, processes, gateway };

  const loaded = loadAsService(configFile, unit, env);
  // A port that hangs keeps a thread: the others, and the hub's name, need theirs.
  if (loaded.kind === "loaded") sizeThreadPool(loaded.config.boards.length);
  const findings = loaded.kind === "loaded" ? loaded.warnings : loaded.findings;
  yield* checkConfiguration({ file: configFile, findings, isRoot: process.geteuid?.() === 0 });
  yield checkTime(
    Date.now(),
    programTimeMs(),
    loaded.kind === "refused" || hasCertificate(loaded.config.hub.transport),
  );
  yield checkSynchronisation(await synchronisationFacts());
  if (loaded.kind === "refused") {
    tell("the port and the hub are checked when the configuration is right");
    return;
  }
  yield* checkSecrets(run, loaded);
  const { boards, monitor } = loaded.config;
  const wanted = boards.filter(({ name }) => run.board === undefined || name === run.board);
  const sources = { configFile, socket: monitor.socket, unit: unit?.name };
  const status = gateway === undefined ? undefined : await readGatewayStatus(sources);
  // The hub at once with the boards, which wait for what it says of them.
  const hub = collected(checkHub(run, loaded.config, wanted));
  const session = hub.then(({ result }) => result);
  yield* checkBoards(run, loaded, wanted, { status, session });
  yield* (await hub).findings;
}

function* checkSecrets(run: DoctorRun, loaded: Loaded) {
  const { configFile, env, unit, user, gateway } = run;
  yield checkConfigurationAccess({ path: configFile, nodes: nodesTo(configFile) }, user);
  yield checkSecret(secretFacts(configFile, loaded, unit, env), user);
  const credential = gateway === undefined ? undefined : credentialFacts(loaded, unit);
  if (credential !== undefined) yield checkCredential(credential);
}

/** All boards at once, because each may take half a minute; their findings come one board after another. */
async function* checkBoards(
  run: DoctorRun,
  loaded: Loaded,
  boards: readonly BoardConfig[],
  hub: HubKnowledge,
): AsyncGenerator<Finding> {
  const findings = boards.map((board) => allOf(run, loaded, board, hub));
  const [first] = findings;
  if (first !== undefined && findings.length === 1) return yield* first;
  for (const all of findings.map(collected)) yield* (await all).findings;
}

/** Everything about one board, with its name. */
async function* allOf(run: DoctorRun, loaded: Loaded, board: BoardConfig, hub: HubKnowledge): AsyncGenerator<Finding> {
  const name = shownName(board.name);
  const tell = (note: string) => run.tell(name === undefined ? note : `${name}: ${note}`);
  const secret = boardSecretFacts(loaded, board.name);
  if (secret !== undefined) yield* ofBoard(name, [checkSecret(secret, run.user)]);
  yield* ofBoard(name, checkBoard({ ...run, tell }, board, hub.status?.of(board.name)));
  yield* ofBoard(name, checkBoardOnline(run, board, hub));
}

/** All findings, and what comes at the end. */
async function collected<T>(
  generator: AsyncGenerator<Finding, T>,
): Promise<{ readonly findings: readonly Finding[]; readonly result: T }> {
  const findings: Finding[] = [];
  for (;;) {
    const next = await generator.next();
    if (next.done === true) return { findings, result: next.value };
    findings.push(next.value);
  }
}

/** Links resolved, so that it compares with those of running gateways. */
function resolvedPath(file: string): string {
  return attempt(() => realpathSync(file)) ?? resolve(file);
}
